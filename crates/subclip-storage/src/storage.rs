//! The store as the rest of Subclip sees it.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{BoxStream, Stream, StreamExt};
use subclip_core::UploadId;

use crate::backend::{Appender, Backend};
use crate::error::{Error, Result};
use crate::key::{Key, Kind};
use crate::local::Local;
use crate::memory::Memory;

/// Bytes of an upload that are gathered before they are handed to the disk.
const STAGING_BUFFER_BYTES: usize = 1 << 20;

/// Stored bytes, as a list names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stored {
    /// Their name.
    pub key: Key,
    /// How many there are.
    pub size_bytes: u64,
}

/// An upload on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Staged {
    /// Whose bytes they are.
    pub id: UploadId,
    /// How many arrived.
    pub length: u64,
}

/// How a transfer into a staged upload ended; what arrived is kept either way.
#[derive(Debug)]
pub struct Appended<E> {
    /// Bytes that are there now, all durable.
    pub length: u64,
    /// What broke the incoming stream off, if anything did.
    pub interrupted: Option<E>,
}

/// Where the bytes are. A clone is the same store.
///
/// Bytes under a key never change. A key is there as a whole or not at all, whatever crashes; and when
/// [`put`](Self::put), [`adopt`](Self::adopt) or [`staging_finish`](Self::staging_finish) have returned, it is
/// there after a power cut too.
#[derive(Clone)]
pub struct Storage {
    backend: Arc<dyn Backend>,
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Storage")
    }
}

impl Storage {
    /// A folder of this machine; made if it is not there.
    ///
    /// # Errors
    /// When the folder cannot be made or entered.
    pub fn local(root: &Path) -> Result<Self> {
        Ok(Self { backend: Arc::new(Local::open(root)?) })
    }

    /// Memory, for tests: gone with the last clone.
    #[must_use]
    pub fn memory() -> Self {
        Self { backend: Arc::new(Memory::default()) }
    }

    /// Stores bytes under `key`; bytes that were there are replaced as one.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Io`].
    pub async fn put(&self, key: impl Into<Key>, bytes: Bytes) -> Result<()> {
        self.backend.put(key.into(), bytes).await
    }

    /// All bytes of `key`: for what is known to be small.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Io`].
    pub async fn get(&self, key: impl Into<Key>) -> Result<Bytes> {
        self.backend.get(key.into()).await
    }

    /// The bytes of one range.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::OutOfRange`], [`Error::Io`].
    pub async fn get_range(&self, key: impl Into<Key>, range: Range<u64>) -> Result<Bytes> {
        let mut parts = self.backend.get_ranges(key.into(), std::slice::from_ref(&range)).await?;
        Ok(parts.pop().unwrap_or_default())
    }

    /// The bytes of several ranges, in the order asked; near ones are read in one go, and the answers then share
    /// that memory. Ranges may touch, overlap and come in any order.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::OutOfRange`] for any of them, [`Error::Io`].
    pub async fn get_ranges(&self, key: impl Into<Key>, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.backend.get_ranges(key.into(), ranges).await
    }

