//! Whether a track can be indexed in place: every reason why not, from its description and its sample times alone.
//!
//! What only the coded pictures tell (that sync samples are IDR, that the picture is progressive) is checked
//! elsewhere, on the first [`KEY_FRAME_READ_BYTES`] of each sync sample.

use std::fmt;
use std::mem::discriminant;
use std::ops::Range;

use subclip_core::{Codec, Index, Sample, Track};

use super::audio_config::AudioConfig;
use super::edits::OddEdit;
use super::movie::{Edits, MovieTrack, SampleEntry};
use super::node::FourCc;

/// The longest group of pictures that conforms, in seconds.
pub const MAX_GOP_SECONDS: i64 = 10;

/// The most bytes in a group of pictures that conforms: 50 Mbit/s over the longest one. Whoever wants a single picture
/// of a group holds all of it in memory.
pub const MAX_GOP_BYTES: u64 = 64 << 20;

/// Bytes at the start of a sync sample that are read to see what picture it is: parameter sets and messages come
/// before the picture itself.
pub const KEY_FRAME_READ_BYTES: u64 = 4096;

/// Why a track does not conform. Samples are numbered from zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// Neither H.264 nor AAC; what is known beyond the code, or nothing.
    Codec(FourCc, &'static str),
    /// An H.264 profile or pixel format other than 8 bit 4:2:0: `profile_idc`.
    Profile(u8),
    /// The AVC configuration can't be read or lacks parameter sets.
    AvcConfiguration,
    /// The `AudioSpecificConfig` can't be read.
    AudioConfiguration,
    /// An AAC other than AAC-LC with packets of 1024: the audio object type.
    AudioProfile(u8),
    /// AAC with spectral band replication.
    HighEfficiency,
    /// No standard channel layout.
    ChannelLayout,
    /// So many sample entries instead of one.
    SampleEntries(usize),
    /// To be turned (degrees clockwise), or mirrored.
    Orientation(u16, bool),
    /// An edit list that is more than a shift.
    EditList(OddEdit),
    /// No samples.
    Empty,
    /// This sample has no bytes.
    EmptySample(usize),
    /// This sample is not decoded later than the one before.
    DecodeTimes(usize),
    /// The first sample is not a sync sample.
    NoFirstSync,
    /// The group of pictures that begins with this sample is longer than [`MAX_GOP_SECONDS`].
    LongGop(usize),
    /// The group of pictures that begins with this sample has more than [`MAX_GOP_BYTES`].
    HeavyGop(usize),
    /// This sample shares bytes of the file with another one of the track.
    Overlap(usize),
    /// This sample is shown before the sync sample it follows.
    LeadingPicture(usize),
    /// This sample is shown after the next sync sample.
    TrailingPicture(usize),
    /// This sample is shown at the same time as one before it.
    SameTime(usize),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Codec(fourcc, "") => write!(f, "the codec is {fourcc}, not H.264 or AAC"),
            Self::Codec(fourcc, detail) => write!(f, "the codec is {fourcc}: {detail}"),
            Self::Profile(profile) => {
                write!(f, "the H.264 profile is {profile} or not 8 bit 4:2:0, which few players show")
            }
            Self::AvcConfiguration => f.write_str("the H.264 configuration has no usable parameter sets"),
            Self::AudioConfiguration => f.write_str("the AAC configuration can't be read"),
            Self::AudioProfile(kind) => write!(f, "the audio is AAC of object type {kind}, not AAC-LC"),
            Self::HighEfficiency => f.write_str("the audio is HE-AAC, not AAC-LC"),
            Self::ChannelLayout => f.write_str("the audio has no standard channel layout"),
            Self::SampleEntries(count) => {
                write!(f, "the track has {count} sample descriptions instead of one")
            }
            Self::Orientation(degrees, false) => write!(f, "the picture is turned by {degrees} degrees"),
            Self::Orientation(0, true) => f.write_str("the picture is mirrored"),
            Self::Orientation(degrees, true) => {
                write!(f, "the picture is mirrored and turned by {degrees} degrees")
            }
            Self::EditList(why) => why.fmt(f),
            Self::Empty => f.write_str("the track has no samples"),
            Self::EmptySample(at) => write!(f, "sample {at} is empty"),
            Self::DecodeTimes(at) => write!(f, "decode times do not rise at sample {at}"),
            Self::NoFirstSync => f.write_str("the first picture is not a key frame"),
            Self::LongGop(at) => {
                write!(f, "from sample {at} on no key frame comes for more than {MAX_GOP_SECONDS} seconds")
            }
            Self::HeavyGop(at) => {
                write!(f, "from sample {at} on no key frame comes for more than {MAX_GOP_BYTES} bytes")
            }
            Self::Overlap(at) => write!(f, "sample {at} shares bytes with another one"),
            Self::LeadingPicture(at) => write!(f, "sample {at} is shown before its key frame (open GOP)"),
            Self::TrailingPicture(at) => write!(f, "sample {at} is shown after the next key frame"),
            Self::SameTime(at) => write!(f, "sample {at} is shown at the same time as one before it"),
        }
    }
}

