//! Webhooks that are asked for, and what to change of them.

use serde_json::Value;
use subclip_app::{NewWebhook, WebhookChange};

use crate::common::{Fault, Faults, Fields};

/// Reads `POST /system/v1/webhooks`.
pub(in crate::mux) fn create_webhook(body: &Value) -> Result<NewWebhook, Fault> {
    let faults = Faults::default();
    let new = Fields::of_body(body, &faults).and_then(|fields| {
        let address = fields.text("address");
        if fields.value("address").is_none() {
            fields.note("address", "must be there");
        }
        Some(NewWebhook { url: address?.to_owned(), format: "mux".to_owned(), kinds: None, enabled: true })
    });
    faults.unless_any(new).map_err(Fault::Invalid)
}

/// Reads `PATCH /system/v1/webhooks/{id}`.
pub(in crate::mux) fn update_webhook(body: &Value) -> Result<WebhookChange, Fault> {
    let faults = Faults::default();
    let change = Fields::of_body(body, &faults).map(|fields| {
        if fields.value("address").is_none() && fields.value("enabled").is_none() {
            faults.note("address or enabled must be there.");
        }
        WebhookChange {
            url: fields.text("address").map(str::to_owned),
            enabled: fields.flag("enabled"),
            ..WebhookChange::default()
        }
    });
    faults.unless_any(change).map_err(Fault::Invalid)
}
