//! The head of a sample: the NAL units before its first slice.

use std::fmt;

use super::avcc::DecoderConfig;
use super::bits::ParseError;
use super::pps::Pps;
use super::sps::Sps;

/// What the first slice of a sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstSlice {
    /// A slice of an IDR picture.
    Idr,
    /// A slice of any other picture.
    NotIdr,
    /// The prefix ends before the first slice.
    NeedMore {
        /// How long a prefix is needed at least, from the sample's first byte.
        at_least_bytes: u32,
    },
    /// The lengths don't fit the sample, or there is no slice in it.
    Broken,
}

/// Which kind of parameter set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetKind {
    /// Sequence parameter set.
    Sequence,
    /// Picture parameter set.
    Picture,
}

impl SetKind {
    /// The id of a set of this kind.
    pub(crate) fn id_of(self, nal: &[u8]) -> Result<u8, ParseError> {
        match self {
            Self::Sequence => Sps::id_of(nal),
            Self::Picture => Pps::id_of(nal),
        }
    }
}

impl fmt::Display for SetKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sequence => "sequence parameter set",
            Self::Picture => "picture parameter set",
        })
    }
}

/// A parameter set in a sample that the record does not have just so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InBandSet {
    /// Which kind of set.
    pub kind: SetKind,
    /// Its id.
    pub id: u8,
    /// Whether the record has another set under this id; otherwise it has none.
    pub replaces: bool,
}

/// As what a sample brings.
impl fmt::Display for InBandSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, id, replaces } = self;
        if *replaces {
            write!(f, "another {kind} {id} than the one its track is described with")
        } else {
            write!(f, "{kind} {id}, which its track is not described with")
        }
    }
}

/// Why the parameter sets of a sample can't be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InBandError {
    /// The prefix ends before the first slice.
    #[error("the first {at_least_bytes} bytes of the sample are needed")]
    NeedMore {
        /// How long a prefix is needed at least, from the sample's first byte.
        at_least_bytes: u32,
    },
    /// The lengths don't fit the sample, there is no slice in it, or a set can't be read.
    #[error("the sample is broken")]
    Broken,
}

/// Tells what picture a sample begins with from its first bytes; the delimiters, messages and parameter sets before
/// the first slice are stepped over.
///
/// `sample_prefix` is as much of the sample as is at hand, `sample_size` its whole length.
#[must_use]
pub fn first_slice(sample_prefix: &[u8], nal_length_size: u8, sample_size: u32) -> FirstSlice {
    let mut walk = Walk::new(sample_prefix, nal_length_size, sample_size);
    loop {
        match walk.next_unit() {
            Ok(unit) => match unit.nal_type {
                IDR_SLICE => return FirstSlice::Idr,
                SLICE | SLICE_PARTITION_A => return FirstSlice::NotIdr,
                _ => {}
            },
            Err(InBandError::NeedMore { at_least_bytes }) => return FirstSlice::NeedMore { at_least_bytes },
            Err(InBandError::Broken) => return FirstSlice::Broken,
        }
    }
}

/// Whether other pictures may lean on this one (`nal_ref_idc`, 7.4.1); `sample` is the whole of it. A sample that
/// can't be read counts as one that others lean on.
#[must_use]
pub fn is_reference(sample: &[u8], nal_length_size: u8) -> bool {
    let mut walk = Walk::new(sample, nal_length_size, sample.len() as u32);
    while let Ok(unit) = walk.next_unit() {
        if matches!(unit.nal_type, SLICE | SLICE_PARTITION_A | IDR_SLICE) {
            return unit.whole(sample).ok().and_then(<[u8]>::first).is_none_or(|header| header >> 5 & 3 != 0);
        }
    }
    true
}

/// The parameter sets before the first slice of a sample that `config` does not have just so. A stream that has any
/// can't be decoded from its record alone, nor joined.
///
/// # Errors
/// [`InBandError`] when the prefix is too short or the sample is broken.
pub fn in_band_sets(
    sample_prefix: &[u8],
    sample_size: u32,
    config: &DecoderConfig<'_>,
) -> Result<Vec<InBandSet>, InBandError> {
    let mut walk = Walk::new(sample_prefix, config.nal_length_size, sample_size);
    let mut found = Vec::new();
    loop {
        let unit = walk.next_unit()?;
        let (kind, known) = match unit.nal_type {
            SLICE | SLICE_PARTITION_A | IDR_SLICE => return Ok(found),
            SPS => (SetKind::Sequence, &config.sps),
            PPS => (SetKind::Picture, &config.pps),
            _ => continue,
        };
        let nal = without_trailing_zeros(unit.whole(sample_prefix)?);
        if known.iter().any(|set| without_trailing_zeros(set) == nal) {
            continue;
        }
        let id = kind.id_of(nal).map_err(|_| InBandError::Broken)?;
        let set = InBandSet { kind, id, replaces: known.iter().any(|set| kind.id_of(set) == Ok(id)) };
        if !found.contains(&set) {
            found.push(set);
        }
    }
}

// `nal_unit_type` (table 7-1).
const SLICE: u8 = 1;
const SLICE_PARTITION_A: u8 = 2;
const IDR_SLICE: u8 = 5;
const SPS: u8 = 7;
const PPS: u8 = 8;

/// Zero bytes after a NAL unit belong to no set.
fn without_trailing_zeros(nal: &[u8]) -> &[u8] {
    let end = nal.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    &nal[..end]
}

/// Steps from NAL unit to NAL unit.
struct Walk<'a> {
    prefix: &'a [u8],
    length_size: u8,
    sample_size: u32,
    at: u32,
}

/// A NAL unit: its type, and where it lies in the sample.
struct Unit {
    nal_type: u8,
    start: u32,
    end: u32,
}

impl Unit {
    fn whole<'a>(&self, prefix: &'a [u8]) -> Result<&'a [u8], InBandError> {
        prefix
            .get(self.start as usize..self.end as usize)
            .ok_or(InBandError::NeedMore { at_least_bytes: self.end })
    }
}

impl<'a> Walk<'a> {
    fn new(prefix: &'a [u8], length_size: u8, sample_size: u32) -> Self {
        Self { prefix, length_size, sample_size, at: 0 }
    }

    /// The next unit that is not empty.
    fn next_unit(&mut self) -> Result<Unit, InBandError> {
        if !(1..=4).contains(&self.length_size) {
            return Err(InBandError::Broken);
        }
        loop {
            let start = self.at.checked_add(u32::from(self.length_size)).ok_or(InBandError::Broken)?;
            if start > self.sample_size {
                return Err(InBandError::Broken);
            }
            let length = self
                .prefix
                .get(self.at as usize..start as usize)
                .ok_or(InBandError::NeedMore {
                    at_least_bytes: start.saturating_add(1).min(self.sample_size),
                })?
                .iter()
                .fold(0, |length: u32, &byte| length << 8 | u32::from(byte));
            let end = start.checked_add(length).filter(|&end| end <= self.sample_size);
            self.at = end.ok_or(InBandError::Broken)?;
            if length == 0 {
                continue;
            }
            let header = *self
                .prefix
                .get(start as usize)
                .ok_or(InBandError::NeedMore { at_least_bytes: start + 1 })?;
            if header & 0x80 != 0 {
                return Err(InBandError::Broken);
            }
            return Ok(Unit { nal_type: header & 0x1f, start, end: self.at });
        }
    }
}
