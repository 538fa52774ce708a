//! Progressive files of a timeline: laid out from the index, read from the objects as they are sent, stored nowhere.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use subclip_core::Medium;
use subclip_formats::mp4::write::{Layout, Slice};

use super::arrange::{Arranged, ChunkSamples, arrange};
use super::library::Library;
use super::pieces::{cut_pieces, touched};
use crate::app::App;
use crate::playable::Playable;
use crate::{Error, Kind, Result};

/// Bytes on their way.
pub type ByteStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Chunks that are read ahead of the one being sent.
const READ_AHEAD: usize = 3;

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
    /// `NotFound` where the timeline has none of them; `Internal` where an index can't be read.
    pub async fn new(playable: Arc<Playable>, library: &Library, media: &[Medium]) -> Result<Self> {
        let Arranged { layout, video, audio } = arrange(playable.clone(), library, media).await?;
        Ok(Self { playable: RwLock::new(playable), layout, video, audio })
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
        let parts = stream::iter(slices).map(move |slice| self.clone().part(app.clone(), slice));
        parts
            .buffered(READ_AHEAD)
            .map_ok(|pieces| stream::iter(pieces.into_iter().map(Ok)))
            .try_flatten()
            .boxed()
    }

    async fn part(self: Arc<Self>, app: App, slice: Slice) -> io::Result<Vec<Bytes>> {
        match slice {
            Slice::Head(range) => Ok(vec![Bytes::copy_from_slice(&self.layout.head[range])]),
            Slice::Chunk { medium, chunk, bytes } => {
                self.chunk(&app, medium, chunk, bytes).await.map_err(io::Error::other)
            }
        }
    }

    async fn chunk(&self, app: &App, medium: Medium, chunk: u32, bytes: Range<u64>) -> Result<Vec<Bytes>> {
        let chunk = match medium {
            Medium::Video => &self.video[chunk as usize],
            Medium::Audio => &self.audio[chunk as usize],
        };
        let playable = self.playable();
        match read(&playable, app.library(), medium, chunk, bytes.clone()).await {
            // Deleting a source moves what its clips show, and a download may take longer than that.
            Err(error) if error.kind == Kind::NotFound => {
                let moved = self.playable_after(app, &playable).await?;
                read(&moved, app.library(), medium, chunk, bytes).await
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

async fn read(
    playable: &Playable,
    library: &Library,
    medium: Medium,
    chunk: &ChunkSamples,
    bytes: Range<u64>,
) -> Result<Vec<Bytes>> {
    let timeline = &playable.view.timeline;
    let span = match medium {
        Medium::Video => &timeline.video[chunk.span],
        Medium::Audio => &timeline.audio[chunk.span],
    };
    let track = playable.view.track(span);
    let first = span.samples.start;
    let samples = library.samples(track, first + chunk.samples.start..first + chunk.samples.end).await?;
    let (touched, bytes) = touched(&samples, bytes);
    let pieces = library.read(track.object, touched).await?;
    Ok(cut_pieces(pieces, bytes))
}
