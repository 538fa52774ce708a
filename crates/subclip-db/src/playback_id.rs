//! Playback ids: what viewers' URLs carry.

use sea_orm::sea_query::Query;
use subclip_core::{AssetId, PlaybackId};

use crate::conn::{self, Conn, is};
use crate::error::Result;

text_enum! {
    /// Who may watch.
    pub enum Policy {
        /// Whoever knows the id.
        Public = "public",
        /// Whoever brings a signed token too.
        Signed = "signed",
    }
}

row! {
    "playback_id"
    /// A playback id. It goes with its asset.
    pub struct Playback {
        /// The id itself.
        pub id: PlaybackId,
        /// What it opens.
        pub asset: AssetId,
        /// For whom.
        pub policy: Policy,
        /// When it was made.
        pub created_ms: i64,
    }
}

/// Stores a playback id.
///
/// # Errors
/// [`Error::Reference`](crate::Error::Reference) without such an asset.
pub async fn insert(conn: &impl Conn, playback: &Playback) -> Result<()> {
    conn::insert(conn, playback).await
}

/// What a playback id opens.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, id: PlaybackId) -> Result<Option<Playback>> {
    conn::one_by(conn, "id", &id).await
}

/// The playback ids of these assets, the oldest first.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list(conn: &impl Conn, assets: &[AssetId]) -> Result<Vec<Playback>> {
    conn::all_among(conn, "asset", assets, &["created_ms", "id"]).await
}

/// How many playback ids an asset has.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn count(conn: &impl Conn, asset: AssetId) -> Result<u64> {
    conn::count::<Playback>(conn, is("asset", &asset)).await
}

/// Takes a playback id from an asset; `false` if it has no such id.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn delete(conn: &impl Conn, asset: AssetId, id: PlaybackId) -> Result<bool> {
    let mut statement = Query::delete();
    statement.from_table("playback_id").and_where(is("id", &id)).and_where(is("asset", &asset));
    Ok(conn::execute(conn, &statement).await? > 0)
}
