//! Direct uploads: bytes gather in staging, in one piece or many, until an asset is made of them.

use bytes::Bytes;
use futures::Stream;
use subclip_core::{AssetId, UploadId};
use subclip_db::{asset, upload};

use crate::app::App;
use crate::assets::{Draft, LONGEST_PAGE, db_page, upload_row};
use crate::jobs::{self, Ingest, Lane, MediaFrom};
use crate::model::{Caller, Input, NewUpload, Page, Upload};
use crate::rows::{self, UploadSettings};
use crate::{Error, Result, random};

/// What can be done with direct uploads.
pub struct Uploads<'a>(pub(crate) &'a App);

/// Which bytes a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The whole file.
    Whole,
    /// Some of it.
    Part {
        /// The first byte's place in the file.
        start: u64,
        /// The last byte's.
        end: u64,
        /// The file's size, once the sender knows it.
        total: Option<u64>,
    },
    /// None: the sender asks how far it has come.
    Query {
        /// The file's size, if the sender knows it.
        total: Option<u64>,
    },
}

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// More is to come.
    Stored {
        /// Bytes that are there, from the first on.
        length: u64,
    },
    /// Everything is there.
    Complete {
        /// The asset that is made of it.
        asset: AssetId,
    },
}

impl Uploads<'_> {
    /// Makes an upload.
    ///
    /// # Errors
    /// `Forbidden` for a caller that may not write.
    pub async fn create(&self, caller: &Caller, new: NewUpload) -> Result<Upload> {
        caller.must_write()?;
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
        upload::insert(self.0.db(), &row).await?;
        rows::upload(row)
    }

    /// An upload.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, caller: &Caller, id: UploadId) -> Result<Upload> {
        self.expire().await?;
        let row = upload::get_in(self.0.db(), caller.workspace, id).await?;
        rows::upload(row.ok_or_else(|| Error::not_found("upload"))?)
    }

    /// A page of uploads, the newest first.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn list(&self, caller: &Caller, page: Page) -> Result<Vec<Upload>> {
        self.expire().await?;
        let page = db_page(&page, page.limit.clamp(1, LONGEST_PAGE))?;
        upload::list(self.0.db(), caller.workspace, &page).await?.into_iter().map(rows::upload).collect()
    }

    /// Gives an upload up.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` where it is no longer waiting.
    pub async fn cancel(&self, caller: &Caller, id: UploadId) -> Result<Upload> {
        caller.must_write()?;
        self.get(caller, id).await?;
        if !upload::cancel(self.0.db(), id, self.0.now_ms()).await? {
            return Err(Error::forbidden(
                "Only an upload that is still waiting for its bytes can be cancelled.",
            ));
        }
        self.discard(id).await;
        self.get(caller, id).await
    }

    /// The upload whose URL carries this secret.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn by_secret(&self, id: UploadId, secret: &str) -> Result<Upload> {
        let row = upload_row(self.0.db(), id).await?;
        let same: bool = subtle::ConstantTimeEq::ct_eq(row.secret.as_bytes(), secret.as_bytes()).into();
        if same { rows::upload(row) } else { Err(Error::not_found("upload")) }
    }

    /// Takes bytes of an upload. What arrives before a connection breaks off is kept.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` where the upload no longer takes bytes; `Invalid` where the bytes contradict what was
    /// said before; `Busy` while another request sends.
    pub async fn receive<S>(&self, id: UploadId, secret: &str, sent: Sent, body: S) -> Result<Received>
    where
        S: Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin,
    {
        self.expire().await?;
        self.by_secret(id, secret).await?;
        let row = upload_row(self.0.db(), id).await?;
        if let Some(asset) = row.asset {
            return Ok(Received::Complete { asset });
        }
        if row.status != upload::Status::Waiting {
            return Err(Error::forbidden("This upload no longer takes bytes; make a new one."));
        }
        let total = self.agreed_total(&row, sent).await?;
        let storage = self.0.storage();
        let length = match sent {
            Sent::Query { .. } => storage.staging_length(id).await?,
            Sent::Whole => {
                storage.staging_truncate(id, 0).await?;
                let appended = storage.staging_append(id, 0, body).await?;
                interrupted(appended.interrupted)?;
                return self.complete(row, appended.length).await;
            }
            Sent::Part { start, end, .. } => {
                let there = storage.staging_length(id).await?;
                if start > there {
                    return Ok(Received::Stored { length: there });
                }
                let appended = storage.staging_append(id, start, Limited::new(body, end + 1 - start)).await?;
                interrupted(appended.interrupted)?;
                appended.length
            }
        };
        match total {
            Some(total) if length == total => self.complete(row, length).await,
            _ => Ok(Received::Stored { length }),
        }
    }

    /// The size that the sender has told, now or before.
    async fn agreed_total(&self, row: &upload::Upload, sent: Sent) -> Result<Option<u64>> {
        let (Sent::Part { total: Some(total), .. } | Sent::Query { total: Some(total) }) = sent else {
            return Ok(row.total_bytes);
        };
        match row.total_bytes {
            Some(before) if before != total => Err(Error::invalid(format!(
                "Content-Range: the size was {before} bytes before and is {total} now."
            ))),
            Some(_) => Ok(Some(total)),
            None => {
                upload::set_total(self.0.db(), row.id, total, self.0.now_ms()).await?;
                Ok(Some(total))
            }
        }
    }

    async fn complete(&self, row: upload::Upload, length: u64) -> Result<Received> {
        if length == 0 {
            return Err(Error::invalid("The file is empty; send its bytes."));
        }
        let app = self.0;
        let caller = Caller { workspace: row.workspace, may_write: true };
        let settings: UploadSettings = rows::parse(&row.settings)?;
        let mut draft = Draft::new(app, &caller, asset::Origin::Upload, &settings.into(), &Input::default())?;
        draft.row.upload = Some(row.id);
        let asset = draft.row.id;
        let tx = app.db().begin().await?;
        draft.insert(&tx).await?;
        if !upload::set_asset(&tx, row.id, asset, app.now_ms()).await? {
            // Two requests completed it at once, or it was cancelled meanwhile: the other one counts.
            drop(tx);
            let now = upload_row(app.db(), row.id).await?;
            let gone = || Error::forbidden("This upload no longer takes bytes; make a new one.");
            return now.asset.map(|asset| Received::Complete { asset }).ok_or_else(gone);
        }
        jobs::enqueue_ingest(
            &tx,
            app,
            Ingest { asset: asset.into(), from: MediaFrom::Staged(row.id.into()) },
        )
        .await?;
        tx.commit().await?;
        app.wake(Lane::Ingest);
        Ok(Received::Complete { asset })
    }

    /// Ends uploads whose time is over. Cheap where there are none.
    pub(crate) async fn expire(&self) -> Result<()> {
        for id in upload::expire(self.0.db(), self.0.now_ms()).await? {
            self.discard(id).await;
        }
        Ok(())
    }

    /// Removes staged bytes that nobody wants; what fails here is collected later.
    async fn discard(&self, id: UploadId) {
        if let Err(error) = self.0.storage().staging_delete(id).await {
            tracing::warn!(%id, %error, "staged bytes stay until the next collection");
        }
    }
}

fn interrupted(error: Option<std::io::Error>) -> Result<()> {
    match error {
        None => Ok(()),
        Some(error) => {
            Err(Error::invalid(format!("The connection broke off before all bytes came ({error}).")))
        }
    }
}

/// A body that fails where it brings fewer or more bytes than its range announced.
struct Limited<S> {
    inner: S,
    left: u64,
}

impl<S> Limited<S> {
    fn new(inner: S, length: u64) -> Self {
        Self { inner, left: length }
    }
}

impl<S: Stream<Item = std::io::Result<Bytes>> + Unpin> Stream for Limited<S> {
    type Item = std::io::Result<Bytes>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        use std::task::Poll;
        let next = std::task::ready!(std::pin::Pin::new(&mut self.inner).poll_next(cx));
        Poll::Ready(match next {
            Some(Ok(bytes)) if bytes.len() as u64 > self.left => {
                Some(Err(std::io::Error::other("more bytes than its range says")))
            }
            Some(Ok(bytes)) => {
                self.left -= bytes.len() as u64;
                Some(Ok(bytes))
            }
            None if self.left > 0 => {
                self.left = 0;
                Some(Err(std::io::Error::other("fewer bytes than its range says")))
            }
            other => other,
        })
    }
}
