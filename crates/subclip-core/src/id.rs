//! Ids as types: 128 random bits each, printed as 32 hex digits, as a UUID or in base62, whichever a reader wants.

use std::fmt;
use std::str::FromStr;

/// Text that is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id")]
pub struct IdParseError;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Digits that 128 bits need in base62; every id is padded to it, so that ids sort as their numbers do.
const BASE62_DIGITS: usize = 22;

fn to_base62(mut value: u128) -> String {
    let mut digits = [b'0'; BASE62_DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(value % 62) as usize];
        value /= 62;
    }
    digits.iter().map(|&b| char::from(b)).collect()
}

fn from_base62(text: &str) -> Result<u128, IdParseError> {
    if text.len() != BASE62_DIGITS {
        return Err(IdParseError);
    }
    text.bytes().try_fold(0u128, |value, byte| {
        let digit = BASE62.iter().position(|&b| b == byte).ok_or(IdParseError)?;
        value.checked_mul(62).and_then(|v| v.checked_add(digit as u128)).ok_or(IdParseError)
    })
}

fn from_hex(text: &str) -> Result<u128, IdParseError> {
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    match text.len() {
        32 if digits(text) => u128::from_str_radix(text, 16).map_err(|_| IdParseError),
        36 => {
            let groups: Vec<&str> = text.split('-').collect();
            let lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
            let joined = groups.concat();
            if lengths != [8, 4, 4, 4, 12] || !digits(&joined) {
                return Err(IdParseError);
            }
            u128::from_str_radix(&joined, 16).map_err(|_| IdParseError)
        }
        _ => Err(IdParseError),
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The id with these bits; they should be random.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 128 bits, most significant first.
            #[must_use]
            pub const fn bytes(self) -> [u8; 16] {
                self.0
            }

            /// 32 lower-case hex digits.
            #[must_use]
            pub fn hex(self) -> String {
                format!("{:032x}", u128::from_be_bytes(self.0))
            }

            /// A UUID's 36 characters.
            #[must_use]
            pub fn uuid(self) -> String {
                let hex = self.hex();
                [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
            }

            /// 22 letters and digits.
            #[must_use]
            pub fn base62(self) -> String {
                to_base62(u128::from_be_bytes(self.0))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.base62())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.base62())
            }
        }

        impl FromStr for $name {
            type Err = IdParseError;

            /// Reads any of the three forms.
            fn from_str(text: &str) -> Result<Self, IdParseError> {
                let value = if text.len() == BASE62_DIGITS { from_base62(text) } else { from_hex(text) }?;
                Ok(Self(value.to_be_bytes()))
            }
        }
    )*};
}

ids! {
    /// An owner of assets, uploads and tokens; another workspace's things are not found.
    WorkspaceId;
    /// Something playable, or on its way to be: an upload or a clip.
    AssetId;
    /// What a viewer's URL carries; opens one asset and nothing else.
    PlaybackId;
    /// A direct upload: the promise of an asset.
    UploadId;
    /// Immutable bytes in the object store.
    ObjectId;
    /// A track: an index of samples in an object.
    TrackId;
    /// Captions of an asset in one language.
    TextTrackId;
    /// A sound of an asset beside the first.
    SoundTrackId;
    /// A job in the queue.
    JobId;
    /// A key that playback tokens are signed with; a token names it.
    SigningKeyId;
    /// From where and with what signed media may be played; a token names it.
    RestrictionId;
    /// Something that happened, and is told of.
    EventId;
    /// An endpoint that is told of events.
    WebhookId;
    /// An event on its way to a webhook.
    DeliveryId;
    /// One try to deliver.
    AttemptId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_back() {
        for bytes in [[0; 16], [255; 16], *b"subclip id bytes"] {
            let id = AssetId::from_bytes(bytes);
            for text in [id.hex(), id.uuid(), id.base62(), id.to_string()] {
                assert_eq!(text.parse(), Ok(id), "{text}");
            }
        }
        assert_eq!(AssetId::from_bytes([255; 16]).base62(), "7n42DGM5Tflk9n8mt7Fhc7");
        assert_eq!(AssetId::from_bytes([0; 16]).base62().len(), 22);
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for bad in [
            "",
            "zzzzzzzzzzzzzzzzzzzzzz",
            "7n42DGM5Tflk9n8mt7Fhc8",
            "00000000-0000-0000-0000-00000000000g",
            "0000000-00000-0000-0000-000000000000",
            "+0000000000000000000000000000000",
            "0000000000000000000000000000000é",
        ] {
            assert_eq!(bad.parse::<AssetId>(), Err(IdParseError), "{bad}");
        }
    }
}