    /// The bytes of a range in pieces of at most `chunk_bytes`, one in memory at a time. Goes on to the end even if
    /// the key is deleted meanwhile.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::OutOfRange`]; the stream ends with [`Error::Io`].
    pub async fn stream(
        &self,
        key: impl Into<Key>,
        range: Range<u64>,
        chunk_bytes: usize,
    ) -> Result<BoxStream<'static, Result<Bytes>>> {
        self.backend.stream(key.into(), range, chunk_bytes.max(1)).await
    }

    /// How many bytes `key` has.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Io`].
    pub async fn size(&self, key: impl Into<Key>) -> Result<u64> {
        self.backend.size(key.into()).await
    }

    /// Removes `key`; nothing happens if it is not there. The room is free again when the last stream of it ends.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub async fn delete(&self, key: impl Into<Key>) -> Result<()> {
        self.backend.delete(key.into()).await
    }

    /// Every key of a kind with its size, in no order. Bytes still on their way are not among them.
    #[must_use]
    pub fn list(&self, kind: Kind) -> BoxStream<'static, Result<Stored>> {
        self.backend.list(kind)
    }

    /// Makes `key` appear as the file `path`, which must not exist, for a tool that needs one: as a hard link where
    /// the file system can, else as a copy. Such a file may only be read.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Full`], [`Error::Io`].
    pub async fn place_at(&self, key: impl Into<Key>, path: &Path) -> Result<()> {
        self.backend.place_at(key.into(), path).await
    }

    /// Takes the finished file `path` into the store, moving it where the file system can and copying it else; the
    /// file is gone afterwards. Answers how many bytes it had.
    ///
    /// # Errors
    /// [`Error::NotFound`] without a file, [`Error::Full`], [`Error::Io`].
    pub async fn adopt(&self, key: impl Into<Key>, path: &Path) -> Result<u64> {
        self.backend.adopt(key.into(), path).await
    }

    /// Adds a stream of bytes to a staged upload, which begins with the first of them. `offset` says where the
    /// stream's first byte belongs: bytes that are there already are skipped, a hole is refused.
    ///
    /// When this returns, every byte counted is durable. When the stream breaks off, or the future is dropped, what
    /// arrived stays, and [`staging_length`](Self::staging_length) tells where to resume.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Gap`], [`Error::Full`], [`Error::Io`].
    pub async fn staging_append<S, E>(&self, id: UploadId, offset: u64, stream: S) -> Result<Appended<E>>
    where
        S: Stream<Item = std::result::Result<Bytes, E>> + Send,
        E: Send,
    {
        let mut appender = self.backend.staging_open(id).await?;
        let length = appender.length();
        if offset > length {
            return Err(Error::Gap { offset, length });
        }
        let interrupted = pump(appender.as_mut(), length - offset, stream).await?;
        Ok(Appended { length: appender.finish().await?, interrupted })
    }

    /// Bytes of a staged upload that arrived and are durable; zero before the first.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub async fn staging_length(&self, id: UploadId) -> Result<u64> {
        self.backend.staging_length(id).await
    }

    /// Drops all but the first `length` bytes, when what follows is to be fetched anew.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Gap`] if there are fewer, [`Error::Io`].
    pub async fn staging_truncate(&self, id: UploadId, length: u64) -> Result<()> {
        self.backend.staging_truncate(id, length).await
    }

    /// Turns a staged upload into the object `key`, copying nothing. Answers how many bytes it has. Doing it twice
    /// is doing it once.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::NotFound`] if there is neither upload nor object, [`Error::Io`].
    pub async fn staging_finish(&self, id: UploadId, key: impl Into<Key>) -> Result<u64> {
        self.backend.staging_finish(id, key.into()).await
    }

    /// Forgets a staged upload; nothing happens if there is none. A transfer that is going on ends in nothing.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub async fn staging_delete(&self, id: UploadId) -> Result<()> {
        self.backend.staging_delete(id).await
    }

    /// Every staged upload, in no order.
    #[must_use]
    pub fn staging_list(&self) -> BoxStream<'static, Result<Staged>> {
        self.backend.staging_list()
    }

    /// Removes what crashed writers left behind, and lets go of files that somebody else deleted. Never touches the
    /// work of a writer that is alive, in this process or another. Answers how many files went.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub async fn sweep_temporary(&self) -> Result<u64> {
        self.backend.sweep_temporary().await
    }
}

/// Moves the stream into the appender in large writes, without the first `skip` bytes. Answers what broke the
/// stream off.
async fn pump<S, E>(appender: &mut dyn Appender, mut skip: u64, stream: S) -> Result<Option<E>>
where
    S: Stream<Item = std::result::Result<Bytes, E>> + Send,
    E: Send,
{
    let mut stream = std::pin::pin!(stream);
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
        gathered_bytes += fresh.len();
        gathered.push(fresh);
        if gathered_bytes >= STAGING_BUFFER_BYTES {
            appender.write(std::mem::take(&mut gathered)).await?;
            gathered_bytes = 0;
        }
    }
    if !gathered.is_empty() {
        appender.write(gathered).await?;
    }
    Ok(interrupted)
}
