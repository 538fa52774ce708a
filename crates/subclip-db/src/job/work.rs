//! Running jobs: a lease is taken, renewed, and given back with the outcome.
//!
//! An owner is whoever runs one job at a time: a worker with several hands has a name for each.

use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, Query, UpdateStatement};
use subclip_core::JobId;

use super::{Job, State};
use crate::conn::{self, Conn, is, set};
use crate::database::Database;
use crate::error::{Error, Result};
use crate::row::{self, Row};

/// What a worker learns when it says that it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heartbeat {
    /// Go on.
    Held,
    /// Stop, and [`finish`]: nobody wants it any more.
    CancelRequested,
    /// Stop and touch nothing: somebody else has the job now, or it is gone.
    Lost,
}

/// `UPDATE` of the job, as long as `owner` has it.
fn held(id: JobId, owner: &str) -> UpdateStatement {
    let mut statement = Query::update();
    statement
        .table("job")
        .and_where(is("id", &id))
        .and_where(is("state", &State::Running))
        .and_where(is("lease_owner", &owner.to_owned()));
    statement
}

/// Renews a lease and tells how much is done (0 to 1), if anything is to be told.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn heartbeat(
    conn: &impl Conn,
    id: JobId,
    owner: &str,
    now_ms: i64,
    lease_ms: i64,
    progress: Option<f64>,
) -> Result<Heartbeat> {
    let mut statement = held(id, owner);
    statement
        .values([set("lease_until_ms", &Some(now_ms.saturating_add(lease_ms)))])
        .returning_col("cancel_requested");
    if let Some(progress) = progress {
        statement.values([set("progress", &progress)]);
    }
    let found = conn::returning(conn, &statement).await?;
    let Some(found) = found.first() else { return Ok(Heartbeat::Lost) };
    let cancelled: bool = row::read(found, "cancel_requested")?;
    Ok(if cancelled { Heartbeat::CancelRequested } else { Heartbeat::Held })
}

/// The job is done and gone. `false` if the lease was lost: then what else the transaction did must not happen.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn finish(conn: &impl Conn, id: JobId, owner: &str) -> Result<bool> {
    let mut statement = Query::delete();
    statement
        .from_table("job")
        .and_where(is("id", &id))
        .and_where(is("state", &State::Running))
        .and_where(is("lease_owner", &owner.to_owned()));
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// That a job failed, and when it is to be run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure<'a> {
    /// Now.
    pub at_ms: i64,
    /// Not before.
    pub run_at_ms: i64,
    /// Why.
    pub error: &'a str,
}

/// The job failed and is to be run again. It is gone instead if it was cancelled, or if equal work was queued
/// meanwhile. `false` if the lease was lost.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn retry_at(db: &Database, id: JobId, owner: &str, failure: &Failure<'_>) -> Result<bool> {
    let mut statement = requeued(id, owner, failure.run_at_ms);
    statement
        .values([set("last_error", &Some(failure.error.to_owned()))])
        .value("failures", Expr::col("failures").add(1))
        .value("failing_since_ms", Expr::col("failing_since_ms").if_null(failure.at_ms));
    put_back(db, id, owner, statement).await
}

/// The job is put back as if it had not been begun: its runner stops, and not because of it. It is gone instead if it
/// was cancelled, or if equal work was queued meanwhile. `false` if the lease was lost.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn give_back(db: &Database, id: JobId, owner: &str, now_ms: i64) -> Result<bool> {
    put_back(db, id, owner, requeued(id, owner, now_ms)).await
}

/// `UPDATE` of a job whose runner is done with it, but it is not done: that it was begun does not count any more.
fn requeued(id: JobId, owner: &str, run_at_ms: i64) -> UpdateStatement {
    let mut statement = held(id, owner);
    statement
        .values([
            set("state", &State::Queued),
            set("run_at_ms", &run_at_ms),
            set("lease_owner", &None::<String>),
            set("lease_until_ms", &None::<i64>),
        ])
        .value("attempts", Expr::col("attempts").sub(1));
    statement
}

/// Queues a job anew, unless nobody wants it any more or equal work is queued already: that may happen at any moment, so
/// the database is asked by doing it.
async fn put_back(db: &Database, id: JobId, owner: &str, mut statement: UpdateStatement) -> Result<bool> {
    statement.and_where(is("cancel_requested", &false));
    match conn::execute(db, &statement).await {
        Ok(0) | Err(Error::Duplicate(_)) => finish(db, id, owner).await,
        other => other.map(|_| true),
    }
}

/// Ends the leases of all owners whose names begin with `prefix`, because the process they were is known to be gone:
/// others need not wait for the leases to run out. Tells how many.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn abandon(conn: &impl Conn, prefix: &str, now_ms: i64) -> Result<u64> {
    let mut statement = Query::update();
    statement
        .table("job")
        .values([set("lease_until_ms", &Some(now_ms))])
        .and_where(is("state", &State::Running))
        .and_where(Expr::col("lease_owner").like(LikeExpr::new(format!("{prefix}%"))));
    conn::execute(conn, &statement).await
}

/// What became of jobs whose runner was not heard of and which nobody may take up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reaped {
    /// Cancelled ones, which are gone: what they left behind is garbage.
    pub cancelled: u64,
    /// Those begun too often. They have failed, and the caller fails what they were for in the same transaction.
    pub exhausted: Vec<Job>,
}

/// Settles jobs whose runner was not heard of and which nobody may take up.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn reap(conn: &impl Conn, now_ms: i64) -> Result<Reaped> {
    let lapsed = is("state", &State::Running).and(Expr::col("lease_until_ms").lte(now_ms));
    let mut cancelled = Query::delete();
    cancelled.from_table("job").and_where(lapsed.clone()).and_where(is("cancel_requested", &true));
    let cancelled = conn::execute(conn, &cancelled).await?;
    let mut exhausted = Query::update();
    exhausted
        .table("job")
        .values([
            set("state", &State::Failed),
            set("last_error", &Some("the worker died each time this was tried".to_owned())),
            set("lease_owner", &None::<String>),
            set("lease_until_ms", &None::<i64>),
        ])
        .and_where(lapsed)
        .and_where(Expr::col("attempts").gte(Expr::col("max_attempts")))
        .returning_all();
    let exhausted = conn::returning(conn, &exhausted).await?.iter().map(Job::read).collect::<Result<_>>()?;
    Ok(Reaped { cancelled, exhausted })
}
