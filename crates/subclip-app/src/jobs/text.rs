//! Making captions ready: fetched by URL, or generated from the asset's sound.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use subclip_core::TextTrackId;
use subclip_db::text_track::{self, Status, TextTrack};
use subclip_db::{Tx, asset};
use subclip_formats::captions::{CaptionsError, MOST_BYTES};

use super::keys::TextKey;
use super::wanted::{Wanted, while_wanted};
use super::workers::{Context, Outcome};
use super::{Lane, lane_of};
use crate::app::App;
use crate::captions::{Bounds, Making, Settling, TextFrom, Written, read, transcript};
use crate::{Error, Result};

/// The job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Text {
    pub(crate) track: TextKey,
}

impl Text {
    pub(crate) async fn run(self, context: &Context) -> Result<Outcome> {
        let app = &context.app;
        let Some(row) = wanted(app, self.track.0).await? else { return Ok(Outcome::Over) };
        while_wanted(context, &self, make(context, row)).await
    }

    /// Tells of it that it can't be made, in the transaction that gives it up.
    pub(crate) async fn fail(self, tx: &Tx, app: &App, kind: &str, message: &str) -> Result<()> {
        match text_track::lock(tx, self.track.0).await? {
            Some(row) => Settling { tx, app }.errored(row, kind, message).await,
            None => Ok(()),
        }
    }
}

impl Wanted for Text {
    async fn is_wanted(&self, app: &App) -> Result<bool> {
        Ok(wanted(app, self.track.0).await?.is_some())
    }
}

async fn wanted(app: &App, id: TextTrackId) -> Result<Option<TextTrack>> {
    let row = text_track::get(app.db(), id).await?;
    Ok(row.filter(|row| row.status == Status::Preparing))
}

async fn make(context: &Context, row: TextTrack) -> Result<Outcome> {
    let app = &context.app;
    let written = match row.follows {
        Some(followed) => cut(app, &row, followed).await?,
        None => brought(context, &row).await?,
    };
    let Some(written) = written else { return Ok(Outcome::Over) };
    let tx = app.db().begin().await?;
    context.finish(&tx).await?;
    // It may be called otherwise by now, or be gone.
    if let Some(row) = text_track::lock(&tx, row.id).await? {
        Settling { tx: &tx, app }.ready(row, written).await?;
    }
    app.commit(tx).await?;
    app.forget_asset(row.asset).await;
    app.wake(Lane::Text);
    Ok(Outcome::Finished)
}

/// The part that is wanted of captions that are followed; nothing while those are not ready: who makes them ready queues
/// this anew.
async fn cut(app: &App, row: &TextTrack, followed: TextTrackId) -> Result<Option<Written>> {
    let part = Making::of(row)?.cut.ok_or_else(|| Error::internal("a text track follows another nowhere"))?;
    let source = text_track::get(app.db(), followed).await?.filter(|row| row.status == Status::Ready);
    let Some(source) = source else { return Ok(None) };
    let whole = text_track::cues(app.db(), followed).await?;
    let gone = || Error::conflict("The captions that these are cut from were deleted at the same moment.");
    let cut = Written::part_of(whole.ok_or_else(gone)?, part.times()?).await?;
    let cut = cut.ok_or_else(|| Error::internal(format!("the text track {followed} can't be read")))?;
    // Kept captions tell no language, and theirs may have been found out only now.
    Ok(Some(Written { language: Some(source.language), ..cut }))
}

/// Captions that are fetched or generated; nothing where that is done elsewhere.
async fn brought(context: &Context, row: &TextTrack) -> Result<Option<Written>> {
    let app = &context.app;
    let making = Making::of(row)?;
    let nothing = || Error::internal("a text track that nothing is to be made of is preparing");
    let from = making.from.ok_or_else(nothing)?;
    if lane_of(&from).name() != context.job.lane {
        // It followed another one when this was queued, and was queued where it belongs when that went.
        return Ok(None);
    }
    match from {
        TextFrom::Url(url) => {
            let captions = read(fetched(context, &url).await?).await?;
            let part = making.part.map(Bounds::times).transpose()?;
            Written::of(captions, part).await.map(Some)
        }
        TextFrom::Sound => {
            refuse_failed(app, row).await?;
            let captions = transcript(app, row.asset, &row.language, &context.cancel).await?;
            Written::of(captions, None).await.map(Some)
        }
    }
}

async fn refuse_failed(app: &App, row: &TextTrack) -> Result<()> {
    match asset::get(app.db(), row.asset).await?.map(|asset| asset.status) {
        Some(asset::Status::Errored) => {
            Err(Error::invalid("The asset could not be made, so it has no sound."))
        }
        Some(asset::Status::Preparing) => Err(Error::not_ready("The asset is still being prepared.")),
        Some(asset::Status::Ready) | None => Ok(()),
    }
}

/// The bytes of a file of captions, as many as may be.
async fn fetched(context: &Context, url: &str) -> Result<Bytes> {
    let file = tokio::select! {
        file = context.app.fetcher().small(url, MOST_BYTES as u64) => file?,
        () = context.cancel.cancelled() => return Err(Error::conflict("The fetch was cancelled.")),
    };
    file.ok_or_else(|| Error::invalid(CaptionsError::TooLarge.to_string()))
}
