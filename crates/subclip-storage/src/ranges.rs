//! Byte ranges: checked against the object, and joined where reading the gap is cheaper than asking twice.

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
    }
}
