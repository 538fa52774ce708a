//! How assets end: their owners delete them, or their time is over.

use subclip_core::AssetId;
use subclip_db::{Tx, asset, asset_end, job};

use crate::app::App;
use crate::assets::Assets;
use crate::captions;
use crate::events::Changes;
use crate::jobs::{self, Lane};
use crate::model::Caller;
use crate::{Error, Result};

/// How long a test is kept.
pub(crate) const TEST_LIFE_MS: i64 = 24 * 60 * 60 * 1000;

/// Assets that are looked for at once when their time is over. Each ends in a transaction of its own.
const ENDED_AT_ONCE: u64 = 20;

impl Assets<'_> {
    /// Deletes an asset. Its clips stay whole; what nothing shows any more is removed from the store.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete(&self, caller: &Caller, id: AssetId) -> Result<()> {
        caller.must_write()?;
        let app = self.0;
        let tx = app.db().begin().await?;
        asset::get_in(&tx, caller.workspace, id).await?.ok_or_else(|| Error::not_found("asset"))?;
        end(&tx, app, id).await?;
        app.commit(tx).await?;
        after_end(app, id).await;
        Ok(())
    }

    /// Deletes assets whose time is over, a few at once; `true` where there may be more. Cheap where there are none.
    pub(crate) async fn end_some(&self) -> Result<bool> {
        let app = self.0;
        let over = asset_end::overdue(app.db(), app.now_ms(), ENDED_AT_ONCE).await?;
        for &id in &over {
            let tx = app.db().begin().await?;
            end(&tx, app, id).await?;
            app.commit(tx).await?;
            after_end(app, id).await;
        }
        Ok(over.len() as u64 == ENDED_AT_ONCE)
    }
}

/// Deletes an asset that may be gone already.
async fn end(tx: &Tx, app: &App, id: AssetId) -> Result<()> {
    captions::let_followers_of_asset_go(tx, app, id).await?;
    job::cancel_for(tx, id).await?;
    Changes { tx, app }.delete_asset(id).await?;
    // Clips that were waiting for it find out why they wait no more.
    job::release_waiting(tx, id).await?;
    jobs::enqueue_collect(tx, app).await
}

/// Lets all who had to do with an asset know that it is gone.
async fn after_end(app: &App, id: AssetId) {
    app.forget_asset(id).await;
    app.announce_deletion();
    app.announce_change();
    for lane in Lane::ALL {
        app.wake(lane);
    }
}
