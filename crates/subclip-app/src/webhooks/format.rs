//! In whose words a webhook is told of events. The words themselves are not known here: whoever knows a vendor's hands its
//! format in.

use std::sync::Arc;

use http::HeaderMap;
use subclip_core::EventKind;
use subclip_db::webhook;

use super::model::kinds_of;
use super::{Attempt, Webhook};
use crate::app::App;
use crate::events::Event;
use crate::model::RenditionKind;

/// What there is to say, and to whom.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    /// What happened.
    pub event: &'a Event,
    /// Who is told.
    pub webhook: &'a Webhook,
    /// What the message is to be signed with.
    pub secret: &'a str,
    /// What was tried before to tell it.
    pub earlier: &'a [Attempt],
    /// Bytes of the asset's files, where they are known.
    pub file_sizes: &'a [(RenditionKind, u64)],
    /// The URL that viewers reach the server by, without a slash at its end.
    pub public_url: &'a str,
    /// Now, in ms since 1970.
    pub now_ms: i64,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Headers, the signature among them. Bodies are JSON, which needs no saying here.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

/// Words of one vendor, or our own. An implementation is a function of its arguments: an attempt that is repeated says the
/// same, signed anew.
pub trait WebhookFormat: Send + Sync + 'static {
    /// Its name, by which webhooks choose it.
    fn name(&self) -> &'static str;

    /// Whether it has a word for such events.
    fn knows(&self, kind: EventKind) -> bool;

    /// What to send; `None` where it has no word for the event after all.
    fn message(&self, notice: &Notice<'_>) -> Option<Message>;
}

/// The format of this name.
pub(super) fn named<'a>(app: &'a App, name: &str) -> Option<&'a Arc<dyn WebhookFormat>> {
    app.formats().iter().find(|format| format.name() == name)
}

/// Whether a webhook wants to hear of such events, and can be told.
pub(crate) fn wants(app: &App, webhook: &webhook::Webhook, kind: EventKind) -> bool {
    // A filter that can't be read was written by a later version: what it lets through is better told than lost.
    let wanted = match kinds_of(&webhook.kinds) {
        Ok(Some(kinds)) => kinds.contains(&kind),
        Ok(None) | Err(_) => true,
    };
    wanted && named(app, &webhook.format).is_some_and(|format| format.knows(kind))
}
