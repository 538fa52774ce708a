//! Direct uploads: bytes gather in staging, in one piece or many, until an asset is made of them.

mod body;
mod receive;
mod rules;
mod turn;

use subclip_core::UploadId;
use subclip_db::upload;

use crate::app::App;
use crate::assets::{check_new, upload_row};
use crate::events::Changes;
use crate::model::{Caller, NewUpload, Page, Upload, UploadStatus};
use crate::page::db_page;
use crate::renditions::give_ids;
use crate::rows::{self, UploadSettings};
use crate::{Error, Result, random};

pub use receive::Received;
pub use rules::Sent;
pub(crate) use turn::Turns;

/// Uploads that are ended in one transaction: each is told of to up to a hundred webhooks, and other writers wait.
const EXPIRED_AT_ONCE: u64 = 100;

/// What can be done with direct uploads.
pub struct Uploads<'a>(pub(crate) &'a App);

impl Uploads<'_> {
    /// Makes an upload.
    ///
    /// # Errors
    /// `Forbidden` for a caller that may not write.
    pub async fn create(&self, caller: &Caller, mut new: NewUpload) -> Result<Upload> {
        caller.must_write()?;
        give_ids(&mut new.new_asset.settings.renditions);
        check_new(self.0, &new.new_asset.settings)?;
        let now = self.0.now_ms();
        let row = upload::Upload {
            id: UploadId::from_bytes(random::id_bytes()),
            workspace: caller.workspace,
            status: upload::Status::Waiting,
            secret: random::secret(),
            timeout_s: new.timeout_s,
            expires_ms: now + i64::from(new.timeout_s) * 1000,
            cors_origin: Some(new.cors_origin).filter(|origin| !origin.is_empty()),
            settings: rows::json(&UploadSettings::from(&new.new_asset))?,
            asset: None,
            total_bytes: None,
            error_kind: None,
            error_message: None,
            test: new.test,
            created_ms: now,
            updated_ms: now,
        };
        let tx = self.0.db().begin().await?;
        self.0.limits().room_to_upload(&tx, caller.workspace).await?;
        Changes { tx: &tx, app: self.0 }.create_upload(&row).await?;
        self.0.commit(tx).await?;
        rows::upload(row)
    }

    /// An upload.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, caller: &Caller, id: UploadId) -> Result<Upload> {
        let row = upload::get_in(self.0.db(), caller.workspace, id).await?;
        rows::upload(self.as_of_now(row.ok_or_else(|| Error::not_found("upload"))?))
    }

    /// A page of uploads, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn list(&self, caller: &Caller, page: Page) -> Result<Vec<Upload>> {
        let page = db_page(&page)?;
        let found = upload::list(self.0.db(), caller.workspace, &page).await?;
        found.into_iter().map(|row| rows::upload(self.as_of_now(row))).collect()
    }

    /// Gives an upload up.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` where it is no longer waiting.
    pub async fn cancel(&self, caller: &Caller, id: UploadId) -> Result<Upload> {
        caller.must_write()?;
        let waits = self.get(caller, id).await?.status == UploadStatus::Waiting;
        let tx = self.0.db().begin().await?;
        if !waits || !(Changes { tx: &tx, app: self.0 }).cancel_upload(id).await? {
            return Err(Error::forbidden(
                "Only an upload that is still waiting for its bytes can be cancelled.",
            ));
        }
        self.0.commit(tx).await?;
        self.discard(id).await;
        self.get(caller, id).await
    }

    /// The upload whose URL carries this secret.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn by_secret(&self, id: UploadId, secret: &str) -> Result<Upload> {
        let row = self.as_of_now(upload_row(self.0.db(), id).await?);
        let same: bool = subtle::ConstantTimeEq::ct_eq(row.secret.as_bytes(), secret.as_bytes()).into();
        if same { rows::upload(row) } else { Err(Error::not_found("upload")) }
    }

    /// An upload whose time is over has ended, also before the next upkeep writes that down.
    fn as_of_now(&self, mut row: upload::Upload) -> upload::Upload {
        if row.status == upload::Status::Waiting && row.expires_ms <= self.0.now_ms() {
            row.status = upload::Status::TimedOut;
        }
        row
    }

    /// Ends uploads whose time is over, one step of it; `true` where there may be more. Cheap where there are none.
    pub(crate) async fn expire_some(&self) -> Result<bool> {
        if !upload::any_overdue(self.0.db(), self.0.now_ms()).await? {
            return Ok(false);
        }
        let tx = self.0.db().begin().await?;
        let over = Changes { tx: &tx, app: self.0 }.expire_uploads(EXPIRED_AT_ONCE).await?;
        self.0.commit(tx).await?;
        let more = over.len() as u64 == EXPIRED_AT_ONCE;
        for id in over {
            self.discard(id).await;
        }
        Ok(more)
    }

    /// Removes staged bytes that nobody wants, and ends the request that still sends some; what fails here is collected
    /// later.
    async fn discard(&self, id: UploadId) {
        drop(self.0.upload_turns().take(id));
        if let Err(error) = self.0.storage().staging_delete(id).await {
            tracing::warn!(%id, %error, "staged bytes stay until the next collection");
        }
    }
}
