//! The bodies this dialect answers with, field for field.

mod access;

use serde::Serialize;

pub(super) use access::{PlaybackRestriction, ReferrerRules, SigningKey, UserAgentRules};

/// A number that the API answers with as text and webhooks tell of as a number (contract, sections 2.4 and 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    Text(i64),
    Number(i64),
}

impl Figure {
    /// The same, as a webhook tells of it.
    pub(super) fn told(self) -> Self {
        let (Self::Text(number) | Self::Number(number)) = self;
        Self::Number(number)
    }
}

impl Serialize for Figure {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(number) => to.collect_str(number),
            Self::Number(number) => to.serialize_i64(*number),
        }
    }
}

/// The envelope of every answer with a body.
#[derive(Debug, Serialize)]
pub(super) struct Data<T> {
    pub(super) data: T,
}

/// The envelope of the list of assets, which alone has a cursor.
#[derive(Debug, Serialize)]
pub(super) struct CursorList<T> {
    pub(super) data: Vec<T>,
    pub(super) next_cursor: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Asset {
    pub(super) id: String,
    /// Seconds since 1970.
    pub(super) created_at: Figure,
    pub(super) status: &'static str,
    pub(super) progress: Progress,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) playback_ids: Vec<PlaybackId>,
    pub(super) video_quality: String,
    pub(super) encoding_tier: &'static str,
    pub(super) max_resolution_tier: String,
    pub(super) master_access: &'static str,
    pub(super) mp4_support: String,
    pub(super) normalize_audio: bool,
    pub(super) test: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ingest_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source_asset_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) upload_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) passthrough: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) meta: Option<Meta>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) thumbnail_time: Option<f64>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) duration: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) aspect_ratio: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resolution_tier: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_stored_resolution: Option<&'static str>,
    /// Frames per second; -1 when it can't be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_stored_frame_rate: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tracks: Vec<Track>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) errors: Option<Errors>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) non_standard_input_reasons: Option<NonStandardInputReasons>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) static_renditions: Option<StaticRenditions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) master: Option<Master>,
}

/// The master of an asset, as long as access to it lasts.
#[derive(Debug, Serialize)]
pub(super) struct Master {
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
}

impl Asset {
    /// The asset as webhooks tell of it.
    pub(super) fn told(mut self) -> Self {
        self.created_at = self.created_at.told();
        for file in self.static_renditions.iter_mut().flat_map(|renditions| &mut renditions.files) {
            file.filesize = file.filesize.map(Figure::told);
        }
        self
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Progress {
    pub(super) state: &'static str,
    /// Percent; -1 for an asset that failed.
    pub(super) progress: i16,
}

#[derive(Debug, Serialize)]
pub(super) struct PlaybackId {
    pub(super) id: String,
    pub(super) policy: &'static str,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Meta {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) creator_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) external_id: Option<String>,
}

#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Errors {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) messages: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Track {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    /// Seconds; not of captions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) duration: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_frame_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_channels: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_channel_layout: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) primary: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) language_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text_source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) closed_captions: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) passthrough: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Errors>,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct NonStandardInputReasons {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) video_codec: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) audio_codec: Option<String>,
    /// `high`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) video_gop_size: Option<&'static str>,
    /// `high`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) video_bitrate: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) video_frame_rate: Option<String>,
    /// `WIDTHxHEIGHT`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) video_resolution: Option<String>,
    /// `WIDTH:HEIGHT`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pixel_aspect_ratio: Option<String>,
    /// `non-standard`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) video_edit_list: Option<&'static str>,
    /// `non-standard`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) audio_edit_list: Option<&'static str>,
    /// As FFmpeg names it: `yuv422p10le`…
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unsupported_pixel_format: Option<String>,
    /// `non-standard`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unexpected_media_file_parameters: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub(super) struct StaticRenditions {
    pub(super) files: Vec<StaticRendition>,
    /// Only for files asked for by `mp4_support`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<&'static str>,
}

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct StaticRendition {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    pub(super) name: &'static str,
    pub(super) ext: &'static str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resolution: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resolution_tier: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) height: Option<u32>,
    /// Bits per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bitrate: Option<u64>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) filesize: Option<Figure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) passthrough: Option<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct InputInfo {
    pub(super) settings: InputSettings,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<InputFile>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct InputSettings {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) end_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) language_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) closed_captions: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) passthrough: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) generated_subtitles: Vec<GeneratedSubtitles>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) overlay_settings: Option<OverlaySettings>,
}

#[derive(Debug, PartialEq, Serialize)]
pub(super) struct GeneratedSubtitles {
    pub(super) language_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) passthrough: Option<String>,
}

/// Where an image lies over the video; lengths as text.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct OverlaySettings {
    pub(super) vertical_align: &'static str,
    pub(super) vertical_margin: String,
    pub(super) horizontal_align: &'static str,
    pub(super) horizontal_margin: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) width: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) height: Option<String>,
    pub(super) opacity: String,
}

#[derive(Debug, Serialize)]
pub(super) struct InputFile {
    pub(super) container_format: String,
    pub(super) tracks: Vec<InputTrack>,
}

#[derive(Debug, Default, Serialize)]
pub(super) struct InputTrack {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) duration: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) frame_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sample_rate: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) channels: Option<u32>,
}

#[derive(Debug, Serialize)]
pub(super) struct Upload {
    pub(super) id: String,
    pub(super) status: &'static str,
    /// Seconds.
    pub(super) timeout: u32,
    pub(super) cors_origin: String,
    /// Where the bytes go, while they are waited for; absent for a token that may only read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    pub(super) new_asset_settings: NewAssetSettings,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) asset_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<UploadError>,
    pub(super) test: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct UploadError {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) message: String,
}

/// What was asked for the asset of an upload, in the plural names only.
#[derive(Debug, Serialize)]
pub(super) struct NewAssetSettings {
    pub(super) playback_policies: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) passthrough: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) meta: Option<Meta>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) video_quality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_resolution_tier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mp4_support: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) static_renditions: Vec<RenditionRequest>,
    pub(super) master_access: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) test: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) normalize_audio: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) inputs: Vec<InputSettings>,
}

#[derive(Debug, Serialize)]
pub(super) struct RenditionRequest {
    pub(super) resolution: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) passthrough: Option<String>,
}

/// A webhook; its secret only where it was just made.
#[derive(Debug, Serialize)]
pub(super) struct Webhook {
    pub(super) id: String,
    pub(super) address: String,
    pub(super) enabled: bool,
    /// ISO 8601.
    pub(super) created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) signing_secret: Option<String>,
}

/// What a playback id opens.
#[derive(Debug, Serialize)]
pub(super) struct PlaybackTarget {
    pub(super) id: String,
    pub(super) policy: &'static str,
    pub(super) object: Target,
}

#[derive(Debug, Serialize)]
pub(super) struct Target {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) id: String,
}

#[derive(Debug, Serialize)]
pub(super) struct WhoAmI {
    pub(super) access_token_name: String,
    pub(super) environment_id: String,
    pub(super) environment_name: &'static str,
    pub(super) environment_type: &'static str,
    pub(super) organization_id: String,
    pub(super) organization_name: &'static str,
    pub(super) permissions: Vec<&'static str>,
}
