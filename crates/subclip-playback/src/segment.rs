//! Media segments: a header that is worked out, and the samples' bytes as they lie.

use bytes::{Bytes, BytesMut};
use subclip_app::{Error, Library, Result};
use subclip_core::{Medium, Segment};
use subclip_formats::mp4::write::{Offsets, init_segment, place, segment_header};

use crate::package::Package;

/// What a segment is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// To follow the one init of its medium.
    Shared,
    /// Pictures, to follow the init of their span after a discontinuity. A player that does not look at edit lists,
    /// as hls.js, takes the first decode time after a break for the time of the first picture; so here it is.
    Split,
}

/// Segment `number` of a medium, whole. `NotFound` beyond the last.
pub(crate) async fn segment(
    package: &Package,
    library: &Library,
    medium: Medium,
    number: usize,
    role: Role,
) -> Result<Bytes> {
    let timeline = &package.playable.view.timeline;
    let (spans, offsets) = match (medium, role) {
        (Medium::Video, Role::Shared) => (&timeline.video, Offsets::Delayed(package.playable.delay)),
        (Medium::Video, Role::Split) => (&timeline.video, Offsets::Signed),
        (Medium::Audio, _) => (&timeline.audio, Offsets::Delayed(0)),
    };
    let (segments, _) = package.segments(medium);
    let Segment { span, samples, at, duration, .. } =
        segments.get(number).cloned().ok_or_else(|| Error::not_found("segment"))?;
    let track = package.playable.view.track(&spans[span]);
    let samples = library.samples(track, samples).await?;
    let placed = place(&samples, at, at + duration, offsets).map_err(Error::internal)?;
    let header = segment_header(number as u32 + 1, &placed);
    let mut bytes = BytesMut::with_capacity(header.size as usize);
    bytes.extend_from_slice(&header.bytes);
    for piece in library.read(track.object, &samples).await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}

/// The init segment that all segments of a medium decode with.
pub(crate) fn init(package: &Package, medium: Medium) -> Result<Bytes> {
    let playable = &package.playable;
    let (track, delay) = match medium {
        Medium::Video => (playable.video.as_ref(), playable.delay),
        Medium::Audio => (playable.audio.as_ref(), 0),
    };
    let track = track.ok_or_else(|| Error::not_found("track"))?;
    Ok(init_segment(track, delay).into())
}

/// The init segment with the parameter sets of one video span alone, for segments with [`Role::Split`].
pub(crate) fn span_init(package: &Package, span: usize) -> Result<Bytes> {
    let playable = &package.playable;
    let span = playable.view.timeline.video.get(span).ok_or_else(|| Error::not_found("track"))?;
    Ok(init_segment(&playable.view.track(span).head.track, 0).into())
}
