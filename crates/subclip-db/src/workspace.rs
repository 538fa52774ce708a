//! Workspaces: who owns what.

use sea_orm::sea_query::LockType;
use subclip_core::WorkspaceId;

use crate::Tx;
use crate::conn::{self, Conn, is};
use crate::error::Result;

/// The name of the workspace that every installation has.
pub const DEFAULT_NAME: &str = "default";

row! {
    "workspace"
    /// An owner of assets, uploads and tokens.
    pub struct Workspace {
        /// Its id.
        pub id: WorkspaceId,
        /// What people call it; no two have the same.
        pub name: String,
        /// When it was made.
        pub created_ms: i64,
    }
}

/// Makes the default workspace under the id `new_id` unless there is one, and answers with the one there is.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn ensure_default(conn: &impl Conn, new_id: WorkspaceId, now_ms: i64) -> Result<Workspace> {
    let name = DEFAULT_NAME.to_owned();
    if let Some(there) = conn::one_by(conn, "name", &name).await? {
        return Ok(there);
    }
    let fresh = Workspace { id: new_id, name: name.clone(), created_ms: now_ms };
    if conn::insert_if_absent(conn, &fresh).await? {
        return Ok(fresh);
    }
    Ok(conn::one_by(conn, "name", &name).await?.unwrap_or(fresh))
}

/// Makes a workspace.
///
/// # Errors
/// [`Error::Duplicate`](crate::Error::Duplicate) when its name is taken.
pub async fn insert(conn: &impl Conn, workspace: &Workspace) -> Result<()> {
    conn::insert(conn, workspace).await
}

/// The workspace with this id.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, id: WorkspaceId) -> Result<Option<Workspace>> {
    conn::one_by(conn, "id", &id).await
}

/// Holds a workspace until the transaction ends: who counts what it has, and makes one more, is alone with it.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn hold(tx: &Tx, id: WorkspaceId) -> Result<()> {
    let mut query = conn::select::<Workspace>();
    // Not the strongest lock: what names it may be made beside.
    query.and_where(is("id", &id)).lock(LockType::NoKeyUpdate);
    conn::rows(tx, &query).await.map(|_| ())
}

/// The workspace of this name.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn by_name(conn: &impl Conn, name: &str) -> Result<Option<Workspace>> {
    conn::one_by(conn, "name", &name.to_owned()).await
}

/// The ids of all workspaces.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn ids(conn: &impl Conn) -> Result<Vec<WorkspaceId>> {
    Ok(conn::all::<Workspace>(conn, &conn::select::<Workspace>()).await?.iter().map(|one| one.id).collect())
}
