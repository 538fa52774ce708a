//! The store as the rest of Subclip sees it.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{BoxStream, Stream};
use subclip_core::UploadId;

use crate::backend::{Backend, Source};
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::key::{Key, Kind};
use crate::local::Local;
use crate::memory::Memory;
use crate::staging::{Appended, Place, Staging, pump};

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

/// An open object: its bytes can be read to the end even if its key is deleted meanwhile.
pub struct Reader(Box<dyn Source>);

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

impl Reader {
    /// The bytes of ranges, in the order given, laid end to end: in pieces of at most [`PIECE_BYTES`], read when they
    /// are asked for. A piece that is let go of makes room for a later one, so what is sent right away costs little.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for any of the ranges; the stream ends with [`Error::Io`].
    pub fn stream(&self, ranges: &[Range<u64>]) -> Result<BoxStream<'static, Result<Bytes>>> {
        self.0.stream(ranges)
    }
}

/// The most that a stream reads at once.
pub const PIECE_BYTES: usize = 128 << 10;

/// Where the bytes are. A clone is the same store.
///
/// Bytes under a key never change. A key is there as a whole or not at all, whatever crashes; and when
/// [`put`](Self::put), [`adopt`](Self::adopt) or [`staging_finish`](Self::staging_finish) have returned, it is
/// there after a power cut too.
#[derive(Clone)]
pub struct Storage {
    backend: Arc<dyn Backend>,
    most_file_bytes: u64,
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
        Ok(Self { backend: Arc::new(Local::open(root)?), most_file_bytes: u64::MAX })
    }

    /// Memory, for tests: gone with the last clone.
    #[must_use]
    pub fn memory() -> Self {
        Self { backend: Arc::new(Memory::default()), most_file_bytes: u64::MAX }
    }

    /// The same store, with a bound on what comes from outside: see [`staging_open`](Self::staging_open).
    #[must_use]
    pub fn with_most_file_bytes(mut self, most_file_bytes: u64) -> Self {
        self.most_file_bytes = most_file_bytes;
        self
    }

    /// The most bytes that a file from outside may have.
    #[must_use]
    pub fn most_file_bytes(&self) -> u64 {
        self.most_file_bytes
    }

    /// Makes the store that of `owner`, unless it is somebody's already. Whether it is theirs now: two databases that
    /// share a store would take each other's bytes for garbage.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Io`].
    pub async fn claim(&self, owner: &str) -> Result<bool> {
        let owner = Bytes::copy_from_slice(owner.as_bytes());
        Ok(self.backend.claim(owner.clone()).await? == owner)
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

    /// Opens `key` to be read bit by bit.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Io`].
    pub async fn open(&self, key: impl Into<Key>) -> Result<Reader> {
        Ok(Reader(self.backend.open(key.into()).await?))
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
    /// [`Error::NotFound`] without a file, [`Error::Full`], [`Error::Io`], also for a folder or a symbolic link.
    pub async fn adopt(&self, key: impl Into<Key>, path: &Path) -> Result<u64> {
        self.backend.adopt(key.into(), path).await
    }

    /// Takes a staged upload, which begins with this, for bytes from outside. Nobody else can add to it, truncate it
    /// or finish it until the answer is dropped.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Full`], [`Error::Io`].
    pub async fn staging_open(&self, id: UploadId) -> Result<Staging> {
        Staging::open(self.backend.clone(), id, self.most_file_bytes).await
    }

    /// Adds a stream of the store's own bytes to a staged upload, which begins with the first of them. `offset` says
    /// where the stream's first byte belongs: bytes that are there already are skipped, a hole is refused.
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
        let place = Place { offset, length: appender.length(), most_bytes: u64::MAX };
        let interrupted = pump(appender.as_mut(), place, stream).await?;
        Ok(Appended { length: appender.sync().await?, interrupted })
    }

    /// Bytes of a staged upload that arrived and are durable; zero before the first.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub async fn staging_length(&self, id: UploadId) -> Result<u64> {
        self.backend.staging_length(id).await
    }

    /// The bytes of a range of a staged upload, for who goes on with work of the store's own: they need not be durable.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such an upload, [`Error::OutOfRange`], [`Error::Io`].
    pub async fn staging_read(&self, id: UploadId, range: Range<u64>) -> Result<Bytes> {
        self.backend.staging_read(id, range).await
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
