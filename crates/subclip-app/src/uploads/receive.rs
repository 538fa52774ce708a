//! Taking an upload's bytes. What is decided by the bytes that are there (whether they begin anew, whether the size
//! fits, whether they are whole) is decided and written down while the staged upload is held, by its row as it stands
//! then: a second request that read an older row can't undo it.

use std::io::ErrorKind;
use std::time::Duration;

use bytes::Bytes;
use futures::Stream;
use subclip_core::{AssetId, UploadId};
use subclip_db::upload;
use subclip_storage::{Appended, Staging};
use tokio::time::{sleep, timeout};

use super::Uploads;
use super::body::Body;
use super::rules::{Effect, Sent, agreed_total, effect};
use super::turn::Turn;
use crate::assets::{Draft, upload_row};
use crate::events::Changes;
use crate::jobs::{self, Ingest, Lane, MediaFrom};
use crate::model::{Caller, Input};
use crate::rows::{self, UploadSettings};
use crate::{Error, Kind, Result};

/// How long a request waits for the one before it to let go, which first makes durable what it has.
const LONGEST_HANDOVER: Duration = Duration::from_secs(10);
/// How often it looks whether that is done. The lock may be another process's, so nobody tells.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

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
    /// The file is larger than this server takes.
    TooLarge {
        /// The most bytes that it takes.
        most_bytes: u64,
    },
}

/// Why an upload takes no bytes.
enum Over {
    /// Everything is there.
    Complete(AssetId),
    /// Something is in the way.
    Refused(Error),
}

impl<E: Into<Error>> From<E> for Over {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// An upload that takes bytes, and those it has, held.
type Held = (upload::Upload, Staging);

impl Uploads<'_> {
    /// Takes bytes of an upload. What arrives before a connection breaks off is kept. Of two requests that send, the
    /// newer one goes on and the older one ends: its connection may be long dead.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` where the upload no longer takes bytes; `Invalid` where the bytes contradict what was
    /// said before; `Conflict` where a newer request took over; `Busy` where an older one does not let go, which may
    /// be another process's, and where the body itself timed out.
    pub async fn receive<S>(&self, id: UploadId, secret: &str, sent: Sent, body: S) -> Result<Received>
    where
        S: Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin,
    {
        self.by_secret(id, secret).await?;
        match self.receive_unless_over(id, sent, body).await {
            Ok(received) => Ok(received),
            Err(Over::Complete(asset)) => Ok(Received::Complete { asset }),
            Err(Over::Refused(error)) => Err(error),
        }
    }

    async fn receive_unless_over<S>(&self, id: UploadId, sent: Sent, body: S) -> Result<Received, Over>
    where
        S: Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin,
    {
        let row = self.waiting(id).await?;
        let storage = self.0.storage();
        let most_bytes = storage.most_file_bytes();
        if sent.least() > most_bytes {
            return Ok(Received::TooLarge { most_bytes });
        }
        let length = storage.staging_length(id).await?;
        let turn = match effect(row.total_bytes, sent, length)? {
            Effect::None => return Ok(Received::Stored { length }),
            Effect::Note => None,
            Effect::Change => Some(self.0.upload_turns().take(id)),
        };
        let (row, staging) = match self.hold(id, sent, turn.as_ref()).await {
            Err(Over::Refused(Error { kind: Kind::Busy, .. })) if turn.is_none() => {
                return Ok(Received::Stored { length });
            }
            held => held?,
        };
        self.take(row, staging, sent, turn.as_ref(), body).await
    }

    async fn waiting(&self, id: UploadId) -> Result<upload::Upload, Over> {
        let row = self.as_of_now(upload_row(self.0.db(), id).await?);
        match row.asset {
            Some(asset) => Err(Over::Complete(asset)),
            None if row.status == upload::Status::Waiting => Ok(row),
            None => Err(no_longer().into()),
        }
    }

    /// Takes hold of an upload, emptied where the whole file is to come.
    async fn hold(&self, id: UploadId, sent: Sent, turn: Option<&Turn>) -> Result<Held, Over> {
        let (row, staging) = self.hold_as_it_is(id, turn).await?;
        if !matches!(sent, Sent::Whole { .. }) || staging.length() == 0 {
            return Ok((row, staging));
        }
        staging.discard().await?;
        let (row, staging) = self.hold_as_it_is(id, turn).await?;
        if staging.length() > 0 {
            return Err(Error::busy("Another request began to send to this upload.").into());
        }
        Ok((row, staging))
    }

    async fn hold_as_it_is(&self, id: UploadId, turn: Option<&Turn>) -> Result<Held, Over> {
        let staging = match turn {
            Some(turn) => self.take_over(id, turn).await?,
            None => self.0.storage().staging_open(id).await?,
        };
        match self.waiting(id).await {
            Ok(row) => Ok((row, staging)),
            Err(over) => {
                // Bytes that are there may wait to be taken in. Where there are none, holding it made an empty file.
                if staging.length() == 0 {
                    staging.discard().await?;
                }
                Err(over)
            }
        }
    }

