//! Where vendors' words stop: each folder translates the requests of one API into calls of the application, and its
//! answers back. A dialect holds no rules, and knows no other dialect.

mod common;
pub mod mux;
pub mod own;
pub mod uploads;

use std::sync::Arc;

use subclip_app::WebhookFormat;

/// The formats in which webhooks can be told of events; Subclip's own is the first.
#[must_use]
pub fn webhook_formats() -> Vec<Arc<dyn WebhookFormat>> {
    vec![Arc::new(own::WebhookWords), Arc::new(mux::WebhookWords)]
}
