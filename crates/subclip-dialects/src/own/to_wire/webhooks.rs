//! Events, webhooks and what was sent to them.

use subclip_app::{self as app, About, RenditionKind};

use super::{asset, audio_track, rendition, text_track, upload};
use crate::common::iso8601;
use crate::own::wire::{
    Attempt, Delivery, DeliveryLog, DeliveryState, Event, EventData, MadeWebhook, OfAsset, RenditionOfAsset,
    SoundOfAsset, Subject, Test, Webhook,
};

/// An event, with links under `public_url`.
pub(in crate::own) fn event(event: &app::Event, public_url: &str) -> Event {
    let (kind, id) = match event.about.subject() {
        app::Subject::Asset(id) => ("asset", id.to_string()),
        app::Subject::Upload(id) => ("upload", id.to_string()),
        app::Subject::Webhook(id) => ("webhook", id.to_string()),
    };
    Event {
        id: event.id.to_string(),
        kind: event.kind.as_str(),
        subject: Subject { kind, id },
        number: event.number,
        data: event_data(&event.about, public_url, &[]),
        created_at: iso8601(event.created_ms),
    }
}

/// What an event tells of.
pub(in crate::own) fn event_data(
    about: &About,
    public_url: &str,
    sizes: &[(RenditionKind, u64)],
) -> EventData {
    match about {
        About::Asset(of) => EventData::Asset(Box::new(asset(of, public_url, sizes))),
        About::Rendition { asset, rendition: file } => EventData::Rendition(RenditionOfAsset {
            asset_id: asset.id.to_string(),
            rendition: rendition(asset, file, public_url, sizes),
        }),
        About::Text { asset, text } => {
            EventData::Text(OfAsset { asset_id: asset.id.to_string(), text_track: text_track(text) })
        }
        About::Sound { asset, sound } => {
            EventData::Sound(SoundOfAsset { asset_id: asset.id.to_string(), audio_track: audio_track(sound) })
        }
        About::Upload(of) => EventData::Upload(Box::new(upload(of, None))),
        About::Webhook(id) => EventData::Test(Test { webhook_id: id.to_string() }),
    }
}

/// A webhook.
pub(in crate::own) fn webhook(webhook: app::Webhook) -> Webhook {
    Webhook {
        id: webhook.id.to_string(),
        url: webhook.url,
        format: webhook.format,
        events: webhook.kinds.map(|kinds| kinds.iter().map(|kind| kind.as_str()).collect()),
        enabled: webhook.enabled,
        disabled_reason: webhook.disabled_reason,
        failing_since: webhook.failing_since_ms.map(iso8601),
        created_at: iso8601(webhook.created_ms),
        updated_at: iso8601(webhook.updated_ms),
    }
}

/// A webhook and its new secret.
pub(in crate::own) fn made_webhook((made, secret): (app::Webhook, String)) -> MadeWebhook {
    MadeWebhook { secret, webhook: webhook(made) }
}

/// A delivery.
pub(in crate::own) fn delivery(delivery: &app::Delivery) -> Delivery {
    Delivery {
        id: delivery.id.to_string(),
        webhook_id: delivery.webhook.to_string(),
        event_id: delivery.event.to_string(),
        kind: delivery.kind.as_str(),
        state: match delivery.state {
            app::DeliveryState::Pending => DeliveryState::Pending,
            app::DeliveryState::Delivered => DeliveryState::Delivered,
            app::DeliveryState::GivenUp => DeliveryState::GivenUp,
            app::DeliveryState::Skipped => DeliveryState::Skipped,
        },
        attempts: delivery.attempts,
        next_attempt_at: delivery.next_ms.map(iso8601),
        created_at: iso8601(delivery.created_ms),
        finished_at: delivery.finished_ms.map(iso8601),
    }
}

/// A delivery with what was tried.
pub(in crate::own) fn delivery_log((of, attempts): (app::Delivery, Vec<app::Attempt>)) -> DeliveryLog {
    DeliveryLog { delivery: delivery(&of), log: attempts.into_iter().map(attempt).collect() }
}

fn attempt(attempt: app::Attempt) -> Attempt {
    Attempt {
        id: attempt.id.to_string(),
        url: attempt.url,
        at: iso8601(attempt.created_ms),
        duration_ms: attempt.duration_ms,
        status: attempt.status,
        headers: attempt.headers.into_iter().collect(),
        body: attempt.body,
        error: attempt.error,
    }
}
