//! What the faces of the server see of sounds beside the first, and of what the first is called.

use serde::{Deserialize, Serialize};
use subclip_core::SoundTrackId;
use subclip_db::sound_track as row;

use crate::labels::language_name;
use crate::model::{Failure, Status};
use crate::rows::{failure, status_beside};

/// A sound of an asset beside the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundTrack {
    /// Its id.
    pub id: SoundTrackId,
    /// BCP 47; `und` when unknown.
    pub language: String,
    /// What a player's menu shows; no two sounds of an asset are equal.
    pub name: String,
    /// The owner's own text.
    pub passthrough: Option<String>,
    /// How far it has come.
    pub status: Status,
    /// Why it can't be made.
    pub failure: Option<Failure>,
    /// Channels, once it is ready.
    pub channels: Option<u16>,
    /// Samples of sound per second, once it is ready.
    pub sample_rate: Option<u32>,
}

/// What an owner says of a sound.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SoundLabels {
    /// BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What a player's menu shows; by the language where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The owner's own text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passthrough: Option<String>,
}

/// A sound that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSound {
    /// What its owner says of it.
    #[serde(flatten)]
    pub labels: SoundLabels,
    /// The file that it is to be fetched from: it begins with the asset's first picture.
    pub url: String,
}

/// What is to change about a sound; what is missing stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SoundChange {
    /// BCP 47.
    pub language: Option<String>,
    /// What a player's menu shows.
    pub name: Option<String>,
    /// The owner's own text; `Some(None)` takes it away.
    pub passthrough: Option<Option<String>>,
}

/// What the first sound of an asset is called: that which came with its pictures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FirstSound {
    /// BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What a player's menu shows; by the language where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl FirstSound {
    /// Whether nothing was said of it.
    #[must_use]
    pub fn is_unsaid(&self) -> bool {
        *self == Self::default()
    }

    /// What a player's menu shows.
    #[must_use]
    pub fn shown_name(&self) -> String {
        let by_language = || self.language.as_deref().map_or_else(|| "Default".to_owned(), language_name);
        self.name.clone().unwrap_or_else(by_language)
    }
}

/// A row as its owner sees it.
pub(crate) fn sound_track(row: row::SoundTrack) -> SoundTrack {
    SoundTrack {
        id: row.id,
        language: row.language,
        name: row.name,
        passthrough: row.passthrough,
        status: status_beside(row.status),
        failure: failure(row.error_kind, row.error_message),
        channels: row.channels,
        sample_rate: row.sample_rate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sound_has_a_name() {
        let check = |language: Option<&str>, name: Option<&str>, expected| {
            let (language, name) = (language.map(str::to_owned), name.map(str::to_owned));
            assert_eq!(FirstSound { language, name }.shown_name(), expected);
        };
        check(None, None, "Default");
        check(Some("de"), None, "German");
        check(Some("de"), Some("Deutsch"), "Deutsch");
        check(None, Some("Original"), "Original");
    }
}
