//! Media segments: a header that is worked out, and the samples' bytes as they lie.

use std::io;
use std::ops::Range;

use bytes::Bytes;
use futures::{StreamExt, stream};
use subclip_app::{ByteStream, Error, Library, Result, SampleBytes};
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

/// A segment, to be read as it is sent.
pub(crate) struct MediaSegment {
    header: Bytes,
    /// Of the whole segment.
    size_bytes: u64,
    samples: SampleBytes,
}

impl MediaSegment {
    /// Segment `number` of a medium. `NotFound` beyond the last.
    pub(crate) async fn open(
        package: &Package,
        library: &Library,
        medium: Medium,
        number: usize,
        role: Role,
    ) -> Result<Self> {
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
        let samples = library.open(track.object, &samples).await?;
        Ok(Self { header: header.bytes.into(), size_bytes: header.size, samples })
    }

    pub(crate) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The bytes `range` of it.
    pub(crate) fn stream(self, range: Range<u64>) -> ByteStream {
        let header_bytes = self.header.len() as u64;
        let within = |at: u64| at.min(header_bytes);
        let header = self.header.slice(within(range.start) as usize..within(range.end) as usize);
        let beyond = |at: u64| at.saturating_sub(header_bytes);
        let head = stream::iter((!header.is_empty()).then_some(Ok(header)));
        match self.samples.stream(beyond(range.start)..beyond(range.end)) {
            Ok(samples) => head.chain(samples).boxed(),
            Err(error) => stream::once(async { Err(io::Error::other(error)) }).boxed(),
        }
    }
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
