//! Every change that is told of. Whoever makes an asset, settles it, changes or deletes it, or does the like to an upload,
//! does it here and nowhere else (`tests/tidy.rs` of the program holds that), so that no event can be forgotten.

use subclip_core::{AssetId, EventKind, PlaybackId, Time, UploadId, WorkspaceId};
use subclip_db::asset_end::{self, AssetEnd};
use subclip_db::{Tx, asset, playback_id, span, upload};

use super::About;
use super::outbox::tell;
use crate::app::App;
use crate::assets::load;
use crate::ending::TEST_LIFE_MS;
use crate::jobs::{Prepare, enqueue_collect, enqueue_prepare};
use crate::model::{Asset, AssetSettings, Outcome, Playback, Policy, Rendition, RenditionKind, Status};
use crate::renditions::{Content, RenditionState, give_ids, to_prepare};
use crate::{Error, Result, random, rows};

/// The most playback ids of an asset: whatever is told of it lists them all.
const MOST_PLAYBACK_IDS: u64 = 100;

/// An asset as its owner sees it, and whose it is.
pub(super) struct Owned {
    pub(super) workspace: WorkspaceId,
    pub(super) asset: Asset,
}

/// Changes in one transaction.
pub(crate) struct Changes<'a> {
    pub(crate) tx: &'a Tx,
    pub(crate) app: &'a App,
}

