//! The names under which bytes are stored.

use std::fmt;
use std::str::FromStr;

use subclip_core::{IdParseError, ObjectId, TrackId};

/// What kind of bytes a key names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Media: objects whose bytes tracks point into.
    Objects,
    /// The stored indexes of tracks.
    Indexes,
}

impl Kind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Objects, Self::Indexes];

    /// The folder, or the first part of the key.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Indexes => "indexes",
        }
    }
}

/// Names immutable bytes: `objects/<2 hex>/<32 hex>` or `indexes/<2 hex>/<32 hex>`. The two digits are the id's
/// first, so that no folder grows without bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// An object.
    Object(ObjectId),
    /// The stored index of a track.
    Index(TrackId),
}

impl Key {
    /// What kind of bytes it names.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Object(_) => Kind::Objects,
            Self::Index(_) => Kind::Indexes,
        }
    }
}

impl From<ObjectId> for Key {
    fn from(id: ObjectId) -> Self {
        Self::Object(id)
    }
}

impl From<TrackId> for Key {
    fn from(id: TrackId) -> Self {
        Self::Index(id)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = match self {
            Self::Object(id) => id.hex(),
            Self::Index(id) => id.hex(),
        };
        write!(f, "{}/{}/{hex}", self.kind().folder(), &hex[..2])
    }
}

impl FromStr for Key {
    type Err = IdParseError;

    /// Reads what [`Display`](fmt::Display) writes and nothing else.
    fn from_str(text: &str) -> Result<Self, IdParseError> {
        let (folder, rest) = text.split_once('/').ok_or(IdParseError)?;
        let (_, hex) = rest.split_once('/').ok_or(IdParseError)?;
        let key = match folder {
            "objects" => Self::Object(hex.parse()?),
            "indexes" => Self::Index(hex.parse()?),
            _ => return Err(IdParseError),
        };
        // An id has several spellings, a key has one.
        if key.to_string() == text { Ok(key) } else { Err(IdParseError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_spelling() {
        let object = Key::from(ObjectId::from_bytes([0xab; 16]));
        let index = Key::from(TrackId::from_bytes([0x01; 16]));
        assert_eq!(object.to_string(), "objects/ab/abababababababababababababababab");
        assert_eq!(index.to_string(), "indexes/01/01010101010101010101010101010101");
        for key in [object, index] {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for other in [
            "objects/aa/abababababababababababababababab",
            "objects/ab/abababababababababababababababab#1",
            "objects/ab/abababab-abab-abab-abab-abababababab",
            "staging/ab/abababababababababababababababab",
            "objects/abababababababababababababababab",
            "",
        ] {
            assert!(other.parse::<Key>().is_err(), "{other}");
        }
    }
}
