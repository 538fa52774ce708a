//! The `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 5.3.3.1), read and written back byte for byte.

use super::bits::ParseError;

/// What an `avcC` box holds. The parameter sets are NAL units with their header byte, without length or start code.
///
/// Reserved bits and whatever follows the record are kept, so that [`DecoderConfig::write`] gives back the bytes
/// that were parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecoderConfig<'a> {
    /// `AVCProfileIndication`.
    pub profile: u8,
    /// `profile_compatibility`: the constraint flags of the parameter sets.
    pub compatibility: u8,
    /// `AVCLevelIndication`: ten times the level.
    pub level: u8,
    /// Bytes in the length before each NAL unit of a sample: 1, 2 or 4.
    pub nal_length_size: u8,
    /// The sequence parameter sets; 31 at the most.
    pub sps: Vec<&'a [u8]>,
    /// The picture parameter sets; 255 at the most.
    pub pps: Vec<&'a [u8]>,
    /// What the High profiles add; old muxers leave it out.
    pub extension: Option<Extension<'a>>,
    reserved: [u8; 2],
    trailing: &'a [u8],
}

/// What a record of a High profile ends with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension<'a> {
    /// `chroma_format`: 1 for 4:2:0.
    pub chroma_format: u8,
    /// Bits per luma sample.
    pub bit_depth_luma: u8,
    /// Bits per chroma sample.
    pub bit_depth_chroma: u8,
    /// The sequence parameter set extensions; 255 at the most.
    pub sps_extensions: Vec<&'a [u8]>,
    reserved: [u8; 3],
}

/// The bits that the record reserves before the NAL length size and before the number of sets, as they should be.
const RESERVED: [u8; 2] = [0b1111_1100, 0b1110_0000];
/// The same before the extension's three numbers.
const RESERVED_EXTENSION: [u8; 3] = [0b1111_1100, 0b1111_1000, 0b1111_1000];

impl<'a> DecoderConfig<'a> {
    /// Reads a record; the parameter sets themselves are not looked into.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut short, of an unknown version, or has lengths of three bytes.
    pub fn parse(record: &'a [u8]) -> Result<Self, ParseError> {
        let mut rest = record;
        if byte(&mut rest, "configurationVersion")? != 1 {
            return Err(ParseError::OutOfRange("configurationVersion"));
        }
        let profile = byte(&mut rest, "AVCProfileIndication")?;
        let compatibility = byte(&mut rest, "profile_compatibility")?;
        let level = byte(&mut rest, "AVCLevelIndication")?;
        let length = byte(&mut rest, "lengthSizeMinusOne")?;
        let nal_length_size = (length & 0b11) + 1;
        if nal_length_size == 3 {
            return Err(ParseError::OutOfRange("lengthSizeMinusOne"));
        }
        let sps_count = byte(&mut rest, "numOfSequenceParameterSets")?;
        let sps = units(&mut rest, sps_count & 0b1_1111, "sequenceParameterSetNALUnit")?;
        let pps_count = byte(&mut rest, "numOfPictureParameterSets")?;
        let pps = units(&mut rest, pps_count, "pictureParameterSetNALUnit")?;
        let mut after = rest;
        let extension = if is_extended(profile) { Extension::parse(&mut after).ok() } else { None };
        let trailing = if extension.is_some() { after } else { rest };
        let reserved = [length & RESERVED[0], sps_count & RESERVED[1]];
        Ok(Self { profile, compatibility, level, nal_length_size, sps, pps, extension, reserved, trailing })
    }

    /// The record's bytes: those parsed, where nothing was changed.
    ///
    /// Lists longer than the record can count are cut short.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let sps = &self.sps[..self.sps.len().min(Self::MAX_SPS)];
        let length = self.reserved[0] | (self.nal_length_size - 1) & 0b11;
        let mut out =
            vec![1, self.profile, self.compatibility, self.level, length, self.reserved[1] | sps.len() as u8];
        put_units(&mut out, sps);
        put_counted(&mut out, &self.pps);
        if let Some(extension) = &self.extension {
            out.push(extension.reserved[0] | extension.chroma_format & 0b11);
            out.push(extension.reserved[1] | extension.bit_depth_luma.saturating_sub(8) & 0b111);
            out.push(extension.reserved[2] | extension.bit_depth_chroma.saturating_sub(8) & 0b111);
            put_counted(&mut out, &extension.sps_extensions);
        }
        out.extend_from_slice(self.trailing);
        out
    }

    /// The most sequence parameter sets a record can count.
    pub const MAX_SPS: usize = 31;
    /// The most picture parameter sets a record can count.
    pub const MAX_PPS: usize = 255;

    /// The same record with empty lists.
    pub(crate) fn without_sets(&self) -> Self {
        Self { sps: Vec::new(), pps: Vec::new(), ..self.clone() }
    }

    /// Sets the reserved bits as the specification wants them and drops what followed the record.
    pub(crate) fn normalised(self) -> Self {
        let extension = self.extension.map(|e| Extension { reserved: RESERVED_EXTENSION, ..e });
        Self { reserved: RESERVED, trailing: &[], extension, ..self }
    }
}

