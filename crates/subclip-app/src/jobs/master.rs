//! Making sure of a master: all that it takes is there and fits together, before its address is given out.

use std::sync::Arc;

use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use subclip_db::master;

use super::keys::AssetKey;
use super::workers::{Context, Outcome};
use crate::app::App;
use crate::events::Changes;
use crate::masters::media_of;
use crate::media::MediaFile;
use crate::{Error, Result, random};

/// The job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Master {
    pub(crate) asset: AssetKey,
}

impl Master {
    pub(crate) async fn run(self, context: &Context) -> Result<Outcome> {
        let app = &context.app;
        let wanted = master::get(app.db(), self.asset.0).await?;
        if wanted.is_none_or(|row| row.status != master::Status::Preparing) {
            return Ok(Outcome::Over);
        }
        self.look_over(app).await?;
        let tx = app.db().begin().await?;
        context.finish(&tx).await?;
        Changes { tx: &tx, app }.make_master_ready(self.asset.0, &random::secret()).await?;
        app.commit(tx).await?;
        Ok(Outcome::Finished)
    }

    /// Lays the file out and reads both its ends, which lie in what the asset's first and last samples lie in.
    async fn look_over(self, app: &App) -> Result<()> {
        let playable = app.playable_of(self.asset.0).await?;
        let media = media_of(&playable);
        let file = Arc::new(MediaFile::new(playable, app.library(), media).await?);
        let size = file.size();
        for byte in [0, size.saturating_sub(1)] {
            let read: Vec<_> = file
                .clone()
                .stream(app.clone(), byte..byte + 1)
                .try_collect()
                .await
                .map_err(Error::internal)?;
            if read.iter().map(bytes::Bytes::len).sum::<usize>() != 1 {
                return Err(Error::internal("a master ends before its end"));
            }
        }
        Ok(())
    }

    /// Tells that it can't be made, in the transaction that ends the job.
    pub(crate) async fn fail(self, tx: &subclip_db::Tx, app: &App, error: &Error) -> Result<()> {
        Changes { tx, app }.make_master_errored(self.asset.0, &error.message).await.map(drop)
    }
}
