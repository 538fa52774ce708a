//! Sounds on their way: what making them goes by, and how they are asked for.

use serde::{Deserialize, Serialize};
use subclip_core::{AssetId, SoundTrackId};
use subclip_db::sound_track::{self as row, Heard, Status};
use subclip_db::{Tx, asset};

use super::{FirstSound, NewSound, SoundLabels};
use crate::app::App;
use crate::captions::Bounds;
use crate::events::Changes;
use crate::ingest::Told;
use crate::jobs::enqueue_sound;
use crate::labels::{Labelled, Naming, UNKNOWN, check_language, free_name};
use crate::rows;
use crate::{Result, random};

/// Sounds of an asset have names, the first one too.
pub(super) const NAMING: Naming = Naming { thing: "audio track", most: 32 };

/// What the `request` column of a sound track holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SoundMaking {
    /// Where it comes from; nothing for one that came with its asset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    /// For a clip: the part that is wanted of what comes from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) part: Option<Bounds>,
    /// For a fetch that broke off: what the host said the file is.
    #[serde(flatten)]
    pub(crate) told: Told,
}

impl SoundMaking {
    pub(crate) fn of(row: &row::SoundTrack) -> Result<Self> {
        rows::parse(&row.request)
    }
}

/// What is wrong with sounds that are asked for, before anything is done for them.
///
/// # Errors
/// `Invalid`.
pub(crate) fn check_new(first: &FirstSound, new: &[NewSound]) -> Result<()> {
    let said = new.iter().map(|one| &one.labels.language).chain([&first.language]);
    said.flatten().try_for_each(|language| check_language(language))?;
    named(new, &[first.shown_name()]).map(drop)
}

fn named(new: &[NewSound], taken: &[String]) -> Result<Vec<String>> {
    NAMING.named(&new.iter().map(labelled).collect::<Vec<_>>(), taken)
}

fn labelled(new: &NewSound) -> Labelled<'_> {
    let SoundLabels { name, language, .. } = &new.labels;
    Labelled { name: name.as_deref(), language: language.as_deref().unwrap_or(UNKNOWN) }
}

/// What the sounds of an asset are called, whose first is called so.
pub(super) async fn names_of(tx: &Tx, asset: AssetId, first: &FirstSound) -> Result<Vec<String>> {
    let beside = row::list(tx, &[asset]).await?.into_iter().map(|row| row.name);
    Ok(std::iter::once(first.shown_name()).chain(beside).collect())
}

/// Makes sound tracks of an asset, and queues what makes them ready: that waits until the asset is.
pub(crate) async fn insert_new(
    tx: &Tx,
    app: &App,
    asset: AssetId,
    first: &FirstSound,
    new: &[NewSound],
) -> Result<Vec<row::SoundTrack>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let names = named(new, &names_of(tx, asset, first).await?)?;
    let mut made = Vec::with_capacity(new.len());
    for (one, name) in new.iter().zip(names) {
        let making = SoundMaking { url: Some(one.url.clone()), ..SoundMaking::default() };
        let row = row::SoundTrack {
            language: one.labels.language.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
            passthrough: one.labels.passthrough.clone(),
            request: rows::json(&making)?,
            ..empty(tx, app, asset, name).await?
        };
        Changes { tx, app }.create_sound(&row).await?;
        made.push(row);
    }
    for row in &made {
        enqueue(tx, app, row).await?;
    }
    Ok(made)
}

/// A preparing row of which nothing is said yet but the name.
pub(super) async fn empty(tx: &Tx, app: &App, asset: AssetId, name: String) -> Result<row::SoundTrack> {
    let now = app.now_ms();
    Ok(row::SoundTrack {
        id: SoundTrackId::from_bytes(random::id_bytes()),
        asset,
        number: row::take_number(tx, asset).await?,
        language: UNKNOWN.to_owned(),
        name,
        passthrough: None,
        status: Status::Preparing,
        channels: None,
        sample_rate: None,
        error_kind: None,
        error_message: None,
        request: rows::json(&SoundMaking::default())?,
        created_ms: now,
        updated_ms: now,
    })
}

/// Makes the row of a sound that came with its asset, whose first sound is called so.
pub(crate) async fn ready_row(
    tx: &Tx,
    app: &App,
    asset: AssetId,
    first: &FirstSound,
    (language, heard): (&str, Heard),
) -> Result<row::SoundTrack> {
    let name = free_name(language, &names_of(tx, asset, first).await?);
    let row = row::SoundTrack {
        language: language.to_owned(),
        status: Status::Ready,
        channels: Some(heard.channels),
        sample_rate: Some(heard.sample_rate),
        ..empty(tx, app, asset, name).await?
    };
    Changes { tx, app }.create_sound(&row).await?;
    Ok(row)
}

/// Queues what makes a sound track ready.
pub(super) async fn enqueue(tx: &Tx, app: &App, row: &row::SoundTrack) -> Result<()> {
    let asset = asset::lock(tx, row.asset).await?;
    let waits_for = asset.filter(|asset| asset.status == asset::Status::Preparing).map(|asset| asset.id);
    enqueue_sound(tx, app, row, waits_for).await
}
