//! Tracks that are in use: heads and pages of their indexes, read once and kept as long as there is room.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use moka::future::Cache;
use subclip_core::{Gop, Index, ObjectId, Sample, Track, TrackId};
use subclip_formats::stored::{self, Head};
use subclip_storage::Storage;

use super::held::HeldBytes;
use super::pages::Pages;
use super::sample_bytes::{SampleBytes, ranges_of};
use crate::aside::aside;
use crate::room::{Room, Turn};
use crate::{Error, Result};

/// Room for heads of indexes: a two-hour film's takes some 50 KB.
const HEADS_BYTES: u64 = 24 << 20;
/// Room for pages of indexes.
const PAGES_BYTES: u64 = 24 << 20;
/// Ranges of samples that are gone through in one go: a quarter of an hour of segments.
const RANGES_AT_ONCE: usize = 256;
/// Files that are laid out at once, of which each holds the index of its film and what is made of it; and those that wait.
const LAYOUTS_AT_ONCE: usize = 2;
const LAYOUTS_WAITING: usize = 64;
/// Files that wait to be measured: those of a hundred lists. They hold nothing yet.
const MEASURES_WAITING: usize = 1000;
/// Read at first from a stored index; most heads fit.
const FIRST_READ_BYTES: u64 = 64 << 10;

/// A track that can be read: where its samples lie, and the head of its index.
#[derive(Debug)]
pub struct MediaTrack {
    /// Its id.
    pub id: TrackId,
    /// The bytes of all its samples.
    pub size_bytes: u64,
    /// What its index begins with.
    pub head: Head,
    pub(super) place: Place,
}

/// Where a track's samples lie.
#[derive(Debug)]
pub(super) enum Place {
    /// In the store, and so does the index.
    Stored(ObjectId),
    /// In memory, with no row: a few frames that were made to be played and can be made again.
    Held {
        /// The track that they were made of.
        of: TrackId,
        /// The stored form of the index.
        index: Bytes,
        samples: Vec<Sample>,
        bytes: HeldBytes,
    },
}

impl MediaTrack {
    /// A track in memory that has no row and is not in the store, made of another one. Offsets of `index` are in `bytes`.
    ///
    /// # Errors
    /// `Internal` where the index is none.
    pub(crate) fn held(
        id: TrackId,
        of: TrackId,
        track: &Track,
        index: Index,
        bytes: HeldBytes,
    ) -> Result<Self> {
        let stored = Bytes::from(stored::encode(track, &index, 0));
        let head = Head::decode(&stored).map_err(Error::internal)?;
        let size_bytes = bytes.len() as u64;
        let place = Place::Held { of, index: stored, samples: index.samples, bytes };
        Ok(Self { id, size_bytes, head, place })
    }

    /// The track that has a row: what is made of this one goes when that goes.
    pub(crate) fn origin(&self) -> TrackId {
        match &self.place {
            Place::Stored(_) => self.id,
            Place::Held { of, .. } => *of,
        }
    }

    /// The bytes of its samples, where they are in memory.
    pub(crate) fn held_bytes(&self) -> Option<&[u8]> {
        match &self.place {
            Place::Stored(_) => None,
            Place::Held { bytes, .. } => Some(bytes),
        }
    }

    /// What holding it costs, in bytes.
    pub(crate) fn weight_bytes(&self) -> usize {
        let held = match &self.place {
            Place::Stored(_) => 0,
            Place::Held { index, samples, bytes, .. } => {
                index.len() + samples.len() * size_of::<Sample>() + bytes.len()
            }
        };
        self.head.gops.gops.len() * size_of::<Gop>() + 4096 + held
    }
}

/// Reads tracks. Cheap to clone.
#[derive(Clone)]
pub struct Library {
    storage: Storage,
    tracks: Cache<TrackId, Arc<MediaTrack>>,
    pages: Cache<(TrackId, usize), Arc<Vec<Sample>>>,
    layouts: Room,
    /// Where those wait that are laid out for nothing but their size, one after the other.
    measures: Room,
}

/// What a file is laid out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be sent to somebody.
    Fetched,
    /// To know its size. That has no more than one of the turns, and none of the places of those who wait.
    Measured,
}

