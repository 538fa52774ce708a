//! What the faces of the server see of captions.

use serde::{Deserialize, Serialize};
use subclip_core::TextTrackId;
use subclip_db::text_track as row;

use crate::model::{Failure, Status};
use crate::rows::{failure, status_beside};

/// Captions of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextTrack {
    /// Its id.
    pub id: TextTrackId,
    /// BCP 47; `und` when unknown, [`LANGUAGE_AUTO`](crate::LANGUAGE_AUTO) until it is found out.
    pub language: String,
    /// What a player's menu shows; no two of an asset are equal.
    pub name: String,
    /// Whether it tells what is heard and not said, too.
    pub closed_captions: bool,
    /// The owner's own text.
    pub passthrough: Option<String>,
    /// Where it comes from.
    pub source: TextSource,
    /// How far it has come.
    pub status: Status,
    /// Why it can't be made.
    pub failure: Option<Failure>,
}

/// Where captions come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextSource {
    /// Their owner brought them.
    Uploaded,
    /// They were made of the asset's sound.
    Generated,
}

/// What an owner says of captions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TextLabels {
    /// BCP 47. For captions that are generated, `auto` or nothing means to find it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What a player's menu shows; by the language where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether they tell what is heard and not said, too.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub closed_captions: bool,
    /// The owner's own text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passthrough: Option<String>,
}

/// Captions that are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewText {
    /// What their owner says of them.
    #[serde(flatten)]
    pub labels: TextLabels,
    /// Where they are to come from.
    pub from: TextFrom,
}

/// Where captions are to come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFrom {
    /// A WebVTT or SRT file that is to be fetched.
    Url(String),
    /// The asset's sound.
    Sound,
}

/// What is to change about captions; what is missing stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextChange {
    /// BCP 47.
    pub language: Option<String>,
    /// What a player's menu shows.
    pub name: Option<String>,
    /// Whether they tell what is heard and not said, too.
    pub closed_captions: Option<bool>,
    /// The owner's own text; `Some(None)` takes it away.
    pub passthrough: Option<Option<String>>,
}

/// A row as its owner sees it.
pub(crate) fn text_track(row: row::TextTrack) -> TextTrack {
    TextTrack {
        id: row.id,
        language: row.language,
        name: row.name,
        closed_captions: row.closed_captions,
        passthrough: row.passthrough,
        source: match row.source {
            row::Source::Uploaded => TextSource::Uploaded,
            row::Source::Generated => TextSource::Generated,
        },
        status: status_beside(row.status),
        failure: failure(row.error_kind, row.error_message),
    }
}
