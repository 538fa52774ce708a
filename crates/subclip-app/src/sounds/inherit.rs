//! What a clip gets of its source's sounds.

use subclip_core::{Alternate, AssetId, Time, Timeline};
use subclip_db::sound_track::{self as row, Status};
use subclip_db::{Tx, asset};

use super::request::{NAMING, SoundMaking, empty, enqueue};
use crate::app::App;
use crate::captions::Bounds;
use crate::events::Changes;
use crate::ingest::Told;
use crate::labels::unlike;
use crate::model::AssetSettings;
use crate::rows;
use crate::{Error, Result};

/// A clip whose samples are about to be pinned.
pub(crate) struct Inheriting<'a> {
    pub(crate) tx: &'a Tx,
    pub(crate) app: &'a App,
    pub(crate) source: AssetId,
    pub(crate) clip: AssetId,
    /// From where to where on the source's timeline it is cut.
    pub(crate) start: Time,
    pub(crate) end: Time,
    /// The sounds beside the first that the source had when the pins were found.
    pub(crate) seen: &'a [u32],
}

/// Gives a clip the sounds that its source has beside the first, and answers with what it pins of them, under the numbers
/// that they have on the clip. In the transaction that pins, so that it does not matter what becomes of the source.
///
/// Those that are still on their way are fetched for the clip itself. Those that failed are left out, those of which
/// nothing lies in the clip, and those that the clip brings of its own under the same name.
///
/// # Errors
/// `Conflict` where one came to the source since the pins were found.
pub(crate) async fn inherit(to: &Inheriting<'_>, pins: Timeline) -> Result<Timeline> {
    let Inheriting { tx, app, source, clip, start, end, seen } = *to;
    let Some(of_clip) = asset::get(tx, clip).await? else { return Ok(pins) };
    let first = rows::parse::<AssetSettings>(&of_clip.settings)?.sound.shown_name();
    let own: Vec<String> = row::list(tx, &[clip]).await?.into_iter().map(|row| row.name).collect();
    let mut taken = own.clone();
    taken.push(first);
    let mut alternates = Vec::new();
    let of_source = row::list_locked(tx, source).await?;
    if of_source.iter().any(|row| row.status == Status::Preparing) {
        app.limits().room_for_sounds(tx, of_clip.workspace).await?;
    }
    for of_source in of_source {
        if own.contains(&of_source.name) || taken.len() >= NAMING.most {
            continue;
        }
        let pinned = pins.alternates.iter().find(|pinned| pinned.number == of_source.number);
        let making = match of_source.status {
            Status::Errored => continue,
            Status::Ready if !seen.contains(&of_source.number) => {
                return Err(Error::conflict(
                    "The sounds of the source changed at the same moment; try again.",
                ));
            }
            Status::Ready if pinned.is_none() => continue,
            Status::Ready => SoundMaking::default(),
            Status::Preparing => inner(&of_source, Bounds::of(start, end))?,
        };
        let name = unlike(of_source.name.clone(), &taken);
        taken.push(name.clone());
        let new = empty(tx, app, clip, name).await?;
        let row = row::SoundTrack {
            id: new.id,
            asset: clip,
            number: new.number,
            name: new.name,
            request: rows::json(&making)?,
            created_ms: new.created_ms,
            updated_ms: new.updated_ms,
            ..of_source
        };
        Changes { tx, app }.create_sound(&row).await?;
        match (row.status, pinned) {
            (Status::Ready, Some(pinned)) => {
                alternates.push(Alternate { number: row.number, spans: pinned.spans.clone() });
            }
            _ => enqueue(tx, app, &row).await?,
        }
    }
    Ok(Timeline { alternates, ..pins })
}

/// A part of what is on its way.
fn inner(of_source: &row::SoundTrack, bounds: Bounds) -> Result<SoundMaking> {
    let making = SoundMaking::of(of_source)?;
    let part = match making.part {
        Some(outer) => outer.within(bounds)?,
        None => bounds,
    };
    Ok(SoundMaking { part: Some(part), told: Told::default(), ..making })
}
