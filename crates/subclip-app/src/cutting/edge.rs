//! Encoding an edge: the samples of one GOP go to the engine, the frames of the plan come back, and are counted.

use bytes::{Bytes, BytesMut};
use subclip_core::{Codec, Edge, Index, Sample, Track};
use subclip_engine::{EdgeRequest, Engine};
use subclip_formats::h264;
use subclip_formats::mp4::read::{self, SampleEntry};
use tokio_util::sync::CancellationToken;

use super::feed::{feed, may_be_fed};
use super::profile::EdgeProfile;
use crate::media::{Library, MediaTrack};
use crate::{Error, Result};

/// An edge as it will be stored: the bytes of its samples one after the other, and their index.
#[derive(Debug)]
pub(crate) struct EncodedEdge {
    pub(crate) track: Track,
    pub(crate) index: Index,
    pub(crate) bytes: Bytes,
}

/// Encodes an edge of `source`, once, and checks the result against the plan.
pub(crate) async fn encode(
    engine: &Engine,
    library: &Library,
    source: &MediaTrack,
    edge: &Edge,
    profile: &EdgeProfile,
    cancel: &CancellationToken,
) -> Result<EncodedEdge> {
    let samples = library.samples(source, edge.feed.clone()).await?;
    may_be_fed(&samples)?;
    let media = library.read_each(source.object, &samples).await?;
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
    // Two clips that begin at the same moment, asked for at once, have this edge in common.
    let key = format!("edge {} {}..{} {:?}", source.id, edge.frames[0], edge.end_pts, profile.settings);
    let work = async move |engine: Engine, cancel| engine.encode_edge(&request, &cancel).await;
    let made = engine.once(&key, cancel, work).await?;
    checked(&made, &source.head.track, edge)
}

/// Leaves out the pictures before the first kept one that no other leans on: decoding them would be for nothing.
fn needed(samples: Vec<Sample>, media: Vec<Bytes>, first_kept_pts: i64) -> (Vec<Sample>, Vec<Bytes>) {
    let is_needed = |(sample, bytes): &(Sample, Bytes)| {
        sample.pts >= first_kept_pts || h264::is_reference(bytes, NAL_LENGTH_SIZE)
    };
    samples.into_iter().zip(media).filter(is_needed).unzip()
}

/// Conforming tracks have lengths of four bytes before their NAL units.
const NAL_LENGTH_SIZE: u8 = 4;

/// Checks count, order and spacing frame by frame, and takes the samples out of their container.
fn checked(made: &Bytes, source: &Track, edge: &Edge) -> Result<EncodedEdge> {
    let fault = |what: String| {
        tracing::warn!(%what, "an edge did not come out as planned");
        Error::invalid(format!("The frames at the cut can't be encoded exactly: {what} came out."))
    };
    let movie = read::read_slice(made).map_err(|error| fault(error.to_string()))?;
    let [track] = movie.tracks.as_slice() else {
        return Err(fault(format!("{} tracks", movie.tracks.len())));
    };
    let [SampleEntry::Avc(made_format)] = track.entries.as_slice() else {
        return Err(fault("not H.264".into()));
    };
    if track.samples.len() != edge.frames.len() {
        return Err(fault(format!("{} frames instead of {}", track.samples.len(), edge.frames.len())));
    }
    if track.timescale != edge.timescale {
        return Err(fault(format!("a timescale of {}", track.timescale.get())));
    }
    let mut order: Vec<i64> = track.samples.iter().map(|s| s.pts).collect();
    order.sort_unstable();
    let spacing = |times: &[i64]| times.iter().map(|t| t - times[0]).collect::<Vec<_>>();
    let planned = spacing(&edge.frames);
    if spacing(&order) != planned {
        return Err(fault("frames at other times".into()));
    }
    let single_gop = track.samples.iter().enumerate().all(|(n, s)| s.sync == (n == 0));
    if !single_gop {
        return Err(fault("more than one key frame".into()));
    }
    let mut bytes = BytesMut::new();
    let mut samples = Vec::with_capacity(planned.len());
    for (number, sample) in track.samples.iter().enumerate() {
        let range = sample.bytes();
        let data = made
            .get(range.start as usize..range.end as usize)
            .ok_or_else(|| fault("a frame cut off".into()))?;
        let offset = bytes.len() as u64;
        bytes.extend_from_slice(data);
        samples.push(Sample { offset, pts: sample.pts - order[0], dts: planned[number], ..*sample });
    }
    let Codec::Avc(format) = &source.codec else { return Err(fault("of a track without pictures".into())) };
    let codec =
        Codec::Avc(subclip_core::VideoFormat { config: made_format.config.clone(), ..format.clone() });
    let track = Track { codec, ..source.clone() };
    Ok(EncodedEdge { track, index: Index { samples, end_pts: edge.duration() }, bytes: bytes.freeze() })
}
