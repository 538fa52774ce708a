//! Text tracks: captions of an asset, each with a language and a name. The cues are rows too, apart from what is told of
//! them: they are small, and so they are there, change and go in the transaction of what they belong to.

use sea_orm::sea_query::{Expr, ExprTrait, Func, LockType, Order, Query};
use serde_json::Value as Json;
use subclip_core::{AssetId, TextTrackId, WorkspaceId};

use crate::beside;
use crate::conn::{self, Conn, is, set};
use crate::error::Result;
use crate::row;

pub use crate::beside::Status;

text_enum! {
    /// Where captions come from.
    pub enum Source {
        /// Their owner brought them.
        Uploaded = "uploaded",
        /// They were made of the asset's sound.
        Generated = "generated",
    }
}

row! {
    "text_track"
    /// Captions of an asset.
    pub struct TextTrack {
        /// Their id.
        pub id: TextTrackId,
        /// The asset they go with.
        pub asset: AssetId,
        /// Their place among those of the asset.
        pub position: u32,
        /// BCP 47; `und` when unknown, `auto` until it is found out.
        pub language: String,
        /// What a player's menu shows; no two of an asset are equal.
        pub name: String,
        /// Whether they tell what is heard and not said, too.
        pub closed_captions: bool,
        /// The owner's own text.
        pub passthrough: Option<String>,
        /// Where they come from.
        pub source: Source,
        /// How far they are.
        pub status: Status,
        /// Why they failed, as a word.
        pub error_kind: Option<String>,
        /// Why they failed, as a sentence.
        pub error_message: Option<String>,
        /// What making them goes by.
        pub request: Json,
        /// Those of the source of a clip, which these are cut from as soon as they are there.
        pub follows: Option<TextTrackId>,
        /// When they were asked for.
        pub created_ms: i64,
        /// When anything about them last changed.
        pub updated_ms: i64,
    }
}

row! {
    "text_cues"
    /// The cues of a text track.
    struct Cues {
        track: TextTrackId,
        /// As a WebVTT file.
        webvtt: String,
    }
}

/// Stores a text track, with its cues where it is ready.
///
/// # Errors
/// [`Error::Duplicate`](crate::Error::Duplicate) where the asset has one of that name,
/// [`Error::Reference`](crate::Error::Reference) without the asset.
pub async fn insert(tx: &crate::Tx, track: &TextTrack, webvtt: Option<&str>) -> Result<()> {
    conn::insert(tx, track).await?;
    match webvtt {
        Some(webvtt) => conn::insert(tx, &Cues { track: track.id, webvtt: webvtt.to_owned() }).await,
        None => Ok(()),
    }
}

/// The place of the next text track of an asset.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn next_position(tx: &crate::Tx, asset: AssetId) -> Result<u32> {
    let mut query = Query::select();
    query.expr_as(Func::max(Expr::col("position")), "last").from("text_track").and_where(is("asset", &asset));
    let found = conn::rows(tx, &query).await?;
    let last: Option<u32> = match found.first() {
        Some(found) => row::read(found, "last")?,
        None => None,
    };
    Ok(last.map_or(0, |last| last + 1))
}

/// How many text tracks of a workspace are preparing.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn count_preparing(conn: &impl Conn, workspace: WorkspaceId) -> Result<u64> {
    beside::count_preparing::<TextTrack>(conn, workspace).await
}

/// The text track with this id, whosever it is.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, id: TextTrackId) -> Result<Option<TextTrack>> {
    conn::one_by(conn, "id", &id).await
}

/// The text tracks of some assets, those of each in the order in which they came.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list(conn: &impl Conn, assets: &[AssetId]) -> Result<Vec<TextTrack>> {
    conn::all_among(conn, "asset", assets, &["position"]).await
}

/// The text tracks of an asset, in their order, which nobody else changes before this transaction ends.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list_locked(tx: &crate::Tx, asset: AssetId) -> Result<Vec<TextTrack>> {
    let mut query = conn::select::<TextTrack>();
    query.and_where(is("asset", &asset)).order_by("position", Order::Asc).lock(LockType::Update);
    conn::all(tx, &query).await
}

