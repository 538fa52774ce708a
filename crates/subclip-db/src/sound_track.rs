//! Sound tracks: sounds of an asset beside the first, each with a language and a name. What is played of them is told by
//! spans, under their number.

use sea_orm::sea_query::{Expr, ExprTrait, LockType, Order, Query};
use serde_json::Value as Json;
use subclip_core::{AssetId, SoundTrackId, WorkspaceId};

use crate::beside;
use crate::conn::{self, Conn, is, set};
use crate::error::Result;
use crate::row;

pub use crate::beside::Status;

row! {
    "sound_track"
    /// A sound of an asset beside the first.
    pub struct SoundTrack {
        /// Its id.
        pub id: SoundTrackId,
        /// The asset it goes with.
        pub asset: AssetId,
        /// What it is known by on the asset's timeline, and in URLs: 2 or more, and never another's again.
        pub number: u32,
        /// BCP 47; `und` when unknown.
        pub language: String,
        /// What a player's menu shows; no two of an asset are equal.
        pub name: String,
        /// The owner's own text.
        pub passthrough: Option<String>,
        /// How far it is.
        pub status: Status,
        /// Channels, once it is ready.
        pub channels: Option<u16>,
        /// Samples of sound per second, once it is ready.
        pub sample_rate: Option<u32>,
        /// Why it failed, as a word.
        pub error_kind: Option<String>,
        /// Why it failed, as a sentence.
        pub error_message: Option<String>,
        /// What making it goes by.
        pub request: Json,
        /// When it was asked for.
        pub created_ms: i64,
        /// When anything about it last changed.
        pub updated_ms: i64,
    }
}

row! {
    "sound_count"
    /// How far the sounds of an asset are numbered.
    struct Count {
        asset: AssetId,
        last: u32,
    }
}

/// What makes a sound track ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// Channels.
    pub channels: u16,
    /// Samples of sound per second.
    pub sample_rate: u32,
}

/// Stores a sound track.
///
/// # Errors
/// [`Error::Duplicate`](crate::Error::Duplicate) where the asset has one of that name or number,
/// [`Error::Reference`](crate::Error::Reference) without the asset.
pub async fn insert(tx: &crate::Tx, track: &SoundTrack) -> Result<()> {
    conn::insert(tx, track).await
}

/// A number for a sound that comes to an asset, which no other of it has or had: what was fetched under one must not come
/// to be another sound. The first is 2.
///
/// # Errors
/// [`Error::Reference`](crate::Error::Reference) without the asset.
pub async fn take_number(tx: &crate::Tx, asset: AssetId) -> Result<u32> {
    conn::insert_if_absent(tx, &Count { asset, last: 1 }).await?;
    let mut statement = Query::update();
    statement
        .table("sound_count")
        .values([("last", Expr::col("last").add(1))])
        .and_where(is("asset", &asset))
        .returning_col("last");
    match conn::returning(tx, &statement).await?.first() {
        Some(found) => row::read(found, "last"),
        None => Err(crate::Error::Reference(format!("asset {asset}"))),
    }
}

/// How many sound tracks of a workspace are preparing.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn count_preparing(conn: &impl Conn, workspace: WorkspaceId) -> Result<u64> {
    beside::count_preparing::<SoundTrack>(conn, workspace).await
}

/// The sound track with this id, whosever it is.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, id: SoundTrackId) -> Result<Option<SoundTrack>> {
    conn::one_by(conn, "id", &id).await
}

/// The sound tracks of some assets, those of each in the order of their numbers.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list(conn: &impl Conn, assets: &[AssetId]) -> Result<Vec<SoundTrack>> {
    conn::all_among(conn, "asset", assets, &["number"]).await
}

/// The sound tracks of an asset, in their order, which nobody else changes before this transaction ends.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list_locked(tx: &crate::Tx, asset: AssetId) -> Result<Vec<SoundTrack>> {
    let mut query = conn::select::<SoundTrack>();
    query.and_where(is("asset", &asset)).order_by("number", Order::Asc).lock(LockType::Update);
    conn::all(tx, &query).await
}

/// The sound track with this id, which nobody else changes before this transaction ends.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn lock(tx: &crate::Tx, id: SoundTrackId) -> Result<Option<SoundTrack>> {
    conn::lock_by(tx, "id", &id).await
}

/// Writes what may change of a sound track whatever its state: language, name and the owner's text. `false` without such a
/// track.
///
/// # Errors
/// [`Error::Duplicate`](crate::Error::Duplicate) where the asset has another of that name.
pub async fn update(conn: &impl Conn, new: &SoundTrack) -> Result<bool> {
    let mut statement = Query::update();
    statement
        .table("sound_track")
        .values([
            set("language", &new.language),
            set("name", &new.name),
            set("passthrough", &new.passthrough),
            set("updated_ms", &new.updated_ms),
        ])
        .and_where(is("id", &new.id));
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// Keeps what making a sound track goes by.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_request(conn: &impl Conn, id: SoundTrackId, request: &Json) -> Result<()> {
    let mut statement = Query::update();
    statement.table("sound_track").values([set("request", request)]).and_where(is("id", &id));
    conn::execute(conn, &statement).await.map(|_| ())
}

/// Makes a preparing sound track ready, whose spans are there; `false` if it is not preparing (deleted, say).
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_ready(tx: &crate::Tx, id: SoundTrackId, heard: Heard, now_ms: i64) -> Result<bool> {
    let values = [set("channels", &Some(heard.channels)), set("sample_rate", &Some(heard.sample_rate))];
    beside::settle::<SoundTrack>(tx, &id, Status::Ready, values, now_ms).await
}

/// Makes a preparing sound track errored; `false` if it is not preparing.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_errored(
    tx: &crate::Tx,
    id: SoundTrackId,
    kind: &str,
    message: &str,
    now_ms: i64,
) -> Result<bool> {
    beside::settle::<SoundTrack>(tx, &id, Status::Errored, beside::fault(kind, message), now_ms).await
}

/// Deletes a sound track; `false` if there is none. Its spans are removed by
/// [`remove_alternate`](crate::span::remove_alternate).
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn delete(conn: &impl Conn, id: SoundTrackId) -> Result<bool> {
    let mut statement = Query::delete();
    statement.from_table("sound_track").and_where(is("id", &id));
    Ok(conn::execute(conn, &statement).await? > 0)
}
