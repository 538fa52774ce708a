//! Progressive files of a timeline: laid out from the index, read from the objects as they are sent, stored nowhere.

use std::io;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use subclip_core::{Medium, Sample, Span, Time};
use subclip_formats::mp4::write::{Layout, Offsets, Placed, SampleTables, Slice, layout, place};

use super::library::Library;
use super::sample_bytes::{ByteStream, SampleBytes};
use crate::app::App;
use crate::playable::Playable;
use crate::{Error, Kind, Result};

/// Chunks of pictures hold whole GOPs of about this length, and sound is interleaved as finely.
const CHUNK_MS: i64 = 1_000;

/// A file of a timeline, with or without its pictures.
pub struct MediaFile {
    /// What was laid out, or the same samples where they lie by now.
    playable: RwLock<Arc<Playable>>,
    layout: Layout,
    video: Vec<ChunkSamples>,
    audio: Vec<ChunkSamples>,
}

/// Where the samples of a chunk come from.
struct ChunkSamples {
    span: usize,
    /// Counted from the first of the span: compaction gives them other numbers in another track.
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
        Ok(Self { playable: RwLock::new(playable), layout, video: chunks.0, audio: chunks.1 })
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
    pub fn stream(self: Arc<Self>, app: App, range: Range<u64>) -> ByteStream {
        let slices: Vec<Slice> = self.layout.slices(range).collect();
        stream::iter(slices).then(move |slice| self.clone().part(app.clone(), slice)).try_flatten().boxed()
    }

    async fn part(self: Arc<Self>, app: App, slice: Slice) -> io::Result<ByteStream> {
        match slice {
            Slice::Head(range) => {
                let head = Bytes::copy_from_slice(&self.layout.head[range]);
                Ok(stream::once(async { Ok(head) }).boxed())
            }
            Slice::Chunk { medium, chunk, bytes } => {
                let samples = self.chunk(&app, medium, chunk).await;
                samples.and_then(|samples| samples.stream(bytes)).map_err(io::Error::other)
            }
        }
    }

    async fn chunk(&self, app: &App, medium: Medium, chunk: u32) -> Result<SampleBytes> {
        let chunk = match medium {
            Medium::Video => &self.video[chunk as usize],
            Medium::Audio => &self.audio[chunk as usize],
        };
        let playable = self.playable();
        match open(&playable, app.library(), medium, chunk).await {
            // Deleting a source moves what its clips show, and a download may take longer than that.
            Err(error) if error.kind == Kind::NotFound => {
                let moved = self.playable_after(app, &playable).await?;
                open(&moved, app.library(), medium, chunk).await
            }
            other => other,
        }
    }

    fn playable(&self) -> Arc<Playable> {
        self.playable.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What to read instead of `stale`, whose samples are gone. `NotFound` where they have moved nowhere.
    async fn playable_after(&self, app: &App, stale: &Arc<Playable>) -> Result<Arc<Playable>> {
        let newest = self.playable();
        if !Arc::ptr_eq(&newest, stale) {
            return Ok(newest);
        }
        let moved = Arc::new(app.playable_anew(stale.asset).await?);
        let shape = |playable: &Playable| -> Vec<(i64, usize)> {
            playable.view.timeline.spans().map(|span| (span.at, span.samples.len())).collect()
        };
        if moved.generation == stale.generation || shape(&moved) != shape(stale) {
            return Err(Error::not_found("media"));
        }
        *self.playable.write().unwrap_or_else(PoisonError::into_inner) = moved.clone();
        Ok(moved)
    }
}

async fn open(
    playable: &Playable,
    library: &Library,
    medium: Medium,
    chunk: &ChunkSamples,
) -> Result<SampleBytes> {
    let timeline = &playable.view.timeline;
    let span = match medium {
        Medium::Video => &timeline.video[chunk.span],
        Medium::Audio => &timeline.audio[chunk.span],
    };
    let track = playable.view.track(span);
    let first = span.samples.start;
    let samples = library.samples(track, first + chunk.samples.start..first + chunk.samples.end).await?;
    library.open(track.object, &samples).await
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
        let within = segment.samples.start - span.samples.start..segment.samples.end - span.samples.start;
        chunks.push(ChunkSamples { span: number, samples: within });
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
        let start = first as u32;
        chunks.push(ChunkSamples { span: number, samples: start..start + count as u32 });
        first += count;
    }
    Ok(())
}
