//! Webhooks: endpoints that are told of events.

use sea_orm::sea_query::{Expr, ExprTrait, LockType, Order, Query, SelectStatement};
use serde_json::Value as Json;
use subclip_core::{WebhookId, WorkspaceId};

use crate::conn::{self, Conn, is, set};
use crate::error::Result;
use crate::page::{Cursor, Page, signed};
use crate::{Tx, row};

row! {
    "webhook"
    /// A webhook.
    pub struct Webhook {
        /// Its id.
        pub id: WebhookId,
        /// Whose it is.
        pub workspace: WorkspaceId,
        /// Where events are sent; no two of a workspace have the same.
        pub url: String,
        /// In whose words, by the name of the format.
        pub format: String,
        /// Which kinds of events it wants, as a list of names; null for all.
        pub kinds: Json,
        /// Whether it is told anything.
        pub enabled: bool,
        /// Why it is not, where the server decided that.
        pub disabled_reason: Option<String>,
        /// What messages are signed with.
        pub secret: String,
        /// Since when every attempt has failed.
        pub failing_since_ms: Option<i64>,
        /// When the last one of those did.
        pub failed_ms: Option<i64>,
        /// When it was made.
        pub created_ms: i64,
        /// When its owner last changed it.
        pub updated_ms: i64,
    }
}

impl Webhook {
    /// Its place in a list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor { created_ms: self.created_ms, id: self.id.bytes() }
    }
}

/// Stores a new webhook.
///
/// # Errors
/// [`Error::Duplicate`](crate::Error::Duplicate) where the workspace has one with this URL.
pub async fn insert(conn: &impl Conn, webhook: &Webhook) -> Result<()> {
    conn::insert(conn, webhook).await
}

/// The webhook with this id, whoever owns it.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, id: WebhookId) -> Result<Option<Webhook>> {
    conn::one_by(conn, "id", &id).await
}

/// The webhook with this id, if it is the workspace's.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get_in(conn: &impl Conn, workspace: WorkspaceId, id: WebhookId) -> Result<Option<Webhook>> {
    conn::one(conn, &own(workspace, id)).await
}

fn own(workspace: WorkspaceId, id: WebhookId) -> SelectStatement {
    let mut query = conn::select::<Webhook>();
    query.and_where(is("id", &id)).and_where(is("workspace", &workspace));
    query
}

/// The same, held until the transaction ends: nobody changes it, or what stands in its lines, until then.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn lock_in(tx: &Tx, workspace: WorkspaceId, id: WebhookId) -> Result<Option<Webhook>> {
    conn::one(tx, own(workspace, id).lock(LockType::Update)).await
}

/// The webhook with this id, whoever owns it, held until the transaction ends. Who holds several takes them in the order of
/// their ids, so that no two wait for each other.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn lock(tx: &Tx, id: WebhookId) -> Result<Option<Webhook>> {
    conn::lock_by(tx, "id", &id).await
}

/// Webhooks of a workspace, the newest first.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list(conn: &impl Conn, workspace: WorkspaceId, page: &Page) -> Result<Vec<Webhook>> {
    let mut query = conn::select::<Webhook>();
    query.and_where(is("workspace", &workspace));
    page.cut(&mut query);
    conn::all(conn, &query).await
}

/// How many webhooks a workspace has.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn count(conn: &impl Conn, workspace: WorkspaceId) -> Result<u64> {
    conn::count::<Webhook>(conn, is("workspace", &workspace)).await
}

/// The webhooks of a workspace that are told of events, in the order of their ids. Until the transaction ends, each stays
/// as it is, and nothing of its lines is settled: what is queued behind something is not left standing there.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn enabled_in(tx: &Tx, workspace: WorkspaceId) -> Result<Vec<Webhook>> {
    let mut query = conn::select::<Webhook>();
    query
        .and_where(is("workspace", &workspace))
        .and_where(is("enabled", &true))
        .order_by("id", Order::Asc)
        .lock(LockType::Share);
    conn::all(tx, &query).await
}

/// Disabled webhooks to which something still is to be sent that nobody is sending, at most `most` of them.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn to_be_emptied(conn: &impl Conn, now_ms: i64, most: u64) -> Result<Vec<WebhookId>> {
    let found = conn::rows(conn, &to_be_emptied_query(now_ms, most)).await?;
    found.iter().map(|found| row::read(found, "id")).collect()
}

pub(crate) fn to_be_emptied_query(now_ms: i64, most: u64) -> SelectStatement {
    let of = |column: &'static str| Expr::col(("delivery", column));
    let mut waits = Query::select();
    waits
        .column(("delivery", "id"))
        .from("delivery")
        .and_where(of("webhook").equals(("webhook", "id")))
        .and_where(of("finished_ms").is_null())
        .and_where(of("lease_owner").is_null().or(of("due_ms").lte(now_ms)))
        // The order of the index that holds the pending ones alone, so that SQLite goes through no other.
        .order_by(("delivery", "subject"), Order::Asc)
        .order_by(("delivery", "number"), Order::Asc)
        .limit(1);
    let mut query = Query::select();
    query
        .column("id")
        .from("webhook")
        .and_where(is("enabled", &false))
        .and_where(Expr::SubQuery(None, Box::new(waits.into())).is_not_null())
        .limit(signed(most));
    query
}

/// Replaces what its owner may change; `false` without such a webhook.
///
/// # Errors
/// [`Error::Duplicate`](crate::Error::Duplicate) where the workspace has another one with this URL.
pub async fn replace(conn: &impl Conn, webhook: &Webhook) -> Result<bool> {
    let mut statement = Query::update();
    statement
        .table("webhook")
        .values([
            set("url", &webhook.url),
            set("format", &webhook.format),
            set("kinds", &webhook.kinds),
            set("enabled", &webhook.enabled),
            set("disabled_reason", &webhook.disabled_reason),
            set("secret", &webhook.secret),
            set("failing_since_ms", &webhook.failing_since_ms),
            set("failed_ms", &webhook.failed_ms),
            set("updated_ms", &webhook.updated_ms),
        ])
        .and_where(is("id", &webhook.id));
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// Notes since when every attempt has failed, and when the last one did; nothing where it succeeded.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_failing(
    conn: &impl Conn,
    id: WebhookId,
    since_and_last_ms: Option<(i64, i64)>,
) -> Result<()> {
    let (since_ms, last_ms) = since_and_last_ms.unzip();
    let mut statement = Query::update();
    statement
        .table("webhook")
        .values([set("failing_since_ms", &since_ms), set("failed_ms", &last_ms)])
        .and_where(is("id", &id));
    conn::execute(conn, &statement).await.map(|_| ())
}

/// Tells a webhook nothing any more, for this reason; `false` unless it was told so far.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn disable(conn: &impl Conn, id: WebhookId, reason: &str) -> Result<bool> {
    let mut statement = Query::update();
    statement
        .table("webhook")
        .values([set("enabled", &false), set("disabled_reason", &Some(reason.to_owned()))])
        .and_where(is("id", &id))
        .and_where(is("enabled", &true));
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// Deletes a webhook with its deliveries; `false` if the workspace has no such one.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn delete(conn: &impl Conn, workspace: WorkspaceId, id: WebhookId) -> Result<bool> {
    let mut statement = Query::delete();
    statement.from_table("webhook").and_where(is("id", &id)).and_where(is("workspace", &workspace));
    Ok(conn::execute(conn, &statement).await? > 0)
}
