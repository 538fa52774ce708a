//! Marks: which build of an encoder made something, as far as decoders have to know.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// A short digest of the parameter sets that an encoder wrote. It stands in the URLs of what is made when it is asked for:
/// another build may write others, and segments of the one can't be decoded after an init of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark([u8; 4]);

impl Mark {
    /// That of these records (`avcC`), in their order.
    #[must_use]
    pub fn of<'a>(records: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let [a, b, c, d, ..] = digest(records);
        Self([a, b, c, d])
    }
}

/// A digest of some bytes, which tells where one ends and the next begins.
pub(crate) fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 8] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    let mut short = [0; 8];
    short.copy_from_slice(&digest.finalize()[..8]);
    short
}

/// `1a2b3c4d`.
impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

/// What can't be a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mark is eight hex digits")]
pub struct NoMark;

impl FromStr for Mark {
    type Err = NoMark;

    /// What `Display` writes, to the letter.
    fn from_str(text: &str) -> Result<Self, NoMark> {
        let mark = Self(u32::from_str_radix(text, 16).map_err(|_| NoMark)?.to_be_bytes());
        if mark.to_string() == text { Ok(mark) } else { Err(NoMark) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_parameter_sets_have_another_mark() {
        let one = Mark::of([&b"set"[..]]);
        assert_eq!(one, Mark::of([&b"set"[..]]));
        for other in [Mark::of([&b"sets"[..]]), Mark::of([&b"s"[..], b"et"]), Mark::of([])] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn marks_have_one_spelling() {
        let mark = Mark([0x0a, 0, 0x3c, 0x4d]);
        assert_eq!(mark.to_string(), "0a003c4d");
        assert_eq!("0a003c4d".parse(), Ok(mark));
        for bad in ["", "0A003C4D", "a003c4d", "+a003c4d", "00a003c4d", "0a003c4g"] {
            assert_eq!(bad.parse::<Mark>(), Err(NoMark), "{bad}");
        }
    }
}
