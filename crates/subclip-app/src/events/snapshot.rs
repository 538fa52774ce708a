//! Things as events show them: as they were then, in JSON that later versions can still read.
//!
//! What the rows of the database keep in columns of their own has types of its own here, apart from the model. What they
//! keep as JSON, settings, inputs, files and how a clip was cut, is stored here in that same form: it has to stay readable
//! anyway. Of either, what is added has a default, and nothing is renamed; `snapshot/stored` holds what earlier versions wrote.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use subclip_core::WebhookId;

use super::About;
use super::master_then::MasterThen;
use super::sound_then::SoundThen;
use super::text_then::TextThen;
use crate::captions::TextSource;
use crate::model::{
    Asset, AssetSettings, CutReport, Failure, Input, NewAsset, Origin, Playback, Policy, Rendition, Stage,
    Status, TrackDetail, TrackFacts, Upload, UploadStatus,
};
use crate::rows::{self, Exact};
use crate::{Error, Result};

/// What the `data` column of an event holds.
#[derive(Serialize, Deserialize)]
#[serde(tag = "about", rename_all = "snake_case")]
enum Snapshot {
    Asset { asset: AssetThen },
    Rendition { asset: AssetThen, rendition: Rendition },
    Text { asset: AssetThen, text: TextThen },
    Sound { asset: AssetThen, sound: SoundThen },
    Upload { upload: UploadThen },
    Webhook { id: String },
}

/// What an event is to store.
pub(super) fn write(about: &About) -> Result<Value> {
    rows::json(&match about {
        About::Asset(asset) => Snapshot::Asset { asset: AssetThen::of(asset) },
        About::Rendition { asset, rendition } => {
            Snapshot::Rendition { asset: AssetThen::of(asset), rendition: rendition.clone() }
        }
        About::Text { asset, text } => {
            Snapshot::Text { asset: AssetThen::of(asset), text: TextThen::of(text) }
        }
        About::Sound { asset, sound } => {
            Snapshot::Sound { asset: AssetThen::of(asset), sound: SoundThen::of(sound) }
        }
        About::Upload(upload) => Snapshot::Upload { upload: UploadThen::of(upload) },
        About::Webhook(id) => Snapshot::Webhook { id: id.to_string() },
    })
}

/// What an event has stored.
pub(super) fn read(data: &Value) -> Result<About> {
    Ok(match Snapshot::deserialize(data).map_err(Error::internal)? {
        Snapshot::Asset { asset } => About::Asset(Box::new(asset.asset()?)),
        Snapshot::Rendition { asset, rendition } => {
            About::Rendition { asset: Box::new(asset.asset()?), rendition }
        }
        Snapshot::Text { asset, text } => About::Text { asset: Box::new(asset.asset()?), text: text.text()? },
        Snapshot::Sound { asset, sound } => {
            About::Sound { asset: Box::new(asset.asset()?), sound: sound.sound()? }
        }
        Snapshot::Upload { upload } => About::Upload(Box::new(upload.upload()?)),
        Snapshot::Webhook { id } => About::Webhook(id_of::<WebhookId>(&id)?),
    })
}

pub(super) fn id_of<T: FromStr<Err: Display>>(text: &str) -> Result<T> {
    text.parse().map_err(Error::internal)
}

/// Declares how an enum of the model is written.
macro_rules! words {
    ($($model:ident { $($variant:ident = $word:literal,)* })*) => {$(
        impl Word for $model {
            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            fn of_word(word: &str) -> Result<Self> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    other => Err(Error::internal(format!("{other} is no word of an event"))),
                }
            }
        }
    )*};
}

pub(super) trait Word: Sized {
    fn word(self) -> &'static str;
    fn of_word(word: &str) -> Result<Self>;
}

words! {
    Status { Preparing = "preparing", Ready = "ready", Errored = "errored", }
    Stage {
        Ingesting = "ingesting", Transcoding = "transcoding", Completed = "completed", Errored = "errored",
    }
    Origin { Url = "url", Upload = "upload", Clip = "clip", File = "file", }
    TextSource { Uploaded = "uploaded", Generated = "generated", }
    Policy { Public = "public", Signed = "signed", }
    UploadStatus {
        Waiting = "waiting", AssetCreated = "asset_created", Errored = "errored", Cancelled = "cancelled",
        TimedOut = "timed_out",
    }
}

#[derive(Serialize, Deserialize)]
struct AssetThen {
    id: String,
    status: String,
    stage: String,
    progress_percent: u8,
    origin: String,
    source: Option<String>,
    upload: Option<String>,
    settings: AssetSettings,
    input: Input,
    failure: Option<(String, String)>,
    duration: Option<Exact>,
    tracks: Vec<TrackThen>,
    #[serde(default)]
    texts: Vec<TextThen>,
    #[serde(default)]
    sounds: Vec<SoundThen>,
    #[serde(default)]
    master: Option<MasterThen>,
    playback: Vec<(String, String)>,
    cut: Option<CutReport>,
    #[serde(default)]
    ends_ms: Option<i64>,
    created_ms: i64,
    updated_ms: i64,
}

