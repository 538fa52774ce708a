//! One decoder configuration record for samples of several encoders.

use super::avcc::DecoderConfig;
use super::bits::ParseError;
use super::nal::SetKind;
use super::parameters::parse_pps;
use super::pps::Pps;
use super::sps::Sps;

/// Why records can't be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There is no record.
    #[error("there is no decoder configuration record")]
    Nothing,
    /// Two different sets claim one id.
    #[error("two different {kind}s claim id {id}")]
    Conflict {
        /// Which kind of set.
        kind: SetKind,
        /// The id.
        id: u8,
    },
    /// The lengths before NAL units have different sizes.
    #[error("the NAL unit lengths have {0} and {1} bytes")]
    NalLengthSize(u8, u8),
    /// The sequences differ in chroma format or bit depth.
    #[error("the chroma formats or bit depths differ")]
    SampleFormat,
    /// More sets than a record can count.
    #[error("there are more {0}s than a record can count")]
    TooMany(SetKind),
    /// A record or a parameter set can't be read.
    #[error("record {record} can't be read: {error}")]
    Record {
        /// The record's position.
        record: usize,
        /// What is wrong with it.
        error: ParseError,
    },
}

/// One record whose lists hold the distinct parameter sets of all `records`, in their order.
///
/// Its profile is the first record's, its level the highest of all; a constraint flag stays set only where all
/// records set it (ISO/IEC 14496-15, 5.3.3.1.2).
///
/// # Errors
/// [`MergeError`], above all [`MergeError::Conflict`].
pub fn merge(records: &[&[u8]]) -> Result<Vec<u8>, MergeError> {
    let mut merged: Option<DecoderConfig<'_>> = None;
    let mut all_sps: Vec<Sps> = Vec::new();
    for (record, bytes) in records.iter().enumerate() {
        let broken = |error| MergeError::Record { record, error };
        let config = DecoderConfig::parse(bytes).map_err(broken)?;
        let into = merged.get_or_insert_with(|| config.without_sets());
        if into.nal_length_size != config.nal_length_size {
            return Err(MergeError::NalLengthSize(into.nal_length_size, config.nal_length_size));
        }
        for &nal in &config.sps {
            let sps = Sps::parse(nal).map_err(broken)?;
            if all_sps.first().is_some_and(|first| sample_format(first) != sample_format(&sps)) {
                return Err(MergeError::SampleFormat);
            }
            add(&mut into.sps, nal, SetKind::Sequence, sps.id)?;
            all_sps.push(sps);
        }
        for &nal in &config.pps {
            let pps = parse_pps(nal, &all_sps).map_err(broken)?;
            add(&mut into.pps, nal, SetKind::Picture, pps.id)?;
        }
        into.level = into.level.max(config.level);
        into.compatibility &= config.compatibility;
        add_extensions(into, config);
    }
    Ok(merged.ok_or(MergeError::Nothing)?.normalised().write())
}

/// The lowest id, 0 to 31, that no sequence and no picture parameter set of `records` has; `None` when all are
/// taken or a record can't be read.
#[must_use]
pub fn free_id(records: &[&[u8]]) -> Option<u8> {
    let mut taken = [false; 256];
    for record in records {
        let config = DecoderConfig::parse(record).ok()?;
        for nal in config.sps {
            taken[usize::from(Sps::id_of(nal).ok()?)] = true;
        }
        for nal in config.pps {
            taken[usize::from(Pps::id_of(nal).ok()?)] = true;
        }
    }
    (0..32).find(|&id| !taken[usize::from(id)])
}

/// Adds a set that is not there yet.
fn add<'a>(sets: &mut Vec<&'a [u8]>, nal: &'a [u8], kind: SetKind, id: u8) -> Result<(), MergeError> {
    if sets.contains(&nal) {
        return Ok(());
    }
    if sets.iter().any(|set| kind.id_of(set) == Ok(id)) {
        return Err(MergeError::Conflict { kind, id });
    }
    let most = match kind {
        SetKind::Sequence => DecoderConfig::MAX_SPS,
        SetKind::Picture => DecoderConfig::MAX_PPS,
    };
    if sets.len() == most {
        return Err(MergeError::TooMany(kind));
    }
    sets.push(nal);
    Ok(())
}

/// Joins what High profile records end with; those that leave it out lose nothing by it.
fn add_extensions<'a>(into: &mut DecoderConfig<'a>, from: DecoderConfig<'a>) {
    if !matches!(into.profile, 66 | 77 | 88)
        && let Some(more) = from.extension
    {
        match &mut into.extension {
            None => into.extension = Some(more),
            Some(own) => {
                for nal in more.sps_extensions {
                    if own.sps_extensions.len() < 255 && !own.sps_extensions.contains(&nal) {
                        own.sps_extensions.push(nal);
                    }
                }
            }
        }
    }
}

fn sample_format(sps: &Sps) -> (super::ChromaFormat, u8, u8) {
    (sps.chroma_format, sps.bit_depth_luma, sps.bit_depth_chroma)
}
