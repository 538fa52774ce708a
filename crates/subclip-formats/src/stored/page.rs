//! One page: the samples of a stretch of the track, column by column, and its entry in the directory.

use subclip_core::Sample;

use super::column;
use super::varint::{Damage, Reader, checked_time, is_intact, put_signed, put_unsigned};

/// Samples in every page but the last.
pub(crate) const SAMPLES_PER_PAGE: u32 = 1024;

/// What the head knows of a page. Its first sample's numbers stand here alone; the page counts on from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Entry {
    pub(crate) length_bytes: u32,
    pub(crate) checksum: u32,
    pub(crate) first_offset: u64,
    pub(crate) first_dts: i64,
    pub(crate) first_pts: i64,
    /// The distance in `pts` from each sample to the next, where it is one and the same in the whole page.
    pub(crate) uniform_step: Option<i64>,
}

impl Entry {
    /// Appends the entry, as differences to the one before.
    pub(crate) fn put(&self, out: &mut Vec<u8>, before: &Self) {
        put_unsigned(out, u64::from(self.length_bytes));
        out.extend_from_slice(&self.checksum.to_le_bytes());
        put_signed(out, self.first_offset.wrapping_sub(before.first_offset) as i64);
        put_signed(out, self.first_dts.wrapping_sub(before.first_dts));
        put_signed(out, self.first_pts.wrapping_sub(self.first_dts));
        match self.uniform_step {
            Some(step) => {
                out.push(1);
                put_signed(out, step);
            }
            None => out.push(0),
        }
    }

    /// Reads the entry that follows `before`.
    pub(crate) fn read(reader: &mut Reader<'_>, before: &Self) -> Result<Self, Damage> {
        let length_bytes = reader.narrow()?;
        let checksum = reader.fixed()?;
        let first_offset = before.first_offset.wrapping_add(reader.signed()? as u64);
        let first_dts = reader.time(before.first_dts)?;
        let first_pts = reader.time(first_dts)?;
        let uniform_step = match reader.byte()? {
            0 => None,
            1 => Some(reader.signed()?),
            _ => return Err("a page is neither uniform nor not"),
        };
        Ok(Self { length_bytes, checksum, first_offset, first_dts, first_pts, uniform_step })
    }

    /// Whether the times that the entry tells of a page are those of its samples.
    fn agrees_with(&self, samples: &[Sample]) -> bool {
        let first = samples.first().is_some_and(|sample| sample.pts == self.first_pts);
        first && self.uniform_step.is_none_or(|step| have_step(samples, step))
    }

    /// The fewest bytes an entry takes.
    pub(crate) const MIN_BYTES: usize = 9;
}

/// Encodes the samples of a page, one at least; `end_pts` is when the last of them ends in order of decoding: the
/// next page's first `pts`, or the track's end.
pub(crate) fn encode(samples: &[Sample], end_pts: i64) -> (Entry, Vec<u8>) {
    let between = |distance: fn(&Sample, &Sample) -> i64| -> Vec<i64> {
        samples.windows(2).map(|pair| distance(&pair[0], &pair[1])).collect()
    };
    let mut out = Vec::new();
    column::put(&mut out, &between(|a, b| b.offset.wrapping_sub(end_of(a)) as i64));
    column::put(&mut out, &samples.iter().map(|sample| i64::from(sample.size)).collect::<Vec<_>>());
    column::put(&mut out, &between(|a, b| b.dts.wrapping_sub(a.dts)));
    column::put(&mut out, &samples.iter().map(shift).collect::<Vec<_>>());
    let first = samples[0];
    let entry = Entry {
        length_bytes: out.len() as u32,
        checksum: crc32fast::hash(&out),
        first_offset: first.offset,
        first_dts: first.dts,
        first_pts: first.pts,
        uniform_step: uniform_step(samples, end_pts),
    };
    (entry, out)
}