impl AssetThen {
    fn of(asset: &Asset) -> Self {
        Self {
            id: asset.id.to_string(),
            status: asset.status.word().to_owned(),
            stage: asset.stage.word().to_owned(),
            progress_percent: asset.progress_percent,
            origin: asset.origin.word().to_owned(),
            source: asset.source.map(|id| id.to_string()),
            upload: asset.upload.map(|id| id.to_string()),
            settings: asset.settings.clone(),
            input: asset.input.clone(),
            failure: asset.failure.clone().map(|failure| (failure.kind, failure.message)),
            duration: asset.duration.map(Into::into),
            tracks: asset.tracks.iter().map(TrackThen::of).collect(),
            texts: asset.texts.iter().map(TextThen::of).collect(),
            sounds: asset.sounds.iter().map(SoundThen::of).collect(),
            master: asset.master.as_ref().map(MasterThen::of),
            playback: asset
                .playback
                .iter()
                .map(|one| (one.id.to_string(), one.policy.word().to_owned()))
                .collect(),
            cut: asset.cut.clone(),
            ends_ms: asset.ends_ms,
            created_ms: asset.created_ms,
            updated_ms: asset.updated_ms,
        }
    }

    fn asset(self) -> Result<Asset> {
        Ok(Asset {
            id: id_of(&self.id)?,
            status: Status::of_word(&self.status)?,
            stage: Stage::of_word(&self.stage)?,
            progress_percent: self.progress_percent,
            origin: Origin::of_word(&self.origin)?,
            source: self.source.as_deref().map(id_of).transpose()?,
            upload: self.upload.as_deref().map(id_of).transpose()?,
            settings: self.settings,
            input: self.input,
            failure: self.failure.map(|(kind, message)| Failure { kind, message }),
            duration: self.duration.map(Exact::time).transpose()?,
            tracks: self.tracks.into_iter().map(TrackThen::track).collect::<Result<_>>()?,
            texts: self.texts.into_iter().map(TextThen::text).collect::<Result<_>>()?,
            sounds: self.sounds.into_iter().map(SoundThen::sound).collect::<Result<_>>()?,
            master: self.master.map(MasterThen::master),
            playback: self
                .playback
                .iter()
                .map(|(id, policy)| Ok(Playback { id: id_of(id)?, policy: Policy::of_word(policy)? }))
                .collect::<Result<_>>()?,
            cut: self.cut,
            ends_ms: self.ends_ms,
            created_ms: self.created_ms,
            updated_ms: self.updated_ms,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct TrackThen {
    id: String,
    detail: DetailThen,
    duration: Exact,
    language: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DetailThen {
    Video { width: u32, height: u32, shape: (u32, u32), frame_rate: Option<f64> },
    Audio { channels: u16, sample_rate: u32 },
}

impl TrackThen {
    fn of(track: &TrackFacts) -> Self {
        let detail = match track.detail {
            TrackDetail::Video { width, height, shape, frame_rate } => {
                DetailThen::Video { width, height, shape, frame_rate }
            }
            TrackDetail::Audio { channels, sample_rate } => DetailThen::Audio { channels, sample_rate },
        };
        let (id, language) = (track.id.to_string(), track.language.clone());
        Self { id, detail, duration: track.duration.into(), language }
    }

    fn track(self) -> Result<TrackFacts> {
        let detail = match self.detail {
            DetailThen::Video { width, height, shape, frame_rate } => {
                TrackDetail::Video { width, height, shape, frame_rate }
            }
            DetailThen::Audio { channels, sample_rate } => TrackDetail::Audio { channels, sample_rate },
        };
        Ok(TrackFacts {
            id: id_of(&self.id)?,
            detail,
            duration: self.duration.time()?,
            language: self.language,
        })
    }
}

/// Without the secret of its URL: that is all the permission that is needed to send its bytes.
#[derive(Serialize, Deserialize)]
struct UploadThen {
    id: String,
    status: String,
    timeout_s: u32,
    cors_origin: String,
    settings: AssetSettings,
    policies: Vec<String>,
    asset: Option<String>,
    failure: Option<(String, String)>,
    test: bool,
    created_ms: i64,
}

impl UploadThen {
    fn of(upload: &Upload) -> Self {
        Self {
            id: upload.id.to_string(),
            status: upload.status.word().to_owned(),
            timeout_s: upload.timeout_s,
            cors_origin: upload.cors_origin.clone(),
            settings: upload.new_asset.settings.clone(),
            policies: upload.new_asset.policies.iter().map(|policy| policy.word().to_owned()).collect(),
            asset: upload.asset.map(|id| id.to_string()),
            failure: upload.failure.clone().map(|failure| (failure.kind, failure.message)),
            test: upload.test,
            created_ms: upload.created_ms,
        }
    }

    fn upload(self) -> Result<Upload> {
        let policies = self.policies.iter().map(|word| Policy::of_word(word)).collect::<Result<_>>()?;
        Ok(Upload {
            id: id_of(&self.id)?,
            secret: String::new(),
            status: UploadStatus::of_word(&self.status)?,
            timeout_s: self.timeout_s,
            cors_origin: self.cors_origin,
            new_asset: NewAsset { settings: self.settings, policies },
            asset: self.asset.as_deref().map(id_of).transpose()?,
            failure: self.failure.map(|(kind, message)| Failure { kind, message }),
            test: self.test,
            created_ms: self.created_ms,
        })
    }
}

#[cfg(test)]
mod tests;
