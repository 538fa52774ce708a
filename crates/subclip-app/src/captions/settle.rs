//! What becomes of captions that were on their way, and of those of clips that wait for them.

use subclip_core::AssetId;
use subclip_db::Tx;
use subclip_db::text_track::{self as row, Status};

use super::request::{Making, enqueue, names_of};
use super::written::Written;
use crate::app::App;
use crate::events::Changes;
use crate::jobs::{Lane, enqueue_text};
use crate::labels::{LANGUAGE_AUTO, UNKNOWN, free_name, is_language};
use crate::{Kind, Result};

/// Settling text tracks, in one transaction.
pub(crate) struct Settling<'a> {
    pub(crate) tx: &'a Tx,
    pub(crate) app: &'a App,
}

impl Settling<'_> {
    /// Gives a text track, whose row is held, its captions, and has those that follow it cut from them; `false` where it is
    /// not preparing any more, or has no room for them: then it fails.
    pub(crate) async fn ready(&self, row: row::TextTrack, written: Written) -> Result<bool> {
        if row.status != Status::Preparing {
            return Ok(false);
        }
        if let Err(error) = written.must_fit(self.tx, row.asset).await {
            if error.kind != Kind::Invalid {
                return Err(error);
            }
            self.errored(row, "invalid_input", &error.message).await?;
            return Ok(false);
        }
        let row = self.spoken(row, written.language).await?;
        let done = Changes { tx: self.tx, app: self.app }.make_text_ready(&row, &written.webvtt).await?;
        if done {
            // Looked for after this one is settled: who comes to follow it waits for its row.
            for follower in row::followers(self.tx, row.id).await? {
                enqueue_text(self.tx, self.app, &follower, Lane::Text, None).await?;
            }
        }
        Ok(done)
    }

    /// Tells of a text track, whose row is held, and of those that follow it, why they can't be made.
    pub(crate) async fn errored(&self, row: row::TextTrack, kind: &str, message: &str) -> Result<()> {
        let mut left = vec![row];
        while let Some(row) = left.pop() {
            if (Changes { tx: self.tx, app: self.app }).make_text_errored(&row, kind, message).await? {
                left.extend(row::followers(self.tx, row.id).await?);
            }
        }
        Ok(())
    }

    /// The row with the language that was found out, if that was asked for, and a name by it.
    async fn spoken(&self, mut row: row::TextTrack, told: Option<String>) -> Result<row::TextTrack> {
        if row.language == LANGUAGE_AUTO {
            let told = told.filter(|tag| is_language(tag) && tag != LANGUAGE_AUTO);
            row.language = told.unwrap_or_else(|| UNKNOWN.to_owned());
            if Making::of(&row)?.unnamed {
                let mut taken = names_of(self.tx, row.asset).await?;
                taken.retain(|name| *name != row.name);
                row.name = free_name(&row.language, &taken);
            }
        }
        Ok(row)
    }
}

/// Lets those that follow a text track go their own way, because it goes before they were cut from it: they are made of what
/// it is made of.
pub(crate) async fn let_followers_go(tx: &Tx, app: &App, row: &row::TextTrack) -> Result<()> {
    for follower in row::followers(tx, row.id).await? {
        row::unfollow(tx, follower.id).await?;
        enqueue(tx, app, &follower).await?;
    }
    Ok(())
}

/// The same for all text tracks of an asset that is to be deleted.
pub(crate) async fn let_followers_of_asset_go(tx: &Tx, app: &App, asset: AssetId) -> Result<()> {
    for row in row::list_locked(tx, asset).await? {
        let_followers_go(tx, app, &row).await?;
    }
    Ok(())
}