/// A turn to lay out a file.
pub(super) struct LayoutTurn {
    _measuring: Option<Turn>,
    _turn: Turn,
}

impl Library {
    /// A library over `storage`.
    #[must_use]
    pub fn new(storage: Storage) -> Self {
        let tracks = Cache::builder()
            .max_capacity(HEADS_BYTES)
            .weigher(|_, track: &Arc<MediaTrack>| weight(track.weight_bytes()))
            .build();
        let pages = Cache::builder()
            .max_capacity(PAGES_BYTES)
            .weigher(|_, page: &Arc<Vec<Sample>>| weight(page.len() * size_of::<Sample>()))
            .build();
        let full = "Too many files are asked for at once; try again soon.";
        let layouts = Room::new(LAYOUTS_AT_ONCE, LAYOUTS_WAITING, full);
        let measures = Room::new(1, MEASURES_WAITING, "Too many files are measured at once; try again soon.");
        Self { storage, tracks, pages, layouts, measures }
    }

    /// The track `id`, whose samples lie in `object` and have `size_bytes` in all.
    ///
    /// # Errors
    /// `NotFound` where the index is gone, `Internal` where it can't be read.
    pub async fn track(&self, id: TrackId, object: ObjectId, size_bytes: u64) -> Result<Arc<MediaTrack>> {
        let load = async {
            let head = self.head(id).await?;
            Ok::<_, Error>(Arc::new(MediaTrack { id, size_bytes, head, place: Place::Stored(object) }))
        };
        self.tracks.try_get_with(id, load).await.map_err(|error| (*error).clone())
    }

    async fn head(&self, id: TrackId) -> Result<Head> {
        let size = self.storage.size(id).await?;
        let mut bytes = self.storage.get_range(id, 0..size.min(FIRST_READ_BYTES)).await?;
        let needed = Head::needed(&bytes).map_err(Error::internal)? as u64;
        if needed > bytes.len() as u64 {
            bytes = self.storage.get_range(id, 0..needed.min(size)).await?;
        }
        Head::decode(&bytes).map_err(Error::internal)
    }

    /// The samples numbered `range`.
    ///
    /// # Errors
    /// As [`Library::track`].
    pub async fn samples(&self, track: &MediaTrack, range: Range<u32>) -> Result<Vec<Sample>> {
        let mut samples = Vec::with_capacity(range.len());
        if range.is_empty() {
            return Ok(samples);
        }
        if let Place::Held { samples: held, .. } = &track.place {
            let wanted = held.get(range.start as usize..range.end as usize);
            return Ok(wanted.ok_or_else(|| Error::internal("a sample beyond the last"))?.to_vec());
        }
        for number in track.head.pages_for(range.clone()) {
            let page = self.page(track, number).await?;
            let held = track.head.page_samples(number);
            let from = range.start.max(held.start) - held.start;
            let to = range.end.min(held.end) - held.start;
            samples.extend_from_slice(&page[from as usize..to as usize]);
        }
        Ok(samples)
    }

    /// The samples numbered `range`, for who goes through all of them once: their pages are read in one go, and leave
    /// the room for pages to those that are asked for again.
    ///
    /// # Errors
    /// As [`Library::track`].
    pub(super) async fn pages(&self, track: &Arc<MediaTrack>, range: Range<u32>) -> Result<Pages> {
        let numbers = track.head.pages_for(range.clone());
        let stored = match (numbers.clone().next(), numbers.last()) {
            (Some(first), Some(last)) => {
                let bytes = track.head.page_bytes(first).start..track.head.page_bytes(last).end;
                match &track.place {
                    Place::Stored(_) => self.storage.get_range(track.id, bytes).await?,
                    Place::Held { index, .. } => index.slice(bytes.start as usize..bytes.end as usize),
                }
            }
            _ => Bytes::new(),
        };
        Ok(Pages::new(track.clone(), range, stored))
    }

