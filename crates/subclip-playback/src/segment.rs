//! Media segments: a header that is worked out, and the samples' bytes as they lie.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt, stream};
use subclip_app::{App, ByteStream, Error, Library, Mark, Result, RungPiece, RungPlan, SampleBytes};
use subclip_core::{Codec, Segment, Track, VideoFormat};
use subclip_formats::mp4::write::{Offsets, Placed, init_segment, place, segment_header};

use crate::package::Package;
use crate::representation::Stream;

/// What a segment is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Role {
    /// To follow the one init of its medium.
    Shared,
    /// Pictures, to follow the init of their span after a discontinuity. A player that does not look at edit lists,
    /// as hls.js, takes the first decode time after a break for the time of the first picture; so here it is.
    Split,
}

/// A rung as it is made today.
pub(crate) struct Rung {
    pub(crate) plan: Arc<RungPlan>,
    /// The `avcC` of all its segments.
    pub(crate) config: Bytes,
}

impl Rung {
    /// By which build of the encoder.
    pub(crate) fn mark(&self) -> Mark {
        Mark::of([&*self.config])
    }
}

/// A segment, to be read as it is sent.
pub(crate) struct MediaSegment {
    header: Bytes,
    /// Of the whole segment.
    size_bytes: u64,
    /// The samples of each piece, and where they begin and end in the segment.
    pieces: Vec<(Range<u64>, PieceBytes)>,
}

/// The bytes of a piece's samples.
enum PieceBytes {
    /// They lie in an object.
    Stored(SampleBytes),
    /// They were made.
    Made(Arc<RungPiece>),
}

impl PieceBytes {
    fn stream(&self, part: Range<u64>) -> Result<ByteStream> {
        match self {
            Self::Stored(samples) => samples.stream(part),
            Self::Made(piece) => piece.bytes.stream(part),
        }
    }
}

impl MediaSegment {
    /// Segment `number` of a stream. `NotFound` beyond the last.
    pub(crate) async fn open(
        package: &Package,
        library: &Library,
        stream: Stream,
        number: usize,
        role: Role,
    ) -> Result<Self> {
        let pieces = package.segment(stream, number, role).ok_or_else(|| Error::not_found("segment"))?;
        Self::of(package, library, stream, number, pieces, role).await
    }

    /// A segment of these pieces.
    pub(crate) async fn of(
        package: &Package,
        library: &Library,
        stream: Stream,
        number: usize,
        pieces: &[Segment],
        role: Role,
    ) -> Result<Self> {
        let view = &package.playable.view;
        let (offsets, spans) = (offsets(package, stream, role), package.spans(stream));
        let (mut placed, mut opened, mut media_bytes) = (Vec::new(), Vec::with_capacity(pieces.len()), 0);
        for Segment { span, samples, at, duration } in pieces {
            let track = view.track(&spans[*span]);
            let samples = library.samples(track, samples.clone()).await?;
            placed.extend(place(&samples, *at, at + duration, offsets).map_err(Error::internal)?);
            let start = media_bytes;
            media_bytes += samples.iter().map(|sample| u64::from(sample.size)).sum::<u64>();
            let samples = library.open(track, &samples).await?;
            opened.push((start..media_bytes, PieceBytes::Stored(samples)));
        }
        Ok(Self::laid_out(number, &placed, opened))
    }

    /// The same of a rung: as many pictures at the same times.
    pub(crate) async fn open_rung(
        package: &Package,
        app: &App,
        rung: &Rung,
        number: usize,
        role: Role,
    ) -> Result<Self> {
        let pieces = package.segment(Stream::Pictures, number, role);
        let pieces = pieces.ok_or_else(|| Error::not_found("segment"))?;
        let make = |piece| app.rung_piece(&package.playable, &rung.plan, &rung.config, piece);
        let made = try_join_all(pieces.iter().map(make)).await?;
        let offsets = offsets(package, Stream::Pictures, role);
        let (mut placed, mut opened, mut media_bytes) = (Vec::new(), Vec::with_capacity(pieces.len()), 0);
        for (Segment { at, duration, .. }, piece) in pieces.iter().zip(made) {
            placed.extend(place(&piece.samples, *at, at + duration, offsets).map_err(Error::internal)?);
            let start = media_bytes;
            media_bytes += piece.bytes.len() as u64;
            opened.push((start..media_bytes, PieceBytes::Made(piece)));
        }
        Ok(Self::laid_out(number, &placed, opened))
    }