impl Changes<'_> {
    /// Makes an asset with playback ids of these policies. `Invalid` where there are too many.
    pub(crate) async fn create_asset(&self, row: &asset::Asset, policies: &[Policy]) -> Result<()> {
        if policies.len() as u64 > MOST_PLAYBACK_IDS {
            return Err(Error::invalid(format!(
                "An asset has {MOST_PLAYBACK_IDS} playback ids at the most."
            )));
        }
        asset::insert(self.tx, row).await?;
        for (place, &policy) in (0..).zip(policies) {
            self.insert_playback(row.id, policy, place).await?;
        }
        if rows::parse::<AssetSettings>(&row.settings)?.test {
            let until_ms = row.created_ms.saturating_add(TEST_LIFE_MS);
            asset_end::insert(self.tx, &AssetEnd { asset: row.id, until_ms }).await?;
        }
        let wants_master = self.insert_asked_master(row).await?;
        let Some(told) = self.told(EventKind::AssetCreated, row.id).await? else { return Ok(()) };
        for rendition in &told.asset.settings.renditions {
            self.tell_of_file(EventKind::RenditionCreated, &told, rendition).await?;
        }
        if wants_master {
            self.tell_of(EventKind::MasterPreparing, &told).await?;
        }
        Ok(())
    }

    /// Tells that the file of an asset could not be taken as it is, in the transaction that notes so.
    pub(crate) async fn note_not_conforming(&self, id: AssetId) -> Result<()> {
        self.told(EventKind::AssetNotConforming, id).await.map(|_| ())
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
        self.prepare(&told.asset, &told.asset.settings.renditions).await?;
        self.begin_master(&told.asset).await?;
        Ok(true)
    }

    /// Makes a preparing asset errored; `false` if it is not preparing.
    pub(crate) async fn make_errored(&self, id: AssetId, kind: &str, message: &str) -> Result<bool> {
        if !asset::set_errored(self.tx, id, kind, message, self.app.now_ms()).await? {
            return Ok(false);
        }
        self.told(EventKind::AssetErrored, id).await?;
        self.make_master_errored(id, message).await?;
        Ok(true)
    }

    /// Replaces what its owner chose for an asset. Where that comes to the same, nothing happened.
    pub(crate) async fn choose(&self, row: &asset::Asset, settings: &AssetSettings) -> Result<()> {
        let before: AssetSettings = rows::parse(&row.settings)?;
        if before == *settings {
            return Ok(());
        }
        let settings = &mut with_withdrawn(&before, settings);
        give_ids(&mut settings.renditions);
        let settings = &*settings;
        asset::set_settings(self.tx, row.id, &rows::json(settings)?, self.app.now_ms()).await?;
        let files_aside = AssetSettings {
            renditions: before.renditions.clone(),
            withdrawn: before.withdrawn.clone(),
            ..settings.clone()
        };
        let changed = if files_aside == before {
            self.loaded(row.id).await?
        } else {
            self.told(EventKind::AssetUpdated, row.id).await?
        };
        let Some(changed) = changed else { return Ok(()) };
        // What came of one may have been written since the owner looked.
        let is_in = |all: &[Rendition], one: &Rendition| all.iter().any(|other| other.is(one));
        for gone in before.renditions.iter().filter(|one| !is_in(&settings.renditions, one)) {
            self.tell_of_file(EventKind::RenditionDeleted, &changed, gone).await?;
            self.let_go(&changed.asset, gone).await?;
        }
        let new: Vec<&Rendition> =
            settings.renditions.iter().filter(|one| !is_in(&before.renditions, one)).collect();
        for &new in &new {
            self.tell_of_file(EventKind::RenditionCreated, &changed, new).await?;
            self.tell_what_came_of_file(&changed, new).await?;
        }
        self.prepare(&changed.asset, new).await
    }

    /// Writes what came of encoding a rung for the files of an asset that wait for it, and tells.
    pub(crate) async fn settle_files(&self, id: AssetId, lines: u32, outcome: &Outcome) -> Result<()> {
        let Some(Owned { asset, .. }) = self.loaded(id).await? else { return Ok(()) };
        let waits =
            |one: &Rendition| one.outcome.is_none() && asset.content_of(one.kind) == Content::Rung(lines);
        let mut settings = asset.settings.clone();
        let mut settled = Vec::new();
        for rendition in settings.renditions.iter_mut().filter(|one| waits(one)) {
            rendition.outcome = Some(outcome.clone());
            settled.push(rendition.clone());
        }
        asset::set_settings(self.tx, id, &rows::json(&settings)?, self.app.now_ms()).await?;
        let Some(owned) = self.loaded(id).await? else { return Ok(()) };
        for rendition in &settled {
            self.tell_what_came_of_file(&owned, rendition).await?;
        }
        Ok(())
    }

    /// Queues what must be encoded before these files of an asset can be fetched.
    async fn prepare<'r>(&self, asset: &Asset, files: impl IntoIterator<Item = &'r Rendition>) -> Result<()> {
        if asset.status != Status::Ready {
            return Ok(());
        }
        for lines in to_prepare(|kind| asset.content_of(kind), files) {
            enqueue_prepare(self.tx, self.app, Prepare { asset: asset.id.into(), lines }).await?;
        }
        Ok(())
    }

    /// Lets go of what was encoded for a file that is not asked for any more.
    async fn let_go(&self, asset: &Asset, gone: &Rendition) -> Result<()> {
        if let Content::Rung(lines) = asset.content_of(gone.kind) {
            let others = &asset.settings.renditions;
            if !others.iter().any(|other| asset.content_of(other.kind) == Content::Rung(lines)) {
                span::clear_file(self.tx, asset.id, lines).await?;
                enqueue_collect(self.tx, self.app).await?;
            }
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

    /// Gives an asset another playback id. `Invalid` where it has as many as it may.
    pub(crate) async fn add_playback(&self, asset: AssetId, policy: Policy) -> Result<Playback> {
        if playback_id::count(self.tx, asset).await? >= MOST_PLAYBACK_IDS {
            return Err(Error::invalid(format!(
                "The asset has {MOST_PLAYBACK_IDS} playback ids already; delete one that is not used any more."
            )));
        }
        let playback = self.insert_playback(asset, policy, 0).await?;
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

    /// Ends uploads whose time is over, at most `most`, and tells which.
    pub(crate) async fn expire_uploads(&self, most: u64) -> Result<Vec<UploadId>> {
        let over = upload::expire(self.tx, self.app.now_ms(), most).await?;
        for &id in &over {
            let Some(row) = upload::get(self.tx, id).await? else { continue };
            let workspace = row.workspace;
            match rows::upload(row) {
                Ok(upload) => {
                    let about = About::Upload(Box::new(upload));
                    tell(self.tx, self.app, workspace, EventKind::UploadTimedOut, &about).await?;
                }
                // All others would stay as long as it does.
                Err(error) => tracing::warn!(%id, %error, "an upload that can't be read ends untold"),
            }
        }
        Ok(over)
    }

    /// The `place`-th of those that are made at once: they are listed by their times, in the order that was asked for.
    async fn insert_playback(&self, asset: AssetId, policy: Policy, place: i64) -> Result<Playback> {
        let id = PlaybackId::from_bytes(random::id_bytes());
        let created_ms = self.app.now_ms().saturating_add(place);
        let row = playback_id::Playback { id, asset, policy: rows::policy(policy), created_ms };
        playback_id::insert(self.tx, &row).await?;
        Ok(Playback { id, policy })
    }

    pub(super) async fn loaded(&self, id: AssetId) -> Result<Option<Owned>> {
        let Some(row) = asset::get(self.tx, id).await? else { return Ok(None) };
        let workspace = row.workspace;
        Ok(Some(Owned { workspace, asset: load(self.tx, row).await? }))
    }

    /// Tells of an asset as it is now, and gives it.
    pub(super) async fn told(&self, kind: EventKind, id: AssetId) -> Result<Option<Owned>> {
        let loaded = self.loaded(id).await?;
        if let Some(owned) = &loaded {
            self.tell_of(kind, owned).await?;
        }
        Ok(loaded)
    }

    pub(super) async fn tell_of(&self, kind: EventKind, Owned { workspace, asset }: &Owned) -> Result<()> {
        tell(self.tx, self.app, *workspace, kind, &About::Asset(Box::new(asset.clone()))).await
    }

    async fn told_of_upload(&self, kind: EventKind, id: UploadId) -> Result<()> {
        let Some(row) = upload::get(self.tx, id).await? else { return Ok(()) };
        let workspace = row.workspace;
        let about = About::Upload(Box::new(rows::upload(row)?));
        tell(self.tx, self.app, workspace, kind, &about).await
    }

    /// Tells of a file that has come as far as it will.
    async fn tell_what_came_of_file(&self, owned: &Owned, rendition: &Rendition) -> Result<()> {
        if owned.asset.status != Status::Ready {
            return Ok(());
        }
        let kind = match owned.asset.rendition_state(rendition) {
            RenditionState::Preparing => return Ok(()),
            RenditionState::Ready => EventKind::RenditionReady,
            RenditionState::Skipped => EventKind::RenditionSkipped,
            RenditionState::Errored => EventKind::RenditionErrored,
        };
        self.tell_of_file(kind, owned, rendition).await
    }

    async fn tell_of_file(&self, kind: EventKind, owned: &Owned, rendition: &Rendition) -> Result<()> {
        let Owned { workspace, asset } = owned;
        let about = About::Rendition { asset: Box::new(asset.clone()), rendition: rendition.clone() };
        tell(self.tx, self.app, *workspace, kind, &about).await
    }
}

/// These settings, which take the place of `before`: what is always there and was asked for is closed when it is not asked
/// for any more, and open again once it is.
fn with_withdrawn(before: &AssetSettings, settings: &AssetSettings) -> AssetSettings {
    let is_withdrawn = |kind: &RenditionKind| {
        settings.rendition(*kind).is_none()
            && (before.rendition(*kind).is_some() || settings.withdrawn.contains(kind))
    };
    let withdrawn = RenditionKind::all().filter(|kind| kind.is_always_there()).filter(is_withdrawn).collect();
    AssetSettings { withdrawn, ..settings.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_for_any_more_is_withdrawn() {
        use RenditionKind::{AudioOnly, Highest, Rung};
        let settings = |kinds: &[RenditionKind], withdrawn: &[RenditionKind]| AssetSettings {
            renditions: kinds.iter().map(|kind| Rendition::new(*kind, None)).collect(),
            withdrawn: withdrawn.to_vec(),
            ..AssetSettings::default()
        };
        let check = |before: &[RenditionKind],
                     withdrawn: &[RenditionKind],
                     now: &[RenditionKind],
                     expected: &[RenditionKind]| {
            let before = settings(before, withdrawn);
            assert_eq!(with_withdrawn(&before, &settings(now, withdrawn)).withdrawn, expected);
        };
        check(&[], &[], &[], &[]);
        check(&[], &[], &[Highest], &[]);
        check(&[Highest, AudioOnly], &[], &[AudioOnly], &[Highest]);
        check(&[AudioOnly], &[Highest], &[], &[Highest, AudioOnly]);
        check(&[AudioOnly], &[Highest], &[Highest], &[AudioOnly]);
        check(&[Rung(720)], &[], &[], &[]);
    }
}