    /// The bytes of the samples in each of these ranges, of which each begins where the one before ends.
    ///
    /// # Errors
    /// As [`Library::track`].
    pub async fn sizes(&self, track: &Arc<MediaTrack>, ranges: &[Range<u32>]) -> Result<Vec<u64>> {
        let mut sizes = Vec::with_capacity(ranges.len());
        for group in ranges.chunks(RANGES_AT_ONCE) {
            let (start, end) = (group[0].start, group[group.len() - 1].end);
            let mut pages = self.pages(track, start..end).await?;
            let counts: Vec<usize> = group.iter().map(ExactSizeIterator::len).collect();
            let passed =
                move || counts.into_iter().map(|count| pages.pass(count)).collect::<Result<Vec<_>>>();
            sizes.extend(aside(passed).await??);
        }
        Ok(sizes)
    }

    /// The number of the first sample shown at or after `pts`; beyond the last, how many there are.
    ///
    /// Only for tracks that are shown in the order they are decoded, as sound is.
    ///
    /// # Errors
    /// As [`Library::track`].
    pub async fn first_at_pts(&self, track: &MediaTrack, pts: i64) -> Result<u32> {
        let number = track.head.page_at_pts(pts);
        let page = self.page(track, number).await?;
        Ok(track.head.page_samples(number).start + page.partition_point(|sample| sample.pts < pts) as u32)
    }

    /// The samples of one page of a track's index.
    ///
    /// Not for held tracks: what is made again under one id may be of other sizes than what was remembered.
    async fn page(&self, track: &MediaTrack, number: usize) -> Result<Arc<Vec<Sample>>> {
        let load = async {
            let bytes = self.storage.get_range(track.id, track.head.page_bytes(number)).await?;
            let samples = track.head.decode_page(number, &bytes).map_err(Error::internal)?;
            Ok::<_, Error>(Arc::new(samples))
        };
        self.pages.try_get_with((track.id, number), load).await.map_err(|error| (*error).clone())
    }

    /// Samples of one track, to be read as they are sent.
    ///
    /// # Errors
    /// `NotFound` where the object is gone.
    pub async fn open(&self, track: &MediaTrack, samples: &[Sample]) -> Result<SampleBytes> {
        Ok(match &track.place {
            Place::Stored(object) => SampleBytes::stored(self.storage.open(*object).await?, samples),
            Place::Held { bytes, .. } => SampleBytes::held(bytes.clone(), samples),
        })
    }

    /// The bytes of samples of one track, in their order, as few pieces as they lie in.
    ///
    /// # Errors
    /// `NotFound` where the object is gone.
    pub async fn read(&self, track: &MediaTrack, samples: &[Sample]) -> Result<Vec<Bytes>> {
        let ranges = ranges_of(samples);
        match &track.place {
            Place::Stored(object) => Ok(self.storage.get_ranges(*object, &ranges).await?),
            Place::Held { bytes, .. } => ranges.into_iter().map(|range| bytes.part(range)).collect(),
        }
    }

    /// The bytes of each of these samples.
    ///
    /// # Errors
    /// As [`Library::read`].
    pub(crate) async fn read_each(&self, track: &MediaTrack, samples: &[Sample]) -> Result<Vec<Bytes>> {
        // A piece holds whole samples, one after the other.
        let mut pieces = self.read(track, samples).await?.into_iter();
        let mut piece = Bytes::new();
        let mut each = Vec::with_capacity(samples.len());
        for sample in samples {
            if piece.is_empty() && sample.size > 0 {
                piece = pieces.next().unwrap_or_default();
            }
            let size = sample.size as usize;
            if size > piece.len() {
                return Err(Error::internal("a sample was read short"));
            }
            each.push(piece.split_to(size));
        }
        Ok(each)
    }

    /// Waits for a turn to lay out a file. `Busy` where too many wait already for the same purpose.
    pub(super) async fn layout_turn(&self, purpose: Purpose) -> Result<LayoutTurn> {
        match purpose {
            Purpose::Fetched => Ok(LayoutTurn { _measuring: None, _turn: self.layouts.enter().await? }),
            Purpose::Measured => {
                let measuring = Some(self.measures.enter().await?);
                Ok(LayoutTurn { _measuring: measuring, _turn: self.layouts.enter_from_elsewhere().await? })
            }
        }
    }

    /// Forgets a track that no longer exists.
    pub(crate) async fn forget(&self, id: TrackId) {
        self.tracks.invalidate(&id).await;
    }
}

fn weight(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
