//! Edges that were encoded already, so that equal requests share one encode.

use subclip_core::TrackId;

use crate::conn::{self, Conn, is};
use crate::error::Result;

row! {
    "edge"
    /// An encoded edge: a function of `(track, from_pts, to_pts, profile)`. Goes with either of its tracks, so it
    /// keeps nothing alive.
    pub struct Edge {
        /// The track it is an edge of.
        pub track: TrackId,
        /// The first picture, by its presentation time in that track.
        pub from_pts: i64,
        /// The end: when the first picture that is not in it is shown.
        pub to_pts: i64,
        /// How many pictures it has.
        pub frames: u32,
        /// What it was encoded with, as a name or a digest.
        pub profile: String,
        /// The track that holds it.
        pub edge_track: TrackId,
    }
}

/// Remembers an edge and answers with the one that is remembered: another's, if that was faster.
///
/// # Errors
/// [`Error::Reference`](crate::Error::Reference) when one of the tracks is gone.
pub async fn insert(conn: &impl Conn, edge: &Edge) -> Result<Edge> {
    if conn::insert_if_absent(conn, edge).await? {
        return Ok(edge.clone());
    }
    let there = get(conn, edge.track, edge.from_pts, edge.to_pts, &edge.profile).await?;
    Ok(there.unwrap_or_else(|| edge.clone()))
}

/// The edge of a track between two times, encoded with a profile. Its track can be gone by the time it is used:
/// [`set_timeline`](crate::span::set_timeline) says so then.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(
    conn: &impl Conn,
    track: TrackId,
    from_pts: i64,
    to_pts: i64,
    profile: &str,
) -> Result<Option<Edge>> {
    let mut query = conn::select::<Edge>();
    query
        .and_where(is("track", &track))
        .and_where(is("from_pts", &from_pts))
        .and_where(is("to_pts", &to_pts))
        .and_where(is("profile", &profile.to_owned()));
    conn::one(conn, &query).await
}
