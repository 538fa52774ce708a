//! The bytes of some samples of one object laid end to end, read as they are sent.

use std::io;
use std::ops::Range;
use std::pin::Pin;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use subclip_core::Sample;
use subclip_storage::Reader;

use super::held::HeldBytes;
use crate::Result;

/// Bytes on their way.
pub type ByteStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Samples laid end to end. Their object can be read to the end even if it is deleted meanwhile.
#[derive(Debug)]
pub struct SampleBytes {
    source: Source,
    ranges: Vec<Range<u64>>,
}

#[derive(Debug)]
enum Source {
    Stored(Reader),
    Held(HeldBytes),
}

impl SampleBytes {
    pub(super) fn stored(reader: Reader, samples: &[Sample]) -> Self {
        Self { source: Source::Stored(reader), ranges: ranges_of(samples) }
    }

    pub(super) fn held(bytes: HeldBytes, samples: &[Sample]) -> Self {
        Self { source: Source::Held(bytes), ranges: ranges_of(samples) }
    }

    /// The bytes `part` of them, counted from the first one's first.
    ///
    /// # Errors
    /// `Internal` where the object has not the bytes that its index names.
    pub fn stream(&self, part: Range<u64>) -> Result<ByteStream> {
        let parts = parts(&self.ranges, part);
        Ok(match &self.source {
            Source::Stored(reader) => reader.stream(&parts)?.map_err(io::Error::other).boxed(),
            Source::Held(bytes) => {
                let pieces: Vec<ByteStream> =
                    parts.into_iter().map(|part| bytes.stream(part)).collect::<Result<_>>()?;
                stream::iter(pieces).flatten().boxed()
            }
        })
    }
}

/// Where samples lie: as few ranges as can be, none of them empty.
pub(super) fn ranges_of(samples: &[Sample]) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for sample in samples.iter().filter(|sample| sample.size > 0) {
        let bytes = sample.bytes();
        match ranges.last_mut() {
            Some(last) if last.end == bytes.start => last.end = bytes.end,
            _ => ranges.push(bytes),
        }
    }
    ranges
}

/// What the bytes `part` of ranges laid end to end are in those.
fn parts(ranges: &[Range<u64>], part: Range<u64>) -> Vec<Range<u64>> {
    let mut at = 0;
    let mut parts = Vec::new();
    for range in ranges {
        let end = at + (range.end - range.start);
        let (from, to) = (part.start.max(at), part.end.min(end));
        if from < to {
            parts.push(range.start + (from - at)..range.start + (to - at));
        }
        at = end;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjoining_samples_are_one_range() {
        let sample = |offset, size| Sample { offset, size, dts: 0, pts: 0, sync: true };
        let samples = [sample(0, 10), sample(10, 5), sample(40, 0), sample(20, 5), sample(15, 5)];
        assert_eq!(ranges_of(&samples), [0..15, 20..25, 15..20]);
    }

    #[test]
    fn parts_are_cut_at_any_byte() {
        let check = |part: Range<u64>, expected: &[Range<u64>]| {
            assert_eq!(parts(&[100..103, 50..54, 200..201], part.clone()), expected, "{part:?}");
        };
        check(0..8, &[100..103, 50..54, 200..201]);
        check(2..4, &[102..103, 50..51]);
        check(5..6, std::slice::from_ref(&(52..53)));
        check(7..8, std::slice::from_ref(&(200..201)));
        check(3..3, &[]);
    }
}
