//! Every change that is told of. Whoever makes an asset, settles it, changes or deletes it, or does the like to an upload,
//! does it here and nowhere else (`tests/tidy.rs` of the program holds that), so that no event can be forgotten.

use subclip_core::{AssetId, EventKind, PlaybackId, Time, UploadId, WorkspaceId};
use subclip_db::{Tx, asset, playback_id, upload};

use super::About;
use super::outbox::tell;
use crate::app::App;
use crate::assets::load;
use crate::model::{Asset, AssetSettings, Playback, Policy, Rendition, Status};
use crate::{Result, random, rows};

/// An asset as its owner sees it, and whose it is.
struct Owned {
    workspace: WorkspaceId,
    asset: Asset,
}

/// Changes in one transaction.
pub(crate) struct Changes<'a> {
    pub(crate) tx: &'a Tx,
    pub(crate) app: &'a App,
}

impl Changes<'_> {
    /// Makes an asset with playback ids of these policies.
    pub(crate) async fn create_asset(&self, row: &asset::Asset, policies: &[Policy]) -> Result<()> {
        asset::insert(self.tx, row).await?;
        for &policy in policies {
            self.insert_playback(row.id, policy).await?;
        }
        let Some(told) = self.told(EventKind::AssetCreated, row.id).await? else { return Ok(()) };
        for rendition in &told.asset.settings.renditions {
            self.tell_of_file(EventKind::RenditionCreated, &told, rendition).await?;
        }
        Ok(())
    }

    /// Makes a preparing asset ready; `false` if it is not preparing (deleted, say). Its timeline must be there already.
    pub(crate) async fn make_ready(&self, id: AssetId, duration: Time) -> Result<bool> {
        if !asset::set_ready(self.tx, id, duration, self.app.now_ms()).await? {
            return Ok(false);
        }
        let Some(told) = self.told(EventKind::AssetReady, id).await? else { return Ok(true) };
        for rendition in &told.asset.settings.renditions {
            self.tell_what_came_of_file(&told, rendition).await?;
        }
        Ok(true)
    }

    /// Makes a preparing asset errored; `false` if it is not preparing.
    pub(crate) async fn make_errored(&self, id: AssetId, kind: &str, message: &str) -> Result<bool> {
        if !asset::set_errored(self.tx, id, kind, message, self.app.now_ms()).await? {
            return Ok(false);
        }
        self.told(EventKind::AssetErrored, id).await?;
        Ok(true)
    }

    /// Replaces what its owner chose for an asset. Where that comes to the same, nothing happened.
    pub(crate) async fn choose(&self, row: &asset::Asset, settings: &AssetSettings) -> Result<()> {
        let before: AssetSettings = rows::parse(&row.settings)?;
        if before == *settings {
            return Ok(());
        }
        asset::set_settings(self.tx, row.id, &rows::json(settings)?, self.app.now_ms()).await?;
        let files_aside = AssetSettings { renditions: before.renditions.clone(), ..settings.clone() };
        let changed = if files_aside == before {
            self.loaded(row.id).await?
        } else {
            self.told(EventKind::AssetUpdated, row.id).await?
        };
        let Some(changed) = changed else { return Ok(()) };
        for gone in before.renditions.iter().filter(|one| !settings.renditions.contains(one)) {
            self.tell_of_file(EventKind::RenditionDeleted, &changed, gone).await?;
        }
        for new in settings.renditions.iter().filter(|one| !before.renditions.contains(one)) {
            self.tell_of_file(EventKind::RenditionCreated, &changed, new).await?;
            self.tell_what_came_of_file(&changed, new).await?;
        }
        Ok(())
    }

    /// Deletes an asset; `false` if there is none.
    pub(crate) async fn delete_asset(&self, id: AssetId) -> Result<bool> {
        let Some(last) = self.loaded(id).await? else { return Ok(false) };
        asset::delete(self.tx, id).await?;
        self.tell_of(EventKind::AssetDeleted, &last).await?;
        Ok(true)
    }

    /// Gives an asset another playback id.
    pub(crate) async fn add_playback(&self, asset: AssetId, policy: Policy) -> Result<Playback> {
        let playback = self.insert_playback(asset, policy).await?;
        self.told(EventKind::AssetUpdated, asset).await?;
        Ok(playback)
    }

    /// Takes a playback id from an asset; `false` if it has no such id.
    pub(crate) async fn remove_playback(&self, asset: AssetId, playback: PlaybackId) -> Result<bool> {
        if !playback_id::delete(self.tx, asset, playback).await? {
            return Ok(false);
        }
        self.told(EventKind::AssetUpdated, asset).await?;
        Ok(true)
    }

    /// Makes an upload.
    pub(crate) async fn create_upload(&self, row: &upload::Upload) -> Result<()> {
        upload::insert(self.tx, row).await?;
        self.told_of_upload(EventKind::UploadCreated, row.id).await
    }

    /// Notes that an asset is made of an upload; `false` unless it was waiting.
    pub(crate) async fn fill_upload(&self, id: UploadId, asset: AssetId) -> Result<bool> {
        let done = upload::set_asset(self.tx, id, asset, self.app.now_ms()).await?;
        if done {
            self.told_of_upload(EventKind::UploadAssetCreated, id).await?;
        }
        Ok(done)
    }

    /// Gives an upload up; `false` unless it was waiting.
    pub(crate) async fn cancel_upload(&self, id: UploadId) -> Result<bool> {
        let done = upload::cancel(self.tx, id, self.app.now_ms()).await?;
        if done {
            self.told_of_upload(EventKind::UploadCancelled, id).await?;
        }
        Ok(done)
    }

    /// Ends the uploads whose time is over, and tells which.
    pub(crate) async fn expire_uploads(&self) -> Result<Vec<UploadId>> {
        let over = upload::expire(self.tx, self.app.now_ms()).await?;
        for &id in &over {
            self.told_of_upload(EventKind::UploadTimedOut, id).await?;
        }
        Ok(over)
    }

    async fn insert_playback(&self, asset: AssetId, policy: Policy) -> Result<Playback> {
        let id = PlaybackId::from_bytes(random::id_bytes());
        let created_ms = self.app.now_ms();
        let row = playback_id::Playback { id, asset, policy: rows::policy(policy), created_ms };
        playback_id::insert(self.tx, &row).await?;
        Ok(Playback { id, policy })
    }

    async fn loaded(&self, id: AssetId) -> Result<Option<Owned>> {
        let Some(row) = asset::get(self.tx, id).await? else { return Ok(None) };
        let workspace = row.workspace;
        Ok(Some(Owned { workspace, asset: load(self.tx, row).await? }))
    }

    /// Tells of an asset as it is now, and gives it.
    async fn told(&self, kind: EventKind, id: AssetId) -> Result<Option<Owned>> {
        let loaded = self.loaded(id).await?;
        if let Some(owned) = &loaded {
            self.tell_of(kind, owned).await?;
        }
        Ok(loaded)
    }

    async fn tell_of(&self, kind: EventKind, Owned { workspace, asset }: &Owned) -> Result<()> {
        tell(self.tx, self.app, *workspace, kind, &About::Asset(Box::new(asset.clone()))).await
    }

    async fn told_of_upload(&self, kind: EventKind, id: UploadId) -> Result<()> {
        let Some(row) = upload::get(self.tx, id).await? else { return Ok(()) };
        let workspace = row.workspace;
        let about = About::Upload(Box::new(rows::upload(row)?));
        tell(self.tx, self.app, workspace, kind, &about).await
    }

    /// Files are made when they are fetched, so each is there when its asset is, or never.
    async fn tell_what_came_of_file(&self, owned: &Owned, rendition: &Rendition) -> Result<()> {
        if owned.asset.status != Status::Ready {
            return Ok(());
        }
        let has = owned.asset.has_medium_of(rendition.kind);
        let kind = if has { EventKind::RenditionReady } else { EventKind::RenditionSkipped };
        self.tell_of_file(kind, owned, rendition).await
    }

    async fn tell_of_file(&self, kind: EventKind, owned: &Owned, rendition: &Rendition) -> Result<()> {
        let Owned { workspace, asset } = owned;
        let about = About::Rendition { asset: Box::new(asset.clone()), rendition: rendition.clone() };
        tell(self.tx, self.app, *workspace, kind, &about).await
    }
}
