//! A staged upload in the hands of the one who may change it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{Stream, StreamExt};
use subclip_core::UploadId;

use crate::backend::{Appender, Backend};
use crate::error::{Error, Result};

/// Bytes of an upload that are gathered before they are handed to the disk.
const BUFFER_BYTES: usize = 1 << 20;

/// How a transfer into a staged upload ended; what arrived is kept either way.
#[derive(Debug)]
pub struct Appended<E> {
    /// Bytes that are there now, all durable.
    pub length: u64,
    /// What broke the incoming stream off, if anything did.
    pub interrupted: Option<E>,
}

/// A staged upload, held: as long as this lives, others are told [`Error::Busy`]. So what is decided by its length
/// stays true until the decision is written down.
pub struct Staging {
    backend: Arc<dyn Backend>,
    id: UploadId,
    appender: Box<dyn Appender>,
    most_bytes: u64,
}

impl fmt::Debug for Staging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Staging")
            .field("id", &self.id)
            .field("length", &self.length())
            .finish_non_exhaustive()
    }
}

impl Staging {
    pub(crate) async fn open(backend: Arc<dyn Backend>, id: UploadId, most_bytes: u64) -> Result<Self> {
        let appender = backend.staging_open(id).await?;
        Ok(Self { backend, id, appender, most_bytes })
    }

    /// The same for bytes of the store's own: they have no bound.
    #[must_use]
    pub fn for_own_bytes(self) -> Self {
        Self { most_bytes: u64::MAX, ..self }
    }

    /// Bytes that are there.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.appender.length()
    }

    /// Adds a stream of bytes, as [`Storage::staging_append`](crate::Storage::staging_append) does, and holds on to
    /// the upload. Not to be called again after an error.
    ///
    /// # Errors
    /// [`Error::Gap`], [`Error::TooLarge`], [`Error::Full`], [`Error::NotFound`] if it was deleted meanwhile,
    /// [`Error::Io`].
    pub async fn append<S, E>(&mut self, offset: u64, stream: S) -> Result<Appended<E>>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send,
        E: Send,
    {
        let place = Place { offset, length: self.length(), most_bytes: self.most_bytes };
        let interrupted = pump(self.appender.as_mut(), place, stream).await?;
        Ok(Appended { length: self.appender.sync().await?, interrupted })
    }

    /// Forgets what arrived. Who wants to begin anew opens the upload again; another may have come first.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub async fn discard(self) -> Result<()> {
        self.backend.staging_delete(self.id).await
    }
}

/// Where a stream's bytes belong in an upload.
pub(crate) struct Place {
    /// The place of its first byte.
    pub(crate) offset: u64,
    /// Bytes that are there.
    pub(crate) length: u64,
    /// The most there may be.
    pub(crate) most_bytes: u64,
}

/// Moves the stream into the appender in large writes, without the bytes that are there already; tells what broke it
/// off, if anything did.
pub(crate) async fn pump<S, E>(appender: &mut dyn Appender, place: Place, stream: S) -> Result<Option<E>>
where
    S: Stream<Item = std::result::Result<Bytes, E>> + Send,
    E: Send,
{
    let Place { offset, length, most_bytes } = place;
    let mut skip = length.checked_sub(offset).ok_or(Error::Gap { offset, length })?;
    let mut stream = std::pin::pin!(stream);
    let mut fresh_bytes = 0;
    let mut gathered: Vec<Bytes> = Vec::new();
    let mut gathered_bytes = 0;
    let mut interrupted = None;
    while let Some(item) = stream.next().await {
        let mut chunk = match item {
            Ok(chunk) => chunk,
            Err(error) => {
                interrupted = Some(error);
                break;
            }
        };
        let overlap = skip.min(chunk.len() as u64);
        skip -= overlap;
        let fresh = chunk.split_off(overlap as usize);
        if fresh.is_empty() {
            continue;
        }
        fresh_bytes += fresh.len() as u64;
        if length + fresh_bytes > most_bytes {
            return Err(Error::TooLarge { most_bytes });
        }
        gathered_bytes += fresh.len();
        gathered.push(fresh);
        if gathered_bytes >= BUFFER_BYTES {
            appender.write(std::mem::take(&mut gathered)).await?;
            gathered_bytes = 0;
        }
    }
    if !gathered.is_empty() {
        appender.write(gathered).await?;
    }
    Ok(interrupted)
}
