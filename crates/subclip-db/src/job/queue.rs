//! Putting jobs into the queue, looking at them, and taking them out unrun.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use subclip_core::{AssetId, JobId, WorkspaceId};

use super::{Job, NOBODY, NewJob, State};
use crate::conn::{self, Conn, is, set};
use crate::error::Result;
use crate::{asset, row};

impl NewJob {
    fn row(&self, workspace: WorkspaceId) -> Job {
        Job {
            id: self.id,
            kind: self.kind.clone(),
            lane: self.lane.clone(),
            payload: self.payload.clone(),
            priority: self.priority,
            state: if self.waits_for.is_some() { State::Waiting } else { State::Queued },
            run_at_ms: self.run_at_ms,
            attempts: 0,
            max_attempts: Ord::max(self.max_attempts, 1),
            failures: 0,
            failing_since_ms: None,
            lease_owner: None,
            lease_until_ms: None,
            progress: 0.0,
            cancel_requested: false,
            dedupe_key: self.dedupe_key.clone(),
            subject: self.subject,
            workspace,
            waits_for: self.waits_for,
            last_error: None,
            created_ms: self.created_ms,
        }
    }
}

/// Jobs that nobody has begun.
pub(super) fn unbegun() -> Expr {
    Expr::col("state").is_in([State::Queued.as_str(), State::Waiting.as_str()])
}

/// Queues a job and answers its id, or that of the one with the same key that is queued already.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn enqueue(conn: &impl Conn, job: &NewJob) -> Result<JobId> {
    let workspace = match job.subject {
        Some(asset) => asset::get(conn, asset).await?.map_or(NOBODY, |asset| asset.workspace),
        None => NOBODY,
    };
    let row = job.row(workspace);
    loop {
        if conn::insert_if_absent(conn, &row).await? {
            return Ok(job.id);
        }
        let Some(key) = &job.dedupe_key else {
            // Only the id itself was there already: the caller did this before.
            return Ok(job.id);
        };
        if let Some(there) = queued_with(conn, key).await? {
            return Ok(there);
        }
        // It was begun between the two statements; now there is room, unless the id is a used one.
        if get(conn, job.id).await?.is_some() {
            return Ok(job.id);
        }
    }
}

/// The job with this id.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, id: JobId) -> Result<Option<Job>> {
    conn::one_by(conn, "id", &id).await
}

/// The job that holds a key.
async fn queued_with(conn: &impl Conn, key: &str) -> Result<Option<JobId>> {
    let mut query = Query::select();
    query.column("id").from("job").and_where(is("dedupe_key", &key.to_owned())).and_where(unbegun());
    let found = conn::rows(conn, &query).await?;
    found.first().map(|found| row::read(found, "id")).transpose()
}

/// Queues what waited for an asset, now that it is settled: ready, errored or deleted. Tells how many jobs.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn release_waiting(conn: &impl Conn, asset: AssetId) -> Result<u64> {
    let mut statement = Query::update();
    statement
        .table("job")
        .values([set("state", &State::Queued)])
        .and_where(is("waits_for", &asset))
        .and_where(is("state", &State::Waiting));
    conn::execute(conn, &statement).await
}

/// Takes all work on an asset out of the queue: what is not begun is gone, what runs is asked to stop and is not
/// taken up again.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn cancel_for(conn: &impl Conn, asset: AssetId) -> Result<()> {
    let mut unrun = Query::delete();
    unrun
        .from_table("job")
        .and_where(is("subject", &asset))
        .and_where(Expr::col("state").ne(State::Running.as_str()));
    conn::execute(conn, &unrun).await?;
    let mut running = Query::update();
    running
        .table("job")
        .values([set("cancel_requested", &true)])
        .and_where(is("subject", &asset))
        .and_where(is("state", &State::Running));
    conn::execute(conn, &running).await.map(|_| ())
}
