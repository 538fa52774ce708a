//! Progressive files of a timeline: laid out from the index, read from the objects as they are sent, stored nowhere.

use std::io;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use futures::{StreamExt, TryStreamExt, stream};
use subclip_core::Medium;
use subclip_formats::mp4::write::{Layout, Slice};

use super::arrange::{Arranged, ChunkSamples, arrange};
use super::library::{Library, Purpose};
use super::sample_bytes::{ByteStream, SampleBytes};
use crate::app::App;
use crate::playable::Playable;
use crate::{Error, Kind, Result};

/// A file of a timeline, with or without its pictures.
pub struct MediaFile {
    /// What was laid out, or the same samples where they lie by now.
    playable: RwLock<Arc<Playable>>,
    layout: Layout,
    video: Vec<ChunkSamples>,
    audio: Vec<ChunkSamples>,
}

impl MediaFile {
    /// Lays out the file of a timeline; `media` are the media that go into it.
    ///
    /// # Errors
    /// `NotFound` where the timeline has none of them; `Busy` where too many files are asked for at once; `Internal` where
    /// an index can't be read.
    pub async fn new(playable: Arc<Playable>, library: &Library, media: &[Medium]) -> Result<Self> {
        let arranged = arrange(playable.clone(), library, media, Purpose::Fetched).await?;
        let Arranged { layout, video, audio } = arranged;
        Ok(Self { playable: RwLock::new(playable), layout, video, audio })
    }

    /// The size that the file of a timeline has, in bytes. Who fetches files is not kept waiting for places by this.
    ///
    /// # Errors
    /// As [`MediaFile::new`]; `Busy` where too many are measured at once.
    pub(crate) async fn measure(playable: Arc<Playable>, library: &Library, media: &[Medium]) -> Result<u64> {
        Ok(arrange(playable, library, media, Purpose::Measured).await?.layout.size)
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
        self.layout.head.len() + chunks + self.playable().weight_bytes()
    }

    /// The bytes `range` of the file, read as they are wanted.
    pub fn stream(self: Arc<Self>, app: App, range: Range<u64>) -> ByteStream {
        // One after the other: a list of all would be as long as the film, for everybody who asks for it.
        let file = self.clone();
        let slices = std::iter::successors(Some((range.start, None)), move |&(at, _)| {
            let slice = file.layout.slices(at..range.end).next()?;
            Some((at + slice.size(), Some(slice)))
        });
        let slices = stream::iter(slices.filter_map(|(_, slice)| slice));
        slices.then(move |slice| self.clone().part(app.clone(), slice)).try_flatten().boxed()
    }

    async fn part(self: Arc<Self>, app: App, slice: Slice) -> io::Result<ByteStream> {
        match slice {
            Slice::Head(range) => {
                let head = self.layout.head.slice(range);
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
        let moved = app.playable_anew(stale).await?;
        let shape = |playable: &Playable| -> Vec<(i64, usize)> {
            let timeline = &playable.view.timeline;
            let spans = timeline.video.iter().chain(&timeline.audio);
            spans.map(|span| (span.at, span.samples.len())).collect()
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
    library.open(track, &samples).await
}