/// Decodes the `count` samples of a page, [`SAMPLES_PER_PAGE`] at the most; which of them are sync is told elsewhere.
pub(crate) fn decode(entry: &Entry, count: usize, bytes: &[u8]) -> Result<Vec<Sample>, Damage> {
    if bytes.len() != entry.length_bytes as usize {
        return Err("it has another length");
    }
    if !is_intact(crc32fast::hash(bytes), entry.checksum) {
        return Err("its checksum is wrong");
    }
    let mut reader = Reader::new(bytes);
    let gaps = column::read(&mut reader, count - 1)?;
    let sizes = column::read(&mut reader, count)?;
    let steps = column::read(&mut reader, count - 1)?;
    let shifts = column::read(&mut reader, count)?;
    reader.finish()?;
    let mut samples: Vec<Sample> = Vec::with_capacity(count);
    for (number, (size, shift)) in sizes.into_iter().zip(shifts).enumerate() {
        let (offset, dts) = match samples.last() {
            None => (entry.first_offset, entry.first_dts),
            Some(last) => {
                (end_of(last).wrapping_add(gaps[number - 1] as u64), last.dts.wrapping_add(steps[number - 1]))
            }
        };
        let size = u32::try_from(size).map_err(|_| "a sample has an impossible size")?;
        if offset.checked_add(u64::from(size)).is_none() {
            return Err("a sample lies at an impossible offset");
        }
        let (dts, pts) = (checked_time(dts)?, checked_time(dts.wrapping_add(shift))?);
        samples.push(Sample { offset, size, dts, pts, sync: false });
    }
    if !entry.agrees_with(&samples) {
        return Err("its times are not those of the directory");
    }
    Ok(samples)
}

fn end_of(sample: &Sample) -> u64 {
    sample.offset.wrapping_add(u64::from(sample.size))
}

fn shift(sample: &Sample) -> i64 {
    sample.pts.wrapping_sub(sample.dts)
}

fn uniform_step(samples: &[Sample], end_pts: i64) -> Option<i64> {
    let second_pts = samples.get(1).map_or(end_pts, |second| second.pts);
    let step = second_pts.checked_sub(samples[0].pts)?;
    have_step(samples, step).then_some(step)
}

fn have_step(samples: &[Sample], step: i64) -> bool {
    samples.windows(2).all(|pair| pair[1].pts.checked_sub(pair[0].pts) == Some(step))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample(offset: u64, size: u32, dts: i64, pts: i64) -> Sample {
        Sample { offset, size, dts, pts, sync: false }
    }

    #[test]
    fn a_uniform_page_has_one_step() {
        let step = |pts: &[i64], end_pts| {
            let samples: Vec<Sample> = (0..).zip(pts).map(|(n, &pts)| sample(0, 1, n, pts)).collect();
            encode(&samples, end_pts).0.uniform_step
        };
        assert_eq!(step(&[-10, 0, 10], 99), Some(10));
        assert_eq!(step(&[-10, 0, 11], 21), None);
        assert_eq!(step(&[0, 20, 10], 30), None);
        assert_eq!(step(&[5], 29), Some(24), "a single sample lasts until the end");
        assert_eq!(step(&[i64::MIN, i64::MAX], 0), None);
    }

    #[test]
    fn a_plain_page_is_a_few_bytes() {
        let samples: Vec<Sample> = (0..1024).map(|n| sample(48 + n * 300, 300, n as i64, n as i64)).collect();
        let (entry, bytes) = encode(&samples, 1024);
        assert_eq!(bytes.len(), 9);
        assert_eq!(decode(&entry, 1024, &bytes).unwrap(), samples);
    }

    #[test]
    fn a_page_must_agree_with_the_directory() {
        let samples: Vec<Sample> = (0..9).map(|n| sample(0, 1, n, n)).collect();
        let (entry, bytes) = encode(&samples, 9);
        let damage = Err("its times are not those of the directory");
        assert_eq!(decode(&Entry { first_pts: 1, ..entry }, 9, &bytes), damage);
        assert_eq!(decode(&Entry { uniform_step: Some(2), ..entry }, 9, &bytes), damage);
        assert_eq!(decode(&Entry { uniform_step: None, ..entry }, 9, &bytes), Ok(samples));
    }

    proptest! {
        #[test]
        fn any_bytes_are_samples_or_refused(
            bytes in prop::collection::vec(prop_oneof![0..4u8, any::<u8>()], 0..80),
            first in any::<(u64, i64)>(),
            count in 1..1025usize,
        ) {
            let mut entry = Entry {
                length_bytes: bytes.len() as u32,
                checksum: crc32fast::hash(&bytes),
                first_offset: first.0,
                first_dts: first.1,
                ..Entry::default()
            };
            // The directory tells the first sample's time too: take it from the page, as far as that can be read.
            let mut reader = Reader::new(&bytes);
            let columns = [count - 1, count, count - 1, count].map(|count| column::read(&mut reader, count));
            if let [.., Ok(shifts)] = columns {
                entry.first_pts = first.1.wrapping_add(shifts[0]);
            }
            if let Ok(samples) = decode(&entry, count, &bytes) {
                prop_assert_eq!(samples.len(), count);
                prop_assert!(samples.iter().all(|sample| sample.bytes().end >= sample.offset));
            }
        }
    }
}
