//! Jobs that failed: whether they are tried again, and what becomes of what they were for.

use serde::Deserialize as _;
use subclip_db::Tx;
use subclip_db::job::{self, Job};
use subclip_db::span::{self, Role};

use super::enqueue_collect;
use super::queue::{MASTER, PREPARE, SOUND, TEXT};
use super::{Master, Prepare, Sound, Text};
use crate::app::App;
use crate::events::Changes;
use crate::{Error, Kind, Result};

/// How often what failed is tried, whatever it was.
const MOST_FAILURES: u32 = 6;
/// How long after the first failure what passes by itself is tried: a disk that is full, a host that says it is busy.
const PATIENCE_MS: i64 = 60 * 60 * 1000;

/// Says that a job is not tried again: an error where that is a fault of ours. Most are the media's.
pub(super) fn note_end(job: &Job, error: &Error) {
    let (id, kind) = (job.id, &job.kind);
    let why = error.detail.as_deref().unwrap_or(&error.message);
    match error.kind {
        Kind::Internal => tracing::error!(job = %id, kind, why, "a job failed for good"),
        Kind::Full => tracing::warn!(job = %id, kind, why, "a job failed for good"),
        // That something is missing was said where it was found.
        _ => tracing::info!(job = %id, kind, why, "a job failed for good"),
    }
}

/// How a job failed before.
pub(super) struct Failed {
    pub(super) failures: u32,
    pub(super) since_ms: Option<i64>,
}

/// Whether a job that has just failed is run once more.
pub(super) fn is_tried_again(before: &Failed, kind: Kind, now_ms: i64) -> bool {
    let few = before.failures + 1 < MOST_FAILURES;
    match kind {
        Kind::Busy | Kind::Full => few || now_ms - before.since_ms.unwrap_or(now_ms) < PATIENCE_MS,
        Kind::Internal | Kind::Conflict | Kind::NotFound | Kind::NotReady => few,
        Kind::Forbidden | Kind::Invalid | Kind::Broken => false,
    }
}

/// Tells an asset, or captions or a sound of it, why they can't be made, releases the clips that wait for it, and lets go of
/// what it held.
pub(super) async fn fail_subject(tx: &Tx, app: &App, job: &Job, error: &Error) -> Result<()> {
    let Some(subject) = job.subject else { return Ok(()) };
    if job.kind == PREPARE {
        let prepare = Prepare::deserialize(&job.payload).map_err(Error::internal)?;
        prepare.fail(tx, app, error).await?;
        return enqueue_collect(tx, app).await;
    }
    if job.kind == MASTER {
        let master = Master::deserialize(&job.payload).map_err(Error::internal)?;
        return master.fail(tx, app, error).await;
    }
    let kind = match error.kind {
        _ if error.of_source => "source_failed",
        Kind::Invalid | Kind::NotFound | Kind::Forbidden => "invalid_input",
        Kind::Full => "storage_full",
        Kind::Busy | Kind::NotReady => "unreachable",
        Kind::Broken | Kind::Conflict | Kind::Internal => "internal",
    };
    if job.kind == TEXT {
        // Captions can fail and the asset play on.
        let text = Text::deserialize(&job.payload).map_err(Error::internal)?;
        return text.fail(tx, app, kind, &error.message).await;
    }
    if job.kind == SOUND {
        // And so can a sound.
        let sound = Sound::deserialize(&job.payload).map_err(Error::internal)?;
        return sound.fail(tx, app, kind, &error.message).await;
    }
    Changes { tx, app }.make_errored(subject, kind, &error.message).await?;
    for role in [Role::Pins, Role::Clean] {
        span::clear(tx, subject, role).await?;
    }
    job::release_waiting(tx, subject).await?;
    enqueue_collect(tx, app).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_tried_for_an_hour() {
        let tried = |kind, failures, since_ms: Option<i64>, now_ms| {
            is_tried_again(&Failed { failures, since_ms }, kind, now_ms)
        };
        for kind in [Kind::Internal, Kind::Conflict, Kind::NotFound, Kind::NotReady, Kind::Busy, Kind::Full] {
            assert!(tried(kind, 0, None, 5), "{kind:?}");
            assert!(tried(kind, 4, Some(0), 10 * PATIENCE_MS), "{kind:?} for the sixth time");
            let passes = matches!(kind, Kind::Busy | Kind::Full);
            assert_eq!(tried(kind, 5, Some(10), PATIENCE_MS), passes, "{kind:?} within the hour");
            assert_eq!(tried(kind, 200, Some(10), PATIENCE_MS + 9), passes, "{kind:?} within the hour");
            assert!(!tried(kind, 5, Some(10), PATIENCE_MS + 10), "{kind:?} after it");
        }
        for kind in [Kind::Forbidden, Kind::Invalid, Kind::Broken] {
            assert!(!tried(kind, 0, None, 5), "{kind:?}");
        }
    }
}
