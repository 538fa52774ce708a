//! Ingest: from a URL or staged bytes to an asset that plays.

use serde::{Deserialize, Serialize};
use subclip_core::{Alternate, Index, ObjectId, Span, Time, Timeline, Track, TrackId, shape};
use subclip_db::sound_track::Heard;
use subclip_db::span::{self, Role};
use subclip_db::{Tx, asset, job, object};
use subclip_engine::H264Settings;

use super::keys::{AssetKey, UploadKey};
use super::workers::{Context, Outcome};
use super::{Render, enqueue_collect, enqueue_render};
use crate::app::App;
use crate::events::Changes;
use crate::ingest::{
    Indexed, IndexedTrack, Indexing, IndexingTurn, Intake, Placeable, Reasons, Sound, SoundEnd, Told,
    Transcode, index_object, part_of_sound, whole,
};
use crate::jobs::Lane;
use crate::labels::shortest_tag;
use crate::model::{AssetSettings, Conversion, Input, InputFile, InputTrack};
use crate::render::fetch_images;
use crate::rows::{self, Request};
use crate::sounds::ready_row;
use crate::store::{Holder, store_track};
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
        let settings: AssetSettings = rows::parse(&row.settings)?;
        // Whoever gave the wrong URL for one should not hear of it after an hour.
        fetch_images(app, row.id, &settings.overlays, &context.cancel).await?;
        let mut input: Input = rows::parse(&row.inputs)?;
        let made = match index_object(app, original, SoundEnd::WithPictures).await? {
            Indexing::Conforming(indexed) => {
                input.file = Some(conforming_file(&indexed));
                Prepared::as_it_is(original, *indexed)
            }
            Indexing::NotConforming(reasons) => {
                self.transcode(context, &row, original, reasons, &mut input).await?
            }
            Indexing::Foreign(what) => {
                tracing::debug!(asset = %row.id, what, "not indexed in place");
                self.transcode(context, &row, original, Reasons::default(), &mut input).await?
            }
        };
        if made.tracks.video.is_none() && made.tracks.audio.is_none() {
            return Err(Error::invalid("There is neither video nor sound in this file that can be played."));
        }
        if made.tracks.video.is_none() && !settings.overlays.is_empty() {
            return Err(Error::invalid("There are no pictures in this file to lay an image over."));
        }
        commit(context, &row, &settings, made, &input).await?;
        Ok(Outcome::Finished)
    }

    /// The object that holds the media as it came.
    async fn original(&self, context: &Context, row: &asset::Asset) -> Result<ObjectId> {
        let app = &context.app;
        let intake = Intake { context, holder: Holder::Asset(row.id) };
        let id = intake.original();
        if intake.is_stored(id).await? {
            return Ok(id);
        }
        let staged = match &self.from {
            MediaFrom::Staged(upload) => upload.0,
            MediaFrom::Stored => return Err(Error::internal("the file of an asset went from the store")),
            MediaFrom::Url(url) => {
                let mut request: Request = rows::parse(&row.request)?;
                let told = Told { validator: request.validator.take(), size_bytes: request.size_bytes };
                let fetching = intake.open(url, told.clone()).await?;
                if fetching.told != told {
                    request.validator.clone_from(&fetching.told.validator);
                    request.size_bytes = fetching.told.size_bytes;
                    asset::set_request(app.db(), row.id, &rows::json(&request)?, app.now_ms()).await?;
                }
                intake.fetch(fetching).await?;
                intake.staged()
            }
        };
        intake.finish(staged, id).await?;
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
        let intake = Intake { context, holder: Holder::Asset(row.id) };
        let work = Transcode::open(app.engine(), app.storage(), original, &context.cancel).await?;
        let file = input.file.insert(InputFile::from(&work.probe));
        let mut sound = if reasons.sound_is_missing { Sound::Filled } else { Sound::AsItIs };
        reasons.tell_of(file);
        while let Some(made) =
            work.with_pictures_as_they_are(sound, &mut context.progress(), &context.cancel, file).await?
        {
            let object = intake.adopt(&made.path).await?;
            let before = sound;
            match index_object(app, object, sound.end()).await?.conforming() {
                Ok(indexed) if work.has_its_pictures(indexed.video.as_ref()) => {
                    return Ok(Prepared::as_it_is(object, indexed));
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
            let object = intake.adopt(&made.path).await?;
            match index_object(app, object, sound.end()).await?.conforming() {
                Ok(tracks) if work.has_its_pictures(tracks.video.as_ref()) => {
                    return Ok(Prepared { object, tracks, encoder: made.encoder, shape });
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
}

/// Encoding it once more would come to the same.
fn unplayable(why: &str) -> Error {
    tracing::error!(why, "what was normalised does not conform");
    Error::invalid(format!("This file could not be turned into something that can be played: {why}."))
}

/// Tracks that are ready to be stored.
struct Prepared {
    object: ObjectId,
    tracks: Indexed,
    encoder: Option<H264Settings>,
    /// Width to height of the pictures as shown.
    shape: Option<(u32, u32)>,
}

impl Prepared {
    /// Tracks whose samples are the source's own.
    fn as_it_is(object: ObjectId, tracks: Indexed) -> Self {
        let format = tracks.video.as_ref().and_then(|video| video.track.video());
        let shape = format.and_then(|format| shape((format.width, format.height), format.pixel_aspect));
        Self { object, tracks, encoder: None, shape }
    }
}

/// Stores the tracks and makes the asset ready, all at once.
async fn commit(
    context: &Context,
    row: &asset::Asset,
    settings: &AssetSettings,
    made: Prepared,
    input: &Input,
) -> Result<()> {
    let app = &context.app;
    let encoder = made.encoder.as_ref().map(rows::json).transpose()?;
    let Indexed { video, audio, sounds } = made.tracks;
    let video = match video {
        Some(indexed) => Some(stored(app, made.object, indexed, encoder).await?),
        None => None,
    };
    let audio = match audio {
        Some(indexed) => Some(stored(app, made.object, indexed, None).await?),
        None => None,
    };
    let mut beside = Vec::with_capacity(sounds.len());
    for indexed in sounds {
        beside.push(stored(app, made.object, indexed, None).await?);
    }
    let mut timeline = timeline_of(video.as_ref(), audio.as_ref());
    let duration = timeline.duration();
    if duration <= Time::ZERO {
        return Err(Error::invalid("There is nothing in this file that lasts."));
    }
    let request = Request { shape: made.shape, ..rows::parse(&row.request)? };
    let tx = app.db().begin().await?;
    context.finish(&tx).await?;
    asset::set_request(&tx, row.id, &rows::json(&request)?, app.now_ms()).await?;
    let first_picture = video.as_ref().map_or(Time::ZERO, StoredTrack::start);
    for sound in &beside {
        let end = Time::new(
            first_picture.round_to(duration.scale()).saturating_add(duration.ticks()),
            duration.scale(),
        );
        if let Some(span) = part_of_sound(sound.placeable(), first_picture, end) {
            let alternate = beside_the_first(&tx, app, row, sound, span).await?;
            timeline.alternates.push(alternate);
        }
    }
    asset::set_inputs(&tx, row.id, &rows::json(input)?, app.now_ms()).await?;
    if input.file.as_ref().is_some_and(|file| !file.not_conforming.is_empty()) {
        Changes { tx: &tx, app }.note_not_conforming(row.id).await?;
    }
    if settings.want_rendering() {
        hand_over(&tx, app, row, settings, &timeline).await?;
    } else {
        ready(&tx, app, row, &timeline).await?;
    }
    app.commit(tx).await?;
    app.wake(Lane::Cut);
    app.wake(Lane::Ingest);
    app.wake(Lane::Master);
    app.wake(Lane::Render);
    app.wake(Lane::Upkeep);
    Ok(())
}

/// Tells of a sound that came with its asset beside the first.
async fn beside_the_first(
    tx: &Tx,
    app: &App,
    row: &asset::Asset,
    sound: &StoredTrack,
    span: Span,
) -> Result<Alternate> {
    let first = rows::parse::<AssetSettings>(&row.settings)?.sound;
    let language = shortest_tag(&sound.track.language);
    let told = ready_row(tx, app, row.id, &first, (&language, heard(&sound.track)?)).await?;
    Ok(Alternate { number: told.number, spans: vec![span] })
}

/// What there is to be told of a sound.
pub(super) fn heard(track: &Track) -> Result<Heard> {
    let format = track.audio().ok_or_else(|| Error::internal("a track of sound has pictures"))?;
    Ok(Heard { channels: format.channels, sample_rate: format.sample_rate })
}

/// Has what was taken in rendered before it plays.
async fn hand_over(
    tx: &Tx,
    app: &App,
    row: &asset::Asset,
    settings: &AssetSettings,
    timeline: &Timeline,
) -> Result<()> {
    span::set_timeline(tx, row.id, Role::Pins, timeline).await?;
    // The badge of a test is not to be left out by anybody.
    if !settings.overlays.is_empty() && !settings.test {
        let clean = Timeline { video: timeline.video.clone(), ..Timeline::default() };
        span::set_timeline(tx, row.id, Role::Clean, &clean).await?;
    }
    asset::set_progress(tx, row.id, asset::Stage::Transcoding, 0.0, app.now_ms()).await?;
    enqueue_render(tx, app, Render { asset: row.id.into() }).await
}

async fn ready(tx: &Tx, app: &App, row: &asset::Asset, timeline: &Timeline) -> Result<()> {
    span::set_timeline(tx, row.id, Role::Plays, timeline).await?;
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

impl StoredTrack {
    fn placeable(&self) -> Placeable<'_> {
        Placeable { id: self.id, timescale: self.track.timescale, index: &self.index }
    }

    /// When the first of it is shown.
    fn start(&self) -> Time {
        let first = self.index.samples.iter().map(|sample| sample.pts).min().unwrap_or(0);
        Time::new(first, self.track.timescale)
    }
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
    whole(video.map(StoredTrack::placeable), audio.map(StoredTrack::placeable))
}

/// What a file that conforms turned out to be, as the engine would tell it.
fn conforming_file(Indexed { video, audio, sounds }: &Indexed) -> InputFile {
    let mut file = InputFile { container: "mov,mp4,m4a,3gp,3g2,mj2".into(), ..InputFile::default() };
    for indexed in video.iter().chain(audio).chain(sounds) {
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
