//! Byte ranges: checked against the object, and joined where reading the gap is cheaper than asking twice.

use std::collections::VecDeque;
use std::ops::Range;

use bytes::Bytes;

use crate::error::{Error, Result};

/// Refuses a range that is reversed or not wholly within `size_bytes`.
pub(crate) fn check(range: &Range<u64>, size_bytes: u64) -> Result<()> {
    if range.start <= range.end && range.end <= size_bytes {
        Ok(())
    } else {
        Err(Error::OutOfRange { start: range.start, end: range.end, size_bytes })
    }
}

/// Joins ranges that overlap or lie at most `gap_bytes` apart, as long as no more than `longest_bytes` are read in
/// one go for it. Rising by start; every given range lies within one of the answer's.
pub(crate) fn coalesce(ranges: &[Range<u64>], gap_bytes: u64, longest_bytes: u64) -> Vec<Range<u64>> {
    let mut sorted: Vec<&Range<u64>> = ranges.iter().collect();
    sorted.sort_unstable_by_key(|range| (range.start, range.end));
    let mut joined: Vec<Range<u64>> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match joined.last_mut() {
            Some(last)
                if range.end <= last.end
                    || (range.start <= last.end.saturating_add(gap_bytes)
                        && range.end - last.start <= longest_bytes) =>
            {
                last.end = last.end.max(range.end);
            }
            _ => joined.push(range.clone()),
        }
    }
    joined
}

/// Cuts the asked ranges out of what was read for the joined ones. `read[i]` holds the bytes of `joined[i]`.
pub(crate) fn pick(ranges: &[Range<u64>], joined: &[Range<u64>], read: &[Bytes]) -> Vec<Bytes> {
    let within = |range: &Range<u64>| {
        // Starts rise, but a range that was too long to be joined can lie behind one that starts with it.
        let after = joined.partition_point(|candidate| candidate.start <= range.start);
        let holder = joined[..after].iter().rposition(|candidate| candidate.end >= range.end);
        let holder = holder.expect("every range was joined into one that holds it");
        let start = range.start - joined[holder].start;
        let length = range.end - range.start;
        read[holder].slice(start as usize..(start + length) as usize)
    };
    ranges.iter().map(within).collect()
}

/// What a stream reads and sends at once.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// What to read, one after the other.
    pub(crate) reads: Vec<Read>,
}

impl Piece {
    /// All that is read for it.
    pub(crate) fn read_bytes(&self) -> usize {
        self.reads.iter().map(|read| (read.whole.end - read.whole.start) as usize).sum()
    }
}

/// A range to read in one go, and which parts of it are wanted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) whole: Range<u64>,
    /// Rising, apart or touching, none empty.
    pub(crate) wanted: Vec<Range<u64>>,
}

