//! Ingest: from a URL or staged bytes to an asset that plays.

use serde::{Deserialize, Serialize};
use subclip_core::{Index, ObjectId, Timeline, Track, TrackId, UploadId, shape};
use subclip_db::span::{self, Role};
use subclip_db::{Tx, asset, job, object};
use subclip_engine::H264Settings;

use super::enqueue_collect;
use super::keys::{AssetKey, UploadKey};
use super::workers::{Context, Outcome};
use crate::app::App;
use crate::events::Changes;
use crate::fetch::Resume;
use crate::ingest::{
    IndexedTrack, Indexing, IndexingTurn, Placeable, Reasons, Sound, Transcode, index_object, whole,
};
use crate::jobs::Lane;
use crate::model::{AssetSettings, Conversion, Input, InputFile, InputTrack};
use crate::rows::{self, Request};
use crate::store::{object_stored, store_track};
use crate::{Error, Result};

/// The job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ingest {
    pub(crate) asset: AssetKey,
    pub(crate) from: MediaFrom,
}

/// Where the media comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MediaFrom {
    /// It is to be fetched.
    Url(String),
    /// It lies in staging, whole.
    Staged(UploadKey),
    /// It is in the store.
    Stored,
}

/// The most lines of a picture that is encoded anew, where nothing else was asked for.
const MOST_LINES: u32 = 1080;

impl Ingest {
    pub(crate) async fn run(self, context: &Context) -> Result<Outcome> {
        let app = &context.app;
        let Some(row) = asset::get(app.db(), self.asset.0).await? else { return Ok(Outcome::Over) };
        if row.status != asset::Status::Preparing {
            return Ok(Outcome::Over);
        }
        let original = self.original(context, &row).await?;
        let mut input: Input = rows::parse(&row.inputs)?;
        let made = match index_object(app, original).await? {
            Indexing::Conforming { video, audio } => {
                input.file = Some(conforming_file(video.as_ref(), audio.as_ref()));
                Prepared::as_it_is(original, video, audio)
            }
            Indexing::NotConforming(reasons) => {
                self.transcode(context, &row, original, reasons, &mut input).await?
            }
            Indexing::Foreign(what) => {
                tracing::debug!(asset = %row.id, what, "not indexed in place");
                self.transcode(context, &row, original, Reasons::default(), &mut input).await?
            }
        };
        if made.video.is_none() && made.audio.is_none() {
            return Err(Error::invalid("There is neither video nor sound in this file that can be played."));
        }
        commit(context, &row, made, &input).await?;
        Ok(Outcome::Finished)
    }

