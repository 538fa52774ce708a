//! The head of a stored index: all that is held of a track whose pages are read one by one.

use std::ops::Range;

use subclip_core::{GopMap, Index, Sample, Track};

use super::error::StoredError;
use super::page::{self, Entry, SAMPLES_PER_PAGE};
use super::varint::{Damage, Reader, is_intact};
use super::{description, gops};

pub(crate) const MAGIC: &[u8; 4] = b"SCIX";
pub(crate) const VERSION: u16 = 1;
/// Magic, version, reserved, length, checksum.
pub(crate) const FIXED_BYTES: usize = 16;
/// No head of a track is longer: a day of key frames alone takes some twenty megabytes.
const MAX_BYTES: usize = 256 << 20;

/// What is known of a track without its pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The track.
    pub track: Track,
    /// Its GOPs. Empty for sound, which can be entered anywhere.
    pub gops: GopMap,
    /// [`Index::composition_delay`], in ticks.
    pub composition_delay: i64,
    /// When the last sample shown ends, in ticks.
    pub end_pts: i64,
    /// How many samples the track has, one at least.
    pub samples: u32,
    pages: Vec<Entry>,
    /// Where each page begins, and after the last one the end of the stored index.
    starts: Vec<u64>,
}

impl Head {
    /// How many bytes the head has, told from its first sixteen.
    ///
    /// # Errors
    /// [`StoredError::Truncated`] for fewer than sixteen bytes; else what [`Head::decode`] says of them.
    pub fn needed(prefix: &[u8]) -> Result<usize, StoredError> {
        let likely = prefix.iter().zip(MAGIC).all(|(have, want)| have == want);
        if !likely {
            return Err(StoredError::NotAnIndex);
        }
        let fixed = prefix.first_chunk::<FIXED_BYTES>();
        let [_, _, _, _, v0, v1, r0, r1, l0, l1, l2, l3, ..] =
            *fixed.ok_or(StoredError::Truncated { needed: FIXED_BYTES })?;
        let version = u16::from_le_bytes([v0, v1]);
        if version != VERSION {
            return Err(StoredError::Version(version));
        }
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if (r0, r1) != (0, 0) || !(FIXED_BYTES..=MAX_BYTES).contains(&length) {
            return Err(StoredError::Head("its length is impossible"));
        }
        Ok(length)
    }

