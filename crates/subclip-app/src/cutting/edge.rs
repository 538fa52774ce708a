//! Encoding an edge: the samples of one GOP go to the engine, the frames of the plan come back, and are counted.

use bytes::Bytes;
use subclip_core::{Codec, Edge, Index, Sample, Track};
use subclip_engine::{EdgeRequest, Engine, Flight, Priority};
use subclip_formats::h264;
use tokio_util::sync::CancellationToken;

use super::feed::{feed, may_be_fed};
use super::made::MadeFrames;
use super::profile::EdgeProfile;
use crate::app::App;
use crate::media::MediaTrack;
use crate::{Error, Result};

/// An edge as it will be stored or held: the bytes of its samples one after the other, and their index.
#[derive(Debug)]
pub(crate) struct EncodedEdge {
    pub(crate) track: Track,
    pub(crate) index: Index,
    pub(crate) bytes: Bytes,
    /// What the engine made, which these were taken out of.
    pub(crate) file: Bytes,
}

/// Encodes an edge of `source`, once, and checks the result against the plan.
pub(crate) async fn encode(
    app: &App,
    source: &MediaTrack,
    edge: &Edge,
    profile: &EdgeProfile,
    priority: Priority,
    cancel: &CancellationToken,
) -> Result<EncodedEdge> {
    let library = app.library();
    let samples = library.samples(source, edge.feed.clone()).await?;
    may_be_fed(&samples)?;
    let media = library.read_each(source, &samples).await?;
    let (samples, media) = needed(samples, media, edge.frames[0]);
    let fed = feed(&source.head.track, &samples, &media)?;
    let request = EdgeRequest {
        input: fed.bytes,
        start_pts: edge.frames[0] + fed.shift,
        end_pts: edge.end_pts + fed.shift,
        frame_count: edge.frames.len() as u32,
        settings: profile.settings.clone(),
        timescale: edge.timescale.get(),
    };
    // Two clips that begin at the same moment, asked for at once, have this edge in common, and so have a clip and what a
    // viewer plays of its source: it is made as the most urgent of them wants it.
    let key = format!("edge {} {}..{} {:?}", source.id, edge.frames[0], edge.end_pts, profile.settings);
    let work = async move |engine: Engine, Flight { urgency, cancel }| {
        engine.encode_edge(&request, &urgency, &cancel).await
    };
    let made = app.engine().once(&key, priority, cancel, work).await?;
    let made = checked(&made, &source.head.track, edge)?;
    tracing::debug!(
        track = %source.id,
        first = edge.frames[0],
        frames = edge.frames.len(),
        bytes = made.bytes.len(),
        "an edge was encoded"
    );
    Ok(made)
}

/// Leaves out the pictures before the first kept one that no other leans on: decoding them would be for nothing.
pub(crate) fn needed(
    samples: Vec<Sample>,
    media: Vec<Bytes>,
    first_kept_pts: i64,
) -> (Vec<Sample>, Vec<Bytes>) {
    let is_needed = |(sample, bytes): &(Sample, Bytes)| {
        sample.pts >= first_kept_pts || h264::is_reference(bytes, NAL_LENGTH_SIZE)
    };
    samples.into_iter().zip(media).filter(is_needed).unzip()
}

/// Conforming tracks have lengths of four bytes before their NAL units.
pub(crate) const NAL_LENGTH_SIZE: u8 = 4;

/// Checks count, order and spacing frame by frame, and takes the samples out of their container.
pub(super) fn checked(file: &Bytes, source: &Track, edge: &Edge) -> Result<EncodedEdge> {
    let fault = |what: String| {
        tracing::warn!(%what, "an edge did not come out as planned");
        Error::invalid(format!("The frames at the cut can't be encoded exactly: {what} came out."))
    };
    let made = MadeFrames::read_gop(file, edge.timescale, &edge.frames).map_err(fault)?;
    let Codec::Avc(format) = &source.codec else { return Err(fault("of a track without pictures".into())) };
    let codec = Codec::Avc(subclip_core::VideoFormat { config: made.config, ..format.clone() });
    let track = Track { codec, ..source.clone() };
    let index = Index { samples: made.samples, end_pts: edge.duration() };
    Ok(EncodedEdge { track, index, bytes: made.bytes, file: file.clone() })
}
