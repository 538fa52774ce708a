//! Deliveries: events on their way to webhooks. One is leased by the worker that sends it, and taken up by another when
//! that lease runs out. Of the events of one subject, a webhook is sent the next one only when the one before is settled.

mod attempt;
mod work;

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use subclip_core::{DeliveryId, EventId, WebhookId, WorkspaceId};

use crate::conn::{self, Conn, is, set};
use crate::error::Result;
use crate::page::{Cursor, Page};

pub use attempt::{Attempt, attempts, forget_attempts, log};
pub use work::{Outcome, abandon, claim, claimable, give_up_all, in_flight, settle};

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
        /// Not before.
        pub next_ms: i64,
        /// When it was first tried since it was to be sent.
        pub first_attempt_ms: Option<i64>,
        /// Who sends it.
        pub lease_owner: Option<String>,
        /// Until when its sender need not be heard of.
        pub lease_until_ms: Option<i64>,
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
            next_ms: event.created_ms,
            first_attempt_ms: None,
            lease_owner: None,
            lease_until_ms: None,
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

/// Stores a delivery.
///
/// # Errors
/// [`Error::Reference`](crate::Error::Reference) without its webhook or its event.
pub async fn insert(conn: &impl Conn, delivery: &Delivery) -> Result<()> {
    conn::insert(conn, delivery).await
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

/// Has a delivery sent at once, after `failures` tries that failed; `false` if it is being sent already, or gone.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn send_again(conn: &impl Conn, id: DeliveryId, failures: u32, now_ms: i64) -> Result<bool> {
    let mut statement = Query::update();
    statement
        .table("delivery")
        .values([
            set("state", &State::Pending),
            set("failures", &failures),
            set("next_ms", &now_ms),
            set("first_attempt_ms", &None::<i64>),
            set("finished_ms", &None::<i64>),
            set("lease_owner", &None::<String>),
            set("lease_until_ms", &None::<i64>),
        ])
        .and_where(is("id", &id))
        .and_where(is_free(now_ms));
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// Nobody is sending it.
fn is_free(now_ms: i64) -> Expr {
    let lease = || Expr::col(("delivery", "lease_until_ms"));
    lease().is_null().or(lease().lte(now_ms))
}

/// `EXISTS` of a delivery of the event at hand that is still to be sent.
pub(crate) fn pending_of_event() -> Expr {
    let mut query = Query::select();
    query
        .expr(Expr::val(1))
        .from("delivery")
        .and_where(Expr::col(("delivery", "event")).equals(("event", "id")))
        .and_where(Expr::col(("delivery", "state")).eq(State::Pending.as_str()));
    Expr::exists(query)
}

/// `EXISTS` of a delivery to the webhook at hand whose time has come.
pub(crate) fn due_for_webhook(now_ms: i64) -> Expr {
    let mut query = Query::select();
    query
        .expr(Expr::val(1))
        .from("delivery")
        .and_where(Expr::col(("delivery", "webhook")).equals(("webhook", "id")))
        .and_where(Expr::col(("delivery", "state")).eq(State::Pending.as_str()))
        .and_where(Expr::col(("delivery", "next_ms")).lte(now_ms))
        .and_where(is_free(now_ms));
    Expr::exists(query)
}
