//! Access tokens: who may act for a workspace.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use subclip_core::WorkspaceId;

use crate::conn::{self, Conn, is, set};
use crate::error::Result;

row! {
    "token"
    /// An access token. Its secret is known to its holder only.
    pub struct Token {
        /// The public half: any text that its maker chose.
        pub id: String,
        /// The workspace it acts for.
        pub workspace: WorkspaceId,
        /// What people call it.
        pub name: String,
        /// SHA-256 of the secret half.
        pub secret_hash: [u8; 32],
        /// What it may do: words with commas between, like `read,write`.
        pub scopes: String,
        /// When it was made.
        pub created_ms: i64,
        /// Since when it is worth nothing.
        pub revoked_ms: Option<i64>,
    }
}

/// Stores a token.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn insert(conn: &impl Conn, token: &Token) -> Result<()> {
    conn::insert(conn, token).await
}

/// The token with this id, revoked or not.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, id: &str) -> Result<Option<Token>> {
    conn::one_by(conn, "id", &id.to_owned()).await
}

/// All tokens of a workspace, the oldest first, revoked ones too.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list(conn: &impl Conn, workspace: WorkspaceId) -> Result<Vec<Token>> {
    let mut query = conn::select::<Token>();
    query
        .and_where(is("workspace", &workspace))
        .order_by("created_ms", Order::Asc)
        .order_by("id", Order::Asc);
    conn::all(conn, &query).await
}

/// Makes a token worth nothing. `false` if the workspace has no such token, or it was revoked before.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn revoke(conn: &impl Conn, workspace: WorkspaceId, id: &str, now_ms: i64) -> Result<bool> {
    let mut statement = Query::update();
    statement
        .table("token")
        .values([set("revoked_ms", &Some(now_ms))])
        .and_where(is("id", &id.to_owned()))
        .and_where(is("workspace", &workspace))
        .and_where(Expr::col("revoked_ms").is_null());
    Ok(conn::execute(conn, &statement).await? > 0)
}