    /// The object that holds the media as it came. Its id follows from the asset's, so that a second run finds what
    /// the first one brought.
    async fn original(&self, context: &Context, row: &asset::Asset) -> Result<ObjectId> {
        let app = &context.app;
        let id = ObjectId::from_bytes(row.id.bytes());
        if object::get(app.db(), id).await?.is_none() {
            object::insert(app.db(), id, Some(row.id), app.now_ms()).await?;
        }
        match app.storage().size(id).await {
            Ok(_) => return Ok(id),
            Err(subclip_storage::Error::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let staged = match &self.from {
            MediaFrom::Staged(upload) => upload.0,
            MediaFrom::Stored => return Err(Error::internal("the file of an asset went from the store")),
            MediaFrom::Url(url) => {
                let staged = UploadId::from_bytes(row.id.bytes());
                fetch(context, row, url, staged).await?;
                staged
            }
        };
        let size = app.storage().staging_finish(staged, id).await?;
        object_stored(app, id, size).await?;
        Ok(id)
    }

    /// Makes of the original what can be served: by another container where that is enough, else by encoding.
    async fn transcode(
        &self,
        context: &Context,
        row: &asset::Asset,
        original: ObjectId,
        reasons: Reasons,
        input: &mut Input,
    ) -> Result<Prepared> {
        let app = &context.app;
        let work = Transcode::open(app.engine(), app.storage(), original, &context.cancel).await?;
        let file = input.file.insert(InputFile::from(&work.probe));
        let mut sound = if reasons.sound_is_missing { Sound::Filled } else { Sound::AsItIs };
        reasons.tell_of(file);
        while let Some(made) =
            work.with_pictures_as_they_are(sound, &mut context.progress(), &context.cancel, file).await?
        {
            let (object, indexing) = self.take_in(app, row, &made.path).await?;
            let before = sound;
            match indexing.conforming() {
                Ok((video, audio)) if work.has_its_pictures(video.as_ref()) => {
                    return Ok(Prepared::as_it_is(object, video, audio));
                }
                Ok(_) => {}
                Err(reasons) => {
                    if reasons.sound_is_missing {
                        sound = Sound::Filled;
                    }
                    reasons.tell_of(file);
                }
            }
            object::release(app.db(), object).await?;
            if sound == before {
                break;
            }
        }
        if file.not_conforming.is_empty() {
            file.not_conforming
                .push("its container or its codecs are not among those served as they are".into());
        }
        file.conversion = Some(Conversion::Encoded);
        asset::set_inputs(app.db(), row.id, &rows::json(input)?, app.now_ms()).await?;
        asset::set_progress(app.db(), row.id, asset::Stage::Transcoding, 0.0, app.now_ms()).await?;
        let settings: AssetSettings = rows::parse(&row.settings)?;
        let most_lines = settings.most_lines.unwrap_or(MOST_LINES);
        let shape = work.probe.video().and_then(subclip_engine::Stream::shape);
        loop {
            let made = work.normalise(most_lines, sound, &mut context.progress(), &context.cancel).await?;
            let (object, indexing) = self.take_in(app, row, &made.path).await?;
            match indexing.conforming() {
                Ok((video, audio)) if work.has_its_pictures(video.as_ref()) => {
                    return Ok(Prepared { object, video, audio, encoder: made.encoder, shape });
                }
                Ok(_) => return Err(Error::invalid("The pictures of this file can't be decoded.")),
                Err(reasons) if reasons.sound_is_missing && sound == Sound::AsItIs => {
                    object::release(app.db(), object).await?;
                    sound = Sound::Filled;
                }
                Err(reasons) => return Err(unplayable(&reasons.sentences.join("; "))),
            }
        }
    }

    /// Takes a file that the engine made into the store, and indexes it.
    async fn take_in(
        &self,
        app: &App,
        row: &asset::Asset,
        path: &std::path::Path,
    ) -> Result<(ObjectId, Indexing)> {
        let id = ObjectId::from_bytes(crate::random::id_bytes());
        object::insert(app.db(), id, Some(row.id), app.now_ms()).await?;
        let size = app.storage().adopt(id, path).await?;
        object_stored(app, id, size).await?;
        Ok((id, index_object(app, id).await?))
    }
}

/// Encoding it once more would come to the same.
fn unplayable(why: &str) -> Error {
    tracing::error!(why, "what was normalised does not conform");
    Error::invalid(format!("This file could not be turned into something that can be played: {why}."))
}

/// Tracks that are ready to be stored.
struct Prepared {
    object: ObjectId,
    video: Option<IndexedTrack>,
    audio: Option<IndexedTrack>,
    encoder: Option<H264Settings>,
    /// Width to height of the pictures as shown.
    shape: Option<(u32, u32)>,
}

impl Prepared {
    /// Tracks whose samples are the source's own.
    fn as_it_is(object: ObjectId, video: Option<IndexedTrack>, audio: Option<IndexedTrack>) -> Self {
        let format = video.as_ref().and_then(|video| video.track.video());
        let shape = format.and_then(|format| shape((format.width, format.height), format.pixel_aspect));
        Self { object, video, audio, encoder: None, shape }
    }
}

/// Brings a URL's bytes into staging, going on where an earlier try broke off.
async fn fetch(context: &Context, row: &asset::Asset, url: &str, staged: UploadId) -> Result<()> {
    let app = &context.app;
    let mut request: Request = rows::parse(&row.request)?;
    let there = app.storage().staging_length(staged).await?;
    let size_bytes = request.size_bytes;
    let validator = request.validator.clone().filter(|_| there > 0);
    let resume = validator.map(|validator| Resume { offset: there, validator, size_bytes });
    let opened = tokio::select! {
        opened = app.fetcher().open(url, resume.as_ref()) => opened?,
        () = context.cancel.cancelled() => return Err(Error::conflict("The fetch was cancelled.")),
    };
    if opened.offset < there {
        app.storage().staging_truncate(staged, opened.offset).await?;
    }
    if request.validator != opened.validator || request.size_bytes != opened.size_bytes {
        request.validator.clone_from(&opened.validator);
        request.size_bytes = opened.size_bytes;
        asset::set_request(app.db(), row.id, &rows::json(&request)?, app.now_ms()).await?;
    }
    let (offset, size_bytes) = (opened.offset, opened.size_bytes);
    let most_bytes = app.storage().most_file_bytes();
    if size_bytes.is_some_and(|size| size > most_bytes) {
        return Err(subclip_storage::Error::TooLarge { most_bytes }.into());
    }
    let mut staging = app.storage().staging_open(staged).await?;
    let appended = tokio::select! {
        appended = staging.append(offset, opened.into_stream()) => appended?,
        () = context.cancel.cancelled() => return Err(Error::conflict("The fetch was cancelled.")),
    };
    if let Some(error) = appended.interrupted {
        return Err(error.into());
    }
    match size_bytes {
        Some(size) if size != appended.length => {
            Err(Error::busy(format!("The host sent {} of {size} bytes.", appended.length)))
        }
        _ if appended.length == 0 => Err(Error::invalid("The host sent an empty file.")),
        _ => Ok(()),
    }
}

/// Stores the tracks and makes the asset ready, all at once.
async fn commit(context: &Context, row: &asset::Asset, made: Prepared, input: &Input) -> Result<()> {
    let app = &context.app;
    let encoder = made.encoder.as_ref().map(rows::json).transpose()?;
    let video = match made.video {
        Some(indexed) => Some(stored(app, made.object, indexed, encoder).await?),
        None => None,
    };
    let audio = match made.audio {
        Some(indexed) => Some(stored(app, made.object, indexed, None).await?),
        None => None,
    };
    let timeline = timeline_of(video.as_ref(), audio.as_ref());
    let duration = timeline.duration();
    if duration <= subclip_core::Time::ZERO {
        return Err(Error::invalid("There is nothing in this file that lasts."));
    }
    let request = Request { shape: made.shape, ..rows::parse(&row.request)? };
    let tx = app.db().begin().await?;
    context.finish(&tx).await?;
    asset::set_request(&tx, row.id, &rows::json(&request)?, app.now_ms()).await?;
    ready(&tx, app, row, &timeline, input).await?;
    app.commit(tx).await?;
    app.wake(Lane::Cut);
    app.wake(Lane::Upkeep);
    Ok(())
}

async fn ready(tx: &Tx, app: &App, row: &asset::Asset, timeline: &Timeline, input: &Input) -> Result<()> {
    span::set_timeline(tx, row.id, Role::Plays, timeline).await?;
    asset::set_inputs(tx, row.id, &rows::json(input)?, app.now_ms()).await?;
    if !(Changes { tx, app }).make_ready(row.id, timeline.duration()).await? {
        return Err(Error::conflict("The asset was deleted while it was taken in."));
    }
    job::release_waiting(tx, row.id).await?;
    // The original goes where something else is played; a pair of remuxed and normalised files, likewise.
    enqueue_collect(tx, app).await
}

struct StoredTrack {
    id: TrackId,
    track: Track,
    index: Index,
    _turn: IndexingTurn,
}

async fn stored(
    app: &App,
    object: ObjectId,
    indexed: IndexedTrack,
    encoder: Option<serde_json::Value>,
) -> Result<StoredTrack> {
    let IndexedTrack { track, index, encoded, turn } = indexed;
    let id = store_track(app, object, *encoded, encoder).await?;
    Ok(StoredTrack { id, track, index, _turn: turn })
}

fn timeline_of(video: Option<&StoredTrack>, audio: Option<&StoredTrack>) -> Timeline {
    fn place(stored: &StoredTrack) -> Placeable<'_> {
        Placeable { id: stored.id, timescale: stored.track.timescale, index: &stored.index }
    }
    whole(video.map(place), audio.map(place))
}

/// What a file that conforms turned out to be, as the engine would tell it.
fn conforming_file(video: Option<&IndexedTrack>, audio: Option<&IndexedTrack>) -> InputFile {
    let mut file = InputFile { container: "mov,mp4,m4a,3gp,3g2,mj2".into(), ..InputFile::default() };
    for indexed in [video, audio].into_iter().flatten() {
        let facts = &indexed.encoded.facts;
        let seconds = facts.duration_ticks as f64 / f64::from(facts.timescale);
        let picture = indexed.track.video();
        file.tracks.push(InputTrack {
            medium: if picture.is_some() { "video" } else { "audio" }.into(),
            codec: if picture.is_some() { "h264" } else { "aac" }.into(),
            duration_s: Some(seconds),
            width: picture.map(|p| p.width),
            height: picture.map(|p| p.height),
            pixel_aspect: picture.map(|p| p.pixel_aspect),
            pixel_format: None,
            frame_rate: facts
                .frame_rate_num
                .zip(facts.frame_rate_den)
                .map(|(n, d)| f64::from(n) / f64::from(d)),
            sample_rate: facts.sample_rate,
            channels: facts.channels.map(u32::from),
        });
    }
    file
}
