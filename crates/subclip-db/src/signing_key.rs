//! Signing keys: what playback tokens are checked with. Only public halves are kept.

use sea_orm::sea_query::Query;
use subclip_core::{SigningKeyId, WorkspaceId};

use crate::conn::{self, Conn, is};
use crate::error::Result;
use crate::page::Page;

text_enum! {
    /// What kind of key it is.
    pub enum Algorithm {
        /// RSA, for PKCS #1 v1.5 signatures.
        Rsa = "rsa",
        /// ECDSA on P-256.
        P256 = "p256",
        /// ECDSA on P-384.
        P384 = "p384",
    }
}

row! {
    "signing_key"
    /// The public half of a key.
    pub struct SigningKey {
        /// What tokens call it.
        pub id: SigningKeyId,
        /// Whose assets it opens.
        pub workspace: WorkspaceId,
        /// Its kind.
        pub algorithm: Algorithm,
        /// The key as a PEM of its SubjectPublicKeyInfo (RFC 7468, 13).
        pub public_key: String,
        /// When it was made.
        pub created_ms: i64,
    }
}

/// Stores a key.
///
/// # Errors
/// [`Error::Reference`](crate::Error::Reference) without such a workspace.
pub async fn insert(conn: &impl Conn, key: &SigningKey) -> Result<()> {
    conn::insert(conn, key).await
}

/// The key with this id, whoever owns it.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, id: SigningKeyId) -> Result<Option<SigningKey>> {
    conn::one_by(conn, "id", &id).await
}

/// A page of the keys of a workspace, the newest first.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list(conn: &impl Conn, workspace: WorkspaceId, page: &Page) -> Result<Vec<SigningKey>> {
    let mut query = conn::select::<SigningKey>();
    query.and_where(is("workspace", &workspace));
    page.cut(&mut query);
    conn::all(conn, &query).await
}

/// How many keys a workspace has.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn count(conn: &impl Conn, workspace: WorkspaceId) -> Result<u64> {
    conn::count::<SigningKey>(conn, is("workspace", &workspace)).await
}

/// Deletes a key; `false` if the workspace has no such key.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn delete(conn: &impl Conn, workspace: WorkspaceId, id: SigningKeyId) -> Result<bool> {
    let mut statement = Query::delete();
    statement.from_table("signing_key").and_where(is("id", &id)).and_where(is("workspace", &workspace));
    Ok(conn::execute(conn, &statement).await? > 0)
}
