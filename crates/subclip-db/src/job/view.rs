//! Looking at the queue.

use sea_orm::sea_query::{Expr, Func, Order, Query};
use subclip_core::{AssetId, JobId};

use super::{Job, State};
use crate::conn::{self, Conn, is};
use crate::error::Result;
use crate::row;

/// How many jobs of a lane are so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The lane.
    pub lane: String,
    /// How far they are.
    pub state: State,
    /// How many.
    pub jobs: u64,
}

/// The job with this id.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, id: JobId) -> Result<Option<Job>> {
    conn::one_by(conn, "id", &id).await
}

/// Jobs in a state, or all, the oldest first; at most `limit`.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list(conn: &impl Conn, state: Option<State>, limit: u64) -> Result<Vec<Job>> {
    let mut query = conn::select::<Job>();
    if let Some(state) = &state {
        query.and_where(is("state", state));
    }
    query.order_by("created_ms", Order::Asc).order_by("id", Order::Asc).limit(crate::page::signed(limit));
    conn::all(conn, &query).await
}

/// All jobs on an asset, the oldest first.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn for_subject(conn: &impl Conn, asset: AssetId) -> Result<Vec<Job>> {
    let mut query = conn::select::<Job>();
    query.and_where(is("subject", &asset)).order_by("created_ms", Order::Asc).order_by("id", Order::Asc);
    conn::all(conn, &query).await
}

/// When a worker of this lane should look again: the earliest time that a queued job may run or a lease ends.
/// `None` if neither will happen by itself.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn next_due_ms(conn: &impl Conn, lane: &str) -> Result<Option<i64>> {
    let mut earliest = None;
    for (state, column) in [(State::Queued, "run_at_ms"), (State::Running, "lease_until_ms")] {
        let mut query = Query::select();
        query
            .expr_as(Func::min(Expr::col(column)), "due_ms")
            .from("job")
            .and_where(is("lane", &lane.to_owned()))
            .and_where(is("state", &state));
        for found in conn::rows(conn, &query).await? {
            let due_ms: Option<i64> = row::read(&found, "due_ms")?;
            earliest = [earliest, due_ms].into_iter().flatten().min();
        }
    }
    Ok(earliest)
}

/// How many jobs are how far, per lane.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn counts(conn: &impl Conn) -> Result<Vec<Count>> {
    let mut query = Query::select();
    query
        .columns(["lane", "state"])
        .expr_as(Func::count(Expr::col("id")), "jobs")
        .from("job")
        .group_by_columns(["lane", "state"])
        .order_by("lane", Order::Asc)
        .order_by("state", Order::Asc);
    let read = |found: &sea_orm::QueryResult| {
        Ok(Count {
            lane: row::read(found, "lane")?,
            state: row::read(found, "state")?,
            jobs: row::read(found, "jobs")?,
        })
    };
    conn::rows(conn, &query).await?.iter().map(read).collect()
}
