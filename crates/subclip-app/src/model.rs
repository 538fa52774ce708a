//! What the faces of the server see: assets, uploads and what can be asked of them, in no vendor's words.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use subclip_core::{AssetId, PlaybackId, Time, TrackId, UploadId, WorkspaceId};

use crate::captions::{NewText, TextTrack};
use crate::masters::Master;
use crate::overlay::Overlay;
use crate::renditions::{Content, RenditionState};
use crate::sounds::{FirstSound, NewSound, SoundTrack};

pub use crate::input::{Conversion, Input, InputFile, InputTrack, Oddity};
pub use crate::renditions::{Outcome, Rendition, RenditionKind};
pub use crate::rungs::Rungs;

/// Who asks, as an access token told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Everything asked for lies in this workspace.
    pub workspace: WorkspaceId,
    /// Whether the token may change anything.
    pub may_write: bool,
}

/// How far an asset has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Accepted; not playable yet.
    Preparing,
    /// Playable.
    Ready,
    /// Will never be playable; the asset's [`Failure`] says why.
    Errored,
}

/// What is being done for an asset that is preparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its bytes are being taken in, or it waits for its source.
    Ingesting,
    /// It is being encoded.
    Transcoding,
    /// Nothing more: it is ready.
    Completed,
    /// Nothing more: it failed.
    Errored,
}

/// Where an asset came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Fetched by URL.
    Url,
    /// Sent by a direct upload.
    Upload,
    /// Cut from another asset.
    Clip,
    /// Added from a file on the server's machine.
    File,
}

/// Why an asset can't be made; both texts are for its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// A word for programs: `invalid_input`, `source_failed`, `storage_full`, `unreachable`, `internal`.
    pub kind: String,
    /// A sentence for people, which says what to do.
    pub message: String,
}

/// Who may play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Everybody who has the id.
    Public,
    /// Only with a signed token.
    Signed,
}

/// A playback id of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Playback {
    /// What viewers' URLs carry.
    pub id: PlaybackId,
    /// Who may play.
    pub policy: Policy,
}

/// What is known of one track of a ready asset.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackFacts {
    /// The id shown to the owner.
    pub id: TrackId,
    /// Pictures or sound.
    pub detail: TrackDetail,
    /// How long the asset plays it.
    pub duration: Time,
    /// BCP 47, `und` when unknown.
    pub language: String,
}

/// What differs between pictures and sound.
#[derive(Debug, Clone, PartialEq)]
pub enum TrackDetail {
    /// Pictures.
    Video {
        /// Pixels across, as shown with square pixels.
        width: u32,
        /// Pixels down.
        height: u32,
        /// Width to height as shown, in lowest terms: exact, where the width is a whole number of pixels.
        shape: (u32, u32),
        /// Frames per second, where it can be told.
        frame_rate: Option<f64>,
    },
    /// Sound.
    Audio {
        /// Channels.
        channels: u16,
        /// Samples of sound per second.
        sample_rate: u32,
    },
}

/// How a clip was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutReport {
    /// Frames whose samples are the source's own.
    pub copied_frames: u32,
    /// Frames that were encoded anew.
    pub encoded_frames: u32,
    /// How edges and middle were joined.
    pub join: Join,
}

/// How the parts of a clip fit together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// There is nothing to join: no frame was encoded, or all were.
    Seamless,
    /// Edges and middle have the same parameter sets, byte for byte.
    Identical,
    /// One init holds both parameter sets under different ids.
    OneInit,
}

/// What an owner chose for an asset. Kept with it; what no rule of Subclip needs lies in `vendor`, for the dialect
/// that took it to echo.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AssetSettings {
    /// The owner's own text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passthrough: Option<String>,
    /// A title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The owner's name for who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_id: Option<String>,
    /// The owner's id for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Where pictures of it are taken when none is asked for, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail_time: Option<f64>,
    /// The most lines a picture may have when it must be encoded anew, and the highest rung: 1080, 1440 or 2160.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_lines: Option<u32>,
    /// How many rungs its quality ladder has.
    #[serde(skip_serializing_if = "Rungs::are_usual")]
    pub rungs: Rungs,
    /// Images that are burnt into its pictures, the later above the earlier.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overlays: Vec<Overlay>,
    /// For a clip: that those burnt into its source's pictures are to be left out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub without_source_overlays: bool,
    /// That its sound is to be made as loud as all other.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub normalize_audio: bool,
    /// That it is made to try things out: it bears a badge, is at most ten seconds long, and gone after a day.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// That its master was asked for when it was made.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub master: bool,
    /// Files that were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub renditions: Vec<Rendition>,
    /// Files that are there without being asked for, and that its owner took back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<RenditionKind>,
    /// Captions that were asked for with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<NewText>,
    /// What its first sound is called.
    #[serde(skip_serializing_if = "FirstSound::is_unsaid")]
    pub sound: FirstSound,
    /// Sounds beside the first that were asked for with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sounds: Vec<NewSound>,
    /// What only the vendor's own answers need.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub vendor: Map<String, Value>,
}

impl AssetSettings {
    /// Whether something is to be done to the media itself, and not only to where it begins and ends.
    pub(crate) fn want_rendering(&self) -> bool {
        !self.overlays.is_empty() || self.normalize_audio || self.test
    }

