//! Progressive files of a timeline: laid out from the index, read from the objects as they are sent, stored nowhere.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use subclip_core::{Medium, Sample, Span, Time};
use subclip_formats::mp4::write::{Layout, Offsets, Placed, SampleTables, Slice, layout, place};

use super::library::Library;
use crate::playable::Playable;
use crate::{Error, Result};

/// Bytes on their way.
pub type ByteStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Chunks of pictures hold whole GOPs of about this length, and sound is interleaved as finely.
const CHUNK_MS: i64 = 1_000;
/// Chunks that are read ahead of the one being sent.
const READ_AHEAD: usize = 3;

/// A file of a timeline, with or without its pictures.
pub struct MediaFile {
    playable: Arc<Playable>,
    layout: Layout,
    video: Vec<ChunkSamples>,
    audio: Vec<ChunkSamples>,
}

/// Where the samples of a chunk come from.
struct ChunkSamples {
    span: usize,
    samples: Range<u32>,
}

impl MediaFile {
    /// Lays out the file of a timeline; `media` are the media that go into it.
    ///
    /// # Errors
    /// `NotFound` where the timeline has none of them; `Internal` where an index can't be read.
    pub async fn new(playable: Arc<Playable>, library: &Library, media: &[Medium]) -> Result<Self> {
        let mut chunks = (Vec::new(), Vec::new());
        let mut tables = Vec::new();
        let wanted = |medium, track| Some(track).filter(|_| media.contains(&medium)).flatten();
        let video_track = wanted(Medium::Video, playable.video.as_ref());
        let audio_track = wanted(Medium::Audio, playable.audio.as_ref());
        if let Some(track) = video_track {
            let mut table = SampleTables::new(track, playable.delay);
            for (number, span) in playable.view.timeline.video.iter().enumerate() {
                video_chunks(&playable, library, number, span, &mut table, &mut chunks.0).await?;
            }
            tables.push(table);
        }
        if let Some(track) = audio_track {
            let mut table = SampleTables::new(track, 0);
            for (number, span) in playable.view.timeline.audio.iter().enumerate() {
                audio_chunks(&playable, library, number, span, &mut table, &mut chunks.1).await?;
            }
            tables.push(table);
        }
        if tables.is_empty() {
            return Err(Error::not_found("file"));
        }
        let layout = layout(&tables);
        drop(tables);
        Ok(Self { playable, layout, video: chunks.0, audio: chunks.1 })
    }

    /// The size of the file in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.layout.size
    }

    /// What holding the layout costs, in bytes.
    #[must_use]
    pub fn weight_bytes(&self) -> usize {
        let chunks = self.layout.chunks.len() * (size_of::<ChunkSamples>() + 40);
        self.layout.head.len() + chunks + 1024
    }

    /// The bytes `range` of the file, read as they are wanted.
    pub fn stream(self: Arc<Self>, library: Library, range: Range<u64>) -> ByteStream {
        let slices: Vec<Slice> = self.layout.slices(range).collect();
        let parts = stream::iter(slices).map(move |slice| self.clone().part(library.clone(), slice));
        parts
            .buffered(READ_AHEAD)
            .map_ok(|pieces| stream::iter(pieces.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }

    async fn part(self: Arc<Self>, library: Library, slice: Slice) -> io::Result<Vec<Bytes>> {
        match slice {
            Slice::Head(range) => Ok(vec![Bytes::copy_from_slice(&self.layout.head[range])]),
            Slice::Chunk { medium, chunk, bytes } => {
                self.chunk(&library, medium, chunk, bytes).await.map_err(io::Error::other)
            }
        }
    }

    async fn chunk(
        &self,
        library: &Library,
        medium: Medium,
        chunk: u32,
        bytes: Range<u64>,
    ) -> Result<Vec<Bytes>> {
        let timeline = &self.playable.view.timeline;
        let (chunks, spans) = match medium {
            Medium::Video => (&self.video, &timeline.video),
            Medium::Audio => (&self.audio, &timeline.audio),
        };
        let chunk = &chunks[chunk as usize];
        let track = self.playable.view.track(&spans[chunk.span]);
        let samples = library.samples(track, chunk.samples.clone()).await?;
        let (touched, bytes) = touched(&samples, bytes);
        let pieces = library.read(track.object, touched).await?;
        Ok(cut_pieces(pieces, bytes))
    }
}

/// The samples that the bytes `range` of all of them, laid end to end, lie in; and the same bytes, counted from the
/// first of these.
fn touched(samples: &[Sample], range: Range<u64>) -> (&[Sample], Range<u64>) {
    let (mut at, mut first, mut first_at) = (0u64, 0, 0);
    for (number, sample) in samples.iter().enumerate() {
        if at >= range.end {
            return (&samples[first..number], range.start - first_at..range.end - first_at);
        }
        let end = at + u64::from(sample.size);
        if end <= range.start {
            (first, first_at) = (number + 1, end);
        }
        at = end;
    }
    (&samples[first..], range.start - first_at..range.end - first_at)
}

/// The bytes `range` of pieces laid end to end.
fn cut_pieces(pieces: Vec<Bytes>, range: Range<u64>) -> Vec<Bytes> {
    let mut at = 0u64;
    let mut cut = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let end = at + piece.len() as u64;
        let (from, to) = (range.start.max(at), range.end.min(end));
        if from < to {
            cut.push(piece.slice((from - at) as usize..(to - at) as usize));
        }
        at = end;
    }
    cut
}

