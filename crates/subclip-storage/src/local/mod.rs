//! A store in a folder of this machine.
//!
//! `objects/` and `indexes/` hold what is stored, `staging/` uploads on their way, `owner` whose store it is, and
//! `temporary/` what writers are busy with. Every writer holds a lock on its file there; a file nobody has locked is what a crash left behind.

mod buffers;
mod durable;
mod handles;
mod read;
mod staging;
mod stream;

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt};
use subclip_core::UploadId;

use crate::backend::{Appender, Backend, Source};
use crate::error::{Error, Result};
use crate::key::{Key, Kind};
use crate::storage::{PIECE_BYTES, Staged, Stored};
use buffers::Buffers;
pub(crate) use durable::{Temporary, sweep};
use handles::Handles;

/// Files kept open for reading: enough for what many viewers watch at once, far below any limit on open files.
const OPEN_FILES: usize = 256;

/// Buffers kept for the next piece of a stream: 16 MiB.
const KEPT_BUFFERS: usize = 128;

/// The folders and the open files of a store.
pub(crate) struct Local {
    folders: Arc<Folders>,
    /// Lists and deletes; reading and writing are done here, see `docs/design/storage.md`.
    store: LocalFileSystem,
    handles: Arc<Handles>,
    buffers: Arc<Buffers>,
}

/// Where what lies.
struct Folders {
    root: PathBuf,
    temporary: PathBuf,
    staging: PathBuf,
}

impl Folders {
    fn file_of(&self, key: Key) -> PathBuf {
        self.root.join(key.to_string())
    }

    fn staged_file_of(&self, id: UploadId) -> PathBuf {
        self.staging.join(id.hex())
    }
}

impl Local {
    pub(crate) fn open(root: &Path) -> Result<Self> {
        let sorted = |error| Error::from_io(error, "opening the store", || root.display().to_string());
        for folder in ["objects", "indexes", "staging", "temporary"] {
            durable::create_folder(&root.join(folder)).map_err(sorted)?;
        }
        let root = root.canonicalize().map_err(sorted)?;
        let store = LocalFileSystem::new_with_prefix(&root)
            .map_err(|error| Error::from_store(error, "opening the store"))?
            .with_fsync(true);
        let folders = Folders { temporary: root.join("temporary"), staging: root.join("staging"), root };
        let handles = Arc::new(Handles::new(OPEN_FILES));
        let buffers = Arc::new(Buffers::new(PIECE_BYTES, KEPT_BUFFERS));
        Ok(Self { folders: Arc::new(folders), store, handles, buffers })
    }

    async fn opened(&self, key: Key) -> Result<Arc<File>> {
        if let Some(file) = self.handles.get(key) {
            return Ok(file);
        }
        let (folders, handles) = (self.folders.clone(), self.handles.clone());
        blocking(
            "opening an object",
            move || key.to_string(),
            move || {
                let file = Arc::new(File::open(folders.file_of(key))?);
                handles.insert(key, file.clone());
                Ok(file)
            },
        )
        .await
    }
}

/// Runs what may block on a thread that may, and sorts its error.
async fn blocking<T: Send + 'static>(
    action: &'static str,
    what: impl FnOnce() -> String,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(io::Error::other).flatten();
    done.map_err(|error| Error::from_io(error, action, what))
}

#[async_trait]
impl Backend for Local {
    async fn put(&self, key: Key, bytes: Bytes) -> Result<()> {
        let folders = self.folders.clone();
        blocking(
            "storing an object",
            move || key.to_string(),
            move || {
                let mut temporary = Temporary::create(&folders.temporary)?;
                io::Write::write_all(temporary.file(), &bytes)?;
                temporary.publish(&folders.file_of(key))
            },
        )
        .await?;
        self.handles.remove(key);
        Ok(())
    }

    async fn get(&self, key: Key) -> Result<Bytes> {
        let file = self.opened(key).await?;
        let size_bytes = read::size_of(&file)?;
        read::range(&file, 0..size_bytes).await
    }

