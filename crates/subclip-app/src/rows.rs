//! Between rows of the database and the model: the JSON columns are typed here and nowhere else.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use subclip_core::{AssetId, Medium, Time, Timescale, TrackId, shape};
use subclip_db::{asset, playback_id, text_track, track, upload};

use crate::labels::shortest_tag;
use crate::model::{
    Asset, CutReport, Failure, NewAsset, Origin, Playback, Policy, Stage, Status, TrackDetail, TrackFacts,
    Upload, UploadStatus,
};
use crate::{Error, Result};

/// What the `request` column of an asset holds: what making it goes by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Request {
    /// For a clip: its bounds on the source's timeline.
    pub(crate) bounds: Option<Bounds>,
    /// For a fetch that broke off: what the host said the file is.
    pub(crate) validator: Option<String>,
    /// And how long it is.
    pub(crate) size_bytes: Option<u64>,
    /// Width to height of the pictures as their source is shown, once it is known. Stored tracks that were encoded anew
    /// have even sides, and so are not quite of this shape.
    pub(crate) shape: Option<(u32, u32)>,
    /// For a clip that is ready: how it was cut.
    pub(crate) cut: Option<CutReport>,
}

/// The bounds of a clip, in nanoseconds where they were asked for, exact once they are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bounds {
    pub(crate) start: Option<Exact>,
    pub(crate) end: Option<Exact>,
    /// No clip may be shorter.
    pub(crate) shortest_ms: u32,
}

/// A time as two whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Exact {
    ticks: i64,
    timescale: u32,
}

impl From<Time> for Exact {
    fn from(time: Time) -> Self {
        Self { ticks: time.ticks(), timescale: time.scale().get() }
    }
}

impl Exact {
    pub(crate) fn time(self) -> Result<Time> {
        Ok(Time::new(self.ticks, Timescale::new(self.timescale).map_err(Error::internal)?))
    }
}

/// Reads what [`json`] wrote; where nothing was written, the default.
pub(crate) fn parse<T: DeserializeOwned + Default>(json: &Value) -> Result<T> {
    if json.is_null() { Ok(T::default()) } else { T::deserialize(json).map_err(Error::internal) }
}

pub(crate) fn json(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(Error::internal)
}

/// An asset as its owner sees it, but for its captions, other sounds, master and end. `tracks` are those that its timeline plays.
pub(crate) fn asset(row: asset::Asset, playback: Vec<Playback>, tracks: &[track::Track]) -> Result<Asset> {
    let request: Request = parse(&row.request)?;
    let duration = row.duration();
    let failure = failure(row.error_kind.clone(), row.error_message.clone());
    let mut facts = Vec::new();
    if let Some(duration) = duration {
        for medium in [Medium::Video, Medium::Audio] {
            let of_medium = tracks.iter().filter(|t| t.medium == medium);
            let longest = of_medium.max_by_key(|t| t.duration_ticks);
            facts.extend(longest.map(|t| track_facts(row.id, t, request.shape, duration)));
        }
    }
    Ok(Asset {
        id: row.id,
        status: status(row.status),
        stage: stage(row.stage),
        progress_percent: row.progress_percent.clamp(0.0, 100.0) as u8,
        origin: origin(row.origin),
        source: row.source_asset,
        upload: row.upload,
        settings: parse(&row.settings)?,
        input: parse(&row.inputs)?,
        failure,
        duration,
        tracks: facts,
        texts: Vec::new(),
        sounds: Vec::new(),
        master: None,
        playback,
        cut: request.cut,
        ends_ms: None,
        created_ms: row.created_ms,
        updated_ms: row.updated_ms,
    })
}

fn track_facts(
    asset: AssetId,
    row: &track::Track,
    known_shape: Option<(u32, u32)>,
    duration: Time,
) -> TrackFacts {
    let (width, height) = (row.width.unwrap_or(0), row.height.unwrap_or(0));
    let rate = |num: u32, den: u32| f64::from(num) / f64::from(den.max(1));
    let detail = match row.medium {
        Medium::Video => TrackDetail::Video {
            width,
            height,
            shape: known_shape.or_else(|| shape((width, height), (1, 1))).unwrap_or((1, 1)),
            frame_rate: row.frame_rate_num.zip(row.frame_rate_den).map(|(num, den)| rate(num, den)),
        },
        Medium::Audio => TrackDetail::Audio {
            channels: row.channels.unwrap_or(0),
            sample_rate: row.sample_rate.unwrap_or(0),
        },
    };
    TrackFacts {
        id: shown_track_id(asset, row.medium),
        detail,
        duration,
        language: shortest_tag(&row.language),
    }
}

