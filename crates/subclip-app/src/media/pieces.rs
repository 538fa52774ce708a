//! Parts of samples that are laid end to end: which of them to read, and which bytes of what was read.

use std::ops::Range;

use bytes::Bytes;
use subclip_core::Sample;

/// The samples that the bytes `range` of all of them, laid end to end, lie in; and the same bytes, counted from the
/// first of these.
pub(super) fn touched(samples: &[Sample], range: Range<u64>) -> (&[Sample], Range<u64>) {
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
pub(super) fn cut_pieces(pieces: Vec<Bytes>, range: Range<u64>) -> Vec<Bytes> {
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