/// The track and its index if it can be indexed in place, or every reason why not (one of each kind).
///
/// # Errors
/// The reasons.
pub fn conforming(track: &MovieTrack) -> Result<(Track, Index), Vec<Reason>> {
    let description = description(track)?;
    Ok((description, Index { samples: track.samples.clone(), end_pts: track.end_pts }))
}

/// As [`conforming`], for whoever needs no more than that: a long track's samples are not held twice.
///
/// # Errors
/// The reasons.
pub fn into_conforming(track: MovieTrack) -> Result<(Track, Index), Vec<Reason>> {
    let description = description(&track)?;
    Ok((description, Index { samples: track.samples, end_pts: track.end_pts }))
}

/// All but the index.
fn description(track: &MovieTrack) -> Result<Track, Vec<Reason>> {
    let mut reasons = Vec::new();
    let codec = match track.entries.as_slice() {
        [entry] => codec(entry, &mut reasons),
        entries => {
            reasons.push(Reason::SampleEntries(entries.len()));
            None
        }
    };
    if track.rotation_degrees != 0 || track.mirrored {
        reasons.push(Reason::Orientation(track.rotation_degrees, track.mirrored));
    }
    if let Edits::Odd(why) = track.edits {
        reasons.push(Reason::EditList(why));
    }
    if codec.is_some() {
        let most = MAX_GOP_SECONDS * i64::from(track.timescale.get());
        check_samples(&track.samples, track.end_pts, most, &mut reasons);
    }
    match codec {
        Some(codec) if reasons.is_empty() => {
            Ok(Track { timescale: track.timescale, codec, language: track.language.clone() })
        }
        _ => Err(reasons),
    }
}

fn codec(entry: &SampleEntry, reasons: &mut Vec<Reason>) -> Option<Codec> {
    match entry {
        SampleEntry::Avc(format) => {
            reasons.extend(avc_reason(&format.config));
            Some(Codec::Avc(format.clone()))
        }
        SampleEntry::Aac(format) => {
            reasons.extend(aac_reason(&format.config));
            Some(Codec::Aac(format.clone()))
        }
        SampleEntry::Other { fourcc, detail } => {
            reasons.push(Reason::Codec(*fourcc, detail));
            None
        }
    }
}

/// Reads an `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 5.3.3.1) as far as the pixel format.
fn avc_reason(config: &[u8]) -> Option<Reason> {
    let usable = parameter_sets_end(config);
    let (Some(profile), Some(end)) = (config.get(1).copied(), usable) else {
        return Some(Reason::AvcConfiguration);
    };
    // Behind the parameter sets the High profiles say chroma format and bit depths; older muxers leave them out,
    // and the sequence parameter set tells them anyway.
    let extension = config.get(end..end + 3).filter(|_| profile == 100);
    let plain = extension.is_none_or(|bytes| bytes[0] & 3 == 1 && bytes[1] & 7 == 0 && bytes[2] & 7 == 0);
    let known = matches!(profile, 66 | 77 | 88 | 100);
    (!known || !plain).then_some(Reason::Profile(profile))
}

