//! Bodies that the server sends.

use serde::{Deserialize, Serialize};
use utoipa::{IntoResponses, ToSchema};

use super::{AudioTrack, Master, Overlay, Rendition, Rungs, TextTrack};

/// Something playable, or on its way to be.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Asset {
    /// Its id.
    #[schema(example = "4rW9XvLxFQ1ouZzjQ3nVqk")]
    pub(in crate::own) id: String,
    pub(in crate::own) status: Status,
    /// How much of what is being done for it is done, in percent.
    #[schema(maximum = 100)]
    pub(in crate::own) progress: u8,
    pub(in crate::own) origin: Origin,
    pub(in crate::own) title: Option<String>,
    /// Your own text.
    pub(in crate::own) passthrough: Option<String>,
    pub(in crate::own) creator_id: Option<String>,
    pub(in crate::own) external_id: Option<String>,
    /// Where its thumbnail is taken when a request names no time, in seconds.
    pub(in crate::own) thumbnail_time: Option<f64>,
    /// Images that are burnt into its pictures, those of its source not counted.
    pub(in crate::own) overlays: Vec<Overlay>,
    /// Whether its sound was made as loud as all other.
    pub(in crate::own) normalize_audio: bool,
    /// The most lines of a picture that has to be encoded anew, and of a rung: 1080 and no bound where it was left out.
    pub(in crate::own) most_lines: Option<u32>,
    pub(in crate::own) rungs: Rungs,
    /// Whether it was made to try things out.
    pub(in crate::own) test: bool,
    /// When it is deleted by itself, if it is: ISO 8601.
    #[schema(format = DateTime)]
    pub(in crate::own) expires_at: Option<String>,
    /// Seconds, once known.
    #[schema(example = 10.01)]
    pub(in crate::own) duration: Option<f64>,
    /// The same without rounding: ticks and ticks per second.
    #[schema(example = "300300/30000")]
    pub(in crate::own) exact_duration: Option<String>,
    /// Its master, as long as it is given out.
    pub(in crate::own) master: Option<Master>,
    /// Files of it that were asked for.
    pub(in crate::own) renditions: Vec<Rendition>,
    /// What plays it.
    pub(in crate::own) playback_ids: Vec<PlaybackId>,
    /// Where its first public playback id plays. The links answer once the asset is ready.
    pub(in crate::own) links: Option<Links>,
    /// For a clip: what it was cut from. That asset may be gone by now.
    pub(in crate::own) source_asset_id: Option<String>,
    /// The upload that brought it.
    pub(in crate::own) upload_id: Option<String>,
    /// For a clip that is ready: how it was cut.
    pub(in crate::own) cut: Option<Cut>,
    /// Its tracks, once known.
    pub(in crate::own) tracks: Vec<Track>,
    /// Its sounds beside the first.
    pub(in crate::own) audio_tracks: Vec<AudioTrack>,
    /// Its captions.
    pub(in crate::own) text_tracks: Vec<TextTrack>,
    pub(in crate::own) input: Input,
    /// Why it can't be made.
    pub(in crate::own) error: Option<Failure>,
    /// When it was made: ISO 8601.
    #[schema(format = DateTime)]
    pub(in crate::own) created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub(in crate::own) updated_at: String,
}

/// How far an asset has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::own) enum Status {
    Preparing,
    Ready,
    Errored,
}

/// Where an asset came from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::own) enum Origin {
    Url,
    Upload,
    Clip,
    File,
}

/// A playback id of an asset.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct PlaybackId {
    /// What viewers' URLs carry.
    pub(in crate::own) id: String,
    pub(in crate::own) policy: Policy,
    /// The asset it opens.
    pub(in crate::own) asset_id: String,
}

/// Who may play: everybody who has the id, or only who brings a token that one of your signing keys has signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::own) enum Policy {
    Public,
    Signed,
}

/// Where an asset plays.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Links {
    /// An HLS playlist.
    pub(in crate::own) hls: String,
    /// A DASH manifest.
    pub(in crate::own) dash: String,
    /// An MP4 file; none for sound alone, or once its rendition was deleted.
    pub(in crate::own) mp4: Option<String>,
    /// An M4A file of the sound; none for pictures alone, or once its rendition was deleted.
    pub(in crate::own) audio: Option<String>,
    /// A picture; none for sound alone.
    pub(in crate::own) thumbnail: Option<String>,
}

/// How a clip was made.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Cut {
    /// Frames that are the source's own, bit for bit.
    pub(in crate::own) copied_frames: u32,
    /// Frames that were encoded anew.
    pub(in crate::own) encoded_frames: u32,
    pub(in crate::own) join: Join,
}

/// How the edges of a clip and its middle fit together: there is nothing to join, their parameter sets are identical,
/// or one init holds both.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::own) enum Join {
    Seamless,
    Identical,
    OneInit,
}

/// Why something can't be made.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Failure {
    /// A word for programs.
    #[schema(example = "invalid_input")]
    pub(in crate::own) kind: String,
    /// A sentence that says what to do.
    pub(in crate::own) message: String,
}

