//! Edges as tracks: taken from those that were encoded before, or encoded, stored, and remembered.

use serde::Deserialize as _;
use subclip_core::{AssetId, Codec, Edge, ObjectId, TrackId};
use subclip_db::{edge as edges, object, track};
use subclip_engine::H264Settings;
use tokio_util::sync::CancellationToken;

use super::edge::{EncodedEdge, encode};
use super::profile::{EdgeProfile, PROFILE_VERSION};
use crate::app::App;
use crate::media::{MediaTrack, View};
use crate::model::Join;
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
    let not_there = || Error::internal("an edge of a track that is not in view");
    let source =
        view.timeline.video.iter().find(|span| span.track == edge.track).map(|span| view.track(span));
    let source = source.ok_or_else(not_there)?;
    let row = track::get(app.db(), edge.track).await?.ok_or_else(|| Error::not_found("track"))?;
    let learned =
        row.edge_encoder.as_ref().map(EdgeProfile::deserialize).transpose().map_err(Error::internal)?;
    if let Some(profile) = &learned {
        let from = edge.frames[0];
        if let Some(known) = edges::get(app.db(), edge.track, from, edge.end_pts, PROFILE_VERSION).await? {
            return Ok(EdgeSpan { track: known.edge_track, join: profile.join });
        }
    }
    let (made, profile) = Attempt { app, source, row: &row, edge, cancel }.make(learned).await?;
    let track = store(app, holder, &row, edge, &made, &profile).await?;
    Ok(EdgeSpan { track, join: profile.join })
}

struct Attempt<'a> {
    app: &'a App,
    source: &'a MediaTrack,
    row: &'a track::Track,
    edge: &'a Edge,
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

    /// The edge encoded with a profile, or why another way must be found.
    async fn joining(&self, config: &[u8], profile: &EdgeProfile) -> Result<Result<EncodedEdge>> {
        let (app, cancel) = (self.app, self.cancel);
        let made = encode(app.engine(), app.library(), self.source, self.edge, profile, cancel).await;
        match made {
            Ok(made) if made.track.video().is_some_and(|edge| profile.holds(config, &edge.config)) => {
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