impl<'a> Extension<'a> {
    fn parse(rest: &mut &'a [u8]) -> Result<Self, ParseError> {
        let chroma = byte(rest, "chroma_format")?;
        let luma_depth = byte(rest, "bit_depth_luma_minus8")?;
        let chroma_depth = byte(rest, "bit_depth_chroma_minus8")?;
        let count = byte(rest, "numOfSequenceParameterSetExt")?;
        let sps_extensions = units(rest, count, "sequenceParameterSetExtNALUnit")?;
        let [c, l, d] = RESERVED_EXTENSION;
        Ok(Self {
            chroma_format: chroma & !c,
            bit_depth_luma: (luma_depth & !l) + 8,
            bit_depth_chroma: (chroma_depth & !d) + 8,
            sps_extensions,
            reserved: [chroma & c, luma_depth & l, chroma_depth & d],
        })
    }
}

/// Whether a record of `profile` ends with an [`Extension`]: all but Baseline, Main and Extended.
fn is_extended(profile: u8) -> bool {
    !matches!(profile, 66 | 77 | 88)
}

fn byte(rest: &mut &[u8], name: &'static str) -> Result<u8, ParseError> {
    let (&first, after) = rest.split_first().ok_or(ParseError::Truncated(name))?;
    *rest = after;
    Ok(first)
}

fn units<'a>(rest: &mut &'a [u8], count: u8, name: &'static str) -> Result<Vec<&'a [u8]>, ParseError> {
    let mut unit = || {
        let size = usize::from(byte(rest, name)?) << 8 | usize::from(byte(rest, name)?);
        let (unit, after) = rest.split_at_checked(size).ok_or(ParseError::Truncated(name))?;
        *rest = after;
        Ok(unit)
    };
    (0..count).map(|_| unit()).collect()
}

fn put_counted(out: &mut Vec<u8>, units: &[&[u8]]) {
    let units = &units[..units.len().min(255)];
    out.push(units.len() as u8);
    put_units(out, units);
}

fn put_units(out: &mut Vec<u8>, units: &[&[u8]]) {
    for unit in units {
        // No unit that was parsed is longer than its two-byte length can say.
        let unit = &unit[..unit.len().min(usize::from(u16::MAX))];
        out.extend_from_slice(&(unit.len() as u16).to_be_bytes());
        out.extend_from_slice(unit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: &[u8] = &[1, 77, 0x40, 30, 0xff, 0xe1, 0, 2, 0x67, 0xaa, 1, 0, 1, 0x68];
    const HIGH: &[u8] =
        &[1, 100, 0, 31, 0xfd, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68, 0xfd, 0xf8, 0xf8, 1, 0, 1, 0x6d];

    #[test]
    fn reads_the_lists() {
        let main = DecoderConfig::parse(MAIN).unwrap();
        assert_eq!((main.profile, main.compatibility, main.level), (77, 0x40, 30));
        assert_eq!(main.nal_length_size, 4);
        assert_eq!((&main.sps[..], &main.pps[..]), (&[&[0x67, 0xaa][..]][..], &[&[0x68][..]][..]));
        assert_eq!(main.extension, None);

        let high = DecoderConfig::parse(HIGH).unwrap();
        assert_eq!(high.nal_length_size, 2);
        let extension = high.extension.unwrap();
        assert_eq!(
            (extension.chroma_format, extension.bit_depth_luma, extension.bit_depth_chroma),
            (1, 8, 8)
        );
        assert_eq!(extension.sps_extensions, [&[0x6d]]);
    }

    #[test]
    fn writes_back_what_it_read() {
        let without_extension = &HIGH[..13];
        let odd_reserved = [1, 100, 0, 31, 3, 1, 0, 1, 0x67, 0, 1, 2];
        let trailing = [MAIN, &[9, 9]].concat();
        for record in [MAIN, HIGH, without_extension, &odd_reserved, &trailing] {
            assert_eq!(DecoderConfig::parse(record).unwrap().write(), record);
        }
    }

    #[test]
    fn refuses_what_is_cut_short() {
        for end in 0..MAIN.len() {
            assert!(matches!(DecoderConfig::parse(&MAIN[..end]), Err(ParseError::Truncated(_))), "{end}");
        }
        let three_bytes = [&MAIN[..4], &[0xfe], &MAIN[5..]].concat();
        assert_eq!(DecoderConfig::parse(&three_bytes), Err(ParseError::OutOfRange("lengthSizeMinusOne")));
        let version = [&[0], &MAIN[1..]].concat();
        assert_eq!(DecoderConfig::parse(&version), Err(ParseError::OutOfRange("configurationVersion")));
    }
}