    async fn get_ranges(&self, key: Key, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let file = self.opened(key).await?;
        read::ranges(&file, ranges).await
    }

    async fn open(&self, key: Key) -> Result<Box<dyn Source>> {
        let file = self.opened(key).await?;
        Ok(Box::new(stream::OpenFile { file, buffers: self.buffers.clone() }))
    }

    async fn size(&self, key: Key) -> Result<u64> {
        read::size_of(&*self.opened(key).await?)
    }

    async fn delete(&self, key: Key) -> Result<()> {
        let done = self.store.delete(&key.to_string().into()).await;
        self.handles.remove(key);
        match done {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::from_store(error, "deleting an object")),
        }
    }

    fn list(&self, kind: Kind) -> BoxStream<'static, Result<Stored>> {
        self.store
            .list(Some(&kind.folder().into()))
            .map_err(|error| Error::from_store(error, "listing objects"))
            .try_filter_map(|meta| async move {
                Ok(meta.location.as_ref().parse().ok().map(|key| Stored { key, size_bytes: meta.size }))
            })
            .boxed()
    }

    async fn place_at(&self, key: Key, path: &Path) -> Result<()> {
        let (from, to) = (self.folders.file_of(key), path.to_owned());
        blocking("placing an object", move || key.to_string(), move || durable::link_or_copy(&from, &to))
            .await
    }

    async fn adopt(&self, key: Key, path: &Path) -> Result<u64> {
        let (folders, from) = (self.folders.clone(), path.to_owned());
        let size_bytes = blocking(
            "taking a file in",
            || path.display().to_string(),
            move || durable::move_in(&from, &folders.temporary, &folders.file_of(key)),
        )
        .await?;
        self.handles.remove(key);
        Ok(size_bytes)
    }

    async fn staging_open(&self, id: UploadId) -> Result<Box<dyn Appender>> {
        let path = self.folders.staged_file_of(id);
        Ok(Box::new(staging::FileAppender::open(path).await?))
    }

    async fn staging_length(&self, id: UploadId) -> Result<u64> {
        staging::length(self.folders.staged_file_of(id)).await
    }

    async fn staging_read(&self, id: UploadId, range: Range<u64>) -> Result<Bytes> {
        staging::read(self.folders.staged_file_of(id), range).await
    }

    async fn staging_truncate(&self, id: UploadId, length: u64) -> Result<()> {
        staging::truncate(self.folders.staged_file_of(id), length).await
    }

    async fn staging_finish(&self, id: UploadId, key: Key) -> Result<u64> {
        let finished = staging::finish(self.folders.staged_file_of(id), self.folders.file_of(key)).await?;
        self.handles.remove(key);
        match finished {
            Some(size_bytes) => Ok(size_bytes),
            None => self.size(key).await,
        }
    }

    async fn staging_delete(&self, id: UploadId) -> Result<()> {
        staging::delete(self.folders.staged_file_of(id)).await
    }

    fn staging_list(&self) -> BoxStream<'static, Result<Staged>> {
        self.store
            .list(Some(&"staging".into()))
            .map_err(|error| Error::from_store(error, "listing uploads"))
            .try_filter_map(|meta| async move {
                let id = meta.location.filename().and_then(|name| name.parse().ok());
                Ok(id.map(|id| Staged { id, length: meta.size }))
            })
            .boxed()
    }

    async fn sweep_temporary(&self) -> Result<u64> {
        self.handles.release_deleted();
        let folder = self.folders.temporary.clone();
        blocking("sweeping", || "temporary".into(), move || durable::sweep(&folder)).await
    }

    async fn claim(&self, owner: Bytes) -> Result<Bytes> {
        let folders = self.folders.clone();
        let claim = move || {
            let file = folders.root.join("owner");
            match std::fs::read(&file) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    let mut temporary = Temporary::create(&folders.temporary)?;
                    io::Write::write_all(temporary.file(), &owner)?;
                    temporary.publish(&file)?;
                    Ok(owner)
                }
                there => there.map(Bytes::from),
            }
        };
        blocking("claiming the store", || "owner".into(), claim).await
    }
}
