//! What assets were made from: where it came from, and what was found in it.

use serde::{Deserialize, Serialize};

/// What an asset was made from, and what was found in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Input {
    /// The URL it was fetched from; for a clip, nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// For a clip: where it begins in its source, in seconds, as asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_s: Option<f64>,
    /// For a clip: where it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_s: Option<f64>,
    /// What the file turned out to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<InputFile>,
}

/// What a file turned out to be when it was taken in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InputFile {
    /// The container, by its demuxer's name: `mov,mp4,m4a,3gp,3g2,mj2`, `matroska,webm`…
    pub container: String,
    /// Its tracks.
    pub tracks: Vec<InputTrack>,
    /// Why it was not taken as it is: sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_conforming: Vec<String>,
    /// What was made of it where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// What of that only the samples tell, for programs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub oddities: Vec<Oddity>,
}

/// What was made of a file that could not be taken as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conversion {
    /// It was copied into an MP4: its samples are the same.
    Copied,
    /// Its pictures were copied, and its sound encoded.
    SoundEncoded,
    /// All of it was encoded.
    Encoded,
}

/// Why a file was not taken as it is, beside what its tracks' codecs, formats, sizes and rates tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Oddity {
    /// Its key frames lie too far apart in time.
    LongGop,
    /// Its key frames lie too far apart in bytes.
    HeavyGop,
    /// The edit list of its pictures is more than a shift.
    VideoEdits,
    /// The edit list of its sound is.
    AudioEdits,
}

/// One track of a file that was taken in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct InputTrack {
    /// `video` or `audio`.
    pub medium: String,
    /// The codec's short name: `h264`, `aac`, `vp8`…
    pub codec: String,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<f64>,
    /// Pixels across.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Pixels down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Width and height of a pixel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixel_aspect: Option<(u32, u32)>,
    /// How samples of pictures lie in memory: `yuv420p`, `yuv422p10le`…
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixel_format: Option<String>,
    /// Frames per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_rate: Option<f64>,
    /// Samples of sound per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_rate: Option<u32>,
    /// Channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<u32>,
}