    /// Opens the upload as soon as the request before lets go of it, unless a newer one came meanwhile.
    async fn take_over(&self, id: UploadId, turn: &Turn) -> Result<Staging> {
        let opened = async {
            loop {
                match self.0.storage().staging_open(id).await {
                    // Also when it could be had: the newer one may have had it already.
                    _ if turn.is_over() => return Err(overtaken()),
                    Err(subclip_storage::Error::Busy) => sleep(LOOK_AGAIN).await,
                    opened => return Ok(opened?),
                }
            }
        };
        let late = |_| Err(Error::busy("The request that sent to this upload before has not ended yet."));
        timeout(LONGEST_HANDOVER, opened).await.unwrap_or_else(late)
    }

    /// Takes the bytes, and makes the asset when they are all there.
    async fn take<S>(
        &self,
        row: upload::Upload,
        mut staging: Staging,
        sent: Sent,
        turn: Option<&Turn>,
        inner: S,
    ) -> Result<Received, Over>
    where
        S: Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin,
    {
        let app = self.0;
        let total = agreed_total(row.total_bytes, sent, staging.length())?;
        if total != row.total_bytes
            && let Some(total) = total
        {
            upload::set_total(app.db(), row.id, total, app.now_ms()).await?;
        }
        let (offset, left) = match sent {
            Sent::Query { .. } => (staging.length(), None),
            // Another request began anew since the place was looked at.
            Sent::Part { start, .. } if start > staging.length() => {
                return Ok(Received::Stored { length: staging.length() });
            }
            Sent::Part { start, end, .. } => (start, Some(end - start + 1)),
            Sent::Whole { length } => (0, length),
        };
        if let Some(turn) = turn
            && !matches!(sent, Sent::Query { .. })
        {
            let overtaken_by = Box::pin(turn.over());
            let body =
                Body { inner, left, until_ms: row.expires_ms, clock: app.clock(), overtaken: overtaken_by };
            match staging.append(offset, body).await {
                Ok(Appended { interrupted: Some(_), .. }) | Err(subclip_storage::Error::NotFound(_))
                    if turn.is_over() =>
                {
                    // Perhaps it was not a newer request that took the turn: it may have been cancelled.
                    self.waiting(row.id).await?;
                    return Err(overtaken().into());
                }
                Ok(appended) => interrupted(appended.interrupted)?,
                Err(subclip_storage::Error::TooLarge { most_bytes }) => {
                    staging.discard().await?;
                    return Ok(Received::TooLarge { most_bytes });
                }
                Err(error) => return Err(error.into()),
            }
        }
        if matches!(sent, Sent::Whole { .. }) || total == Some(staging.length()) {
            Ok(self.complete(row, staging).await?)
        } else {
            Ok(Received::Stored { length: staging.length() })
        }
    }

    /// Makes the asset, and only then lets go of the bytes.
    async fn complete(&self, row: upload::Upload, staging: Staging) -> Result<Received> {
        if staging.length() == 0 {
            return Err(Error::invalid("The file is empty; send its bytes."));
        }
        let app = self.0;
        let caller = Caller { workspace: row.workspace, may_write: true };
        let settings: UploadSettings = rows::parse(&row.settings)?;
        let mut draft =
            Draft::new(app, &caller, subclip_db::asset::Origin::Upload, &settings.into(), &Input::default())?;
        draft.row.upload = Some(row.id);
        let asset = draft.row.id;
        let tx = app.db().begin().await?;
        draft.insert(&tx, app).await?;
        if !(Changes { tx: &tx, app }).fill_upload(row.id, asset).await? {
            // It was cancelled or its time ended meanwhile.
            return Err(no_longer());
        }
        let ingest = Ingest { asset: asset.into(), from: MediaFrom::Staged(row.id.into()) };
        jobs::enqueue_ingest(&tx, app, ingest).await?;
        app.commit(tx).await?;
        drop(staging);
        app.wake(Lane::Ingest);
        app.wake(Lane::Text);
        Ok(Received::Complete { asset })
    }
}

fn no_longer() -> Error {
    Error::forbidden("This upload no longer takes bytes; make a new one.")
}

fn overtaken() -> Error {
    Error::conflict("A newer request sends to this upload now; this one has ended.")
}

/// A sender that fell silent may come back and go on, so it is told to.
fn interrupted(error: Option<std::io::Error>) -> Result<()> {
    let Some(error) = error else { return Ok(()) };
    let message = format!("The connection broke off before all bytes came ({error}).");
    Err(match error.kind() {
        ErrorKind::InvalidData => Error::invalid(format!("The body can't be taken: {error}.")),
        ErrorKind::TimedOut => Error::busy(message),
        _ => Error::invalid(message),
    })
}
