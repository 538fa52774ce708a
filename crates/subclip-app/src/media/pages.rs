//! The samples of a stretch of a track, for who goes through all of them once and in their order.

use std::ops::Range;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use subclip_core::Sample;

use super::library::MediaTrack;
use crate::{Error, Result};

/// Samples that are decoded page by page, as they are wanted.
pub(super) struct Pages {
    track: Arc<MediaTrack>,
    /// The samples wanted.
    samples: Range<u32>,
    /// The pages left to decode.
    numbers: Range<usize>,
    /// Their bytes, end to end.
    stored: Bytes,
    decoded: Vec<Sample>,
    /// How many of the decoded ones were taken.
    taken: usize,
}

impl Pages {
    /// The samples numbered `samples`; `stored` are the bytes of all pages that hold them.
    pub(super) fn new(track: Arc<MediaTrack>, samples: Range<u32>, stored: Bytes) -> Self {
        let numbers = track.head.pages_for(samples.clone());
        Self { track, samples, numbers, stored, decoded: Vec::new(), taken: 0 }
    }

    /// Those ahead, of which as many are decoded as it takes to be `enough`: all that are left if it never is.
    pub(super) fn ahead(&mut self, enough: impl Fn(&[Sample]) -> bool) -> Result<&[Sample]> {
        while !enough(&self.decoded[self.taken..]) {
            let Some(number) = self.numbers.next() else { break };
            self.decoded.drain(..std::mem::take(&mut self.taken));
            self.decode(number)?;
        }
        Ok(&self.decoded[self.taken..])
    }

    /// Passes over `count` of those ahead.
    pub(super) fn take(&mut self, count: usize) {
        self.taken += count;
    }

    /// Passes over `count` of those ahead, and tells their bytes.
    pub(super) fn pass(&mut self, count: usize) -> Result<u64> {
        let ahead = self.ahead(|ahead| ahead.len() >= count)?;
        let passed = ahead.get(..count).ok_or_else(|| Error::internal("an index is too short"))?;
        let size_bytes = passed.iter().map(|sample| u64::from(sample.size)).sum();
        self.take(count);
        Ok(size_bytes)
    }

    fn decode(&mut self, number: usize) -> Result<()> {
        let head = &self.track.head;
        let bytes = head.page_bytes(number);
        let length = (bytes.end - bytes.start) as usize;
        let page = head.decode_page(number, &self.stored[..length]).map_err(Error::internal)?;
        self.stored.advance(length);
        let held = head.page_samples(number);
        let wanted = self.samples.start.max(held.start)..self.samples.end.min(held.end);
        let within = (wanted.start - held.start) as usize..(wanted.end - held.start) as usize;
        self.decoded.extend_from_slice(&page[within]);
        Ok(())
    }
}
