//! What a clip gets of its source's captions.

use std::collections::HashMap;

use subclip_core::{AssetId, TextTrackId, Time};
use subclip_db::text_track::{self as row, Status};
use subclip_db::{Tx, asset};
use tokio::sync::OwnedSemaphorePermit;

use super::names::NAMING;
use super::request::{Bounds, Making, names_of};
use super::written::Written;
use crate::app::App;
use crate::events::Changes;
use crate::{Error, Result, random, rows};

/// The captions of an asset that are ready, cut for a clip of it.
pub(crate) struct CutTexts {
    start: Time,
    end: Time,
    webvtt: HashMap<TextTrackId, String>,
    /// As long as they are in memory.
    _room: OwnedSemaphorePermit,
}

impl CutTexts {
    /// Cuts what there is, from `start` to `end` of its timeline, before the transaction that makes the clip.
    pub(crate) async fn of(app: &App, source: AssetId, start: Time, end: Time) -> Result<Self> {
        let ready = row::list(app.db(), &[source]).await?;
        let ready: Vec<_> = ready.into_iter().filter(|row| row.status == Status::Ready).collect();
        let bytes = if ready.is_empty() { 0 } else { row::cue_bytes(app.db(), source).await? };
        let room = app.shown().room_for(bytes).await?;
        let mut webvtt = HashMap::with_capacity(ready.len());
        for row in ready {
            // One that went meanwhile is not looked for later.
            let Some(whole) = row::cues(app.db(), row.id).await? else { continue };
            let cut = Written::part_of(whole, (start, end)).await?;
            let cut =
                cut.ok_or_else(|| Error::internal(format!("the text track {} can't be read", row.id)))?;
            webvtt.insert(row.id, cut.webvtt);
        }
        Ok(Self { start, end, webvtt, _room: room })
    }

    /// Gives a clip the captions that its source has, cut as the clip is. In the transaction that pins what the clip shows,
    /// so that it does not matter what becomes of the source.
    ///
    /// Those that are still on their way come when they have come to the source. Those that failed are left out, and so are
    /// those that the clip brings of its own under the same name.
    ///
    /// # Errors
    /// `Conflict` where some came to the source since these were cut; `Busy` where too many are on their way.
    pub(crate) async fn inherit(mut self, tx: &Tx, app: &App, source: AssetId, clip: AssetId) -> Result<()> {
        let mut taken = names_of(tx, clip).await?;
        let bounds = Bounds::of(self.start, self.end);
        let mut new = Vec::new();
        let mut some_are_preparing = false;
        for of_source in row::list_locked(tx, source).await? {
            if taken.contains(&of_source.name)
                || of_source.status == Status::Errored
                || taken.len() >= NAMING.most
            {
                continue;
            }
            taken.push(of_source.name.clone());
            let webvtt = match of_source.status {
                Status::Ready => Some(self.webvtt.remove(&of_source.id).ok_or_else(changed)?),
                Status::Preparing | Status::Errored => None,
            };
            some_are_preparing |= webvtt.is_none();
            new.push((inherited(app, of_source, clip, bounds)?, webvtt));
        }
        let of_clip = asset::get(tx, clip).await?;
        if let Some(of_clip) = of_clip.filter(|_| some_are_preparing) {
            app.limits().room_for_texts(tx, of_clip.workspace).await?;
        }
        Changes { tx, app }.create_texts(clip, new).await.map(drop)
    }
}

fn changed() -> Error {
    Error::conflict("The captions of the source changed at the same moment; try again.")
}

fn inherited(app: &App, of_source: row::TextTrack, clip: AssetId, bounds: Bounds) -> Result<row::TextTrack> {
    let making = Making::of(&of_source)?;
    let part = match making.part {
        Some(outer) => outer.within(bounds)?,
        None => bounds,
    };
    let waits = of_source.status == Status::Preparing;
    let making =
        if waits { Making { part: Some(part), cut: Some(bounds), ..making } } else { Making::default() };
    Ok(row::TextTrack {
        id: TextTrackId::from_bytes(random::id_bytes()),
        asset: clip,
        request: rows::json(&making)?,
        follows: waits.then_some(of_source.id),
        created_ms: app.now_ms(),
        updated_ms: app.now_ms(),
        ..of_source
    })
}