/// What is known of one track.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(in crate::own) struct Track {
    pub(in crate::own) id: String,
    #[serde(rename = "type")]
    pub(in crate::own) kind: TrackKind,
    /// Seconds.
    pub(in crate::own) duration: f64,
    /// BCP 47; `und` when unknown.
    pub(in crate::own) language: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) frame_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) channels: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) sample_rate: Option<u32>,
}

/// Pictures or sound.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::own) enum TrackKind {
    #[default]
    Video,
    Audio,
}

/// What an asset was made from.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Input {
    /// The URL it was fetched from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) url: Option<String>,
    /// For a clip: where it was asked to begin, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) start: Option<f64>,
    /// For a clip: where it was asked to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) end: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) file: Option<InputFile>,
}

/// What a file turned out to be.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct InputFile {
    #[schema(example = "mov,mp4,m4a,3gp,3g2,mj2")]
    pub(in crate::own) container: String,
    pub(in crate::own) tracks: Vec<InputTrack>,
    /// Why it was not taken as it is; empty when it was.
    pub(in crate::own) not_conforming: Vec<String>,
}

/// One track of a file.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct InputTrack {
    #[serde(rename = "type")]
    pub(in crate::own) kind: String,
    #[schema(example = "h264")]
    pub(in crate::own) codec: String,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) duration: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) frame_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) sample_rate: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::own) channels: Option<u32>,
}

/// A page of assets, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct AssetList {
    pub(in crate::own) data: Vec<Asset>,
    /// Send it as `cursor` for the next page; there is none when it is null.
    pub(in crate::own) next_cursor: Option<String>,
}

/// The promise of an asset.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Upload {
    pub(in crate::own) id: String,
    pub(in crate::own) status: UploadStatus,
    /// Where to `PUT` the bytes, whole or in parts with `Content-Range`; only while they are waited for. Whoever has
    /// it may send them, so it is not told to a token that may only read.
    pub(in crate::own) url: Option<String>,
    /// How long the upload waits, in seconds.
    pub(in crate::own) timeout: u32,
    /// The web origin whose pages may send the bytes.
    pub(in crate::own) cors_origin: String,
    /// The asset that was made.
    pub(in crate::own) asset_id: Option<String>,
    /// Why it failed.
    pub(in crate::own) error: Option<Failure>,
    #[schema(format = DateTime)]
    pub(in crate::own) created_at: String,
}

/// How far an upload has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::own) enum UploadStatus {
    Waiting,
    AssetCreated,
    Errored,
    Cancelled,
    TimedOut,
}

/// A page of uploads, newest first; empty past the last one.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct UploadList {
    pub(in crate::own) data: Vec<Upload>,
}

/// An access token, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Token {
    pub(in crate::own) id: String,
    pub(in crate::own) name: String,
    pub(in crate::own) may_write: bool,
    #[schema(format = DateTime)]
    pub(in crate::own) created_at: String,
    /// Since when it opens nothing any more.
    #[schema(format = DateTime)]
    pub(in crate::own) revoked_at: Option<String>,
}

/// A token that was just made: the one time its secret is shown.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct MadeToken {
    pub(in crate::own) id: String,
    pub(in crate::own) secret: String,
    pub(in crate::own) name: String,
    pub(in crate::own) may_write: bool,
}

/// A page of access tokens, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct TokenList {
    pub(in crate::own) data: Vec<Token>,
    /// Send it as `cursor` for the next page; there is none when it is null.
    pub(in crate::own) next_cursor: Option<String>,
}

/// How the server is: `ok`, or `unavailable`.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Health {
    #[schema(example = "ok")]
    pub(in crate::own) status: &'static str,
}

/// What every refusal looks like.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct ProblemBody {
    pub(in crate::own) error: Problem,
}

/// Why a request was refused.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Problem {
    /// A word for programs.
    #[serde(rename = "type")]
    #[schema(example = "invalid")]
    pub(in crate::own) kind: String,
    /// A sentence for each thing that is wrong.
    pub(in crate::own) messages: Vec<String>,
}

/// The refusals that any request with a token may meet; only ever described.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "a description, of which no value is made")]
pub(in crate::own) enum Refusals {
    /// The request can't be carried out as it stands.
    #[response(status = 400)]
    Invalid(ProblemBody),
    /// No access token, or none that is known.
    #[response(status = 401)]
    Unauthorized(ProblemBody),
    /// The token, or the state of things, does not allow it.
    #[response(status = 403)]
    Forbidden(ProblemBody),
    /// There is no such thing.
    #[response(status = 404)]
    NotFound(ProblemBody),
    /// Not ready yet, or changed meanwhile.
    #[response(status = 409)]
    Conflict(ProblemBody),
    /// Too much at once: come back after `Retry-After` seconds.
    #[response(status = 429)]
    Busy(ProblemBody),
    /// A fault of the server.
    #[response(status = 500)]
    Internal(ProblemBody),
    /// No room is left: come back after `Retry-After` seconds.
    #[response(status = 503)]
    Full(ProblemBody),
}
