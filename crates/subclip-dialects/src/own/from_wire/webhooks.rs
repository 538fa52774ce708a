//! Requests about events, webhooks and what was sent to them.

use std::collections::HashMap;

use serde::Deserialize as _;
use serde_json::Value;
use subclip_app::{self as app, EventQuery, Page};
use subclip_core::{AssetId, EventKind};

use super::{page, read};
use crate::common::{Fault, Faults};
use crate::own::wire::{DeliveryState, NewWebhook, UpdateWebhook};

const USUAL_FORMAT: &str = "subclip";

/// `POST /v1/webhooks`
pub(in crate::own) fn new_webhook(body: &Value) -> Result<app::NewWebhook, Fault> {
    let asked: NewWebhook = read(body)?;
    let faults = Faults::default();
    let new = app::NewWebhook {
        url: asked.url,
        format: asked.format.unwrap_or_else(|| USUAL_FORMAT.to_owned()),
        kinds: asked.events.map(|names| kinds(&names, &faults)),
        enabled: asked.enabled.unwrap_or(true),
    };
    faults.unless_any(Some(new)).map_err(Fault::Invalid)
}

/// `PATCH /v1/webhooks/{id}`
pub(in crate::own) fn update_webhook(body: &Value) -> Result<app::WebhookChange, Fault> {
    let asked: UpdateWebhook = read(body)?;
    let faults = Faults::default();
    let change = app::WebhookChange {
        url: asked.url,
        format: asked.format,
        kinds: asked.events.map(|names| names.map(|names| kinds(&names, &faults))),
        enabled: asked.enabled,
    };
    faults.unless_any(Some(change)).map_err(Fault::Invalid)
}

fn kinds(names: &[String], faults: &Faults) -> Vec<EventKind> {
    if names.is_empty() {
        faults.note("events must name at least one kind of event, or be left out for all of them.");
    }
    let mut kinds = Vec::new();
    for (n, name) in names.iter().enumerate() {
        match name.parse() {
            Ok(kind) if kinds.contains(&kind) => {}
            Ok(kind) => kinds.push(kind),
            Err(_) if kinds.len() + n > EventKind::ALL.len() => break,
            Err(_) => {
                let known: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
                faults.note(format!("events[{n}] must be one of {}.", known.join(", ")));
            }
        }
    }
    kinds
}

/// `limit` and `cursor`.
pub(in crate::own) fn cursor_page(query: &HashMap<String, String>) -> Result<Page, Fault> {
    let mut page = page(query)?;
    page.cursor = query.get("cursor").filter(|cursor| !cursor.is_empty()).cloned();
    Ok(page)
}

/// Reads the query of `GET /v1/webhooks/{id}/deliveries`.
pub(in crate::own) fn delivery_list(
    query: &HashMap<String, String>,
) -> Result<(Option<app::DeliveryState>, Page), Fault> {
    let state = query.get("state").map(|word| {
        let state = DeliveryState::deserialize(Value::from(word.as_str()));
        state.map_err(|_| Fault::invalid("state must be one of pending, delivered, given_up, skipped."))
    });
    let state = state.transpose()?.map(|state| match state {
        DeliveryState::Pending => app::DeliveryState::Pending,
        DeliveryState::Delivered => app::DeliveryState::Delivered,
        DeliveryState::GivenUp => app::DeliveryState::GivenUp,
        DeliveryState::Skipped => app::DeliveryState::Skipped,
    });
    Ok((state, cursor_page(query)?))
}

/// Reads the query of `GET /v1/events`.
pub(in crate::own) fn event_list(query: &HashMap<String, String>) -> Result<EventQuery, Fault> {
    let kind = query.get("type").map(|name| name.parse());
    let kind = kind.transpose().map_err(|_| Fault::invalid("type is no kind of event."))?;
    // Ids of all kinds of things are written alike.
    let subject = query.get("subject_id").map(|id| id.parse::<AssetId>());
    let subject = subject.transpose().map_err(|_| Fault::invalid("subject_id is no id."))?;
    Ok(EventQuery { page: cursor_page(query)?, kind, subject: subject.map(AssetId::bytes) })
}
