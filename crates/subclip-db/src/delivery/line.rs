//! Lines: the deliveries of one subject to one webhook, of which the first alone may be taken. Who changes what stands in a
//! line does it in a transaction that holds the webhook's row, so that nothing is left standing without a first.

use std::collections::HashSet;

use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, ExprTrait, Order, Query, SelectStatement, UnionType, Value,
    WithClause,
};
use subclip_core::{DeliveryId, WebhookId, WorkspaceId};

use super::{AT_ONCE_MS, Delivery, State};
use crate::Tx;
use crate::conn::{self, Conn, is, set};
use crate::error::Result;
use crate::page::signed;
use crate::row;

/// Puts the deliveries of an event to several webhooks at the ends of their lines, and gives them as they stand there. The
/// rows of the webhooks are held.
///
/// # Errors
/// [`Error::Reference`](crate::Error::Reference) without a webhook or the event.
pub async fn queue(tx: &Tx, mut deliveries: Vec<Delivery>) -> Result<Vec<Delivery>> {
    let Some(subject) = deliveries.first().map(|delivery| delivery.subject) else { return Ok(deliveries) };
    let to: Vec<WebhookId> = deliveries.iter().map(|delivery| delivery.webhook).collect();
    let mut busy = HashSet::new();
    for group in conn::in_groups(&to) {
        for found in conn::rows(tx, &busy_query(group, subject)).await? {
            busy.insert(row::read::<WebhookId>(&found, "webhook")?);
        }
    }
    for delivery in &mut deliveries {
        delivery.due_ms = delivery.due_ms.filter(|_| !busy.contains(&delivery.webhook));
    }
    conn::insert_all(tx, &deliveries).await?;
    Ok(deliveries)
}

/// Those of some webhooks that have something in their line of a subject.
pub(super) fn busy_query(webhooks: Vec<Value>, subject: [u8; 16]) -> SelectStatement {
    let mut query = Query::select();
    query
        .distinct()
        .column("webhook")
        .from("delivery")
        .and_where(Expr::col("webhook").is_in(webhooks))
        .and_where(is("subject", &subject))
        .and_where(Expr::col("finished_ms").is_null());
    query
}

/// The first of a line.
pub(super) fn first(webhook: WebhookId, subject: [u8; 16]) -> SelectStatement {
    let mut query = conn::select::<Delivery>();
    query
        .and_where(is("webhook", &webhook))
        .and_where(is("subject", &subject))
        .and_where(Expr::col("finished_ms").is_null())
        .order_by("number", Order::Asc)
        .limit(1);
    query
}

/// Lets the first of a line be taken, where it stood behind another one so far.
pub(super) async fn move_up(tx: &Tx, webhook: WebhookId, subject: [u8; 16], now_ms: i64) -> Result<()> {
    let Some(first) = conn::one::<Delivery>(tx, &first(webhook, subject)).await? else { return Ok(()) };
    if first.due_ms.is_some() {
        return Ok(());
    }
    let mut statement = Query::update();
    statement.table("delivery").values([set("due_ms", &Some(now_ms))]).and_where(is("id", &first.id));
    conn::execute(tx, &statement).await.map(|_| ())
}

/// Has a delivery sent at once, after `failures` tries that failed; `false` if it is being sent already, or gone. What is
/// before it in its line goes first; what is behind it waits. The webhook's row is held.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn send_again(tx: &Tx, id: DeliveryId, failures: u32, now_ms: i64) -> Result<bool> {
    let Some(row) = super::get(tx, id).await? else { return Ok(false) };
    if row.is_leased(now_ms) {
        return Ok(false);
    }
    let mut queued = Query::update();
    queued
        .table("delivery")
        .values([
            set("state", &State::Pending),
            set("failures", &failures),
            set("due_ms", &None::<i64>),
            set("first_attempt_ms", &None::<i64>),
            set("finished_ms", &None::<i64>),
            set("lease_owner", &None::<String>),
        ])
        .and_where(is("id", &id));
    conn::execute(tx, &queued).await?;
    let mut back = Query::update();
    back.table("delivery")
        .values([set("due_ms", &None::<i64>)])
        .and_where(is("webhook", &row.webhook))
        .and_where(is("subject", &row.subject))
        .and_where(Expr::col("finished_ms").is_null())
        .and_where(Expr::col("lease_owner").is_null());
    conn::execute(tx, &back).await?;
    move_up(tx, row.webhook, row.subject, AT_ONCE_MS).await?;
    Ok(true)
}

/// A webhook with lines of which the first may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The webhook.
    pub webhook: WebhookId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// Whether its last attempt failed.
    pub failing: bool,
}

/// The enabled webhooks, of all workspaces, to which something may be sent now.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn due(conn: &impl Conn, now_ms: i64) -> Result<Vec<Due>> {
    let found = conn::rows(conn, &due_query(now_ms)).await?;
    let due = |found| {
        let since: Option<i64> = row::read(found, "failing_since_ms")?;
        let (webhook, workspace) = (row::read(found, "id")?, row::read(found, "workspace")?);
        Ok(Due { webhook, workspace, failing: since.is_some() })
    };
    found.iter().map(due).collect()
}