    /// The file of this kind that was asked for.
    #[must_use]
    pub fn rendition(&self, kind: RenditionKind) -> Option<&Rendition> {
        self.renditions.iter().find(|one| one.kind == kind)
    }

    /// Asks no more for a file; `false` where none has this id.
    #[must_use]
    pub fn remove_rendition(&mut self, id: &str) -> bool {
        let before = self.renditions.len();
        self.renditions.retain(|one| one.id != id);
        self.renditions.len() < before
    }
}

/// Something playable, or on its way to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Asset {
    /// Its id.
    pub id: AssetId,
    /// How far it has come.
    pub status: Status,
    /// What is being done for it.
    pub stage: Stage,
    /// How much of the stage is done, 0 to 100.
    pub progress_percent: u8,
    /// Where it came from.
    pub origin: Origin,
    /// What it was cut from; it may be gone by now.
    pub source: Option<AssetId>,
    /// The upload that brought it.
    pub upload: Option<UploadId>,
    /// What its owner chose.
    pub settings: AssetSettings,
    /// What it was made from.
    pub input: Input,
    /// Why it can't be made.
    pub failure: Option<Failure>,
    /// Its exact length, once known.
    pub duration: Option<Time>,
    /// The tracks that are played unless a viewer chooses another sound, once known.
    pub tracks: Vec<TrackFacts>,
    /// Its captions, in the order in which they were asked for.
    pub texts: Vec<TextTrack>,
    /// Its sounds beside the first, in the order in which they came.
    pub sounds: Vec<SoundTrack>,
    /// Its master, as long as it is given out.
    pub master: Option<Master>,
    /// What plays it.
    pub playback: Vec<Playback>,
    /// How it was cut, for a clip that is ready.
    pub cut: Option<CutReport>,
    /// When it ends by itself, in ms since 1970, if it does.
    pub ends_ms: Option<i64>,
    /// When it was made, in ms since 1970.
    pub created_ms: i64,
    /// When it last changed.
    pub updated_ms: i64,
}

impl Asset {
    /// What a file of this kind holds. Known once it is ready.
    #[must_use]
    pub fn content_of(&self, kind: RenditionKind) -> Content {
        let size = self.tracks.iter().find_map(|track| match track.detail {
            TrackDetail::Video { width, height, .. } => Some((width, height)),
            TrackDetail::Audio { .. } => None,
        });
        let has_sound = self.tracks.iter().any(|track| matches!(track.detail, TrackDetail::Audio { .. }));
        Content::of(kind, size, has_sound)
    }

    /// How far one of its files has come.
    #[must_use]
    pub fn rendition_state(&self, rendition: &Rendition) -> RenditionState {
        match (self.status, self.content_of(rendition.kind), &rendition.outcome) {
            (Status::Preparing, ..) | (Status::Ready, Content::Rung(_), None) => RenditionState::Preparing,
            (Status::Errored, ..) | (_, Content::Rung(_), Some(Outcome::Failed { .. })) => {
                RenditionState::Errored
            }
            (_, Content::Nothing, _) => RenditionState::Skipped,
            _ => RenditionState::Ready,
        }
    }
}

/// What is asked for with a new asset, wherever its media comes from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewAsset {
    /// What its owner chose.
    pub settings: AssetSettings,
    /// The playback ids it is to have.
    pub policies: Vec<Policy>,
}

/// A clip that is asked for. Times are on the source's timeline; a missing start is 0, a missing end the source's.
#[derive(Debug, Clone, PartialEq)]
pub struct NewClip {
    /// What to cut from.
    pub source: AssetId,
    /// Where to begin.
    pub start: Option<Time>,
    /// Where to end.
    pub end: Option<Time>,
    /// Whether its playback ids are of the policies of its source's, and not of those in `asset`.
    pub policies_of_source: bool,
    /// The rest.
    pub asset: NewAsset,
}

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadStatus {
    /// Bytes are still to come.
    Waiting,
    /// All bytes are there and an asset is being made of them.
    AssetCreated,
    /// It failed.
    Errored,
    /// Its owner gave it up.
    Cancelled,
    /// Nothing came in time.
    TimedOut,
}

/// A direct upload: the promise of an asset.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// The secret part of the URL that takes the bytes.
    pub secret: String,
    /// How far it has come.
    pub status: UploadStatus,
    /// How long it waits for its bytes, in seconds.
    pub timeout_s: u32,
    /// The web origin that may send the bytes; `*` for all.
    pub cors_origin: String,
    /// The asset to be made.
    pub new_asset: NewAsset,
    /// The asset that was made.
    pub asset: Option<AssetId>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Whether its owner called it a test.
    pub test: bool,
    /// When it was made, in ms since 1970.
    pub created_ms: i64,
}

/// A direct upload that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct NewUpload {
    /// How long to wait for the bytes, in seconds.
    pub timeout_s: u32,
    /// The web origin that may send them.
    pub cors_origin: String,
    /// The asset to make of them.
    pub new_asset: NewAsset,
    /// Whether its owner calls it a test.
    pub test: bool,
}

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Rows on a page, 1 to 100.
    pub limit: u32,
    /// The page, from 1; a cursor wins over it.
    pub page: u32,
    /// Where the page before left off.
    pub cursor: Option<String>,
}
