//! What owners see of webhooks and of what was sent to them.

use serde_json::Value;
use subclip_core::{AttemptId, DeliveryId, EventId, EventKind, WebhookId, WorkspaceId};
use subclip_db::{delivery, webhook};

use crate::{Error, Result};

/// An endpoint that is told of events. Its secret is not in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// Where events are sent.
    pub url: String,
    /// In whose words, by the name of a [`WebhookFormat`](crate::WebhookFormat).
    pub format: String,
    /// Which kinds of events it wants; `None` for all.
    pub kinds: Option<Vec<EventKind>>,
    /// Whether it is told anything.
    pub enabled: bool,
    /// Why it is not, where the server decided that.
    pub disabled_reason: Option<String>,
    /// Since when every attempt has failed, in ms since 1970.
    pub failing_since_ms: Option<i64>,
    /// When it was made.
    pub created_ms: i64,
    /// When its owner last changed it.
    pub updated_ms: i64,
}

/// A webhook that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhook {
    /// Where to send events.
    pub url: String,
    /// In whose words.
    pub format: String,
    /// Which kinds of events it wants; `None` for all.
    pub kinds: Option<Vec<EventKind>>,
    /// Whether it is told anything from the start.
    pub enabled: bool,
}

/// What to change of a webhook; `None` leaves as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookChange {
    /// Where to send events.
    pub url: Option<String>,
    /// In whose words.
    pub format: Option<String>,
    /// Which kinds of events it wants: all of them, or these.
    pub kinds: Option<Option<Vec<EventKind>>>,
    /// Whether it is told anything.
    pub enabled: Option<bool>,
}

/// A page of webhooks, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct WebhookPage {
    /// The webhooks.
    pub webhooks: Vec<Webhook>,
    /// Where the next page goes on; `None` after the last.
    pub next_cursor: Option<String>,
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// To be sent, or sent again.
    Pending,
    /// The webhook took it.
    Delivered,
    /// It is not sent again by itself.
    GivenUp,
    /// The webhook's format has no word for the event.
    Skipped,
}

/// An event on its way to a webhook.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// Where it goes.
    pub webhook: WebhookId,
    /// What it tells of.
    pub event: EventId,
    /// What happened.
    pub kind: EventKind,
    /// How far it has come.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// From when on it is tried next, in ms since 1970: nothing where it is settled, is being sent, or waits for an
    /// earlier one of its subject.
    pub next_ms: Option<i64>,
    /// When it was made.
    pub created_ms: i64,
    /// When it was settled.
    pub finished_ms: Option<i64>,
}

/// A page of deliveries, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct DeliveryPage {
    /// The deliveries.
    pub deliveries: Vec<Delivery>,
    /// Where the next page goes on; `None` after the last.
    pub next_cursor: Option<String>,
}

/// One try to deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// Where to.
    pub url: String,
    /// When it began, in ms since 1970.
    pub created_ms: i64,
    /// How long it took.
    pub duration_ms: u64,
    /// The status code of the answer, if there was one.
    pub status: Option<u16>,
    /// The headers of the answer, up to 4 KiB of them; of a success, up to 256 bytes.
    pub headers: Vec<(String, String)>,
    /// The first 4 KiB of the answer; of a success, the first 256 bytes.
    pub body: String,
    /// Why it failed, as a sentence.
    pub error: Option<String>,
}

/// The filter of a webhook, from its column.
pub(super) fn kinds_of(column: &Value) -> Result<Option<Vec<EventKind>>> {
    let Some(names) = column.as_array() else { return Ok(None) };
    let kind = |name: &Value| name.as_str().unwrap_or_default().parse().map_err(Error::internal);
    names.iter().map(kind).collect::<Result<_>>().map(Some)
}

/// The filter of a webhook, for its column.
pub(super) fn kinds_column(kinds: Option<&[EventKind]>) -> Value {
    match kinds {
        None => Value::Null,
        Some(kinds) => kinds.iter().map(|kind| Value::from(kind.as_str())).collect(),
    }
}

impl Webhook {
    pub(super) fn of_row(row: webhook::Webhook) -> Result<Self> {
        Ok(Self {
            id: row.id,
            workspace: row.workspace,
            kinds: kinds_of(&row.kinds)?,
            url: row.url,
            format: row.format,
            enabled: row.enabled,
            disabled_reason: row.disabled_reason,
            failing_since_ms: row.failing_since_ms,
            created_ms: row.created_ms,
            updated_ms: row.updated_ms,
        })
    }
}

impl Delivery {
    pub(super) fn of_row(row: &delivery::Delivery, kind: EventKind) -> Self {
        let state = match row.state {
            delivery::State::Pending => DeliveryState::Pending,
            delivery::State::Delivered => DeliveryState::Delivered,
            delivery::State::GivenUp => DeliveryState::GivenUp,
            delivery::State::Skipped => DeliveryState::Skipped,
        };
        Self {
            id: row.id,
            webhook: row.webhook,
            event: row.event,
            kind,
            state,
            attempts: row.attempts,
            // One that somebody waits for has the time before all others.
            next_ms: row
                .due_ms
                .filter(|_| row.lease_owner.is_none())
                .map(|due_ms| due_ms.max(row.created_ms)),
            created_ms: row.created_ms,
            finished_ms: row.finished_ms,
        }
    }
}
