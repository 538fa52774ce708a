//! Assets: made, looked at, changed, deleted.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use subclip_core::{AssetId, ObjectId, PlaybackId, Time, UploadId};
use subclip_db::{
    Conn, Tx, asset, asset_end, master, object, playback_id, sound_track, text_track, track, upload,
    workspace,
};
use subclip_storage::Appended;

use crate::app::App;
use crate::captions::{self, NewText, TextTrack};
use crate::events::Changes;
use crate::jobs::{self, Ingest, Lane, MediaFrom};
use crate::masters::Master;
use crate::model::{Asset, AssetSettings, Caller, Input, NewAsset, Page, Playback, Policy, Status};
use crate::page::Paging;
use crate::renditions::give_ids;
use crate::rows::{self, Request};
use crate::sounds::{self, FirstSound, NewSound, SoundTrack};
use crate::store::object_stored;
use crate::{Error, Result, random};

/// What can be done with assets.
pub struct Assets<'a>(pub(crate) &'a App);

/// Which assets to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssetQuery {
    /// Which page.
    pub page: Page,
    /// Only those of this upload.
    pub upload: Option<UploadId>,
}

/// A page of assets, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct AssetPage {
    /// The assets.
    pub assets: Vec<Asset>,
    /// Where the next page goes on; `None` after the last.
    pub next_cursor: Option<String>,
}

/// How often an asset that another process may work on is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What an asset is to be made with, ready to be written.
pub(crate) struct Draft {
    pub(crate) row: asset::Asset,
    pub(crate) policies: Vec<Policy>,
    pub(crate) texts: Vec<NewText>,
    pub(crate) first_sound: FirstSound,
    pub(crate) sounds: Vec<NewSound>,
}

impl Draft {
    pub(crate) fn new(
        app: &App,
        caller: &Caller,
        origin: asset::Origin,
        new: &NewAsset,
        input: &Input,
    ) -> Result<Self> {
        let id = AssetId::from_bytes(random::id_bytes());
        let mut row = asset::Asset::preparing(id, caller.workspace, origin, app.now_ms());
        let mut settings = new.settings.clone();
        give_ids(&mut settings.renditions);
        row.settings = rows::json(&settings)?;
        row.inputs = rows::json(input)?;
        row.request = rows::json(&Request::default())?;
        Ok(Self {
            row,
            policies: new.policies.clone(),
            texts: new.settings.texts.clone(),
            first_sound: new.settings.sound.clone(),
            sounds: new.settings.sounds.clone(),
        })
    }

    /// Writes the asset, its playback ids, and the captions and sounds that were asked for with it.
    pub(crate) async fn insert(&self, tx: &Tx, app: &App) -> Result<()> {
        let (limits, workspace) = (app.limits(), self.row.workspace);
        limits.room_to_prepare(tx, workspace).await?;
        if !self.texts.is_empty() {
            limits.room_for_texts(tx, workspace).await?;
        }
        if !self.sounds.is_empty() {
            limits.room_for_sounds(tx, workspace).await?;
        }
        Changes { tx, app }.create_asset(&self.row, &self.policies).await?;
        captions::insert_new(tx, app, self.row.id, &self.texts).await?;
        sounds::insert_new(tx, app, self.row.id, &self.first_sound, &self.sounds).await.map(drop)
    }
}

/// The asset with its playback ids and tracks.
pub(crate) async fn load(conn: &impl Conn, row: asset::Asset) -> Result<Asset> {
    let mut all = load_all(conn, vec![row]).await?;
    all.pop().ok_or_else(|| Error::internal("an asset was lost while it was read"))
}

