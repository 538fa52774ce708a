//! The job queue. A job is queued in the transaction that needs it, leased by the worker that runs it, and taken up
//! by another when that lease runs out. `docs/design/state.md` says why this table is our own.

mod claim;
#[cfg(test)]
mod plans;
mod queue;
mod work;

use serde_json::Value as Json;
use subclip_core::{AssetId, JobId, WorkspaceId};

pub use claim::Claim;
pub use queue::{cancel_for, enqueue, get, release_waiting};
pub use work::{Failure, Heartbeat, Reaped, abandon, finish, give_back, heartbeat, reap, retry_at};

/// Whose jobs are that work for the whole installation.
pub const NOBODY: WorkspaceId = WorkspaceId::from_bytes([0; 16]);

text_enum! {
    /// How far a job is. Finished jobs are not kept.
    pub enum State {
        /// To be run when its time comes.
        Queued = "queued",
        /// To be queued when the asset it waits for is settled.
        Waiting = "waiting",
        /// Being run, as long as its lease lasts.
        Running = "running",
        /// Given up; kept to be looked at.
        Failed = "failed",
    }
}

row! {
    "job"
    /// A job.
    pub struct Job {
        /// Its id.
        pub id: JobId,
        /// What it does, as a word.
        pub kind: String,
        /// Which workers may run it, as a word.
        pub lane: String,
        /// What it does it to.
        pub payload: Json,
        /// Higher goes first.
        pub priority: i32,
        /// How far it is.
        pub state: State,
        /// Not before.
        pub run_at_ms: i64,
        /// How often it was begun without its runner saying what came of it, this time included.
        pub attempts: u32,
        /// How often it may be.
        pub max_attempts: u32,
        /// How often its runner said that it failed.
        pub failures: u32,
        /// When it failed first.
        pub failing_since_ms: Option<i64>,
        /// Who runs it.
        pub lease_owner: Option<String>,
        /// Until when its runner need not be heard of.
        pub lease_until_ms: Option<i64>,
        /// How much of it is done, 0 to 1.
        pub progress: f64,
        /// Its runner is to stop.
        pub cancel_requested: bool,
        /// Equal keys mean equal work.
        pub dedupe_key: Option<String>,
        /// The asset it works on.
        pub subject: Option<AssetId>,
        /// Whose that is: [`NOBODY`] without a subject.
        pub workspace: WorkspaceId,
        /// The asset that must be settled first.
        pub waits_for: Option<AssetId>,
        /// Why it failed the last time.
        pub last_error: Option<String>,
        /// When it was queued.
        pub created_ms: i64,
    }
}

/// A job to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// A fresh id.
    pub id: JobId,
    /// What it does, as a word.
    pub kind: String,
    /// Which workers may run it, as a word.
    pub lane: String,
    /// What it does it to.
    pub payload: Json,
    /// Higher goes first.
    pub priority: i32,
    /// Not before.
    pub run_at_ms: i64,
    /// How often it may be begun without its runner saying what came of it, at least once.
    pub max_attempts: u32,
    /// While a job with the same key is queued or waiting, there is no second.
    pub dedupe_key: Option<String>,
    /// The asset it works on. The job is of the workspace whose that is.
    pub subject: Option<AssetId>,
    /// Waits until [`release_waiting`] is called for this asset. To be sure that it will be, look at the asset's
    /// status with [`asset::lock`](crate::asset::lock) in the same transaction first.
    pub waits_for: Option<AssetId>,
    /// Now.
    pub created_ms: i64,
}
