//! Edges as tracks: taken from those that were encoded before, or encoded, stored, and remembered.

use futures::future::try_join_all;
use serde::Deserialize as _;
use sha2::{Digest as _, Sha256};
use subclip_core::{AssetId, Codec, Edge, ObjectId, TrackId};
use subclip_db::{edge as edges, object, track};
use subclip_engine::{H264Settings, Priority};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::edge::{EncodedEdge, encode};
use super::kept::{keep, kept};
use super::profile::{EdgeProfile, PROFILE_VERSION};
use crate::app::App;
use crate::media::{MediaTrack, View};
use crate::model::Join;
use crate::room::{Room, Turn};
use crate::store::{EncodedTrack, object_stored, store_track};
use crate::{Error, Kind, Result, random, rows};

/// An edge that is stored.
pub(crate) struct EdgeSpan {
    /// The track that holds it, from its first sample to its last.
    pub(crate) track: TrackId,
    /// How it joins the track it is an edge of.
    pub(crate) join: Join,
}

/// The edge as a track: one that is there already, or a new one that is held for `holder`.
pub(crate) async fn edge_span(
    app: &App,
    holder: AssetId,
    view: &View,
    edge: &Edge,
    cancel: &CancellationToken,
) -> Result<EdgeSpan> {
    let (row, learned) = source_of(app, edge).await?;
    if let Some(profile) = &learned {
        let from = edge.frames[0];
        if let Some(known) = edges::get(app.db(), edge.track, from, edge.end_pts, PROFILE_VERSION).await? {
            return Ok(EdgeSpan { track: known.edge_track, join: profile.join });
        }
    }
    let source = in_view(view, edge)?;
    let attempt = Attempt { app, source, row: &row, edge, goal: Goal::Stored, turn: None, cancel };
    let (made, profile) = attempt.make(learned).await?;
    let track = store(app, holder, &row, edge, &made, &profile).await?;
    Ok(EdgeSpan { track, join: profile.join })
}

/// Edges as tracks that have no rows, from the cache or made anew, for which a turn in `room` is taken. A viewer waits for
/// them, and no owner.
///
/// # Errors
/// `Busy` where too many wait for a turn, and those of making them.
pub(crate) async fn held_edges(
    app: &App,
    view: &View,
    edges: &[&Edge],
    room: &Room,
) -> Result<Vec<MediaTrack>> {
    let turn = SharedTurn { room, taken: OnceCell::new() };
    let all = |goal| {
        let turn = &turn;
        try_join_all(edges.iter().map(move |edge| held_edge(app, view, edge, goal, turn)))
    };
    let held = all(Goal::Held).await?;
    // What is kept may be of another build of the encoder than what is made beside it, and one init can't hold the
    // parameter sets of both.
    if are_alike(&held) { Ok(held) } else { all(Goal::HeldAnew).await }
}

/// Whether the edges of each track have the same parameter sets.
fn are_alike(edges: &[MediaTrack]) -> bool {
    let config = |edge: &MediaTrack| edge.head.track.video().map(|video| video.config.clone());
    let alike = |a: &MediaTrack, b: &MediaTrack| a.origin() != b.origin() || config(a) == config(b);
    edges.iter().enumerate().all(|(n, edge)| edges[..n].iter().all(|other| alike(edge, other)))
}

/// A turn that is taken when the first of several needs it, and lasts for all of them.
struct SharedTurn<'a> {
    room: &'a Room,
    taken: OnceCell<Turn>,
}

impl SharedTurn<'_> {
    async fn take(&self) -> Result<()> {
        self.taken.get_or_try_init(|| self.room.enter()).await.map(drop)
    }
}

async fn held_edge(
    app: &App,
    view: &View,
    edge: &Edge,
    goal: Goal,
    turn: &SharedTurn<'_>,
) -> Result<MediaTrack> {
    let (row, learned) = source_of(app, edge).await?;
    let cancel = CancellationToken::new();
    let source = in_view(view, edge)?;
    let attempt = Attempt { app, source, row: &row, edge, goal, turn: Some(turn), cancel: &cancel };
    let (made, _) = attempt.make(learned).await?;
    let bytes = app.excerpts().memory.hold(made.bytes)?;
    MediaTrack::held(held_id(edge), edge.track, &made.track, made.index, bytes)
}

/// The same id for the same edge.
fn held_id(edge: &Edge) -> TrackId {
    let mut digest = Sha256::new();
    digest.update(edge.track.bytes());
    digest.update(edge.frames[0].to_be_bytes());
    digest.update(edge.end_pts.to_be_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&digest.finalize()[..16]);
    TrackId::from_bytes(id)
}