/// Goes from one webhook to the next in the index of what is on its way, so that neither those to which nothing is, nor
/// what waits at one, costs anything: a step is one look into that index.
pub(super) fn due_query(now_ms: i64) -> SelectStatement {
    let waiting = Alias::new("waiting");
    // One column of one row, as both databases take a subquery there and a table beside it only in different words.
    let next = |after: Option<Expr>| {
        let mut query = Query::select();
        query.column(("delivery", "webhook")).from("delivery");
        query.and_where(Expr::col(("delivery", "due_ms")).is_not_null());
        if let Some(after) = after {
            query.and_where(Expr::col(("delivery", "webhook")).gt(after));
        }
        query.order_by(("delivery", "webhook"), Order::Asc).limit(1);
        Expr::SubQuery(None, Box::new(query.into()))
    };
    let here = || Expr::col((waiting.clone(), "webhook"));
    let mut others = Query::select();
    others.expr(next(Some(here()))).from(waiting.clone()).and_where(here().is_not_null());
    let mut all = Query::select();
    all.expr_as(next(None), "webhook").union(UnionType::All, others);
    let mut stepped = CommonTableExpression::new();
    stepped.table_name(waiting.clone()).column("webhook").query(all);

    let mut time_has_come = Query::select();
    time_has_come
        .expr(Expr::val(1))
        .from("delivery")
        .and_where(Expr::col(("delivery", "webhook")).equals(("webhook", "id")))
        .and_where(Expr::col(("delivery", "due_ms")).lte(now_ms));
    let mut query = Query::select();
    query
        .columns([("webhook", "id"), ("webhook", "workspace"), ("webhook", "failing_since_ms")])
        .from(waiting.clone())
        // SQLite looks into the tables of such a join in their order.
        .cross_join("webhook")
        .and_where(Expr::col(("webhook", "id")).equals((waiting, "webhook")))
        .and_where(Expr::col(("webhook", "enabled")).eq(true))
        .and_where(Expr::exists(time_has_come))
        .with_cte(WithClause::new().recursive(true).cte(stepped).to_owned());
    query
}

/// A delivery that is being sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InFlight {
    /// Which one.
    pub delivery: DeliveryId,
    /// Where to.
    pub webhook: WebhookId,
    /// Whose that is.
    pub workspace: WorkspaceId,
}

/// What is being sent right now, by whoever.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn in_flight(conn: &impl Conn, now_ms: i64) -> Result<Vec<InFlight>> {
    let found = conn::rows(conn, &in_flight_query(now_ms)).await?;
    let read = |found| {
        Ok(InFlight {
            delivery: row::read(found, "id")?,
            webhook: row::read(found, "webhook")?,
            workspace: row::read(found, "workspace")?,
        })
    };
    found.iter().map(read).collect()
}

pub(super) fn in_flight_query(now_ms: i64) -> SelectStatement {
    let mut query = Query::select();
    query
        .columns([("delivery", "id"), ("delivery", "webhook")])
        .column(("webhook", "workspace"))
        .from("delivery")
        .cross_join("webhook")
        .and_where(Expr::col(("webhook", "id")).equals(("delivery", "webhook")))
        .and_where(Expr::col(("delivery", "lease_owner")).is_not_null())
        .and_where(Expr::col(("delivery", "due_ms")).gt(now_ms));
    query
}

/// Gives up what was to be sent to a webhook, at most `most` at once, and tells how much. What is being sent right now is
/// left to who sends it.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn give_up_some(tx: &Tx, webhook: WebhookId, now_ms: i64, most: u64) -> Result<u64> {
    let mut statement = Query::update();
    statement
        .table("delivery")
        .values([
            set("state", &State::GivenUp),
            set("due_ms", &None::<i64>),
            set("finished_ms", &Some(now_ms)),
            set("lease_owner", &None::<String>),
        ])
        .and_where(Expr::col("id").in_subquery(free(webhook, now_ms, most)));
    conn::execute(tx, &statement).await
}

/// Deliveries to a webhook that are pending and not being sent.
pub(super) fn free(webhook: WebhookId, now_ms: i64, most: u64) -> SelectStatement {
    let mut query = Query::select();
    query
        .column("id")
        .from("delivery")
        .and_where(is("webhook", &webhook))
        .and_where(Expr::col("finished_ms").is_null())
        .and_where(Expr::col("lease_owner").is_null().or(Expr::col("due_ms").lte(now_ms)))
        // The order of the index that holds the pending ones alone, so that SQLite goes through no other.
        .order_by("subject", Order::Asc)
        .order_by("number", Order::Asc)
        .limit(signed(most));
    query
}

/// Lets what waits for its next try at a webhook be tried now, as if it had not failed before, at most `most` at once;
/// tells how much.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn hurry_some(conn: &impl Conn, webhook: WebhookId, now_ms: i64, most: u64) -> Result<u64> {
    let mut statement = Query::update();
    statement
        .table("delivery")
        .values([
            set("due_ms", &Some(now_ms)),
            set("failures", &0_u32),
            set("first_attempt_ms", &None::<i64>),
        ])
        .and_where(Expr::col("id").in_subquery(waiting(webhook, now_ms, most)));
    conn::execute(conn, &statement).await
}

/// Deliveries to a webhook that wait for their next try.
pub(super) fn waiting(webhook: WebhookId, now_ms: i64, most: u64) -> SelectStatement {
    let mut query = Query::select();
    query
        .column("id")
        .from("delivery")
        .and_where(is("webhook", &webhook))
        .and_where(Expr::col("due_ms").gt(now_ms))
        .and_where(Expr::col("lease_owner").is_null())
        .limit(signed(most));
    query
}
