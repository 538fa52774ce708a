//! Indexing an MP4 or MOV where it lies: its sample tables are read, and the first bytes of each key frame.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use subclip_core::{Index, ObjectId, Time, Track};
use subclip_formats::mp4::read::{MAX_TRACK_SAMPLES, Movie, ReadError, Reader};
use subclip_storage::Storage;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::judge::{Candidate, Candidates, Judged, RangeReader, Reasons, SoundEnd};
use crate::app::App;
use crate::aside::aside;
use crate::store::EncodedTrack;
use crate::{Error, Result};

/// A track that conforms, and its index.
#[derive(Debug)]
pub(crate) struct IndexedTrack {
    pub(crate) track: Track,
    pub(crate) index: Index,
    /// As it will be stored.
    pub(crate) encoded: Box<EncodedTrack>,
    /// Held as long as the samples are in memory.
    pub(crate) turn: IndexingTurn,
}

/// The tracks of a file that conform.
#[derive(Debug, Default)]
pub(crate) struct Indexed {
    pub(crate) video: Option<IndexedTrack>,
    pub(crate) audio: Option<IndexedTrack>,
    /// Further sounds, in their order.
    pub(crate) sounds: Vec<IndexedTrack>,
}

/// What became of an attempt to index an object in place.
#[derive(Debug)]
pub(crate) enum Indexing {
    /// Its first video and first audio track conform: at least one of them is there.
    Conforming(Box<Indexed>),
    /// It is of a kind that can be indexed, but not as it is.
    NotConforming(Reasons),
    /// Another container, or a damaged file that a more forgiving reader may still open.
    Foreign(String),
}

impl Indexing {
    /// The tracks, or why they can't be served as they are.
    pub(crate) fn conforming(self) -> Result<Indexed, Reasons> {
        match self {
            Self::Conforming(indexed) => Ok(*indexed),
            Self::NotConforming(reasons) => Err(reasons),
            Self::Foreign(what) => Err(Reasons { sentences: vec![what], ..Reasons::default() }),
        }
    }
}

/// Indexings that run at once: each may hold the samples of a file of many hours.
const INDEXINGS_AT_ONCE: usize = 2;

/// Where indexings wait for their turn.
pub(crate) struct IndexingTurns(Arc<Semaphore>);

/// A turn, until the last one lets go of it. Who holds one asks for no other.
pub(crate) type IndexingTurn = Arc<OwnedSemaphorePermit>;

impl IndexingTurns {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(INDEXINGS_AT_ONCE)))
    }

    pub(crate) async fn enter(&self) -> Result<IndexingTurn> {
        self.0.clone().acquire_owned().await.map(Arc::new).map_err(Error::internal)
    }
}

/// Indexes an object in place.
///
/// # Errors
/// Where the object can't be read, or is too long to be taken in by any way; what else is wrong with the media itself is
/// told in [`Indexing`].
pub(crate) async fn index_object(app: &App, object: ObjectId, end: SoundEnd) -> Result<Indexing> {
    index(app, object, move |movie| Candidates::of(movie, end)).await
}

/// Indexes the first sound of an object in place, whatever else is in it. It is to last `until` the end of pictures that it
/// is played beside, if that is told.
///
/// # Errors
/// As [`index_object`].
pub(crate) async fn index_sound(app: &App, object: ObjectId, until: Option<Time>) -> Result<Indexing> {
    index(app, object, move |movie| Candidates::of_sound(movie, until)).await
}

async fn index(
    app: &App,
    object: ObjectId,
    candidates: impl FnOnce(Movie) -> Candidates + Send + 'static,
) -> Result<Indexing> {
    let turn = app.indexing_turns().enter().await?;
    let storage = app.storage();
    let size = storage.size(object).await?;
    let mut reader = Reader::new(size);
    let mut bytes = Bytes::new();
    loop {
        let wanted;
        (reader, wanted) = aside(move || step(reader, &bytes)).await?;
        bytes = match wanted {
            Ok(Some(range)) => storage.get_range(object, range).await?,
            Ok(None) => break,
            Err(error) => return foreign(error),
        };
    }
    match aside(move || reader.finish().map(candidates)).await? {
        Ok(candidates) => match candidates.judged(&Stored { storage, object }).await? {
            Ok(Judged { video, audio, sounds }) => {
                let indexed = move || {
                    let track = |candidate| IndexedTrack::new(candidate, turn.clone());
                    let (video, audio) = (video.map(track), audio.map(track));
                    Indexing::Conforming(Box::new(Indexed {
                        video,
                        audio,
                        sounds: sounds.into_iter().map(track).collect(),
                    }))
                };
                aside(indexed).await
            }
            Err(reasons) => Ok(Indexing::NotConforming(reasons)),
        },
        Err(error) => foreign(error),
    }
}

/// What becomes of a file that the reader gave up.
fn foreign(error: ReadError) -> Result<Indexing> {
    match why_refused(&error) {
        Some(sentence) => Err(Error::invalid(sentence)),
        None => Ok(Indexing::Foreign(error.to_string())),
    }
}

/// Why a file that the reader gave up is not taken in by any way, as a sentence; `None` where a more forgiving reader may
/// open it.
pub fn why_refused(error: &ReadError) -> Option<String> {
    match error {
        // Converting it would come to as many.
        ReadError::TooManySamples { .. } => Some(format!(
            "This file is too long: its video or its sound has more than {MAX_TRACK_SAMPLES} samples. Send it in parts."
        )),
        // What could be saved of it would pass for all there was. (Of a recording in fragments that broke off, all is
        // there but the last one.)
        ReadError::Truncated { path, .. } if path.starts_with("moov") => {
            Some(format!("This file is cut short ({error}). Send the whole of it."))
        }
        _ => None,
    }
}

/// An object of the store.
struct Stored<'a> {
    storage: &'a Storage,
    object: ObjectId,
}

impl RangeReader for Stored<'_> {
    fn ranges<'a>(&'a self, ranges: &'a [Range<u64>]) -> BoxFuture<'a, Result<Vec<Bytes>>> {
        Box::pin(async move { Ok(self.storage.get_ranges(self.object, ranges).await?) })
    }
}

/// Gives the reader what it asked for, nothing at first, and tells what it wants next.
fn step(mut reader: Reader, bytes: &[u8]) -> (Reader, Result<Option<Range<u64>>, ReadError>) {
    let wanted = reader.feed(bytes).and_then(|()| reader.wanted());
    (reader, wanted)
}

impl IndexedTrack {
    fn new(Candidate { track, index }: Candidate, turn: IndexingTurn) -> Self {
        let encoded = Box::new(EncodedTrack::of(&track, &index, 0));
        Self { track, index, encoded, turn }
    }
}
