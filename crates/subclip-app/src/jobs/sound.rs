//! Making a sound beside the first ready: fetched, indexed where it lies or converted, and laid beside the pictures.

use serde::{Deserialize, Serialize};
use subclip_core::{Alternate, ObjectId, SoundTrackId, Time};
use subclip_db::sound_track::{self, SoundTrack, Status};
use subclip_db::{Tx, asset, object, span};

use super::ingest::heard;
use super::keys::SoundKey;
use super::wanted::{Wanted, while_wanted};
use super::workers::{Context, Outcome};
use super::{Lane, enqueue_collect};
use crate::app::App;
use crate::events::Changes;
use crate::ingest::{
    IndexedTrack, Intake, Placeable, Sound as Treatment, SoundEnd, Transcode, index_sound, part_of_sound,
};
use crate::rows;
use crate::sounds::SoundMaking;
use crate::store::{Holder, store_track};
use crate::{Error, Result};

/// The job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sound {
    pub(crate) track: SoundKey,
}

impl Sound {
    pub(crate) async fn run(self, context: &Context) -> Result<Outcome> {
        let app = &context.app;
        let Some(row) = wanted(app, self.track.0).await? else { return Ok(Outcome::Over) };
        let Some(asset) = asset::get(app.db(), row.asset).await? else { return Ok(Outcome::Over) };
        let duration = match (asset.status, asset.duration()) {
            (asset::Status::Ready, Some(duration)) => duration,
            (asset::Status::Errored, _) => {
                return Err(Error::invalid(
                    "The asset could not be made, so nothing is played with this sound.",
                ));
            }
            _ => return Err(Error::not_ready("The asset is still being prepared.")),
        };
        while_wanted(context, &self, make(context, row, duration)).await
    }

    /// Tells of it that it can't be made, in the transaction that gives it up.
    pub(crate) async fn fail(self, tx: &Tx, app: &App, kind: &str, message: &str) -> Result<()> {
        if let Some(row) = sound_track::lock(tx, self.track.0).await? {
            Changes { tx, app }.make_sound_errored(&row, kind, message).await?;
        }
        // What was brought of it is garbage.
        enqueue_collect(tx, app).await
    }
}

impl Wanted for Sound {
    async fn is_wanted(&self, app: &App) -> Result<bool> {
        Ok(wanted(app, self.track.0).await?.is_some())
    }
}

async fn wanted(app: &App, id: SoundTrackId) -> Result<Option<SoundTrack>> {
    let row = sound_track::get(app.db(), id).await?;
    Ok(row.filter(|row| row.status == Status::Preparing))
}

async fn make(context: &Context, row: SoundTrack, duration: Time) -> Result<Outcome> {
    let app = &context.app;
    let intake = Intake { context, holder: Holder::Sound(row.id) };
    let making = SoundMaking::of(&row)?;
    let (start, end) = match making.part {
        Some(part) => part.times()?,
        None => (Time::ZERO, duration),
    };
    let original = fetched(&intake, &row, making).await?;
    let found = index_sound(app, original, Some(end)).await?.conforming();
    let (object, indexed) = match found.map(|found| found.audio) {
        Ok(Some(indexed)) => (original, indexed),
        Ok(None) | Err(_) => converted(&intake, original, end).await?,
    };
    let IndexedTrack { track, index, encoded, turn } = indexed;
    let id = store_track(app, object, *encoded, None).await?;
    let placeable = Placeable { id, timescale: track.timescale, index: &index };
    let span = part_of_sound(placeable, start, end);
    drop((index, turn));
    let span =
        span.ok_or_else(|| Error::invalid("Nothing of this sound lies beside the asset's pictures."))?;
    let tx = app.db().begin().await?;
    context.finish(&tx).await?;
    // It may have got another name, or be gone.
    if let Some(row) = sound_track::lock(&tx, row.id).await?.filter(|row| row.status == Status::Preparing) {
        let alternate = Alternate { number: row.number, spans: vec![span] };
        span::add_alternate(&tx, row.asset, &alternate).await?;
        Changes { tx: &tx, app }.make_sound_ready(&row, heard(&track)?).await?;
    }
    // The original goes where something else is played, and so does what lies beyond the pictures.
    enqueue_collect(&tx, app).await?;
    app.commit(tx).await?;
    app.forget_asset(row.asset).await;
    app.wake(Lane::Upkeep);
    Ok(Outcome::Finished)
}

/// The object that holds the file as it came.
async fn fetched(intake: &Intake<'_>, row: &SoundTrack, making: SoundMaking) -> Result<ObjectId> {
    let (app, id) = (&intake.context.app, intake.original());
    if intake.is_stored(id).await? {
        return Ok(id);
    }
    let url =
        making.url.clone().ok_or_else(|| Error::internal("a sound that comes from nowhere is preparing"))?;
    let fetching = intake.open(&url, making.told.clone()).await?;
    if fetching.told != making.told {
        let making = SoundMaking { told: fetching.told.clone(), ..making };
        sound_track::set_request(app.db(), row.id, &rows::json(&making)?).await?;
    }
    intake.fetch(fetching).await?;
    intake.finish(intake.staged(), id).await?;
    Ok(id)
}

/// Makes of a file's sound what can be served beside pictures that last `until` then: by another container where that is
/// enough, else by encoding.
async fn converted(intake: &Intake<'_>, original: ObjectId, until: Time) -> Result<(ObjectId, IndexedTrack)> {
    let Context { app, cancel, .. } = intake.context;
    let work = Transcode::open(app.engine(), app.storage(), original, cancel).await?;
    if work.probe.audio().is_none() {
        return Err(Error::invalid("There is no sound in this file that can be decoded."));
    }
    let mut why = String::new();
    for treatment in [Treatment::AsItIs, Treatment::Filled] {
        let made = match work.sound_alone(treatment, until, &mut intake.context.progress(), cancel).await {
            Ok(made) => made,
            Err(subclip_engine::Error::Refused { .. }) if treatment == Treatment::AsItIs => continue,
            Err(error) => return Err(error.into()),
        };
        let object = intake.adopt(&made.path).await?;
        let until = Some(until).filter(|_| treatment.end() == SoundEnd::WithPictures);
        match index_sound(app, object, until).await?.conforming() {
            Ok(indexed) => match indexed.audio {
                Some(indexed) => return Ok((object, indexed)),
                None => why = "there is no sound in what came of it".to_owned(),
            },
            Err(reasons) => why = reasons.sentences.join("; "),
        }
        object::release(app.db(), object).await?;
    }
    Err(Error::invalid(format!("This sound could not be turned into something that can be played: {why}.")))
}
