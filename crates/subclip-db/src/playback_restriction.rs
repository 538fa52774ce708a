//! Playback restrictions: from which pages and with which programs signed media may be played.

use sea_orm::sea_query::Query;
use subclip_core::{RestrictionId, WorkspaceId};

use crate::conn::{self, Conn, is, set};
use crate::error::Result;
use crate::page::Page;

row! {
    "playback_restriction"
    /// A restriction.
    pub struct Restriction {
        /// What tokens call it.
        pub id: RestrictionId,
        /// Whose it is.
        pub workspace: WorkspaceId,
        /// The domains of pages that may play: a list of strings.
        pub allowed_domains: serde_json::Value,
        /// Whether a request that names no page may.
        pub allow_no_referrer: bool,
        /// Whether a program that does not say what it is may.
        pub allow_no_user_agent: bool,
        /// Whether a program that is no player may.
        pub allow_high_risk_user_agent: bool,
        /// When it was made.
        pub created_ms: i64,
        /// When it last changed.
        pub updated_ms: i64,
    }
}

/// Stores a restriction.
///
/// # Errors
/// [`Error::Reference`](crate::Error::Reference) without such a workspace.
pub async fn insert(conn: &impl Conn, restriction: &Restriction) -> Result<()> {
    conn::insert(conn, restriction).await
}

/// The restriction with this id, whoever owns it.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, id: RestrictionId) -> Result<Option<Restriction>> {
    conn::one_by(conn, "id", &id).await
}

/// A page of the restrictions of a workspace, the newest first.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list(conn: &impl Conn, workspace: WorkspaceId, page: &Page) -> Result<Vec<Restriction>> {
    let mut query = conn::select::<Restriction>();
    query.and_where(is("workspace", &workspace));
    page.cut(&mut query);
    conn::all(conn, &query).await
}

/// How many restrictions a workspace has.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn count(conn: &impl Conn, workspace: WorkspaceId) -> Result<u64> {
    conn::count::<Restriction>(conn, is("workspace", &workspace)).await
}

/// Writes what may change of a restriction; `false` if its workspace has no such restriction.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn update(conn: &impl Conn, new: &Restriction) -> Result<bool> {
    let mut statement = Query::update();
    statement
        .table("playback_restriction")
        .values([
            set("allowed_domains", &new.allowed_domains),
            set("allow_no_referrer", &new.allow_no_referrer),
            set("allow_no_user_agent", &new.allow_no_user_agent),
            set("allow_high_risk_user_agent", &new.allow_high_risk_user_agent),
            set("updated_ms", &new.updated_ms),
        ])
        .and_where(is("id", &new.id))
        .and_where(is("workspace", &new.workspace));
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// Deletes a restriction; `false` if the workspace has no such restriction.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn delete(conn: &impl Conn, workspace: WorkspaceId, id: RestrictionId) -> Result<bool> {
    let mut statement = Query::delete();
    statement
        .from_table("playback_restriction")
        .and_where(is("id", &id))
        .and_where(is("workspace", &workspace));
    Ok(conn::execute(conn, &statement).await? > 0)
}
