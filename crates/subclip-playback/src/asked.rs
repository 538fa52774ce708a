//! What every URL of playback carries: an id, and maybe a token.

use serde::Deserialize;
use subclip_app::{Error, Result};
use subclip_core::PlaybackId;

/// The query that says whether a URL is signed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Signature {
    token: Option<String>,
}

/// Whose media is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) id: PlaybackId,
    /// Whether a token came with it. An empty one is none.
    pub(crate) signed: bool,
}

impl Asked {
    /// `Invalid` for text that can't be a playback id.
    pub(crate) fn new(id: &str, signature: &Signature) -> Result<Self> {
        let id = id.parse().map_err(|_| Error::invalid("Invalid Parameters: this is no playback id."))?;
        Ok(Self { id, signed: signature.token.as_deref().is_some_and(|token| !token.is_empty()) })
    }
}

#[cfg(test)]
mod tests {
    use subclip_app::Kind;

    use super::*;

    #[test]
    fn ids_are_well_formed_and_tokens_are_seen() {
        let with = |token: Option<&str>| Signature { token: token.map(str::to_owned) };
        let id = PlaybackId::from_bytes([7; 16]);
        let signed = |token| Asked::new(&id.to_string(), &with(token)).unwrap();
        assert_eq!(signed(None), Asked { id, signed: false });
        assert_eq!(signed(Some("")), Asked { id, signed: false });
        assert_eq!(signed(Some("a.b.c")), Asked { id, signed: true });
        for malformed in ["", "x", "with space and 22 char", "video"] {
            assert_eq!(Asked::new(malformed, &with(None)).unwrap_err().kind, Kind::Invalid, "{malformed}");
        }
    }
}
