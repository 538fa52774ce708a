//! Sending one delivery, and writing down what came of it.

use futures::{StreamExt as _, stream};
use http::header::{CONTENT_TYPE, HeaderValue};
use subclip_db::delivery::{self, Outcome};
use subclip_db::{Tx, event, webhook};

use super::backoff::{is_hopeless, next_ms};
use super::format::{Message, Notice, named};
use super::{Webhook, attempts};
use crate::app::App;
use crate::events::{About, Event};
use crate::model::{Asset, RenditionKind, Status};
use crate::{Result, random};

/// What a webhook is told that failed for too long.
const HOPELESS: &str = "Nothing could be delivered for 3 days. Enable the webhook again once it answers.";

/// What came of sending a delivery.
pub(super) struct Sent {
    /// The delivery, as it was when its lease was taken.
    pub(super) held: delivery::Delivery,
    pub(super) came: Came,
}

pub(super) enum Came {
    /// It was tried.
    Tried(Box<delivery::Attempt>),
    /// There was nothing to send.
    Nothing,
    /// It was deleted meanwhile, or can't be read now: then it is taken up when its lease ends.
    Unsettled,
}

/// Sends a delivery whose lease is held.
pub(super) async fn send(app: &App, held: delivery::Delivery) -> Sent {
    let came = try_send(app, &held).await.unwrap_or_else(|error| {
        tracing::warn!(delivery = %held.id, %error, "a delivery could not be sent");
        Came::Unsettled
    });
    Sent { held, came }
}

async fn try_send(app: &App, held: &delivery::Delivery) -> Result<Came> {
    let db = app.db();
    let Some(row) = webhook::get(db, held.webhook).await? else { return Ok(Came::Unsettled) };
    let Some(happened) = event::get(db, held.event).await? else { return Ok(Came::Unsettled) };
    let Some(message) = message(app, &row, &happened, held).await? else { return Ok(Came::Nothing) };
    let Message { mut headers, body } = message;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let began_ms = app.now_ms();
    let posted = app.fetcher().post(&row.url, headers, body).await;
    Ok(Came::Tried(Box::new(attempts::row(held.id, &row.url, began_ms, &posted))))
}

async fn message(
    app: &App,
    row: &webhook::Webhook,
    happened: &event::Event,
    held: &delivery::Delivery,
) -> Result<Option<Message>> {
    let Some(format) = named(app, &row.format) else { return Ok(None) };
    let event = Event::of_row(happened)?;
    let webhook = Webhook::of_row(row.clone())?;
    let earlier = attempts::of(app.db(), held.id).await?;
    let file_sizes = file_sizes(app, &event.about).await;
    Ok(format.message(&Notice {
        event: &event,
        webhook: &webhook,
        secret: &row.secret,
        earlier: &earlier,
        file_sizes: &file_sizes,
        public_url: app.public_url(),
        now_ms: app.now_ms(),
    }))
}

/// The sizes of an asset's files, which never change; those of an asset that is gone are not known any more.
async fn file_sizes(app: &App, about: &About) -> Vec<(RenditionKind, u64)> {
    let asset: &Asset = match about {
        About::Asset(asset) | About::Rendition { asset, .. } => asset,
        About::Upload(_) | About::Webhook(_) => return Vec::new(),
    };
    let kinds = asset.settings.renditions.iter().map(|rendition| rendition.kind);
    let sized = stream::iter(kinds.filter(|_| asset.status == Status::Ready)).filter_map(async |kind| {
        let size_bytes = app.assets().rendition_size(asset, kind).await.ok().flatten()?;
        Some((kind, size_bytes))
    });
    sized.collect().await
}

/// Writes down what came of sending. Nothing of it is written where the lease was lost: it was given up, deleted or sent
/// again meanwhile.
pub(super) async fn settle(tx: &Tx, app: &App, owner: &str, sent: &Sent) -> Result<()> {
    let (held, now) = (&sent.held, app.now_ms());
    let attempt = match &sent.came {
        Came::Tried(attempt) => attempt,
        Came::Nothing => {
            delivery::settle(tx, held.id, owner, Outcome::Skipped, now).await?;
            return Ok(());
        }
        Came::Unsettled => return Ok(()),
    };
    let outcome = outcome(held, attempt, now);
    if !delivery::settle(tx, held.id, owner, outcome, now).await? {
        return Ok(());
    }
    delivery::log(tx, attempt).await?;
    if u64::from(held.attempts) >= attempts::KEPT {
        delivery::forget_attempts(tx, held.id, attempts::KEPT).await?;
    }
    if outcome == Outcome::Delivered {
        return Ok(webhook::succeeded(tx, held.webhook).await?);
    }
    let since_ms = webhook::failed(tx, held.webhook, attempt.created_ms).await?;
    if is_hopeless(since_ms, now) && webhook::disable(tx, held.webhook, HOPELESS).await? {
        let given_up = delivery::give_up_all(tx, held.webhook, now).await?;
        tracing::warn!(webhook = %held.webhook, given_up, "a webhook failed for three days and is disabled");
    }
    Ok(())
}

fn outcome(held: &delivery::Delivery, attempt: &delivery::Attempt, now_ms: i64) -> Outcome {
    if attempt.error.is_none() {
        return Outcome::Delivered;
    }
    let first_ms = held.first_attempt_ms.unwrap_or(attempt.created_ms);
    match next_ms(held.failures + 1, first_ms, now_ms, random::jitter()) {
        Some(next_ms) => Outcome::Again { next_ms },
        None => Outcome::GivenUp,
    }
}
