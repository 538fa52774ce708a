//! Webhooks: endpoints that are told of events.

use sea_orm::sea_query::{Expr, ExprTrait, Func, Query};
use serde_json::Value as Json;
use subclip_core::{WebhookId, WorkspaceId};

use crate::conn::{self, Conn, is, set};
use crate::delivery;
use crate::error::Result;
use crate::page::{Cursor, Page};
use crate::row;

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
    conn::one(conn, conn::select::<Webhook>().and_where(is("id", &id)).and_where(is("workspace", &workspace)))
        .await
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
    let mut query = Query::select();
    query
        .expr_as(Func::count(Expr::col("id")), "found")
        .from("webhook")
        .and_where(is("workspace", &workspace));
    match conn::rows(conn, &query).await?.first() {
        Some(found) => row::read(found, "found"),
        None => Ok(0),
    }
}

/// The webhooks of a workspace that are told of events.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn enabled_in(conn: &impl Conn, workspace: WorkspaceId) -> Result<Vec<Webhook>> {
    let mut query = conn::select::<Webhook>();
    query.and_where(is("workspace", &workspace)).and_where(is("enabled", &true));
    conn::all(conn, &query).await
}

/// The webhooks, of all workspaces, for which a delivery may be due.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn due(conn: &impl Conn, now_ms: i64) -> Result<Vec<Webhook>> {
    let mut query = conn::select::<Webhook>();
    query.and_where(is("enabled", &true)).and_where(delivery::due_for_webhook(now_ms));
    conn::all(conn, &query).await
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
            set("updated_ms", &webhook.updated_ms),
        ])
        .and_where(is("id", &webhook.id));
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// Notes that an attempt succeeded.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn succeeded(conn: &impl Conn, id: WebhookId) -> Result<()> {
    let mut statement = Query::update();
    statement
        .table("webhook")
        .values([set("failing_since_ms", &None::<i64>)])
        .and_where(is("id", &id))
        .and_where(Expr::col("failing_since_ms").is_not_null());
    conn::execute(conn, &statement).await.map(|_| ())
}

/// Notes that an attempt failed, and tells since when all have.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn failed(conn: &impl Conn, id: WebhookId, now_ms: i64) -> Result<i64> {
    let mut statement = Query::update();
    statement
        .table("webhook")
        .value("failing_since_ms", Expr::col("failing_since_ms").if_null(now_ms))
        .and_where(is("id", &id))
        .returning_col("failing_since_ms");
    let since: Option<i64> = match conn::returning(conn, &statement).await?.first() {
        Some(found) => row::read(found, "failing_since_ms")?,
        None => None,
    };
    Ok(since.unwrap_or(now_ms))
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