    fn laid_out(number: usize, placed: &[Placed], pieces: Vec<(Range<u64>, PieceBytes)>) -> Self {
        let header = segment_header(number as u32 + 1, placed);
        let header_bytes = header.bytes.len() as u64;
        let within = |(media, samples): (Range<u64>, PieceBytes)| {
            (header_bytes + media.start..header_bytes + media.end, samples)
        };
        let pieces = pieces.into_iter().map(within).collect();
        Self { header: header.bytes.into(), size_bytes: header.size, pieces }
    }

    pub(crate) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// What tells it from others of this name, in letters, digits and dashes: nothing where it is stored.
    pub(crate) fn content(&self) -> String {
        let made = self.pieces.iter().filter_map(|(_, piece)| match piece {
            PieceBytes::Stored(_) => None,
            PieceBytes::Made(piece) => Some(format!("-{:016x}", u64::from_be_bytes(piece.digest))),
        });
        made.collect()
    }

    /// The bytes `range` of it.
    pub(crate) fn stream(self, range: Range<u64>) -> ByteStream {
        let within = |at: u64| at.min(self.header.len() as u64) as usize;
        let header = self.header.slice(within(range.start)..within(range.end));
        let head = stream::iter((!header.is_empty()).then_some(Ok(header)));
        let piece = move |(place, samples): (Range<u64>, PieceBytes)| {
            let part = |at: u64| at.clamp(place.start, place.end) - place.start;
            samples.stream(part(range.start)..part(range.end)).map_err(io::Error::other)
        };
        head.chain(stream::iter(self.pieces.into_iter().map(piece)).try_flatten()).boxed()
    }
}

/// How the pictures of a segment are placed. Those of a rung are placed like the top quality's: hls.js takes the delay for
/// a part of their times, and would show them earlier or later after each switch.
fn offsets(package: &Package, stream: Stream, role: Role) -> Offsets {
    match (stream, role) {
        (Stream::Pictures, Role::Shared) => Offsets::Delayed(package.delay),
        (Stream::Pictures, Role::Split) => Offsets::Signed,
        (Stream::Sound(_), _) => Offsets::Delayed(0),
    }
}

/// The init segment that all segments of a rung decode with, whatever spans they are of.
pub(crate) fn rung_init(package: &Package, Rung { plan, config }: &Rung, role: Role) -> Result<Bytes> {
    let top = package.playable.video.as_ref().ok_or_else(|| Error::not_found("track"))?;
    let (width, height) = (plan.rung.width, plan.rung.height);
    let format = VideoFormat { config: config.to_vec(), width, height, pixel_aspect: (1, 1) };
    let track = Track { codec: Codec::Avc(format), ..top.clone() };
    let delay = if role == Role::Shared { package.delay } else { 0 };
    Ok(init_segment(&track, delay).into())
}

/// The init segment that all segments of a stream decode with.
pub(crate) fn init(package: &Package, stream: Stream) -> Result<Bytes> {
    let playable = &package.playable;
    let (track, delay) = match stream {
        Stream::Pictures => (playable.video.as_ref(), package.delay),
        Stream::Sound(number) => (playable.view.sound_track(number), 0),
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

/// The init segment with all parameter sets, for segments with [`Role::Split`] that follow each other although these change.
pub(crate) fn split_init(package: &Package) -> Result<Bytes> {
    let track = package.playable.video.as_ref().ok_or_else(|| Error::not_found("track"))?;
    Ok(init_segment(track, 0).into())
}
