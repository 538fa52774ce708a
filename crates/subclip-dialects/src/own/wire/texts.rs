//! Bodies about captions.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::requests::given;
use super::{Failure, Status};

/// Captions of an asset.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct TextTrack {
    pub(in crate::own) id: String,
    pub(in crate::own) status: Status,
    pub(in crate::own) source: TextSource,
    /// BCP 47; `und` when unknown, `auto` until it is found out.
    #[schema(example = "en")]
    pub(in crate::own) language: String,
    /// What a player's menu shows; no two of an asset are equal.
    #[schema(example = "English")]
    pub(in crate::own) name: String,
    /// Whether they tell what is heard and not said, too: for those who can't hear it.
    pub(in crate::own) closed_captions: bool,
    /// Your own text.
    pub(in crate::own) passthrough: Option<String>,
    /// Why they can't be made.
    pub(in crate::own) error: Option<Failure>,
}

/// Where captions come from: you brought them, or they were made of the asset's sound.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::own) enum TextSource {
    Uploaded,
    Generated,
}

/// Captions to go with an asset: a file that the server fetches, or made of the asset's sound.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::own) struct NewTextTrack {
    /// The http or https URL of a WebVTT or SRT file.
    #[schema(example = "https://example.com/film.vtt", max_length = 8192)]
    pub(in crate::own) url: Option<String>,
    /// Whether to make them of the asset's sound, in the place of `url`. The server needs a transcription command for it.
    pub(in crate::own) generate: bool,
    /// BCP 47. For a file, the one it tells itself when left out; for sound, it is found out.
    #[schema(example = "en")]
    pub(in crate::own) language: Option<String>,
    /// What a player's menu shows, in at most 255 characters; by the language when left out.
    #[schema(max_length = 255)]
    pub(in crate::own) name: Option<String>,
    /// Whether they tell what is heard and not said, too.
    pub(in crate::own) closed_captions: bool,
    /// Your own text; at most 255 characters.
    #[schema(max_length = 255)]
    pub(in crate::own) passthrough: Option<String>,
}

/// What is said of captions that are sent.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(in crate::own) struct SentTextTrack {
    /// BCP 47; the one that the file tells itself when left out.
    #[param(example = "en")]
    pub(in crate::own) language: Option<String>,
    /// What a player's menu shows; by the language when left out.
    #[param(max_length = 255)]
    pub(in crate::own) name: Option<String>,
    /// Whether they tell what is heard and not said, too.
    pub(in crate::own) closed_captions: bool,
    /// Your own text.
    #[param(max_length = 255)]
    pub(in crate::own) passthrough: Option<String>,
}

/// What to change of captions. What is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::own) struct UpdateTextTrack {
    /// BCP 47.
    pub(in crate::own) language: Option<String>,
    /// What a player's menu shows.
    #[schema(max_length = 255)]
    pub(in crate::own) name: Option<String>,
    /// Whether they tell what is heard and not said, too.
    pub(in crate::own) closed_captions: Option<bool>,
    /// Your own text; `null` or an empty string clears.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 255)]
    pub(in crate::own) passthrough: Option<Option<String>>,
}