async fn load_all(conn: &impl Conn, rows: Vec<asset::Asset>) -> Result<Vec<Asset>> {
    let ids: Vec<AssetId> = rows.iter().map(|row| row.id).collect();
    let mut playback: HashMap<AssetId, Vec<Playback>> = HashMap::new();
    for row in playback_id::list(conn, &ids).await? {
        playback.entry(row.asset).or_default().push(rows::playback(&row));
    }
    let mut texts: HashMap<AssetId, Vec<TextTrack>> = HashMap::new();
    for row in text_track::list(conn, &ids).await? {
        texts.entry(row.asset).or_default().push(captions::text_track(row));
    }
    let mut beside: HashMap<AssetId, Vec<SoundTrack>> = HashMap::new();
    for row in sound_track::list(conn, &ids).await? {
        beside.entry(row.asset).or_default().push(sounds::sound_track(row));
    }
    let mut masters: HashMap<AssetId, Master> = HashMap::new();
    for row in master::list(conn, &ids).await? {
        masters.insert(row.asset, Master::of(row));
    }
    let ends = asset_end::list(conn, &ids).await?;
    let ends: HashMap<AssetId, i64> = ends.into_iter().map(|end| (end.asset, end.until_ms)).collect();
    let mut assets = Vec::with_capacity(rows.len());
    for row in rows {
        let ready = row.status == asset::Status::Ready;
        let tracks = if ready { track::of_asset(conn, row.id).await? } else { Vec::new() };
        let of_it = playback.remove(&row.id).unwrap_or_default();
        let texts = texts.remove(&row.id).unwrap_or_default();
        let sounds = beside.remove(&row.id).unwrap_or_default();
        let master = masters.remove(&row.id);
        let ends_ms = ends.get(&row.id).copied();
        assets.push(Asset { texts, sounds, master, ends_ms, ..rows::asset(row, of_it, &tracks)? });
    }
    Ok(assets)
}

