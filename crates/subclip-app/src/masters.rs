//! Masters: the whole file of an asset in its best quality, given out for a day by an address that nobody can guess.
//! `docs/design/masters.md` says why it is as it is.

use std::sync::Arc;

use subclip_core::{AssetId, Medium};
use subclip_db::{asset, master};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::assets::{Assets, load};
use crate::events::Changes;
use crate::jobs::Lane;
use crate::model::{Asset, Caller};
use crate::playable::Playable;
use crate::{Error, Result};

/// How long a master is given out.
pub(crate) const LIFE_MS: i64 = 24 * 60 * 60 * 1000;

/// Masters that are ended in one transaction: each is told of to up to a hundred webhooks, and other writers wait.
const ENDED_AT_ONCE: u64 = 100;

/// The master of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Master {
    /// How far it is.
    pub state: MasterState,
    /// When it ends by itself, in ms since 1970; not known while it is preparing.
    pub until_ms: Option<i64>,
}

/// How far a master is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MasterState {
    /// It, or its asset, is being made.
    Preparing,
    /// It can be fetched.
    Ready {
        /// The part of its address that nobody can guess.
        secret: String,
    },
    /// It can't be made.
    Errored {
        /// A sentence for the owner.
        message: String,
    },
}

impl Master {
    /// A row as its owner sees it.
    pub(crate) fn of(row: master::Master) -> Self {
        let state = match row.status {
            master::Status::Preparing => MasterState::Preparing,
            master::Status::Ready => MasterState::Ready { secret: row.secret.unwrap_or_default() },
            master::Status::Errored => {
                MasterState::Errored { message: row.error_message.unwrap_or_default() }
            }
        };
        Self { state, until_ms: row.until_ms }
    }

    /// Whether its time is over, also before upkeep writes that down.
    pub(crate) fn is_over(&self, now_ms: i64) -> bool {
        self.until_ms.is_some_and(|until_ms| until_ms <= now_ms)
    }
}

/// A master that can be fetched.
#[derive(Debug, Clone)]
pub struct MasterFile {
    /// What is in it.
    pub playable: Arc<Playable>,
    /// The media that go into it.
    pub media: &'static [Medium],
    /// How many seconds it is given out from now on.
    pub left_s: u64,
}

/// The media of a master: pictures with their sound, or sound alone.
pub(crate) fn media_of(playable: &Playable) -> &'static [Medium] {
    if playable.video.is_some() { &[Medium::Video, Medium::Audio] } else { &[Medium::Audio] }
}

impl Assets<'_> {
    /// Has the master of an asset made and given out for a day. One that is preparing or given out already stays as it is,
    /// its time too.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for an asset that could not be made.
    pub async fn give_master(&self, caller: &Caller, id: AssetId) -> Result<Asset> {
        caller.must_write()?;
        let app = self.0;
        // What ended a moment ago must not be taken for what is given out.
        self.end_some_masters().await?;
        let tx = app.db().begin().await?;
        let row = asset::lock(&tx, id).await?.filter(|row| row.workspace == caller.workspace);
        let row = row.ok_or_else(|| Error::not_found("asset"))?;
        if row.status == asset::Status::Errored {
            return Err(Error::invalid("The asset could not be made, so it has no master."));
        }
        Changes { tx: &tx, app }.ask_for_master(&row).await?;
        // As it is now: once it is woken, the work may be done before anybody looks again.
        let asked = self.as_of_now(load(&tx, row).await?);
        app.commit(tx).await?;
        app.wake(Lane::Master);
        Ok(asked)
    }

    /// Withdraws the master of an asset, if there is one: its address answers no more.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn withdraw_master(&self, caller: &Caller, id: AssetId) -> Result<Asset> {
        caller.must_write()?;
        let app = self.0;
        let tx = app.db().begin().await?;
        asset::get_in(&tx, caller.workspace, id).await?.ok_or_else(|| Error::not_found("asset"))?;
        Changes { tx: &tx, app }.withdraw_master(id).await?;
        app.commit(tx).await?;
        self.get(caller, id).await
    }

    /// Ends masters whose time is over, one step of it; `true` where there may be more. Cheap where there are none.
    pub(crate) async fn end_some_masters(&self) -> Result<bool> {
        let app = self.0;
        if !master::any_overdue(app.db(), app.now_ms()).await? {
            return Ok(false);
        }
        let tx = app.db().begin().await?;
        let ended = Changes { tx: &tx, app }.end_masters(ENDED_AT_ONCE).await?;
        app.commit(tx).await?;
        Ok(ended == ENDED_AT_ONCE)
    }
}

impl App {
    /// The master at an address with this secret, for whoever has it.
    ///
    /// # Errors
    /// `NotFound` for anything but the secret of a master that is given out by now.
    pub async fn master(&self, asset: AssetId, secret: &str) -> Result<MasterFile> {
        let not_found = || Error::not_found("file");
        let row = master::get(self.db(), asset).await?.ok_or_else(not_found)?;
        let (Some(there), Some(until_ms)) = (row.secret, row.until_ms) else { return Err(not_found()) };
        let left_ms = until_ms - self.now_ms();
        let same: bool = there.as_bytes().ct_eq(secret.as_bytes()).into();
        if !same || left_ms <= 0 {
            return Err(not_found());
        }
        let playable = self.playable_of(asset).await?;
        let left_s = u64::try_from(left_ms / 1000).unwrap_or(0);
        Ok(MasterFile { media: media_of(&playable), playable, left_s })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_is_over_at_its_end() {
        let master = |until_ms| Master { state: MasterState::Preparing, until_ms };
        for (until_ms, now_ms, over) in [(None, i64::MAX, false), (Some(5), 4, false), (Some(5), 5, true)] {
            assert_eq!(master(until_ms).is_over(now_ms), over, "{until_ms:?} at {now_ms}");
        }
    }
}
