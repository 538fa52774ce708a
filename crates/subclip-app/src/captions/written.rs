//! Captions as they are kept: written aside, before the transaction that stores them, and bounded for each asset.

use subclip_core::{AssetId, Time};
use subclip_db::Tx;
use subclip_db::text_track as row;
use subclip_formats::captions::{Captions, parse_webvtt};

use crate::aside::aside;
use crate::{Error, Result};

/// The most bytes that the captions of an asset have together, as WebVTT files: a hundred languages of a long film.
pub(crate) const MOST_OF_ASSET_BYTES: u64 = 16 << 20;

/// Captions that are ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Written {
    /// The language that they told themselves.
    pub(crate) language: Option<String>,
    pub(crate) webvtt: String,
}

impl Written {
    /// All of some captions, or a part of them.
    pub(crate) async fn of(captions: Captions, part: Option<(Time, Time)>) -> Result<Self> {
        aside(move || {
            let captions = match part {
                Some((start, end)) => captions.trimmed(start, end),
                None => captions,
            };
            Self { webvtt: captions.webvtt(), language: captions.language }
        })
        .await
    }

    /// A part of what is kept; `None` where it can't be read.
    pub(crate) async fn part_of(webvtt: String, part: (Time, Time)) -> Result<Option<Self>> {
        match aside(move || parse_webvtt(&webvtt)).await? {
            Some(captions) => Self::of(captions, Some(part)).await.map(Some),
            None => Ok(None),
        }
    }

    /// # Errors
    /// `Invalid` where an asset would have too much with these.
    pub(crate) async fn must_fit(&self, tx: &Tx, asset: AssetId) -> Result<()> {
        if fits(row::cue_bytes(tx, asset).await?, self.webvtt.len()) {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "The captions of an asset can have {MOST_OF_ASSET_BYTES} bytes together at the most; these would make it more."
        )))
    }
}

fn fits(there_bytes: u64, more_bytes: usize) -> bool {
    there_bytes.saturating_add(more_bytes as u64) <= MOST_OF_ASSET_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_of_an_asset_are_bounded() {
        let film = 150_000;
        assert!(fits(99 * film as u64, film), "a hundred languages of a film");
        assert!(fits(MOST_OF_ASSET_BYTES - 5, 5) && !fits(MOST_OF_ASSET_BYTES - 5, 6));
        assert!(!fits(u64::MAX, 1));
    }
}
