//! One column of a page: as many numbers as the page's reader expects, in whichever form is the shortest.
//!
//! Every number is `base + n × scale` with an unsigned `n`: times and their differences come in multiples of the
//! frame duration, so that a few bits each are left.

use subclip_core::gcd;

use super::varint::{Damage, Reader, length_of, put_signed, put_unsigned};

/// All numbers equal `base`; nothing else is stored.
const CONSTANT: u8 = 0;
/// Pairs of `n` and how often it follows itself.
const RUNS: u8 = 1;
/// Every `n` as a varint: short where a few are far larger than the rest.
const VARINTS: u8 = 2;
/// A width in bits, then every `n` in that many bits, lowest bit first.
const PACKED: u8 = 3;

/// Appends `values`; any numbers at all come back as they were.
pub(crate) fn put(out: &mut Vec<u8>, values: &[i64]) {
    let base = values.iter().copied().min().unwrap_or(0);
    let above: Vec<u64> = values.iter().map(|&value| value.wrapping_sub(base) as u64).collect();
    let scale = above.iter().copied().fold(0, gcd);
    if scale == 0 {
        out.push(CONSTANT);
        put_signed(out, base);
        return;
    }
    let counts: Vec<u64> = above.iter().map(|&value| value / scale).collect();
    let width = 64 - counts.iter().copied().max().unwrap_or(0).leading_zeros();

    let packed_length = 1 + (counts.len() * width as usize).div_ceil(8);
    let varints_length: usize = counts.iter().map(|&n| length_of(n)).sum();
    let runs_length: usize = runs(&counts).map(|(n, times)| length_of(n) + length_of(times)).sum();
    let shortest = packed_length.min(varints_length).min(runs_length);

    let form = match shortest {
        length if length == runs_length => RUNS,
        length if length == varints_length => VARINTS,
        _ => PACKED,
    };
    out.push(form);
    put_signed(out, base);
    put_unsigned(out, scale);
    match form {
        RUNS => {
            for (n, times) in runs(&counts) {
                put_unsigned(out, n);
                put_unsigned(out, times);
            }
        }
        VARINTS => counts.iter().for_each(|&n| put_unsigned(out, n)),
        _ => put_packed(out, &counts, width),
    }
}

/// Reads a column of `count` numbers. The caller bounds `count`: a constant column has no length of its own.
pub(crate) fn read(reader: &mut Reader<'_>, count: usize) -> Result<Vec<i64>, Damage> {
    let form = reader.byte()?;
    let base = reader.signed()?;
    if form == CONSTANT {
        return Ok(vec![base; count]);
    }
    let scale = reader.unsigned()?;
    let value = |n: u64| base.wrapping_add(n.wrapping_mul(scale) as i64);
    let mut values = Vec::with_capacity(count);
    match form {
        RUNS => {
            while values.len() < count {
                let n = reader.unsigned()?;
                let repeats: usize = reader.narrow()?;
                if repeats >= count - values.len() {
                    return Err("a run is longer than its page");
                }
                values.resize(values.len() + 1 + repeats, value(n));
            }
        }
        VARINTS => {
            for _ in 0..count {
                values.push(value(reader.unsigned()?));
            }
        }
        PACKED => read_packed(reader, count, |n| values.push(value(n)))?,
        _ => return Err("a column has an unknown form"),
    }
    Ok(values)
}

/// Each number with how often it follows itself.
fn runs(counts: &[u64]) -> impl Iterator<Item = (u64, u64)> {
    counts.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64 - 1))
}

fn put_packed(out: &mut Vec<u8>, counts: &[u64], width: u32) {
    out.push(width as u8);
    let (mut pending, mut pending_bits) = (0u128, 0);
    for &n in counts {
        pending |= u128::from(n) << pending_bits;
        pending_bits += width;
        while pending_bits >= 8 {
            out.push(pending as u8);
            pending >>= 8;
            pending_bits -= 8;
        }
    }
    if pending_bits > 0 {
        out.push(pending as u8);
    }
}

fn read_packed(reader: &mut Reader<'_>, count: usize, mut each: impl FnMut(u64)) -> Result<(), Damage> {
    let width = u32::from(reader.byte()?);
    if width == 0 || width > 64 {
        return Err("a column is packed to an impossible width");
    }
    let mut bytes = reader.take((count * width as usize).div_ceil(8))?.iter();
    let (mut pending, mut pending_bits) = (0u128, 0);
    for _ in 0..count {
        while pending_bits < width {
            pending |= u128::from(bytes.next().copied().unwrap_or(0)) << pending_bits;
            pending_bits += 8;
        }
        each(pending as u64 & (u64::MAX >> (64 - width)));
        pending >>= width;
        pending_bits -= width;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(values: &[i64], form: u8, length: usize) {
        let mut out = Vec::new();
        put(&mut out, values);
        assert_eq!((out[0], out.len()), (form, length), "{values:?}");
        let mut reader = Reader::new(&out);
        assert_eq!(read(&mut reader, values.len()).unwrap(), values);
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn takes_the_shortest_form() {
        check(&[], CONSTANT, 2);
        check(&[512; 1000], CONSTANT, 3);
        check(&[&[512; 500][..], &[1024], &[512; 500]].concat(), RUNS, 13);
        check(&[0, 1024, 512, 0, 0, 1024, 0, 512].repeat(100), PACKED, 1 + 1 + 2 + 1 + 200);
        check(&[&[1 << 40][..], &[1, 2, 3, 4, 5].repeat(10)].concat(), VARINTS, 1 + 1 + 1 + 6 + 50);
        let far = [i64::MAX, i64::MAX - 1, i64::MAX - 2, i64::MAX, i64::MAX - 5];
        check(&[&[i64::MIN][..], &far].concat(), PACKED, 1 + 10 + 1 + 1 + 48);
    }

    #[test]
    fn refuses_runs_beyond_the_page() {
        assert_eq!(read(&mut Reader::new(&[RUNS, 0, 1, 0, 3]), 3), Err("a run is longer than its page"));
        assert!(read(&mut Reader::new(&[PACKED, 0, 1, 65]), 1).is_err());
        assert!(read(&mut Reader::new(&[PACKED, 0, 1, 64, 0]), 1).is_err());
        assert!(read(&mut Reader::new(&[9, 0, 1]), 1).is_err());
    }

    proptest! {
        #[test]
        fn any_numbers_come_back(values in prop::collection::vec(any::<i64>(), 0..40), scale in 0..1000i64) {
            for values in [values.clone(), values.iter().map(|v| v % 4 * scale).collect()] {
                let mut out = Vec::new();
                put(&mut out, &values);
                prop_assert_eq!(read(&mut Reader::new(&out), values.len()), Ok(values));
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60), count in 0usize..1024) {
            if let Ok(values) = read(&mut Reader::new(&bytes), count) {
                prop_assert_eq!(values.len(), count);
            }
        }
    }
}
