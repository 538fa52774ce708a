//! Bodies about sounds beside the first, and about what the first is called.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::requests::given;
use super::{Failure, Status};

/// A sound of an asset that viewers may choose instead of the first: in another language, say.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct AudioTrack {
    pub(in crate::own) id: String,
    pub(in crate::own) status: Status,
    /// BCP 47; `und` when unknown.
    #[schema(example = "de")]
    pub(in crate::own) language: String,
    /// What a player's menu shows; no two sounds of an asset are equal.
    #[schema(example = "German")]
    pub(in crate::own) name: String,
    /// Your own text.
    pub(in crate::own) passthrough: Option<String>,
    /// Channels, once it is ready.
    pub(in crate::own) channels: Option<u16>,
    /// Samples of sound per second, once it is ready.
    pub(in crate::own) sample_rate: Option<u32>,
    /// Why it can't be made.
    pub(in crate::own) error: Option<Failure>,
}

/// A sound to go with an asset: a file that the server fetches. It begins with the asset's first picture; what lies beyond
/// the last one is left out.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::own) struct NewAudioTrack {
    /// The http or https URL of an audio file, or of a video whose first sound is taken.
    #[schema(example = "https://example.com/german.m4a", max_length = 8192)]
    pub(in crate::own) url: String,
    /// BCP 47.
    #[schema(example = "de")]
    pub(in crate::own) language: Option<String>,
    /// What a player's menu shows, in at most 255 characters; by the language when left out.
    #[schema(max_length = 255)]
    pub(in crate::own) name: Option<String>,
    /// Your own text; at most 255 characters.
    #[schema(max_length = 255)]
    pub(in crate::own) passthrough: Option<String>,
}

/// What the first sound is called, which comes with the pictures.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::own) struct MainAudio {
    /// BCP 47; what the file says when left out.
    #[schema(example = "en")]
    pub(in crate::own) language: Option<String>,
    /// What a player's menu shows, in at most 255 characters; by the language when left out, and `Default` without one.
    #[schema(max_length = 255)]
    pub(in crate::own) name: Option<String>,
}

/// What to change of a sound. What is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::own) struct UpdateAudioTrack {
    /// BCP 47.
    pub(in crate::own) language: Option<String>,
    /// What a player's menu shows.
    #[schema(max_length = 255)]
    pub(in crate::own) name: Option<String>,
    /// Your own text; `null` or an empty string clears.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 255)]
    pub(in crate::own) passthrough: Option<Option<String>>,
}
