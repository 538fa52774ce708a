//! Sending one delivery, and writing down what came of it.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use http::header::{CONTENT_TYPE, HeaderValue};
use subclip_db::delivery::{self, Outcome};
use subclip_db::{Tx, event, webhook};

use super::backoff::{Failing, next_ms};
use super::format::{Message, Notice, named};
use super::{Webhook, attempts};
use crate::app::App;
use crate::events::{About, Event};
use crate::file_sizes::FileSizes;
use crate::jobs::Lane;
use crate::model::Asset;
use crate::{Result, random};

/// What a webhook is told that failed for too long.
const HOPELESS: &str = "Nothing could be delivered for 3 days. Enable the webhook again once it answers.";
/// How long putting an event into words may take: with the attempt itself, well within the lease.
const PATIENCE: Duration = Duration::from_secs(5);

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
    /// It could not be put into words, which is no fault of the webhook's.
    Unsaid(Box<delivery::Attempt>),
    /// It was deleted meanwhile, or the database can't be read now: then it is taken up when its lease ends.
    Unsettled,
}

impl Sent {
    /// How long the webhook made who sent wait.
    pub(super) fn took(&self) -> Option<Duration> {
        match &self.came {
            Came::Tried(attempt) => Some(Duration::from_millis(attempt.duration_ms)),
            Came::Nothing | Came::Unsaid(_) | Came::Unsettled => None,
        }
    }
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
    let Some(row) = webhook::get(app.db(), held.webhook).await? else { return Ok(Came::Unsettled) };
    let began_ms = app.now_ms();
    let saying = AssertUnwindSafe(message(app, &row, held)).catch_unwind();
    let message = match tokio::time::timeout(PATIENCE, saying).await {
        Ok(Ok(message)) => message?,
        // Its message was printed when it happened.
        Ok(Err(_)) => Said::Unsayable("The event could not be put into words; the server's log says why."),
        Err(_) => Said::Unsayable("It took too long to put the event into words."),
    };
    match message {
        Said::Message(Message { mut headers, body }) => {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            let posted = app.fetcher().post(&row.url, headers, body).await;
            Ok(Came::Tried(Box::new(attempts::row(held.id, &row.url, began_ms, &posted))))
        }
        Said::Nothing => Ok(Came::Nothing),
        Said::Gone => Ok(Came::Unsettled),
        Said::Unsayable(why) => {
            tracing::warn!(delivery = %held.id, why, "an event can't be told of");
            Ok(Came::Unsaid(Box::new(attempts::unsent(held.id, &row.url, began_ms, why))))
        }
    }
}

/// What there is to send.
enum Said {
    Message(Message),
    /// The format has no word for it.
    Nothing,
    /// The event was deleted meanwhile.
    Gone,
    /// This server can't say it, for this reason; a later version may.
    Unsayable(&'static str),
}

async fn message(app: &App, row: &webhook::Webhook, held: &delivery::Delivery) -> Result<Said> {
    const UNREADABLE: Said = Said::Unsayable("This version of the server can't read the event.");
    let Some(format) = named(app, &row.format) else {
        return Ok(Said::Unsayable("This version of the server does not know the webhook's format."));
    };
    let event = match event::get(app.db(), held.event).await {
        Ok(Some(row)) => Event::of_row(&row),
        Ok(None) => return Ok(Said::Gone),
        Err(subclip_db::Error::Corrupt { .. }) => return Ok(UNREADABLE),
        Err(error) => return Err(error.into()),
    };
    let (Ok(event), Ok(webhook)) = (event, Webhook::of_row(row.clone())) else { return Ok(UNREADABLE) };
    let earlier = attempts::of(app.db(), held.id).await?;
    // Who is told without them is never told again.
    let Ok(file_sizes) = file_sizes(app, &event.about).await else {
        return Ok(Said::Unsayable(
            "The sizes of the asset's files can't be found out now; it is tried again.",
        ));
    };
    let message = format.message(&Notice {
        event: &event,
        webhook: &webhook,
        secret: &row.secret,
        earlier: &earlier,
        file_sizes: &file_sizes,
        public_url: app.public_url(),
        now_ms: app.now_ms(),
    });
    Ok(message.map_or(Said::Nothing, Said::Message))
}

/// The sizes of the files of the asset that an event is about.
async fn file_sizes(app: &App, about: &About) -> Result<FileSizes> {
    let asset: &Asset = match about {
        About::Asset(asset)
        | About::Rendition { asset, .. }
        | About::Text { asset, .. }
        | About::Sound { asset, .. } => asset,
        About::Upload(_) | About::Webhook(_) => return Ok(FileSizes::new()),
    };
    app.all_file_sizes(asset).await
}

/// Writes down what came of sending. Where the lease was lost, that it was tried is all that is written.
pub(super) async fn settle(tx: &Tx, app: &App, sent: &Sent) -> Result<()> {
    let (held, now) = (&sent.held, app.now_ms());
    // Deleted with all its deliveries, where it is not there.
    let Some(to) = webhook::lock(tx, held.webhook).await? else { return Ok(()) };
    let attempt = match &sent.came {
        Came::Tried(attempt) | Came::Unsaid(attempt) => attempt,
        Came::Nothing => {
            delivery::settle(tx, held, Outcome::Skipped, now).await?;
            return Ok(());
        }
        Came::Unsettled => return Ok(()),
    };
    let outcome = outcome(held, attempt, &to, now);
    let counts = delivery::settle(tx, held, outcome, now).await?;
    if counts || delivery::count_lost_try(tx, held.id).await? {
        delivery::log(tx, attempt).await?;
        if u64::from(held.attempts) >= attempts::KEPT {
            delivery::forget_attempts(tx, held.id, attempts::KEPT).await?;
        }
    }
    match &sent.came {
        // What another address answered tells nothing of this one.
        Came::Tried(attempt) if counts && attempt.url == to.url => {
            judge(tx, app, &to, outcome == Outcome::Delivered, now).await
        }
        _ => Ok(()),
    }
}

/// Notes how a webhook fares.
async fn judge(tx: &Tx, app: &App, to: &webhook::Webhook, well: bool, now_ms: i64) -> Result<()> {
    let before = Failing::of(to);
    if well {
        if before.is_some() {
            webhook::set_failing(tx, to.id, None).await?;
        }
        return Ok(());
    }
    let failing = Failing::again(before, now_ms);
    webhook::set_failing(tx, to.id, Some((failing.since_ms, failing.last_ms))).await?;
    if failing.is_hopeless() && webhook::disable(tx, to.id, HOPELESS).await? {
        tracing::warn!(webhook = %to.id, "a webhook failed for three days and is disabled");
        app.wake(Lane::Upkeep);
    }
    Ok(())
}

fn outcome(
    held: &delivery::Delivery,
    attempt: &delivery::Attempt,
    to: &webhook::Webhook,
    now_ms: i64,
) -> Outcome {
    if attempt.error.is_none() {
        return Outcome::Delivered;
    }
    let first_ms = held.first_attempt_ms.unwrap_or(attempt.created_ms);
    match next_ms(held.failures + 1, first_ms, now_ms, random::jitter()) {
        // One that was disabled meanwhile is told nothing any more.
        Some(next_ms) if to.enabled => Outcome::Again { next_ms },
        _ => Outcome::GivenUp,
    }
}