    /// Reads the head from the first bytes of a stored index; as many as [`Head::needed`] says, or more.
    ///
    /// # Errors
    /// [`StoredError`] for bytes that are no stored index, of another version, too few, or damaged.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoredError> {
        let needed = Self::needed(bytes)?;
        let head = bytes.get(..needed).ok_or(StoredError::Truncated { needed })?;
        let written = Reader::new(&head[12..]).fixed().map_err(StoredError::Head)?;
        if !is_intact(checksum(head), written) {
            return Err(StoredError::Head("its checksum is wrong"));
        }
        Self::read(head).map_err(StoredError::Head)
    }

    fn read(head: &[u8]) -> Result<Self, Damage> {
        let mut reader = Reader::new(&head[FIXED_BYTES..]);
        let samples: u32 = reader.narrow()?;
        if samples == 0 {
            return Err("it has no samples");
        }
        let end_pts = reader.time(0)?;
        let composition_delay = reader.time(0)?;
        let track = description::read(&mut reader)?;
        let gops = gops::read(&mut reader, samples, end_pts, track.medium())?;

        let count = samples.div_ceil(SAMPLES_PER_PAGE) as usize;
        if count > reader.left() / Entry::MIN_BYTES {
            return Err("its pages are not all there");
        }
        let mut pages: Vec<Entry> = Vec::with_capacity(count);
        let mut starts = vec![head.len() as u64];
        let mut start = head.len() as u64;
        for _ in 0..count {
            let entry = Entry::read(&mut reader, &pages.last().copied().unwrap_or_default())?;
            start += u64::from(entry.length_bytes);
            starts.push(start);
            pages.push(entry);
        }
        reader.finish()?;
        Ok(Self { track, gops, composition_delay, end_pts, samples, pages, starts })
    }

    /// How many pages there are.
    #[must_use]
    pub fn page_count(&self) -> usize {
        self.pages.len()
    }

    /// The pages that hold `samples`; none for an empty range or samples beyond the end.
    #[must_use]
    pub fn pages_for(&self, samples: Range<u32>) -> Range<usize> {
        let end = samples.end.min(self.samples);
        if samples.start >= end {
            return 0..0;
        }
        let page_of = |sample: u32| (sample / SAMPLES_PER_PAGE) as usize;
        page_of(samples.start)..page_of(end - 1) + 1
    }

    /// Where `page` lies in the stored index.
    ///
    /// # Panics
    /// Like all that follow, when there is no such page.
    #[must_use]
    pub fn page_bytes(&self, page: usize) -> Range<u64> {
        self.starts[page]..self.starts[page + 1]
    }

    /// The samples that `page` holds.
    #[must_use]
    pub fn page_samples(&self, page: usize) -> Range<u32> {
        assert!(page < self.pages.len(), "there is no page {page}");
        let start = page as u32 * SAMPLES_PER_PAGE;
        start..start.saturating_add(SAMPLES_PER_PAGE).min(self.samples)
    }

    /// When the first sample of `page` is shown.
    #[must_use]
    pub fn first_pts_of_page(&self, page: usize) -> i64 {
        self.pages[page].first_pts
    }

    /// When sample `number` is shown, where its page is uniform and so need not be read.
    #[must_use]
    pub fn uniform_pts(&self, number: u32) -> Option<i64> {
        let entry = self.pages.get((number / SAMPLES_PER_PAGE) as usize).filter(|_| number < self.samples)?;
        let steps = i64::from(number % SAMPLES_PER_PAGE);
        entry.first_pts.checked_add(entry.uniform_step?.checked_mul(steps)?)
    }

    /// The page that holds the last sample shown at or before `pts`; the first page for an earlier time.
    ///
    /// Only for tracks that are shown in the order they are decoded, as sound is: elsewhere, ask [`Head::gops`].
    #[must_use]
    pub fn page_at_pts(&self, pts: i64) -> usize {
        self.pages.partition_point(|page| page.first_pts <= pts).saturating_sub(1)
    }

    /// The samples of `page` from its bytes, those of [`Head::page_bytes`].
    ///
    /// # Errors
    /// [`StoredError::Page`] when the bytes are not those that were written.
    pub fn decode_page(&self, page: usize, bytes: &[u8]) -> Result<Vec<Sample>, StoredError> {
        let range = self.page_samples(page);
        let mut samples = page::decode(&self.pages[page], range.len(), bytes)
            .map_err(|what| StoredError::Page { page, what })?;
        if self.gops.gops.is_empty() {
            samples.iter_mut().for_each(|sample| sample.sync = true);
        }
        let first_gop = self.gops.gops.partition_point(|gop| gop.first_sample < range.start);
        for gop in self.gops.gops[first_gop..].iter().take_while(|gop| gop.first_sample < range.end) {
            let sample = &mut samples[(gop.first_sample - range.start) as usize];
            if sample.pts != gop.pts {
                return Err(StoredError::Page { page, what: "its times are not those of the GOP map" });
            }
            sample.sync = true;
        }
        Ok(samples)
    }
}

/// Reads a whole stored index at once.
///
/// # Errors
/// [`StoredError`] as [`Head::decode`] and [`Head::decode_page`] say; also when anything follows the last page.
pub fn decode(bytes: &[u8]) -> Result<(Track, Index), StoredError> {
    let head = Head::decode(bytes)?;
    let mut samples = Vec::new();
    for page in 0..head.page_count() {
        let Range { start, end } = head.page_bytes(page);
        let what = "it is cut short";
        let bytes = bytes.get(start as usize..end as usize).ok_or(StoredError::Page { page, what })?;
        samples.append(&mut head.decode_page(page, bytes)?);
    }
    if head.starts.last() != Some(&(bytes.len() as u64)) {
        return Err(StoredError::Head("something follows the last page"));
    }
    Ok((head.track, Index { samples, end_pts: head.end_pts }))
}

/// The checksum of a head: of all its bytes but those where it stands itself.
pub(crate) fn checksum(head: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&head[..12]);
    hasher.update(&head[FIXED_BYTES..]);
    hasher.finalize()
}
