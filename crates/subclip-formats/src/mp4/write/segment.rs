//! Media segments: `moof` and the header of `mdat` for a run of placed samples (ISO/IEC 14496-12, 8.8).

use bytes::BufMut;
use mp4_atom::{Mfhd, Tfdt, Tfhd};

use super::boxes::{atom, full_box, mdat_header, mdat_header_size, plain_box};
use super::init::TRACK_ID;
use super::place::Placed;

/// A sample that depends on no other (ISO/IEC 14496-12, 8.8.3.1).
const SYNC_FLAGS: u32 = 0x0200_0000;
/// A sample that depends on others and where decoding cannot begin.
const NON_SYNC_FLAGS: u32 = 0x0101_0000;

/// What precedes the media bytes of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentHeader {
    /// `moof` and the header of `mdat`; the samples' bytes follow in order.
    pub bytes: Vec<u8>,
    /// The size of the whole segment, media included.
    pub size: u64,
}

/// The header of a media segment of `samples`, which are of one track and follow each other without gaps.
///
/// `sequence` numbers the segments of a stream, rising. Fields that all samples share are told once.
#[must_use]
pub fn segment_header(sequence: u32, samples: &[Placed]) -> SegmentHeader {
    let fields = Fields::of(samples);
    let media_bytes: u64 = samples.iter().map(|sample| u64::from(sample.size)).sum();
    let mut out = Vec::with_capacity(128 + samples.len() * fields.bytes_per_sample());
    let mut data_offset_at = 0;

    plain_box(&mut out, b"moof", |out| {
        atom(out, &Mfhd { sequence_number: sequence });
        plain_box(out, b"traf", |out| {
            atom(out, &fields.tfhd());
            let start = samples.first().map_or(0, |sample| sample.dts.max(0).unsigned_abs());
            atom(out, &Tfdt { base_media_decode_time: start });
            full_box(out, b"trun", version(samples), fields.trun_flags(), |out| {
                out.put_u32(samples.len() as u32);
                data_offset_at = out.len();
                out.put_u32(0);
                if let Flags::First(flags) = fields.flags {
                    out.put_u32(flags);
                }
                fields.samples(out, samples);
            });
        });
    });
    // From the first byte of moof to the first of the media.
    let data_offset = (out.len() + mdat_header_size(media_bytes)) as u32;
    out[data_offset_at..data_offset_at + 4].copy_from_slice(&data_offset.to_be_bytes());
    mdat_header(&mut out, media_bytes);
    let size = out.len() as u64 + media_bytes;
    SegmentHeader { bytes: out, size }
}

/// Which fields are told once for all samples, and which for each.
struct Fields {
    /// The duration of all samples, if one.
    duration: Option<u32>,
    /// The size of all samples, if one.
    size: Option<u32>,
    flags: Flags,
    /// The flags of all samples, or of all but the first.
    default_flags: Option<u32>,
    composition_offsets: bool,
}

/// How the samples' flags are told.
enum Flags {
    /// By the default alone.
    Default,
    /// By the default, but for the first sample.
    First(u32),
    /// For each sample.
    Each,
}

impl Fields {
    fn of(samples: &[Placed]) -> Self {
        let (first, rest) =
            samples.split_first().map_or((None, samples), |(first, rest)| (Some(first), rest));
        let rest_flags = shared(rest.iter().map(|sample| flags(sample.sync)));
        let first_flags = first.map(|sample| flags(sample.sync));
        let (flags, default_flags) = match (first_flags, rest_flags) {
            (_, None) if !rest.is_empty() => (Flags::Each, None),
            (Some(first), Some(rest)) if first != rest => (Flags::First(first), Some(rest)),
            (first, _) => (Flags::Default, first),
        };
        Self {
            duration: shared(samples.iter().map(|sample| sample.duration)),
            size: shared(samples.iter().map(|sample| sample.size)),
            flags,
            default_flags,
            composition_offsets: samples.iter().any(|sample| sample.composition_offset != 0),
        }
    }

    fn tfhd(&self) -> Tfhd {
        Tfhd {
            track_id: TRACK_ID,
            default_sample_duration: self.duration,
            default_sample_size: self.size,
            default_sample_flags: self.default_flags,
            default_base_is_moof: true,
            ..Tfhd::default()
        }
    }

    fn trun_flags(&self) -> u32 {
        let data_offset = 0x1;
        let flags = match self.flags {
            Flags::Default => 0,
            Flags::First(_) => 0x4,
            Flags::Each => 0x400,
        };
        data_offset
            | flags
            | if self.duration.is_none() { 0x100 } else { 0 }
            | if self.size.is_none() { 0x200 } else { 0 }
            | if self.composition_offsets { 0x800 } else { 0 }
    }

    fn bytes_per_sample(&self) -> usize {
        4 * (self.trun_flags() & 0xf00).count_ones() as usize
    }

    fn samples(&self, out: &mut Vec<u8>, samples: &[Placed]) {
        for sample in samples {
            if self.duration.is_none() {
                out.put_u32(sample.duration);
            }
            if self.size.is_none() {
                out.put_u32(sample.size);
            }
            if matches!(self.flags, Flags::Each) {
                out.put_u32(flags(sample.sync));
            }
            if self.composition_offsets {
                out.put_i32(sample.composition_offset);
            }
        }
    }
}

/// In version 0 of `trun` offsets have no sign, which more readers know (ISO/IEC 14496-12, 8.8.8).
fn version(samples: &[Placed]) -> u8 {
    u8::from(samples.iter().any(|sample| sample.composition_offset < 0))
}

fn flags(sync: bool) -> u32 {
    if sync { SYNC_FLAGS } else { NON_SYNC_FLAGS }
}

/// The value that all share, if they do.
fn shared(mut values: impl Iterator<Item = u32>) -> Option<u32> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}