/// The track that an edge is cut from, and the way of encoding its edges that was found to join, if one was.
async fn source_of(app: &App, edge: &Edge) -> Result<(track::Track, Option<EdgeProfile>)> {
    let row = track::get(app.db(), edge.track).await?.ok_or_else(|| Error::not_found("track"))?;
    let learned =
        row.edge_encoder.as_ref().map(EdgeProfile::deserialize).transpose().map_err(Error::internal)?;
    Ok((row, learned))
}

fn in_view<'a>(view: &'a View, edge: &Edge) -> Result<&'a MediaTrack> {
    let span = view.timeline.video.iter().find(|span| span.track == edge.track);
    Ok(view.track(span.ok_or_else(|| Error::internal("an edge of a track that is not in view"))?))
}

/// What an edge is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    /// To be stored with a clip.
    Stored,
    /// To be played, by whoever made it when.
    Held,
    /// To be played, whatever is kept.
    HeldAnew,
}

impl Goal {
    fn priority(self) -> Priority {
        if self == Self::Stored { Priority::Edge } else { Priority::Rung }
    }
}

struct Attempt<'a> {
    app: &'a App,
    source: &'a MediaTrack,
    row: &'a track::Track,
    edge: &'a Edge,
    goal: Goal,
    /// What it must have before it holds a GOP in memory.
    turn: Option<&'a SharedTurn<'a>>,
    cancel: &'a CancellationToken,
}

impl Attempt<'_> {
    /// Encodes the edge as was learned for its track, or else in the first way that joins, and keeps what it learned.
    async fn make(&self, learned: Option<EdgeProfile>) -> Result<(EncodedEdge, EdgeProfile)> {
        let Codec::Avc(format) = &self.source.head.track.codec else {
            return Err(Error::internal("an edge of a track of sound"));
        };
        let config = &format.config;
        let pinned =
            self.row.encoder.as_ref().map(H264Settings::deserialize).transpose().map_err(Error::internal)?;
        let ways = EdgeProfile::candidates(config, self.edge.timescale.get(), pinned.as_ref())?;
        // What was learned may not hold any more: another build of the encoder may be at work.
        let others = ways.into_iter().filter(|way| Some(way) != learned.as_ref());
        let mut fault = None;
        for profile in learned.clone().into_iter().chain(others) {
            match self.joining(config, &profile).await? {
                Ok(made) => {
                    if Some(&profile) != learned.as_ref() {
                        track::set_edge_encoder(self.app.db(), self.row.id, &rows::json(&profile)?).await?;
                    }
                    return Ok((made, profile));
                }
                Err(unfit) => fault = Some(unfit),
            }
        }
        Err(fault.unwrap_or_else(|| Error::internal("no way of encoding an edge is known")))
    }

    /// The edge as it comes out with a profile, or why another way must be found.
    async fn joining(&self, config: &[u8], profile: &EdgeProfile) -> Result<Result<EncodedEdge>> {
        let joins =
            |made: &EncodedEdge| made.track.video().is_some_and(|edge| profile.holds(config, &edge.config));
        if self.goal == Goal::Held
            && let Some(kept) = kept(self.app, self.source, self.edge, profile).await.filter(joins)
        {
            return Ok(Ok(kept));
        }
        if let Some(turn) = self.turn {
            turn.take().await?;
        }
        let priority = self.goal.priority();
        match encode(self.app, self.source, self.edge, profile, priority, self.cancel).await {
            Ok(made) if joins(&made) => {
                if self.goal != Goal::Stored {
                    keep(self.app, self.edge, profile, &made);
                }
                Ok(Ok(made))
            }
            Ok(_) => {
                Ok(Err(Error::internal_quietly("No way of encoding the frames at the cut joins the rest.")))
            }
            // Other settings may do where these were refused, or made something else of the frames.
            Err(error) if error.kind == Kind::Invalid => Ok(Err(error)),
            Err(error) => Err(error),
        }
    }
}

/// Stores an edge, unless an equal one was stored meanwhile.
async fn store(
    app: &App,
    holder: AssetId,
    source: &track::Track,
    edge: &Edge,
    made: &EncodedEdge,
    profile: &EdgeProfile,
) -> Result<TrackId> {
    let id = ObjectId::from_bytes(random::id_bytes());
    object::insert(app.db(), id, Some(holder), app.now_ms()).await?;
    app.storage().put(id, made.bytes.clone()).await?;
    object_stored(app, id, made.bytes.len() as u64).await?;
    let encoder = Some(rows::json(&profile.settings)?);
    let track =
        store_track(app, id, EncodedTrack::part_of(source, &made.track, &made.index, 0), encoder).await?;
    let row = edges::Edge {
        track: edge.track,
        from_pts: edge.frames[0],
        to_pts: edge.end_pts,
        frames: edge.frames.len() as u32,
        profile: PROFILE_VERSION.to_owned(),
        edge_track: track,
    };
    // Where somebody else was faster, theirs is used and this one is collected.
    Ok(edges::insert(app.db(), &row).await?.edge_track)
}