/// The text track with this id, which nobody else changes before this transaction ends.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn lock(tx: &crate::Tx, id: TextTrackId) -> Result<Option<TextTrack>> {
    conn::lock_by(tx, "id", &id).await
}

/// The text tracks that wait to be cut from this one, which nobody else changes before this transaction ends.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn followers(tx: &crate::Tx, id: TextTrackId) -> Result<Vec<TextTrack>> {
    let mut query = conn::select::<TextTrack>();
    query
        .and_where(is("follows", &Some(id)))
        .and_where(is("status", &Status::Preparing))
        .lock(LockType::Update);
    conn::all(tx, &query).await
}

/// The cues of a text track that is ready, as a WebVTT file.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn cues(conn: &impl Conn, id: TextTrackId) -> Result<Option<String>> {
    Ok(conn::one_by::<Cues>(conn, "track", &id).await?.map(|cues| cues.webvtt))
}

/// How many bytes the cues of an asset's text tracks have together, as WebVTT files.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn cue_bytes(conn: &impl Conn, asset: AssetId) -> Result<u64> {
    let mut of_asset = Query::select();
    of_asset.column("id").from("text_track").and_where(is("asset", &asset));
    let mut query = Query::select();
    // Of each row the length alone is read, not what is so long.
    let bytes = Func::cust("OCTET_LENGTH").arg(Expr::col("webvtt"));
    query
        .expr_as(Func::coalesce([Func::sum(bytes).into(), Expr::val(0_i64)]), "bytes")
        .from("text_cues")
        .and_where(Expr::col("track").in_subquery(of_asset));
    conn::rows(conn, &query).await?.first().map_or(Ok(0), |found| row::read(found, "bytes"))
}

/// Writes what may change of a text track whatever its state: language, name, flag, the owner's text, and what making it
/// goes by. `false` without such a track.
///
/// # Errors
/// [`Error::Duplicate`](crate::Error::Duplicate) where the asset has another of that name.
pub async fn update(conn: &impl Conn, new: &TextTrack) -> Result<bool> {
    let mut statement = Query::update();
    statement
        .table("text_track")
        .values([
            set("language", &new.language),
            set("name", &new.name),
            set("closed_captions", &new.closed_captions),
            set("passthrough", &new.passthrough),
            set("request", &new.request),
            set("updated_ms", &new.updated_ms),
        ])
        .and_where(is("id", &new.id));
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// Gives a preparing text track its cues; `false` if it is not preparing (deleted, say).
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_ready(tx: &crate::Tx, id: TextTrackId, webvtt: &str, now_ms: i64) -> Result<bool> {
    let done = beside::settle::<TextTrack>(tx, &id, Status::Ready, [followed()], now_ms).await?;
    if done {
        conn::insert(tx, &Cues { track: id, webvtt: webvtt.to_owned() }).await?;
    }
    Ok(done)
}

/// Makes a preparing text track errored; `false` if it is not preparing.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_errored(
    tx: &crate::Tx,
    id: TextTrackId,
    kind: &str,
    message: &str,
    now_ms: i64,
) -> Result<bool> {
    let values = beside::fault(kind, message).into_iter().chain([followed()]);
    beside::settle::<TextTrack>(tx, &id, Status::Errored, values, now_ms).await
}

/// It waits for no other any more.
fn followed() -> (&'static str, Expr) {
    set("follows", &None::<TextTrackId>)
}

/// Lets a text track wait for no other any more.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn unfollow(conn: &impl Conn, id: TextTrackId) -> Result<()> {
    let mut statement = Query::update();
    statement.table("text_track").values([followed()]).and_where(is("id", &id));
    conn::execute(conn, &statement).await.map(|_| ())
}

/// Deletes a text track with its cues; `false` if there is none.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn delete(conn: &impl Conn, id: TextTrackId) -> Result<bool> {
    let mut statement = Query::delete();
    statement.from_table("text_track").and_where(is("id", &id));
    Ok(conn::execute(conn, &statement).await? > 0)
}
