//! Sending: deliveries are leased, and given back with the outcome.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SelectStatement};
use subclip_core::{DeliveryId, WebhookId};

use super::{Delivery, State, line};
use crate::Tx;
use crate::conn::{self, Conn, is, set};
use crate::error::Result;
use crate::page::signed;
use crate::row::{self, Row};

impl Delivery {
    /// Whether somebody sends it.
    #[must_use]
    pub fn is_leased(&self, now_ms: i64) -> bool {
        self.lease_owner.is_some() && self.due_ms.is_some_and(|until_ms| until_ms > now_ms)
    }
}

/// The deliveries to a webhook that may be sent now, the one that waited longest first, at most `most`: first ones of their
/// lines whose time has come, and whose sender is not heard of any more if there was one.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn claimable(
    conn: &impl Conn,
    webhook: WebhookId,
    now_ms: i64,
    most: u64,
) -> Result<Vec<DeliveryId>> {
    let found = conn::rows(conn, &claimable_query(webhook, now_ms, most)).await?;
    found.iter().map(|found| row::read(found, "id")).collect()
}

pub(super) fn claimable_query(webhook: WebhookId, now_ms: i64, most: u64) -> SelectStatement {
    let mut query = Query::select();
    query
        .column("id")
        .from("delivery")
        .and_where(is("webhook", &webhook))
        .and_where(Expr::col("due_ms").lte(now_ms))
        .order_by("due_ms", Order::Asc)
        .order_by("id", Order::Asc)
        .limit(signed(most));
    query
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
            set("due_ms", &Some(now_ms.saturating_add(lease_ms))),
            ("claims", Expr::col("claims").add(1)),
        ])
        .and_where(is("id", &id))
        .and_where(Expr::col("due_ms").lte(now_ms))
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

/// Settles a delivery as it was when it was claimed, and lets the next one of its line be sent. `false` if that claim was
/// lost: what came of it counts for nothing then. The webhook's row is held.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn settle(tx: &Tx, held: &Delivery, outcome: Outcome, at_ms: i64) -> Result<bool> {
    let tried = u32::from(outcome != Outcome::Skipped);
    let failed = u32::from(matches!(outcome, Outcome::Again { .. } | Outcome::GivenUp));
    let (state, due_ms) = match outcome {
        Outcome::Delivered => (State::Delivered, None),
        Outcome::Again { next_ms } => (State::Pending, Some(next_ms)),
        Outcome::GivenUp => (State::GivenUp, None),
        Outcome::Skipped => (State::Skipped, None),
    };
    let mut statement = Query::update();
    statement
        .table("delivery")
        .values([
            set("state", &state),
            set("due_ms", &due_ms),
            set("lease_owner", &None::<String>),
            set("finished_ms", &(state != State::Pending).then_some(at_ms)),
        ])
        .value("attempts", Expr::col("attempts").add(tried))
        .value("failures", Expr::col("failures").add(failed))
        .value("first_attempt_ms", Expr::col("first_attempt_ms").if_null(at_ms))
        .and_where(is("id", &held.id))
        .and_where(is("lease_owner", &held.lease_owner))
        .and_where(is("claims", &held.claims));
    if conn::execute(tx, &statement).await? == 0 {
        return Ok(false);
    }
    if state != State::Pending {
        line::move_up(tx, held.webhook, held.subject, at_ms).await?;
    }
    Ok(true)
}

/// Counts a try whose claim was lost by the time it ended; `false` where the delivery is gone.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn count_lost_try(conn: &impl Conn, id: DeliveryId) -> Result<bool> {
    let mut statement = Query::update();
    statement.table("delivery").value("attempts", Expr::col("attempts").add(1)).and_where(is("id", &id));
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// Ends the leases of `owner`, because the process it was is known to be gone: others need not wait for the leases to run
/// out. Tells how many.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn abandon(conn: &impl Conn, owner: &str, now_ms: i64) -> Result<u64> {
    let mut statement = Query::update();
    statement
        .table("delivery")
        .values([set("due_ms", &Some(now_ms))])
        .and_where(is("lease_owner", &owner.to_owned()))
        .and_where(Expr::col("due_ms").gt(now_ms));
    conn::execute(conn, &statement).await
}
