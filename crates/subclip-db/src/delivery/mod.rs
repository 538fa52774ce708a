//! Deliveries: events on their way to webhooks. Those of one subject to one webhook are a **line**: only its first one may
//! be taken, and says from when on. It is leased by the worker that sends it, and taken up by another when that lease runs
//! out; when it is settled, the next one is first. So what costs time to look through is the lines, never the log.

mod attempt;
mod line;
#[cfg(test)]
mod plans;
mod work;

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use subclip_core::{DeliveryId, EventId, WebhookId, WorkspaceId};

use crate::conn::{self, Conn, is};
use crate::error::Result;
use crate::page::{Cursor, Page, signed};

pub use attempt::{Attempt, attempts, forget_attempts, log};
pub use line::{Due, InFlight, due, give_up_some, hurry_some, in_flight, queue, send_again};
pub use work::{Outcome, abandon, claim, claimable, count_lost_try, settle};

/// The time of what somebody waits for: before all that waits for its own.
pub const AT_ONCE_MS: i64 = 0;

text_enum! {
    /// How far a delivery is.
    pub enum State {
        /// To be sent, or sent again.
        Pending = "pending",
        /// The webhook took it.
        Delivered = "delivered",
        /// It is not sent again by itself.
        GivenUp = "given_up",
        /// There was nothing to send: the webhook's format has no word for the event.
        Skipped = "skipped",
    }
}

row! {
    "delivery"
    /// A delivery.
    pub struct Delivery {
        /// Its id.
        pub id: DeliveryId,
        /// Where it goes.
        pub webhook: WebhookId,
        /// What it tells of.
        pub event: EventId,
        /// What that happened to.
        pub subject: [u8; 16],
        /// Its place among the events of that subject.
        pub number: u64,
        /// How far it is.
        pub state: State,
        /// How often it was tried.
        pub attempts: u32,
        /// How often it failed since it was to be sent.
        pub failures: u32,
        /// From when on it may be taken, where it is the first of its line: while it is leased, the end of the lease.
        pub due_ms: Option<i64>,
        /// How often it was taken: which claim of the same worker an outcome belongs to.
        pub claims: u64,
        /// When it was first tried since it was to be sent.
        pub first_attempt_ms: Option<i64>,
        /// Who sends it.
        pub lease_owner: Option<String>,
        /// When it was made.
        pub created_ms: i64,
        /// When it was settled.
        pub finished_ms: Option<i64>,
    }
}

impl Delivery {
    /// One that is to be sent at once.
    #[must_use]
    pub fn pending(id: DeliveryId, webhook: WebhookId, event: &crate::event::Event) -> Self {
        Self {
            id,
            webhook,
            event: event.id,
            subject: event.subject,
            number: event.number,
            state: State::Pending,
            attempts: 0,
            failures: 0,
            due_ms: Some(event.created_ms),
            claims: 0,
            first_attempt_ms: None,
            lease_owner: None,
            created_ms: event.created_ms,
            finished_ms: None,
        }
    }

    /// Its place in a list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor { created_ms: self.created_ms, id: self.id.bytes() }
    }
}

/// The delivery with this id, whoever owns it.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, id: DeliveryId) -> Result<Option<Delivery>> {
    conn::one_by(conn, "id", &id).await
}

/// The delivery with this id, if its webhook is the workspace's.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get_in(conn: &impl Conn, workspace: WorkspaceId, id: DeliveryId) -> Result<Option<Delivery>> {
    let mut own = Query::select();
    own.column("id").from("webhook").and_where(is("workspace", &workspace));
    let mut query = conn::select::<Delivery>();
    query.and_where(is("id", &id)).and_where(Expr::col("webhook").in_subquery(own));
    conn::one(conn, &query).await
}

/// Deliveries of a webhook, the newest first.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list(
    conn: &impl Conn,
    webhook: WebhookId,
    state: Option<State>,
    page: &Page,
) -> Result<Vec<Delivery>> {
    let mut query = conn::select::<Delivery>();
    query.and_where(is("webhook", &webhook));
    if let Some(state) = &state {
        query.and_where(is("state", state));
    }
    page.cut(&mut query);
    conn::all(conn, &query).await
}

/// Deletes deliveries of a webhook with their attempts, at most `most` at once, and tells how many.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn delete_some(conn: &impl Conn, webhook: WebhookId, most: u64) -> Result<u64> {
    let mut chosen = Query::select();
    chosen.column("id").from("delivery").and_where(is("webhook", &webhook)).limit(signed(most));
    let mut statement = Query::delete();
    statement.from_table("delivery").and_where(Expr::col("id").in_subquery(chosen));
    conn::execute(conn, &statement).await
}

/// `EXISTS` of a delivery of the event at hand that is still to be sent.
pub(crate) fn pending_of_event() -> Expr {
    let mut query = Query::select();
    query
        .expr(Expr::val(1))
        .from("delivery")
        .and_where(Expr::col(("delivery", "event")).equals(("event", "id")))
        .and_where(Expr::col(("delivery", "finished_ms")).is_null());
    Expr::exists(query)
}
