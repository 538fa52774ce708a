//! Tracks: streams of samples in objects. What a list of tracks must tell is here; the samples themselves are in the
//! stored index `indexes/<track id>`.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use serde_json::Value as Json;
use subclip_core::{AssetId, Medium, ObjectId, TrackId};

use crate::conn::{self, Conn, is, set};
use crate::database::Tx;
use crate::error::{Error, Result};
use crate::object;

row! {
    "track"
    /// A track and its facts.
    pub struct Track {
        /// Its id.
        pub id: TrackId,
        /// The object its samples lie in.
        pub object: ObjectId,
        /// What it is for.
        pub medium: Medium,
        /// BCP 47, `und` when unknown.
        pub language: String,
        /// Pictures: width as shown, in pixels.
        pub width: Option<u32>,
        /// Pictures: height as shown, in pixels.
        pub height: Option<u32>,
        /// Pictures: frames per second, above the line; none when the rate varies.
        pub frame_rate_num: Option<u32>,
        /// Pictures: frames per second, below the line.
        pub frame_rate_den: Option<u32>,
        /// Sound: channels.
        pub channels: Option<u16>,
        /// Sound: samples of sound per second.
        pub sample_rate: Option<u32>,
        /// How long it lasts.
        pub duration_ticks: i64,
        /// Ticks per second.
        pub timescale: u32,
        /// Bytes of all its samples.
        pub size_bytes: u64,
        /// How many samples it has.
        pub samples: u32,
        /// The pinned settings it was encoded with, if that was done here.
        pub encoder: Option<Json>,
        /// What was learned about encoding edges for it: settings, and how they join.
        pub edge_encoder: Option<Json>,
    }
}

/// Stores a track. Do this, and commit it, before its index is stored.
///
/// # Errors
/// [`Error::Reference`] without its object, or when that is doomed.
pub async fn insert(tx: &Tx, track: &Track) -> Result<()> {
    // Locked, so that it cannot be doomed between the look and the insertion.
    let object = object::lock(tx, track.object).await?;
    if object.is_none_or(|object| object.doomed) {
        return Err(Error::Reference(format!("object {}", track.object)));
    }
    conn::insert(tx, track).await
}

/// The track with this id.
///
/// # Errors
/// [`Error`] of the database.
pub async fn get(conn: &impl Conn, id: TrackId) -> Result<Option<Track>> {
    conn::one_by(conn, "id", &id).await
}

/// Those of these tracks that there are, in no order.
///
/// # Errors
/// [`Error`] of the database.
pub async fn get_many(conn: &impl Conn, ids: &[TrackId]) -> Result<Vec<Track>> {
    conn::all_among(conn, "id", ids, &[]).await
}

/// The tracks that an asset plays unless a viewer chooses another sound, each once.
///
/// # Errors
/// [`Error`] of the database.
pub async fn of_asset(conn: &impl Conn, asset: AssetId) -> Result<Vec<Track>> {
    let mut shown = Query::select();
    shown
        .column("track")
        .from("span")
        .and_where(is("asset", &asset))
        .and_where(is("role", &crate::span::Role::Plays))
        .and_where(crate::span::is_first_sound());
    conn::all(conn, conn::select::<Track>().and_where(Expr::col("id").in_subquery(shown))).await
}

/// Keeps what was learned about encoding edges; `false` without such a track.
///
/// # Errors
/// [`Error`] of the database.
pub async fn set_edge_encoder(conn: &impl Conn, id: TrackId, learned: &Json) -> Result<bool> {
    let mut statement = Query::update();
    statement.table("track").values([set("edge_encoder", &Some(learned.clone()))]).and_where(is("id", &id));
    Ok(conn::execute(conn, &statement).await? > 0)
}
