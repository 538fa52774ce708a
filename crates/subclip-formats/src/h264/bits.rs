//! Reads the bits of a parameter set: emulation prevention removed, never past the stop bit.

/// Why a parameter set or a decoder configuration record can't be read; names the syntax element concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The bytes end within or before this element.
    #[error("it ends before {0}")]
    Truncated(&'static str),
    /// The element has a value that the specification does not allow.
    #[error("{0} has a value that is not allowed")]
    OutOfRange(&'static str),
    /// The NAL unit is not of the type its place asks for.
    #[error("a NAL unit that is not {0} stands in its place")]
    WrongNalType(&'static str),
    /// The record has no parameter set of this kind.
    #[error("there is no {0}")]
    Missing(&'static str),
}

/// A cursor over the raw byte sequence payload of one NAL unit (7.3.1), whose one-byte header is skipped.
///
/// Every reading names its element, for the error's sake.
#[derive(Debug)]
pub(crate) struct BitReader {
    payload: Vec<u8>,
    at_bit: usize,
    /// Where `rbsp_stop_one_bit` stands.
    end_bit: usize,
}

impl BitReader {
    /// Opens a NAL unit that must be of type `nal_type`, called `name` in errors.
    pub(crate) fn open(nal: &[u8], nal_type: u8, name: &'static str) -> Result<Self, ParseError> {
        let (&header, coded) = nal.split_first().ok_or(ParseError::Truncated(name))?;
        if header & 0x9f != nal_type {
            return Err(ParseError::WrongNalType(name));
        }
        let payload = without_emulation_prevention(coded);
        let last = payload.iter().rposition(|&byte| byte != 0).ok_or(ParseError::Truncated(name))?;
        let end_bit = last * 8 + 7 - payload[last].trailing_zeros() as usize;
        Ok(Self { payload, at_bit: 0, end_bit })
    }

    /// `more_rbsp_data()`: whether anything stands before the stop bit.
    pub(crate) fn has_more(&self) -> bool {
        self.at_bit < self.end_bit
    }

    /// `u(1)`.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<bool, ParseError> {
        if !self.has_more() {
            return Err(ParseError::Truncated(name));
        }
        let bit = self.payload[self.at_bit / 8] >> (7 - self.at_bit % 8) & 1;
        self.at_bit += 1;
        Ok(bit == 1)
    }

    /// `u(count)`, 32 bits at the most.
    pub(crate) fn bits(&mut self, count: u32, name: &'static str) -> Result<u32, ParseError> {
        debug_assert!(count <= 32);
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | u32::from(self.flag(name)?);
        }
        Ok(value)
    }

    /// `u(8)`.
    pub(crate) fn byte(&mut self, name: &'static str) -> Result<u8, ParseError> {
        Ok(self.bits(8, name)? as u8)
    }

    /// `ue(v)` (9.1), which must not exceed `max`.
    pub(crate) fn unsigned(&mut self, max: u32, name: &'static str) -> Result<u32, ParseError> {
        let mut zeros = 0;
        while !self.flag(name)? {
            zeros += 1;
            if zeros > 31 {
                return Err(ParseError::OutOfRange(name));
            }
        }
        // At most 2^32 - 2: thirty-one ones beside the largest power.
        let value = (1u32 << zeros) - 1 + self.bits(zeros, name)?;
        if value > max { Err(ParseError::OutOfRange(name)) } else { Ok(value) }
    }

    /// `ue(v)` that fits a byte.
    pub(crate) fn small(&mut self, max: u8, name: &'static str) -> Result<u8, ParseError> {
        Ok(self.unsigned(u32::from(max), name)? as u8)
    }

    /// `se(v)` (9.1.1) within `range`.
    pub(crate) fn signed(
        &mut self,
        range: std::ops::RangeInclusive<i32>,
        name: &'static str,
    ) -> Result<i32, ParseError> {
        let code = self.unsigned(u32::MAX, name)?;
        let magnitude = code.div_ceil(2) as i32;
        let value = if code % 2 == 0 { -magnitude } else { magnitude };
        if range.contains(&value) { Ok(value) } else { Err(ParseError::OutOfRange(name)) }
    }
}

/// Drops the `emulation_prevention_three_byte` after every two zero bytes (7.4.1).
fn without_emulation_prevention(coded: &[u8]) -> Vec<u8> {
    let mut payload = Vec::with_capacity(coded.len());
    let mut zeros = 0;
    for &byte in coded {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        payload.push(byte);
    }
    payload
}

/// Skips `scaling_list(sizeOfScalingList)` (7.3.2.1.1.1).
pub(crate) fn skip_scaling_list(reader: &mut BitReader, size: usize) -> Result<(), ParseError> {
    let (mut last, mut next) = (8, 8);
    for _ in 0..size {
        if next != 0 {
            next = (last + reader.signed(-128..=127, "delta_scale")? + 256) % 256;
        }
        if next != 0 {
            last = next;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(payload: &[u8]) -> BitReader {
        let nal: Vec<u8> = [7].into_iter().chain(payload.iter().copied()).collect();
        BitReader::open(&nal, 7, "test").unwrap()
    }

    #[test]
    fn reads_exp_golomb_codes() {
        // 1 | 010 | 011 | 00100 | 00101, then the stop bit.
        let mut r = reader(&[0b1010_0110, 0b0100_0010, 0b1100_0000]);
        let codes: Vec<u32> = (0..5).map(|_| r.unsigned(9, "code").unwrap()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4]);
        assert!(!r.has_more());
        assert_eq!(r.flag("flag"), Err(ParseError::Truncated("flag")));

        let mut r = reader(&[0b1010_0110, 0b0100_0010, 0b1100_0000]);
        let codes: Vec<i32> = (0..5).map(|_| r.signed(-9..=9, "code").unwrap()).collect();
        assert_eq!(codes, [0, 1, -1, 2, -2]);
    }

    #[test]
    fn refuses_codes_out_of_bounds() {
        assert_eq!(reader(&[0b0010_0100]).unsigned(2, "code"), Err(ParseError::OutOfRange("code")));
        assert_eq!(reader(&[0, 0, 0, 0, 0x40]).unsigned(9, "code"), Err(ParseError::OutOfRange("code")));
        assert_eq!(reader(&[0b0000_1000]).unsigned(9, "code"), Err(ParseError::Truncated("code")));
        let largest = reader(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]).unsigned(u32::MAX, "code");
        assert_eq!(largest, Ok(u32::MAX - 1));
    }

    #[test]
    fn drops_emulation_prevention() {
        let mut r = reader(&[0, 0, 3, 1, 0, 0, 3, 0x80]);
        assert_eq!(r.bits(32, "word"), Ok(0x0000_0100));
        assert_eq!(r.bits(8, "byte"), Ok(0));
        assert!(!r.has_more(), "only the stop bit is left");
    }

    #[test]
    fn refuses_what_is_no_parameter_set() {
        let open = |nal: &[u8]| BitReader::open(nal, 7, "set").map(|_| ());
        assert_eq!(open(&[]), Err(ParseError::Truncated("set")));
        assert_eq!(open(&[0x67, 0, 0]), Err(ParseError::Truncated("set")), "no stop bit");
        assert_eq!(open(&[0x68, 0x80]), Err(ParseError::WrongNalType("set")));
        assert_eq!(open(&[0xe7, 0x80]), Err(ParseError::WrongNalType("set")), "forbidden_zero_bit");
        assert_eq!(open(&[0x67, 0x80]), Ok(()));
    }
}
