//! Changes of masters that are told of.

use subclip_core::{AssetId, EventKind};
use subclip_db::{asset, master};

use super::changes::Changes;
use crate::jobs::{Master, enqueue_master};
use crate::masters::{LIFE_MS, MasterState};
use crate::model::{Asset, AssetSettings, Status};
use crate::{Result, rows};

impl Changes<'_> {
    /// Makes the master that was asked for with a new asset; `false` where none was. Its asset tells of it.
    pub(super) async fn insert_asked_master(&self, row: &asset::Asset) -> Result<bool> {
        let wanted = rows::parse::<AssetSettings>(&row.settings)?.master;
        Ok(wanted && master::insert(self.tx, row.id, self.app.now_ms()).await?)
    }

    /// Makes the master of an asset, which nobody else changes meanwhile. One that is there already stays as it is; one
    /// that failed is made anew.
    pub(crate) async fn ask_for_master(&self, row: &asset::Asset) -> Result<()> {
        let there = master::get(self.tx, row.id).await?;
        if there.is_some_and(|there| there.status == master::Status::Errored) {
            master::delete(self.tx, row.id).await?;
        }
        if !master::insert(self.tx, row.id, self.app.now_ms()).await? {
            return Ok(());
        }
        let Some(told) = self.told(EventKind::MasterPreparing, row.id).await? else { return Ok(()) };
        self.begin_master(&told.asset).await
    }

    /// Queues the work on the master of a ready asset, where one is wanted.
    pub(super) async fn begin_master(&self, asset: &Asset) -> Result<()> {
        let wanted = asset.master.as_ref().is_some_and(|master| master.state == MasterState::Preparing);
        if !wanted || asset.status != Status::Ready {
            return Ok(());
        }
        enqueue_master(self.tx, self.app, Master { asset: asset.id.into() }).await
    }

    /// Gives a master out, at an address with this secret; `false` if it is not preparing (withdrawn, say).
    pub(crate) async fn make_master_ready(&self, asset: AssetId, secret: &str) -> Result<bool> {
        let now = self.app.now_ms();
        let done = master::set_ready(self.tx, asset, secret, now.saturating_add(LIFE_MS), now).await?;
        if done {
            self.told(EventKind::MasterReady, asset).await?;
        }
        Ok(done)
    }

    /// Tells why a master can't be given out; `false` if it is not preparing.
    pub(crate) async fn make_master_errored(&self, asset: AssetId, message: &str) -> Result<bool> {
        let now = self.app.now_ms();
        let done = master::set_errored(self.tx, asset, message, now.saturating_add(LIFE_MS), now).await?;
        if done {
            self.told(EventKind::MasterErrored, asset).await?;
        }
        Ok(done)
    }

    /// Takes the master of an asset away; `false` if there is none.
    pub(crate) async fn withdraw_master(&self, asset: AssetId) -> Result<bool> {
        let done = master::delete(self.tx, asset).await?;
        if done {
            self.told(EventKind::MasterDeleted, asset).await?;
        }
        Ok(done)
    }

    /// Takes away masters whose time is over, at most `most`, and tells how many.
    pub(crate) async fn end_masters(&self, most: u64) -> Result<u64> {
        let over = master::expire(self.tx, self.app.now_ms(), most).await?;
        for &asset in &over {
            self.told(EventKind::MasterDeleted, asset).await?;
        }
        Ok(over.len() as u64)
    }
}