impl Assets<'_> {
    /// Makes an asset of the media at a URL.
    ///
    /// # Errors
    /// `Forbidden` for a caller that may not write.
    pub async fn create_from_url(&self, caller: &Caller, url: &str, new: NewAsset) -> Result<Asset> {
        caller.must_write()?;
        check_new(self.0, &new.settings)?;
        let input = Input { url: Some(url.to_owned()), ..Input::default() };
        let draft = Draft::new(self.0, caller, asset::Origin::Url, &new, &input)?;
        self.ingest(draft, MediaFrom::Url(url.to_owned())).await
    }

    /// Makes an asset of a file on this machine, which is moved into the store.
    ///
    /// # Errors
    /// `Full` and `Internal` where the file can't be moved.
    pub async fn adopt_file(&self, caller: &Caller, path: &Path, new: NewAsset) -> Result<Asset> {
        caller.must_write()?;
        let app = self.0;
        let draft = Draft::new(app, caller, asset::Origin::File, &new, &Input::default())?;
        // Ingest looks for the original under the asset's own number; see there. Until the asset is there it is garbage.
        let original = ObjectId::from_bytes(draft.row.id.bytes());
        object::insert(app.db(), original, Some(draft.row.id), app.now_ms()).await?;
        let size = app.storage().adopt(original, path).await?;
        object_stored(app, original, size).await?;
        self.ingest(draft, MediaFrom::Stored).await
    }

    /// Makes an asset of a file that is sent by a process of this machine; `length` is its size in bytes. Where not all
    /// of it comes, nothing is kept.
    ///
    /// # Errors
    /// `Invalid` where fewer or more bytes come, or more than are taken; `Full`.
    pub async fn create_from_bytes<S>(
        &self,
        caller: &Caller,
        bytes: S,
        length: u64,
        new: NewAsset,
    ) -> Result<Asset>
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send,
    {
        caller.must_write()?;
        let app = self.0;
        let draft = Draft::new(app, caller, asset::Origin::File, &new, &Input::default())?;
        let staged = UploadId::from_bytes(draft.row.id.bytes());
        // Held until the asset is there, so that a collection does not take it for what a dead process left.
        let mut staging = app.storage().staging_open(staged).await?;
        let fault = match staging.append(0, bytes).await {
            Ok(appended) if appended.interrupted.is_none() && appended.length == length => None,
            Ok(Appended { interrupted: Some(error), .. }) => {
                Some(Error::invalid(format!("The file can't be read: {error}.")))
            }
            Ok(_) => Some(Error::invalid("The file changed while it was read.")),
            Err(error) => Some(error.into()),
        };
        if let Some(fault) = fault {
            staging.discard().await?;
            return Err(fault);
        }
        let asset = self.ingest(draft, MediaFrom::Staged(staged.into())).await;
        drop(staging);
        asset
    }

    async fn ingest(&self, draft: Draft, from: MediaFrom) -> Result<Asset> {
        let app = self.0;
        let tx = app.db().begin().await?;
        draft.insert(&tx, app).await?;
        jobs::enqueue_ingest(&tx, app, Ingest { asset: draft.row.id.into(), from }).await?;
        app.commit(tx).await?;
        app.wake(Lane::Ingest);
        app.wake(Lane::Text);
        self.load(draft.row).await
    }

    /// The asset with its playback ids and tracks.
    pub(crate) async fn load(&self, row: asset::Asset) -> Result<Asset> {
        Ok(self.as_of_now(load(self.0.db(), row).await?))
    }

    /// A master whose time is over has ended, also before the next upkeep writes that down.
    pub(crate) fn as_of_now(&self, asset: Asset) -> Asset {
        let master = asset.master.clone().filter(|master| !master.is_over(self.0.now_ms()));
        Asset { master, ..asset }
    }

    async fn row(&self, caller: &Caller, id: AssetId) -> Result<asset::Asset> {
        let row = asset::get_in(self.0.db(), caller.workspace, id).await?;
        row.ok_or_else(|| Error::not_found("asset"))
    }

    /// An asset.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, caller: &Caller, id: AssetId) -> Result<Asset> {
        let row = self.row(caller, id).await?;
        self.load(row).await
    }

    /// Waits until an asset is no longer preparing; `seen` is shown it each time it may have changed.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn settled(
        &self,
        caller: &Caller,
        id: AssetId,
        mut seen: impl FnMut(&Asset) + Send,
    ) -> Result<Asset> {
        loop {
            let asset = self.get(caller, id).await?;
            seen(&asset);
            if asset.status != Status::Preparing {
                return Ok(asset);
            }
            // Another process may be the one that works on it, and tells nobody here.
            let _ = tokio::time::timeout(LOOK_AGAIN, self.0.changed()).await;
        }
    }

    /// A page of assets, the newest first.
    ///
    /// # Errors
    /// `Invalid` for a cursor that is none.
    pub async fn list(&self, caller: &Caller, query: AssetQuery) -> Result<AssetPage> {
        let paging = Paging::of(&query.page)?;
        let filter = asset::Filter { upload: query.upload, ..asset::Filter::default() };
        let found = asset::list(self.0.db(), caller.workspace, &filter, paging.rows()).await?;
        let (found, next_cursor) = paging.shown(found, asset::Asset::cursor);
        let assets = load_all(self.0.db(), found).await?;
        Ok(AssetPage { assets: assets.into_iter().map(|asset| self.as_of_now(asset)).collect(), next_cursor })
    }

    /// Changes what its owner chose for an asset.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` where the time of its thumbnail lies past its end.
    pub async fn update(
        &self,
        caller: &Caller,
        id: AssetId,
        change: impl FnOnce(&mut AssetSettings) + Send,
    ) -> Result<Asset> {
        caller.must_write()?;
        let tx = self.0.db().begin().await?;
        let row = asset::get_in(&tx, caller.workspace, id).await?.ok_or_else(|| Error::not_found("asset"))?;
        let mut settings: AssetSettings = rows::parse(&row.settings)?;
        change(&mut settings);
        check_thumbnail_time(&settings, row.duration())?;
        Changes { tx: &tx, app: self.0 }.choose(&row, &settings).await?;
        self.0.commit(tx).await?;
        self.0.forget_asset(id).await;
        // A file that was asked for may have to be prepared, and one that is not any more removed, or not prepared.
        self.0.announce_deletion();
        self.0.wake(Lane::Prepare);
        self.0.wake(Lane::Upkeep);
        self.get(caller, id).await
    }

    /// Gives an asset another playback id.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` where it has a hundred.
    pub async fn add_playback(&self, caller: &Caller, id: AssetId, policy: Policy) -> Result<Playback> {
        caller.must_write()?;
        self.row(caller, id).await?;
        let tx = self.0.db().begin().await?;
        workspace::hold(&tx, caller.workspace).await?;
        let playback = Changes { tx: &tx, app: self.0 }.add_playback(id, policy).await?;
        self.0.commit(tx).await?;
        Ok(playback)
    }

    /// One playback id of an asset.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn playback(&self, caller: &Caller, id: AssetId, playback: PlaybackId) -> Result<Playback> {
        match self.find_playback(caller, playback).await? {
            (found, asset) if asset == id => Ok(found),
            _ => Err(Error::not_found("playback id")),
        }
    }

    /// Takes a playback id from an asset.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn remove_playback(&self, caller: &Caller, id: AssetId, playback: PlaybackId) -> Result<()> {
        caller.must_write()?;
        self.row(caller, id).await?;
        let tx = self.0.db().begin().await?;
        if !(Changes { tx: &tx, app: self.0 }).remove_playback(id, playback).await? {
            return Err(Error::not_found("playback id"));
        }
        self.0.commit(tx).await?;
        // With what is being loaded: that would bring the id back.
        self.0.forget_asset(id).await;
        Ok(())
    }

    /// A playback id and the asset it plays.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn find_playback(&self, caller: &Caller, playback: PlaybackId) -> Result<(Playback, AssetId)> {
        let not_found = || Error::not_found("playback id");
        let row = playback_id::get(self.0.db(), playback).await?.ok_or_else(not_found)?;
        self.row(caller, row.asset).await.map_err(|_| not_found())?;
        Ok((rows::playback(&row), row.asset))
    }
}

