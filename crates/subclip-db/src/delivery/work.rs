//! Sending: deliveries are leased, and given back with the outcome.

use std::collections::HashMap;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, LikeExpr, Order, Query};
use subclip_core::{DeliveryId, WebhookId};

use super::{Delivery, State, is_free};
use crate::conn::{self, Conn, is, set};
use crate::error::Result;
use crate::row::{self, Row};

/// How many deliveries are being sent to each webhook right now, where there are any.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn in_flight(conn: &impl Conn, now_ms: i64) -> Result<HashMap<WebhookId, u64>> {
    let mut query = Query::select();
    query
        .column("webhook")
        .expr_as(Func::count(Expr::col("id")), "sent")
        .from("delivery")
        .and_where(Expr::col("lease_until_ms").gt(now_ms))
        .group_by_col("webhook");
    let found = conn::rows(conn, &query).await?;
    found.iter().map(|found| Ok((row::read(found, "webhook")?, row::read(found, "sent")?))).collect()
}

/// The deliveries to a webhook that may be sent now, the one that waited longest first, at most `most`: those whose time
/// has come, whose sender is not heard of any more if there was one, and before which none of the same subject is pending.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn claimable(
    conn: &impl Conn,
    webhook: WebhookId,
    now_ms: i64,
    most: u64,
) -> Result<Vec<DeliveryId>> {
    let earlier = Alias::new("earlier");
    let mut before = Query::select();
    before
        .expr(Expr::val(1))
        .from_as("delivery", earlier.clone())
        .and_where(Expr::col((earlier.clone(), "webhook")).equals(("delivery", "webhook")))
        .and_where(Expr::col((earlier.clone(), "subject")).equals(("delivery", "subject")))
        .and_where(Expr::col((earlier.clone(), "state")).eq(State::Pending.as_str()))
        .and_where(Expr::col((earlier, "number")).lt(Expr::col(("delivery", "number"))));
    let mut query = Query::select();
    query
        .column(("delivery", "id"))
        .from("delivery")
        .and_where(is("webhook", &webhook))
        .and_where(is("state", &State::Pending))
        .and_where(Expr::col(("delivery", "next_ms")).lte(now_ms))
        .and_where(is_free(now_ms))
        .and_where(Expr::exists(before).not())
        .order_by(("delivery", "next_ms"), Order::Asc)
        .order_by(("delivery", "number"), Order::Asc)
        .order_by(("delivery", "id"), Order::Asc)
        .limit(most);
    conn::rows(conn, &query).await?.iter().map(|found| row::read(found, "id")).collect()
}

/// Takes a delivery that was [`claimable`]; `None` where somebody else was faster. Nobody else gets it before
/// `now_ms + lease_ms`.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn claim(
    conn: &impl Conn,
    id: DeliveryId,
    owner: &str,
    now_ms: i64,
    lease_ms: i64,
) -> Result<Option<Delivery>> {
    let mut statement = Query::update();
    statement
        .table("delivery")
        .values([
            set("lease_owner", &Some(owner.to_owned())),
            set("lease_until_ms", &Some(now_ms.saturating_add(lease_ms))),
        ])
        .and_where(is("id", &id))
        .and_where(is("state", &State::Pending))
        .and_where(is_free(now_ms))
        .returning_all();
    conn::returning(conn, &statement).await?.first().map(Delivery::read).transpose()
}

/// What came of sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The webhook took it.
    Delivered,
    /// It failed, and is tried again at this time.
    Again {
        /// Not before.
        next_ms: i64,
    },
    /// It failed, and is not tried again by itself.
    GivenUp,
    /// There was nothing to send.
    Skipped,
}

/// Settles a delivery that `owner` has sent. `false` if the lease was lost: then what else the transaction did must not
/// happen.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn settle(
    conn: &impl Conn,
    id: DeliveryId,
    owner: &str,
    outcome: Outcome,
    at_ms: i64,
) -> Result<bool> {
    let tried = u32::from(outcome != Outcome::Skipped);
    let failed = u32::from(matches!(outcome, Outcome::Again { .. } | Outcome::GivenUp));
    let state = match outcome {
        Outcome::Delivered => State::Delivered,
        Outcome::Again { .. } => State::Pending,
        Outcome::GivenUp => State::GivenUp,
        Outcome::Skipped => State::Skipped,
    };
    let mut statement = Query::update();
    statement
        .table("delivery")
        .values([
            set("state", &state),
            set("lease_owner", &None::<String>),
            set("lease_until_ms", &None::<i64>),
            set("finished_ms", &(state != State::Pending).then_some(at_ms)),
        ])
        .value("attempts", Expr::col("attempts").add(tried))
        .value("failures", Expr::col("failures").add(failed))
        .value("first_attempt_ms", Expr::col("first_attempt_ms").if_null(at_ms))
        .and_where(is("id", &id))
        .and_where(is("lease_owner", &owner.to_owned()));
    if let Outcome::Again { next_ms } = outcome {
        statement.values([set("next_ms", &next_ms)]);
    }
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// Gives up all that was to be sent to a webhook, and tells how much.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn give_up_all(conn: &impl Conn, webhook: WebhookId, now_ms: i64) -> Result<u64> {
    let mut statement = Query::update();
    statement
        .table("delivery")
        .values([
            set("state", &State::GivenUp),
            set("finished_ms", &Some(now_ms)),
            set("lease_owner", &None::<String>),
            set("lease_until_ms", &None::<i64>),
        ])
        .and_where(is("webhook", &webhook))
        .and_where(is("state", &State::Pending));
    conn::execute(conn, &statement).await
}

/// Ends the leases of `owner`, because the process it was is known to be gone: others need not wait for the leases to run
/// out. Tells how many.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn abandon(conn: &impl Conn, prefix: &str, now_ms: i64) -> Result<u64> {
    let mut statement = Query::update();
    statement
        .table("delivery")
        .values([set("lease_until_ms", &Some(now_ms))])
        .and_where(Expr::col("lease_until_ms").gt(now_ms))
        .and_where(Expr::col("lease_owner").like(LikeExpr::new(format!("{prefix}%"))));
    conn::execute(conn, &statement).await
}