/// The id of an asset's track as its owner sees it. Stored tracks are shared between assets and move when they are
/// compacted; this one belongs to the asset and stays.
fn shown_track_id(asset: AssetId, medium: Medium) -> TrackId {
    let mut bytes = asset.bytes();
    bytes[0] ^= if medium == Medium::Video { 0x55 } else { 0xaa };
    TrackId::from_bytes(bytes)
}

fn status(status: asset::Status) -> Status {
    match status {
        asset::Status::Preparing => Status::Preparing,
        asset::Status::Ready => Status::Ready,
        asset::Status::Errored => Status::Errored,
    }
}

/// How far captions have come, or a sound beside the first.
pub(crate) fn status_beside(status: text_track::Status) -> Status {
    match status {
        text_track::Status::Preparing => Status::Preparing,
        text_track::Status::Ready => Status::Ready,
        text_track::Status::Errored => Status::Errored,
    }
}

/// Why something failed, if it did.
pub(crate) fn failure(kind: Option<String>, message: Option<String>) -> Option<Failure> {
    kind.map(|kind| Failure { kind, message: message.unwrap_or_default() })
}

fn stage(stage: asset::Stage) -> Stage {
    match stage {
        asset::Stage::Ingesting => Stage::Ingesting,
        asset::Stage::Transcoding => Stage::Transcoding,
        asset::Stage::Completed => Stage::Completed,
        asset::Stage::Errored => Stage::Errored,
    }
}

fn origin(origin: asset::Origin) -> Origin {
    match origin {
        asset::Origin::Url => Origin::Url,
        asset::Origin::Upload => Origin::Upload,
        asset::Origin::Clip => Origin::Clip,
        asset::Origin::File => Origin::File,
    }
}

pub(crate) fn playback(row: &playback_id::Playback) -> Playback {
    let policy = match row.policy {
        playback_id::Policy::Public => Policy::Public,
        playback_id::Policy::Signed => Policy::Signed,
    };
    Playback { id: row.id, policy }
}

pub(crate) fn policy(policy: Policy) -> playback_id::Policy {
    match policy {
        Policy::Public => playback_id::Policy::Public,
        Policy::Signed => playback_id::Policy::Signed,
    }
}

/// What the `settings` column of an upload holds: the asset to be made.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct UploadSettings {
    pub(crate) asset: crate::model::AssetSettings,
    pub(crate) signed: Vec<bool>,
}

impl From<&NewAsset> for UploadSettings {
    fn from(new: &NewAsset) -> Self {
        let signed = new.policies.iter().map(|p| *p == Policy::Signed).collect();
        Self { asset: new.settings.clone(), signed }
    }
}

impl From<UploadSettings> for NewAsset {
    fn from(stored: UploadSettings) -> Self {
        let policy = |signed: bool| if signed { Policy::Signed } else { Policy::Public };
        Self { settings: stored.asset, policies: stored.signed.into_iter().map(policy).collect() }
    }
}

pub(crate) fn upload(row: upload::Upload) -> Result<Upload> {
    let status = match row.status {
        upload::Status::Waiting => UploadStatus::Waiting,
        upload::Status::AssetCreated => UploadStatus::AssetCreated,
        upload::Status::Errored => UploadStatus::Errored,
        upload::Status::Cancelled => UploadStatus::Cancelled,
        upload::Status::TimedOut => UploadStatus::TimedOut,
    };
    let settings: UploadSettings = parse(&row.settings)?;
    let failure = failure(row.error_kind, row.error_message);
    Ok(Upload {
        id: row.id,
        secret: row.secret,
        status,
        timeout_s: row.timeout_s,
        cors_origin: row.cors_origin.unwrap_or_default(),
        new_asset: settings.into(),
        asset: row.asset,
        failure,
        test: row.test,
        created_ms: row.created_ms,
    })
}
