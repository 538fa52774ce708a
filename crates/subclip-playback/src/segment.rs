//! Media segments: a header that is worked out, and the samples' bytes as they lie.

use std::io;
use std::ops::Range;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
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
    /// The samples of each piece, and where they begin and end in the segment.
    pieces: Vec<(Range<u64>, SampleBytes)>,
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
        let view = &package.playable.view;
        let (spans, offsets) = match (medium, role) {
            (Medium::Video, Role::Shared) => (&view.timeline.video, Offsets::Delayed(package.delay)),
            (Medium::Video, Role::Split) => (&view.timeline.video, Offsets::Signed),
            (Medium::Audio, _) => (&view.timeline.audio, Offsets::Delayed(0)),
        };
        let pieces = package.segment(medium, number, role).ok_or_else(|| Error::not_found("segment"))?;
        let (mut placed, mut opened, mut media_bytes) = (Vec::new(), Vec::with_capacity(pieces.len()), 0);
        for Segment { span, samples, at, duration } in pieces {
            let track = view.track(&spans[*span]);
            let samples = library.samples(track, samples.clone()).await?;
            placed.extend(place(&samples, *at, at + duration, offsets).map_err(Error::internal)?);
            let start = media_bytes;
            media_bytes += samples.iter().map(|sample| u64::from(sample.size)).sum::<u64>();
            opened.push((start..media_bytes, library.open(track.object, &samples).await?));
        }
        let header = segment_header(number as u32 + 1, &placed);
        let header_bytes = header.bytes.len() as u64;
        let within = |(media, samples): (Range<u64>, SampleBytes)| {
            (header_bytes + media.start..header_bytes + media.end, samples)
        };
        let pieces = opened.into_iter().map(within).collect();
        Ok(Self { header: header.bytes.into(), size_bytes: header.size, pieces })
    }

    pub(crate) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The bytes `range` of it.
    pub(crate) fn stream(self, range: Range<u64>) -> ByteStream {
        let within = |at: u64| at.min(self.header.len() as u64) as usize;
        let header = self.header.slice(within(range.start)..within(range.end));
        let head = stream::iter((!header.is_empty()).then_some(Ok(header)));
        let piece = move |(place, samples): (Range<u64>, SampleBytes)| {
            let part = |at: u64| at.clamp(place.start, place.end) - place.start;
            samples.stream(part(range.start)..part(range.end)).map_err(io::Error::other)
        };
        head.chain(stream::iter(self.pieces.into_iter().map(piece)).try_flatten()).boxed()
    }
}

/// The init segment that all segments of a medium decode with.
pub(crate) fn init(package: &Package, medium: Medium) -> Result<Bytes> {
    let playable = &package.playable;
    let (track, delay) = match medium {
        Medium::Video => (playable.video.as_ref(), package.delay),
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