async fn video_chunks(
    playable: &Playable,
    library: &Library,
    number: usize,
    span: &Span,
    table: &mut SampleTables<'_>,
    chunks: &mut Vec<ChunkSamples>,
) -> Result<()> {
    let source = playable.view.sources()[number];
    let track = playable.view.track(span);
    for segment in subclip_core::video_segments(&[source], CHUNK_MS as u32) {
        let samples = library.samples(track, segment.samples.clone()).await?;
        let placed =
            place(&samples, segment.at, segment.at + segment.duration, Offsets::Delayed(playable.delay));
        table.push(&placed.map_err(Error::internal)?).map_err(Error::internal)?;
        chunks.push(ChunkSamples { span: number, samples: segment.samples });
    }
    Ok(())
}

async fn audio_chunks(
    playable: &Playable,
    library: &Library,
    number: usize,
    span: &Span,
    table: &mut SampleTables<'_>,
    chunks: &mut Vec<ChunkSamples>,
) -> Result<()> {
    let track = playable.view.track(span);
    let samples: Vec<Sample> = library.samples(track, span.samples.clone()).await?;
    let placed =
        place(&samples, span.at, span.at + span.duration, Offsets::Delayed(0)).map_err(Error::internal)?;
    let longest = Time::new(CHUNK_MS, subclip_core::Timescale::MILLISECONDS).ceil_to(span.timescale);
    let mut first = 0;
    while first < placed.len() {
        let limit = placed[first].dts + longest;
        let count = placed[first..].partition_point(|p: &Placed| p.dts < limit).max(1);
        table.push(&placed[first..first + count]).map_err(Error::internal)?;
        let start = span.samples.start + first as u32;
        chunks.push(ChunkSamples { span: number, samples: start..start + count as u32 });
        first += count;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_samples_that_are_asked_for_are_read() {
        let samples: Vec<Sample> =
            [3, 0, 4, 1].map(|size| Sample { offset: 0, size, dts: 0, pts: 0, sync: true }).into();
        let check = |range: Range<u64>, expected: (Range<usize>, Range<u64>)| {
            let (read, bytes) = touched(&samples, range.clone());
            assert_eq!((read, bytes), (&samples[expected.0.clone()], expected.1), "{range:?}");
        };
        check(0..8, (0..4, 0..8));
        check(0..3, (0..1, 0..3));
        check(2..4, (0..3, 2..4));
        check(3..7, (2..3, 0..4));
        check(5..8, (2..4, 2..5));
        check(7..8, (3..4, 0..1));
    }

    #[test]
    fn pieces_are_cut_at_any_byte() {
        let pieces =
            || vec![Bytes::from_static(b"abc"), Bytes::from_static(b"defg"), Bytes::from_static(b"h")];
        let check = |range: Range<u64>, expected: &str| {
            let joined: Vec<u8> = cut_pieces(pieces(), range.clone()).concat();
            assert_eq!(String::from_utf8(joined).unwrap(), expected, "{range:?}");
        };
        check(0..8, "abcdefgh");
        check(2..4, "cd");
        check(3..7, "defg");
        check(7..8, "h");
        check(1..1, "");
    }
}