/// Cuts ranges into pieces, in their order. All that is read for a piece has at most `piece_bytes`; a range that begins
/// at most `gap_bytes` behind the one before it is read together with it.
pub(crate) fn pieces(
    ranges: &[Range<u64>],
    piece_bytes: u64,
    gap_bytes: u64,
) -> impl Iterator<Item = Piece> + use<> {
    let mut rest: VecDeque<Range<u64>> = ranges.iter().filter(|range| !range.is_empty()).cloned().collect();
    std::iter::from_fn(move || {
        let mut reads: Vec<Read> = Vec::new();
        let mut room = piece_bytes;
        while let Some(next) = rest.front_mut() {
            let last = reads.last_mut().filter(|read| {
                next.start >= read.whole.end && next.start - read.whole.end <= gap_bytes.min(room)
            });
            let gap = last.as_ref().map_or(0, |read| next.start - read.whole.end);
            let taken = next.start..next.end.min(next.start + (room - gap));
            if taken.is_empty() {
                break;
            }
            room -= gap + (taken.end - taken.start);
            next.start = taken.end;
            if next.is_empty() {
                rest.pop_front();
            }
            match last {
                Some(read) => {
                    read.whole.end = taken.end;
                    read.wanted.push(taken);
                }
                None => reads.push(Read { whole: taken.clone(), wanted: vec![taken] }),
            }
        }
        (!reads.is_empty()).then_some(Piece { reads })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn near_ranges_are_joined() {
        let check = |ranges: &[Range<u64>], expected: &[Range<u64>]| {
            assert_eq!(coalesce(ranges, 10, 100), expected, "{ranges:?}");
        };
        check(&[], &[]);
        check(&[0..5, 15..20, 31..40], &[0..20, 31..40]);
        check(&[31..40, 0..5, 3..4], &[0..5, 31..40]);
        check(&[0..60, 60..120], &[0..60, 60..120]);
        check(&[0..200, 50..60], std::slice::from_ref(&(0..200)));
    }

    #[test]
    fn ranges_must_lie_inside() {
        assert!(check(&(0..10), 10).is_ok() && check(&(10..10), 10).is_ok() && check(&(0..0), 0).is_ok());
        let reversed = Range { start: 5, end: 4 };
        for bad in [0..11, 11..11, reversed, u64::MAX - 1..u64::MAX] {
            assert!(check(&bad, 10).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn picked_bytes_are_the_asked_ones(
            asked in prop::collection::vec((0u64..250, 0u64..80), 0..20),
            gap in 0u64..30,
            longest in 0u64..120,
        ) {
            let object: Bytes = (0..=255u8).chain(0..=255).collect();
            let ranges: Vec<_> = asked.iter().map(|&(start, length)| start..start + length).collect();
            let joined = coalesce(&ranges, gap, longest);
            let cut = |range: &Range<u64>| object.slice(range.start as usize..range.end as usize);
            let read: Vec<Bytes> = joined.iter().map(cut).collect();
            let expected: Vec<Bytes> = ranges.iter().map(cut).collect();
            prop_assert_eq!(pick(&ranges, &joined, &read), expected);
        }

        #[test]
        fn pieces_hold_the_ranges_in_their_order(
            asked in prop::collection::vec((0u64..250, 0u64..80), 0..20),
            piece in 1u64..100,
            gap in 0u64..30,
        ) {
            let ranges: Vec<_> = asked.iter().map(|&(start, length)| start..start + length).collect();
            let mut sent = Vec::new();
            for piece_of in pieces(&ranges, piece, gap) {
                let read: u64 = piece_of.reads.iter().map(|read| read.whole.end - read.whole.start).sum();
                prop_assert!((1..=piece).contains(&read));
                for read in &piece_of.reads {
                    let (first, last) = (&read.wanted[0], &read.wanted[read.wanted.len() - 1]);
                    prop_assert_eq!(first.start..last.end, read.whole.clone());
                    prop_assert!(read.wanted.is_sorted_by(|one, next| one.end <= next.start && next.start - one.end <= gap));
                    sent.extend(read.wanted.iter().cloned().flatten());
                }
            }
            prop_assert_eq!(sent, ranges.into_iter().flatten().collect::<Vec<_>>());
        }
    }

    #[test]
    fn near_parts_are_read_together() {
        let read = |whole: Range<u64>, wanted: &[Range<u64>]| Read { whole, wanted: wanted.to_vec() };
        let all = |whole: Range<u64>| read(whole.clone(), std::slice::from_ref(&whole));
        let check = |ranges: &[Range<u64>], expected: &[&[Read]]| {
            let got: Vec<_> = pieces(ranges, 100, 10).map(|piece| piece.reads).collect();
            assert_eq!(got, expected, "{ranges:?}");
        };
        check(&[0..20, 30..40], &[&[read(0..40, &[0..20, 30..40])]]);
        check(&[0..20, 31..40], &[&[all(0..20), all(31..40)]]);
        check(&[30..40, 0..20], &[&[all(30..40), all(0..20)]]);
        let long = [read(0..100, &[0..95, 98..100])];
        check(&[0..95, 98..130], &[&long, &[all(100..130)]]);
        check(std::slice::from_ref(&(5..5)), &[]);
    }
}