/// What is wrong with captions and sounds that are asked for with an asset.
///
/// # Errors
/// `Invalid`.
pub(crate) fn check_new(app: &App, settings: &AssetSettings) -> Result<()> {
    captions::check_new(app, &settings.texts)?;
    sounds::check_new(&settings.sound, &settings.sounds)
}

/// A picture can't be taken where there is none. Of what is still being made, the length is not known yet.
pub(crate) fn check_thumbnail_time(settings: &AssetSettings, duration: Option<Time>) -> Result<()> {
    match (settings.thumbnail_time, duration.map(Time::seconds)) {
        (Some(at_s), Some(length_s)) if at_s > length_s => Err(Error::invalid(format!(
            "thumbnail_time must not be past the end, which is at {length_s} seconds."
        ))),
        _ => Ok(()),
    }
}

/// An upload's row, whoever owns it.
pub(crate) async fn upload_row(conn: &impl Conn, id: UploadId) -> Result<upload::Upload> {
    upload::get(conn, id).await?.ok_or_else(|| Error::not_found("upload"))
}

/// An asset that something is to be added to: `thing` is what one of that is called.
///
/// # Errors
/// `NotFound`; `NotReady` while it is preparing; `Conflict` where it could not be made.
pub(crate) async fn ready_asset(tx: &Tx, caller: &Caller, id: AssetId, thing: &str) -> Result<asset::Asset> {
    let asset = asset::get_in(tx, caller.workspace, id).await?.ok_or_else(|| Error::not_found("asset"))?;
    match asset.status {
        asset::Status::Ready => Ok(asset),
        asset::Status::Preparing => Err(Error::not_ready(format!(
            "The asset is still being prepared; {thing}s can be added once it is ready."
        ))),
        asset::Status::Errored => {
            Err(Error::conflict(format!("The asset could not be made, so {thing}s can't be added to it.")))
        }
    }
}
