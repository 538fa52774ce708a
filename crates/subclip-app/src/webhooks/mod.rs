//! Webhooks: endpoints that their owners want told of events.

mod attempts;
mod backoff;
mod deliver;
mod format;
mod manage;
mod model;
mod send;
mod share;

pub use backoff::MOST_ATTEMPTS;
pub(crate) use backoff::ONE_TRY;
pub use deliver::Deliverer;
pub(crate) use format::wants;
pub use format::{Message, Notice, WebhookFormat};
pub use manage::Webhooks;
pub(crate) use manage::empty_disabled;
pub use model::{
    Attempt, Delivery, DeliveryPage, DeliveryState, NewWebhook, Webhook, WebhookChange, WebhookPage,
};
