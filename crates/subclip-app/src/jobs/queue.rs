//! How each job is queued: its lane, its priority, how often it is tried.

use serde_json::Value;
use subclip_core::{AssetId, JobId};
use subclip_db::Tx;
use subclip_db::job::{self, NewJob};

use super::{Cut, Ingest};
use crate::app::App;
use crate::{Result, random, rows};

/// A kind of job with workers of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    /// Cutting clips: short, and somebody waits.
    Cut,
    /// Taking media in: seconds to hours.
    Ingest,
    /// Cleaning up.
    Upkeep,
}

impl Lane {
    pub(crate) const ALL: [Self; 3] = [Self::Cut, Self::Ingest, Self::Upkeep];

    /// Its name in the queue.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Ingest => "ingest",
            Self::Upkeep => "upkeep",
        }
    }

    /// How many jobs of it run at once on one machine.
    pub(crate) fn workers(self) -> usize {
        match self {
            Self::Cut => 4,
            // Most of them wait: for the host they fetch from, or for one of the engine's slots.
            Self::Ingest => 32,
            Self::Upkeep => 1,
        }
    }
}

pub(crate) const INGEST: &str = "ingest";
pub(crate) const CUT: &str = "cut";
pub(crate) const COLLECT: &str = "collect";

/// How often a job is begun at the most without a word of what came of it. Most of it is for servers that are stopped
/// again and again: media can't stop them, so that is hardly ever the job's fault.
const MOST_STARTS: u32 = 30;

fn new_job(app: &App, kind: &str, lane: Lane, payload: Value) -> NewJob {
    NewJob {
        id: JobId::from_bytes(random::id_bytes()),
        kind: kind.to_owned(),
        lane: lane.name().to_owned(),
        payload,
        priority: 0,
        run_at_ms: app.now_ms(),
        max_attempts: MOST_STARTS,
        dedupe_key: None,
        subject: None,
        waits_for: None,
        created_ms: app.now_ms(),
    }
}

/// Queues the ingest of an asset in the transaction that makes it.
pub(crate) async fn enqueue_ingest(tx: &Tx, app: &App, ingest: Ingest) -> Result<()> {
    let subject = Some(ingest.asset.0);
    let job = NewJob { subject, ..new_job(app, INGEST, Lane::Ingest, rows::json(&ingest)?) };
    job::enqueue(tx, &job).await?;
    Ok(())
}

/// Queues the cutting of a clip in the transaction that makes it; it waits for `waits_for` where that is given.
pub(crate) async fn enqueue_cut(tx: &Tx, app: &App, cut: Cut, waits_for: Option<AssetId>) -> Result<()> {
    let subject = Some(cut.asset.0);
    let job = NewJob { subject, waits_for, ..new_job(app, CUT, Lane::Cut, rows::json(&cut)?) };
    job::enqueue(tx, &job).await?;
    Ok(())
}

/// Queues a collection of what nobody needs; one that is queued already is enough.
pub(crate) async fn enqueue_collect(tx: &Tx, app: &App) -> Result<()> {
    let dedupe_key = Some(COLLECT.to_owned());
    let job = NewJob { dedupe_key, ..new_job(app, COLLECT, Lane::Upkeep, Value::Null) };
    job::enqueue(tx, &job).await?;
    Ok(())
}
