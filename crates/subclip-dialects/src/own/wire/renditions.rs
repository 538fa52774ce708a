//! Bodies about renditions: files of an asset, and the ladder beside them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A file of an asset that you asked for. It is made when it is fetched, or prepared where pictures must be encoded for it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Rendition {
    /// Its id; empty for a file that came with a setting of another API, and goes with it.
    pub(in crate::own) id: String,
    #[serde(rename = "type")]
    pub(in crate::own) kind: RenditionType,
    pub(in crate::own) status: RenditionStatus,
    /// What its URL ends in, after a playback id.
    #[schema(example = "highest.mp4")]
    pub(in crate::own) name: &'static str,
    /// Where it is fetched with the asset's first public playback id, once it is ready.
    pub(in crate::own) url: Option<String>,
    /// Of its pictures, in pixels, once it is ready.
    pub(in crate::own) width: Option<u32>,
    /// Of its pictures, in pixels, once it is ready.
    pub(in crate::own) height: Option<u32>,
    /// Bytes, where they are known.
    pub(in crate::own) size: Option<u64>,
    /// Your own text.
    pub(in crate::own) passthrough: Option<String>,
    /// Why it can't be made, where that is no fault of the whole asset.
    pub(in crate::own) error: Option<String>,
}

/// What is in a rendition: `highest`, the top quality with sound; `audio`, sound alone; `720p` and its like, pictures of
/// that size with sound. `low`, `medium`, `high` and `capped_1080p` come with a setting of another API, and can't be
/// asked for here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::own) enum RenditionType {
    Highest,
    Audio,
    #[serde(rename = "2160p")]
    P2160,
    #[serde(rename = "1440p")]
    P1440,
    #[serde(rename = "1080p")]
    P1080,
    #[serde(rename = "720p")]
    P720,
    #[serde(rename = "540p")]
    P540,
    #[serde(rename = "480p")]
    P480,
    #[serde(rename = "360p")]
    P360,
    #[serde(rename = "270p")]
    P270,
    Low,
    Medium,
    High,
    #[serde(rename = "capped_1080p")]
    Capped,
}

/// How far a rendition is; `skipped` where the asset lacks what would be in it, or is smaller than it would be.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::own) enum RenditionStatus {
    Preparing,
    Ready,
    Skipped,
    Errored,
}

/// A file to make of an asset.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::own) struct NewRendition {
    #[serde(rename = "type")]
    pub(in crate::own) kind: NewRenditionType,
    /// Your own text; at most 255 characters.
    #[schema(max_length = 255)]
    pub(in crate::own) passthrough: Option<String>,
}

/// What is to be in a rendition: `highest`, the top quality with sound; `audio`, sound alone; `720p` and its like, pictures
/// of that size with sound. A size that the asset's pictures have themselves needs no encoding; a larger one is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::own) enum NewRenditionType {
    Highest,
    Audio,
    #[serde(rename = "2160p")]
    P2160,
    #[serde(rename = "1440p")]
    P1440,
    #[serde(rename = "1080p")]
    P1080,
    #[serde(rename = "720p")]
    P720,
    #[serde(rename = "540p")]
    P540,
    #[serde(rename = "480p")]
    P480,
    #[serde(rename = "360p")]
    P360,
    #[serde(rename = "270p")]
    P270,
}

/// How many rungs a quality ladder has, between which players choose: `few` (1440p, 720p, 360p), `usual` (1440p, 1080p,
/// 720p, 480p, 360p) or `all` (540p and 270p beside them, and 2160p), each as far as it is smaller than the pictures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::own) enum Rungs {
    Few,
    #[default]
    Usual,
    All,
}