/// Where the parameter sets end, if there is at least one of each.
fn parameter_sets_end(config: &[u8]) -> Option<usize> {
    // NAL lengths have one, two or four bytes.
    if config.get(4)? & 3 == 2 {
        return None;
    }
    let mut at = 5;
    for mask in [0x1f, 0xff] {
        let count = config.get(at)? & mask;
        at += 1;
        for _ in 0..count {
            let length = config.get(at..at + 2)?;
            at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
        }
        if count == 0 || at > config.len() {
            return None;
        }
    }
    Some(at)
}

fn aac_reason(config: &[u8]) -> Option<Reason> {
    match AudioConfig::parse(config) {
        None => Some(Reason::AudioConfiguration),
        Some(config) if config.high_efficiency => Some(Reason::HighEfficiency),
        Some(config) if config.object_type != 2 || config.frame_length != 1024 => {
            Some(Reason::AudioProfile(config.object_type))
        }
        Some(config) if config.channels == 0 || config.sample_rate == 0 => Some(Reason::ChannelLayout),
        Some(_) => None,
    }
}

/// The reasons that lie in the samples: the first of each kind.
fn check_samples(samples: &[Sample], end_pts: i64, longest: i64, reasons: &mut Vec<Reason>) {
    let Some(first) = samples.first() else {
        reasons.push(Reason::Empty);
        return;
    };
    if !first.sync {
        reasons.push(Reason::NoFirstSync);
    }
    reasons.extend(samples.iter().position(|sample| sample.size == 0).map(Reason::EmptySample));
    let stalls = samples.windows(2).position(|pair| pair[1].dts <= pair[0].dts);
    reasons.extend(stalls.map(|before| Reason::DecodeTimes(before + 1)));
    reasons.extend(overlap(samples).map(Reason::Overlap));

    let mut start = 0;
    while start < samples.len() {
        let next = samples[start + 1..].iter().position(|sample| sample.sync);
        let end = next.map_or(samples.len(), |distance| start + 1 + distance);
        let until = samples.get(end).map_or(end_pts, |next| next.pts);
        check_group(samples, start..end, until, longest, reasons);
        start = end;
    }
}

/// The number of a sample that begins before another one, which lies before it in the file, has ended. Without such
/// ones a track has no more bytes than its file, however many samples it lists.
fn overlap(samples: &[Sample]) -> Option<usize> {
    // Nearly every file has them in their order.
    if samples.windows(2).all(|pair| pair[0].bytes().end <= pair[1].offset) {
        return None;
    }
    let filled = samples.iter().enumerate().filter(|(_, sample)| sample.size > 0);
    let mut order: Vec<(u64, usize)> = filled.map(|(number, sample)| (sample.offset, number)).collect();
    order.sort_unstable();
    order.windows(2).find(|pair| samples[pair[0].1].bytes().end > pair[1].0).map(|pair| pair[1].1)
}

/// The reasons that lie in one group of pictures, which should be shown from its first one on up to `until`.
fn check_group(samples: &[Sample], group: Range<usize>, until: i64, longest: i64, reasons: &mut Vec<Reason>) {
    let (start, samples) = (group.start, &samples[group]);
    let from = samples[0].pts;
    if until - from > longest {
        add(reasons, Reason::LongGop(start));
    }
    if samples.iter().map(|sample| u64::from(sample.size)).sum::<u64>() > MAX_GOP_BYTES {
        add(reasons, Reason::HeavyGop(start));
    }
    if let Some(number) = samples.iter().position(|sample| sample.pts < from) {
        add(reasons, Reason::LeadingPicture(start + number));
    }
    if let Some(number) = samples.iter().position(|sample| sample.pts >= until) {
        add(reasons, Reason::TrailingPicture(start + number));
    }
    let mut times: Vec<i64> = samples.iter().map(|sample| sample.pts).collect();
    times.sort_unstable();
    if let Some(pair) = times.windows(2).find(|pair| pair[0] == pair[1]) {
        let twice = samples.iter().enumerate().filter(|(_, sample)| sample.pts == pair[0]).nth(1);
        twice.into_iter().for_each(|(number, _)| add(reasons, Reason::SameTime(start + number)));
    }
}

/// Adds a reason unless there is one of its kind.
fn add(reasons: &mut Vec<Reason>, reason: Reason) {
    if !reasons.iter().any(|other| discriminant(other) == discriminant(&reason)) {
        reasons.push(reason);
    }
}
