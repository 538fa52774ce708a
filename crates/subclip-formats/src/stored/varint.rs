//! Numbers of the stored index: LEB128 varints, signed ones zigzag.

/// What is wrong with some bytes, in a few words; the caller knows which part of the index they belong to.
pub(crate) type Damage = &'static str;

/// Appends `value`, seven bits a byte, lowest first.
pub(crate) fn put_unsigned(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends `value` so that small numbers of either sign are short.
pub(crate) fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_unsigned(out, ((value << 1) ^ (value >> 63)) as u64);
}

/// Appends a length and the bytes.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_unsigned(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// How many bytes [`put_unsigned`] takes.
pub(crate) fn length_of(value: u64) -> usize {
    (64 - value.leading_zeros()).div_ceil(7).max(1) as usize
}

/// A cursor that never leaves its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

/// Refuses times so far from zero that the difference of two can't be counted.
pub(crate) fn checked_time(time: i64) -> Result<i64, Damage> {
    const LIMIT: i64 = 1 << 62;
    if (-LIMIT..LIMIT).contains(&time) { Ok(time) } else { Err("a time is impossible") }
}

const TRUNCATED: Damage = "it ends too early";
const TOO_LARGE: Damage = "a number is too large";

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// How many bytes are left: the bound of everything that is allocated for a list.
    pub(crate) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn finish(self) -> Result<(), Damage> {
        if self.rest.is_empty() { Ok(()) } else { Err("something follows its end") }
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Damage> {
        let (&first, rest) = self.rest.split_first().ok_or(TRUNCATED)?;
        self.rest = rest;
        Ok(first)
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Damage> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(TRUNCATED)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn unsigned(&mut self) -> Result<u64, Damage> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(TOO_LARGE);
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(TOO_LARGE)
    }

    /// An unsigned number of a narrower type.
    pub(crate) fn narrow<T: TryFrom<u64>>(&mut self) -> Result<T, Damage> {
        T::try_from(self.unsigned()?).map_err(|_| TOO_LARGE)
    }

    pub(crate) fn signed(&mut self) -> Result<i64, Damage> {
        let value = self.unsigned()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// Four bytes, little-endian.
    pub(crate) fn fixed(&mut self) -> Result<u32, Damage> {
        Ok(self.take(4)?.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte)))
    }

    /// A time that is `expected` and as much more as stands here.
    pub(crate) fn time(&mut self, expected: i64) -> Result<i64, Damage> {
        checked_time(expected.wrapping_add(self.signed()?))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Damage> {
        let length = self.narrow()?;
        self.take(length)
    }
}

/// Whether `found` is the checksum that was written. A fuzzer can't guess one, so none is asked of it.
pub(crate) fn is_intact(found: u32, written: u32) -> bool {
    cfg!(fuzzing) || found == written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_was_written() {
        let numbers = [0, 1, 127, 128, 300, 1 << 32, u64::MAX - 1, u64::MAX];
        let signed = numbers.iter().flat_map(|&n| [n as i64, (n as i64).wrapping_neg()]).chain([i64::MIN]);
        let mut out = Vec::new();
        for number in numbers {
            let before = out.len();
            put_unsigned(&mut out, number);
            assert_eq!(out.len() - before, length_of(number), "{number}");
        }
        for number in signed.clone() {
            put_signed(&mut out, number);
        }
        let mut reader = Reader::new(&out);
        assert_eq!(numbers.map(|_| reader.unsigned().unwrap()), numbers);
        for number in signed {
            assert_eq!(reader.signed(), Ok(number));
        }
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn refuses_numbers_without_end() {
        assert_eq!(Reader::new(&[0xff; 3]).unsigned(), Err(TRUNCATED));
        assert_eq!(Reader::new(&[0xff; 11]).unsigned(), Err(TOO_LARGE));
        assert_eq!(Reader::new(&[0xac, 2]).narrow::<u8>(), Err(TOO_LARGE));
        assert_eq!(Reader::new(&[9, 1, 2]).bytes(), Err(TRUNCATED));
    }
}
