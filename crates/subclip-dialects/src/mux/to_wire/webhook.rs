//! The webhook object.

use subclip_app::Webhook;

use crate::common::iso8601;
use crate::mux::wire;

/// A webhook; its secret only where it was just drawn.
pub(in crate::mux) fn webhook(webhook: Webhook, signing_secret: Option<String>) -> wire::Webhook {
    wire::Webhook {
        id: webhook.id.to_string(),
        address: webhook.url,
        enabled: webhook.enabled,
        created_at: iso8601(webhook.created_ms),
        signing_secret,
    }
}
