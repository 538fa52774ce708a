//! What can be done with sound tracks: asked for, changed, deleted.

use subclip_core::{AssetId, SoundTrackId};
use subclip_db::sound_track as row;
use subclip_db::{Tx, asset, span};

use super::request::{NAMING, check_new, insert_new, names_of};
use super::{NewSound, SoundChange, SoundTrack, sound_track};
use crate::app::App;
use crate::assets::ready_asset;
use crate::events::Changes;
use crate::jobs::{Lane, enqueue_collect};
use crate::labels::check_language;
use crate::model::{AssetSettings, Caller};
use crate::rows;
use crate::{Error, Result};

/// What can be done with sound tracks.
pub struct SoundTracks<'a>(pub(crate) &'a App);

impl SoundTracks<'_> {
    /// Asks for another sound of an asset that is ready. It comes later: it is `preparing` at first.
    ///
    /// # Errors
    /// `NotFound`; `NotReady` while the asset is preparing; `Invalid` for labels that can't be; `Busy` where too many are on
    /// their way.
    pub async fn ask(&self, caller: &Caller, id: AssetId, new: &NewSound) -> Result<SoundTrack> {
        caller.must_write()?;
        let app = self.0;
        let tx = app.db().begin().await?;
        let asset = ready_asset(&tx, caller, id, NAMING.thing).await?;
        let first = rows::parse::<AssetSettings>(&asset.settings)?.sound;
        let new = std::slice::from_ref(new);
        check_new(&first, new)?;
        app.limits().room_for_sounds(&tx, caller.workspace).await?;
        let made = insert_new(&tx, app, id, &first, new).await?.pop();
        app.commit(tx).await?;
        app.wake(Lane::Sound);
        made.map(sound_track).ok_or_else(|| Error::internal("a sound track was not made"))
    }

    /// One sound track of an asset.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, caller: &Caller, id: AssetId, sound: SoundTrackId) -> Result<SoundTrack> {
        let asset = asset::get_in(self.0.db(), caller.workspace, id).await?;
        asset.ok_or_else(|| Error::not_found("asset"))?;
        let row = row::get(self.0.db(), sound).await?.filter(|row| row.asset == id);
        row.map(sound_track).ok_or_else(|| Error::not_found("audio track"))
    }

    /// Changes what is said of a sound track; what is heard stays what it is.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a name that is another's too, and for a language that is none.
    pub async fn update(
        &self,
        caller: &Caller,
        id: AssetId,
        sound: SoundTrackId,
        change: SoundChange,
    ) -> Result<SoundTrack> {
        caller.must_write()?;
        let app = self.0;
        let tx = app.db().begin().await?;
        let (asset, before) = owned(&tx, caller, id, sound).await?;
        if let Some(language) = &change.language {
            check_language(language)?;
        }
        let new = row::SoundTrack {
            language: change.language.unwrap_or_else(|| before.language.clone()),
            name: change.name.unwrap_or_else(|| before.name.clone()),
            passthrough: change.passthrough.unwrap_or_else(|| before.passthrough.clone()),
            ..before.clone()
        };
        if new != before {
            let first = rows::parse::<AssetSettings>(&asset.settings)?.sound;
            if new.name != before.name && names_of(&tx, id, &first).await?.contains(&new.name) {
                return Err(NAMING.called_alike(&new.name));
            }
            Changes { tx: &tx, app }.relabel_sound(&new).await?;
        }
        app.commit(tx).await?;
        app.forget_asset(id).await;
        self.get(caller, id, sound).await
    }

    /// Deletes a sound track. Clips keep what they have of it.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete(&self, caller: &Caller, id: AssetId, sound: SoundTrackId) -> Result<()> {
        caller.must_write()?;
        let app = self.0;
        let tx = app.db().begin().await?;
        let (_, row) = owned(&tx, caller, id, sound).await?;
        span::remove_alternate(&tx, id, row.number).await?;
        Changes { tx: &tx, app }.delete_sound(&row).await?;
        enqueue_collect(&tx, app).await?;
        app.commit(tx).await?;
        app.forget_asset(id).await;
        app.announce_deletion();
        app.wake(Lane::Upkeep);
        Ok(())
    }
}

async fn owned(
    tx: &Tx,
    caller: &Caller,
    id: AssetId,
    sound: SoundTrackId,
) -> Result<(asset::Asset, row::SoundTrack)> {
    let asset = asset::get_in(tx, caller.workspace, id).await?.ok_or_else(|| Error::not_found("asset"))?;
    let row = row::lock(tx, sound).await?.filter(|row| row.asset == id);
    Ok((asset, row.ok_or_else(|| Error::not_found("audio track"))?))
}
