//! Access tokens: who may act for a workspace.

use std::fmt;
use std::str::FromStr;

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use subclip_core::WorkspaceId;

use crate::Tx;
use crate::conn::{self, Conn, is, set};
use crate::error::Result;
use crate::page::{CursorParseError, signed};

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

/// A place in the list of tokens: the last that was seen. Their ids are text, so it is no [`Cursor`](crate::Cursor).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// When that token was made.
    pub created_ms: i64,
    /// Its id.
    pub id: String,
}

impl Token {
    /// Its place in the list.
    #[must_use]
    pub fn place(&self) -> Place {
        Place { created_ms: self.created_ms, id: self.id.clone() }
    }
}

/// The id in hexadecimal, since any text is one.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-", self.created_ms)?;
        self.id.bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Place {
    type Err = CursorParseError;

    fn from_str(text: &str) -> std::result::Result<Self, CursorParseError> {
        let (created_ms, id) = text.rsplit_once('-').ok_or(CursorParseError)?;
        if id.is_empty() || id.len() % 2 == 1 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(CursorParseError);
        }
        let byte = |at: usize| u8::from_str_radix(&id[at..at + 2], 16).map_err(|_| CursorParseError);
        let bytes: Vec<u8> = (0..id.len()).step_by(2).map(byte).collect::<std::result::Result<_, _>>()?;
        let created_ms = created_ms.parse().map_err(|_| CursorParseError)?;
        Ok(Self { created_ms, id: String::from_utf8(bytes).map_err(|_| CursorParseError)? })
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

/// At most `limit` tokens of a workspace that come after a place, the newest first, revoked ones too.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list(
    conn: &impl Conn,
    workspace: WorkspaceId,
    after: Option<&Place>,
    limit: u64,
) -> Result<Vec<Token>> {
    let mut query = conn::select::<Token>();
    query.and_where(is("workspace", &workspace));
    if let Some(Place { created_ms, id }) = after {
        let same_time = Expr::col("created_ms").eq(*created_ms).and(Expr::col("id").lt(id.as_str()));
        query.and_where(Expr::col("created_ms").lt(*created_ms).or(same_time));
    }
    query.order_by("created_ms", Order::Desc).order_by("id", Order::Desc).limit(signed(limit));
    conn::all(conn, &query).await
}

/// How many tokens of a workspace are not revoked.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn count_live(conn: &impl Conn, workspace: WorkspaceId) -> Result<u64> {
    conn::count::<Token>(conn, is("workspace", &workspace).and(Expr::col("revoked_ms").is_null())).await
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

/// Forgets the revoked tokens of a workspace but for the `most` that were revoked last, and for those with these scopes.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn forget_revoked(tx: &Tx, workspace: WorkspaceId, most: u64, but_scopes: &str) -> Result<()> {
    let revoked = || is("workspace", &workspace).and(Expr::col("revoked_ms").is_not_null());
    let mut kept = Query::select();
    kept.column("id")
        .from("token")
        .and_where(revoked())
        .order_by("revoked_ms", Order::Desc)
        .order_by("id", Order::Desc)
        .limit(signed(most));
    let mut statement = Query::delete();
    statement
        .from_table("token")
        .and_where(revoked())
        .and_where(Expr::col("scopes").ne(but_scopes))
        .and_where(Expr::col("id").not_in_subquery(kept));
    conn::execute(tx, &statement).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back() {
        for id in ["c0ffee00-0000-4000-8000-000000000000", "é-1", "-"] {
            let place = Place { created_ms: -5, id: id.to_owned() };
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for bad in ["", "-", "5", "5-", "x-61", "5-6", "5-+1", "5-ff", "5-é"] {
            assert_eq!(bad.parse::<Place>(), Err(CursorParseError), "{bad}");
        }
    }
}
