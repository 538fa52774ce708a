//! A store in memory, for tests.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::memory::InMemory;
use object_store::{ObjectStore, ObjectStoreExt};
use subclip_core::UploadId;

use crate::backend::{Appender, Backend, Source};
use crate::error::{Error, Result};
use crate::key::{Key, Kind};
use crate::ranges;
use crate::storage::{PIECE_BYTES, Staged, Stored};

/// Objects and staged uploads in memory.
#[derive(Default)]
pub(crate) struct Memory {
    objects: Arc<InMemory>,
    staging: Arc<Staging>,
    owner: Mutex<Option<Bytes>>,
}

#[derive(Default)]
struct Staging(Mutex<HashMap<UploadId, Arc<Mutex<Upload>>>>);

#[derive(Default)]
struct Upload {
    bytes: Vec<u8>,
    busy: bool,
    deleted: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Staging {
    fn get(&self, id: UploadId) -> Option<Arc<Mutex<Upload>>> {
        lock(&self.0).get(&id).cloned()
    }

    fn get_or_make(&self, id: UploadId) -> Arc<Mutex<Upload>> {
        lock(&self.0).entry(id).or_default().clone()
    }
}

fn path_of(key: Key) -> object_store::path::Path {
    key.to_string().into()
}

/// The bytes of an object.
struct Whole(Bytes);

impl Source for Whole {
    fn stream(&self, asked: &[Range<u64>]) -> Result<BoxStream<'static, Result<Bytes>>> {
        asked.iter().try_for_each(|range| ranges::check(range, self.0.len() as u64))?;
        let whole = self.0.clone();
        let pieces = ranges::pieces(asked, PIECE_BYTES as u64, 0);
        let piece = move |piece: ranges::Piece| {
            let wanted = piece.reads.iter().flat_map(|read| &read.wanted);
            Ok(Bytes::from(
                wanted.map(|r| &whole[r.start as usize..r.end as usize]).collect::<Vec<_>>().concat(),
            ))
        };
        Ok(stream::iter(pieces.map(piece)).boxed())
    }
}

#[async_trait]
impl Backend for Memory {
    async fn put(&self, key: Key, bytes: Bytes) -> Result<()> {
        let done = self.objects.put(&path_of(key), bytes.into()).await;
        done.map(|_| ()).map_err(|error| Error::from_store(error, "storing an object"))
    }

    async fn get(&self, key: Key) -> Result<Bytes> {
        let read = async { self.objects.get(&path_of(key)).await?.bytes().await };
        read.await.map_err(|error| Error::from_store(error, "reading an object"))
    }

    async fn get_ranges(&self, key: Key, asked: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let whole = self.get(key).await?;
        let cut = |range: &Range<u64>| {
            ranges::check(range, whole.len() as u64)?;
            Ok(whole.slice(range.start as usize..range.end as usize))
        };
        asked.iter().map(cut).collect()
    }

    async fn open(&self, key: Key) -> Result<Box<dyn Source>> {
        Ok(Box::new(Whole(self.get(key).await?)))
    }

    async fn size(&self, key: Key) -> Result<u64> {
        let meta = self.objects.head(&path_of(key)).await;
        meta.map(|meta| meta.size).map_err(|error| Error::from_store(error, "asking for an object's size"))
    }

    async fn delete(&self, key: Key) -> Result<()> {
        match self.objects.delete(&path_of(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::from_store(error, "deleting an object")),
        }
    }

    fn list(&self, kind: Kind) -> BoxStream<'static, Result<Stored>> {
        self.objects
            .list(Some(&kind.folder().into()))
            .map_err(|error| Error::from_store(error, "listing objects"))
            .try_filter_map(|meta| async move {
                Ok(meta.location.as_ref().parse().ok().map(|key| Stored { key, size_bytes: meta.size }))
            })
            .boxed()
    }

    async fn place_at(&self, key: Key, path: &Path) -> Result<()> {
        let bytes = self.get(key).await?;
        let write = async {
            let mut file = tokio::fs::File::create_new(path).await?;
            tokio::io::AsyncWriteExt::write_all(&mut file, &bytes).await?;
            tokio::io::AsyncWriteExt::flush(&mut file).await
        };
        write.await.map_err(|error| Error::from_io(error, "placing an object", || path.display().to_string()))
    }

    async fn adopt(&self, key: Key, path: &Path) -> Result<u64> {
        let sorted = |error| Error::from_io(error, "taking a file in", || path.display().to_string());
        if !tokio::fs::symlink_metadata(path).await.map_err(sorted)?.is_file() {
            return Err(sorted(std::io::ErrorKind::InvalidInput.into()));
        }
        let bytes = tokio::fs::read(path).await.map_err(sorted)?;
        let size_bytes = bytes.len() as u64;
        self.put(key, bytes.into()).await?;
        tokio::fs::remove_file(path).await.map_err(sorted)?;
        Ok(size_bytes)
    }

    async fn staging_open(&self, id: UploadId) -> Result<Box<dyn Appender>> {
        let shared = self.staging.get_or_make(id);
        let mut upload = lock(&shared);
        if upload.busy {
            return Err(Error::Busy);
        }
        upload.busy = true;
        drop(upload);
        Ok(Box::new(MemoryAppender(shared)))
    }

    async fn staging_length(&self, id: UploadId) -> Result<u64> {
        Ok(self.staging.get(id).map_or(0, |upload| lock(&upload).bytes.len() as u64))
    }

    async fn staging_read(&self, id: UploadId, range: Range<u64>) -> Result<Bytes> {
        let shared = self.staging.get(id).ok_or_else(|| Error::NotFound("upload".into()))?;
        let upload = lock(&shared);
        let bytes = upload.bytes.get(range.start as usize..range.end as usize);
        let (size_bytes, Range { start, end }) = (upload.bytes.len() as u64, range);
        bytes.map(Bytes::copy_from_slice).ok_or(Error::OutOfRange { start, end, size_bytes })
    }

    async fn staging_truncate(&self, id: UploadId, length: u64) -> Result<()> {
        let shared = self.staging.get(id).unwrap_or_default();
        let mut upload = lock(&shared);
        let there = upload.bytes.len() as u64;
        if upload.busy {
            return Err(Error::Busy);
        }
        if length > there {
            return Err(Error::Gap { offset: length, length: there });
        }
        upload.bytes.truncate(length as usize);
        Ok(())
    }

    async fn staging_finish(&self, id: UploadId, key: Key) -> Result<u64> {
        let Some(shared) = self.staging.get(id) else {
            return self.size(key).await;
        };
        let bytes = {
            let mut upload = lock(&shared);
            if upload.busy {
                return Err(Error::Busy);
            }
            std::mem::take(&mut upload.bytes)
        };
        lock(&self.staging.0).remove(&id);
        let size_bytes = bytes.len() as u64;
        self.put(key, bytes.into()).await?;
        Ok(size_bytes)
    }

    async fn staging_delete(&self, id: UploadId) -> Result<()> {
        if let Some(upload) = lock(&self.staging.0).remove(&id) {
            lock(&upload).deleted = true;
        }
        Ok(())
    }

    fn staging_list(&self) -> BoxStream<'static, Result<Staged>> {
        let staged: Vec<_> = lock(&self.staging.0)
            .iter()
            .map(|(&id, upload)| Ok(Staged { id, length: lock(upload).bytes.len() as u64 }))
            .collect();
        stream::iter(staged).boxed()
    }

    async fn sweep_temporary(&self) -> Result<u64> {
        Ok(0)
    }

    async fn claim(&self, owner: Bytes) -> Result<Bytes> {
        Ok(lock(&self.owner).get_or_insert(owner).clone())
    }
}

struct MemoryAppender(Arc<Mutex<Upload>>);

#[async_trait]
impl Appender for MemoryAppender {
    fn length(&self) -> u64 {
        lock(&self.0).bytes.len() as u64
    }

    async fn write(&mut self, chunks: Vec<Bytes>) -> Result<()> {
        let mut upload = lock(&self.0);
        chunks.iter().for_each(|chunk| upload.bytes.extend_from_slice(chunk));
        Ok(())
    }

    async fn sync(&mut self) -> Result<u64> {
        let upload = lock(&self.0);
        if upload.deleted { Err(Error::NotFound("upload".into())) } else { Ok(upload.bytes.len() as u64) }
    }
}

impl Drop for MemoryAppender {
    fn drop(&mut self) {
        lock(&self.0).busy = false;
    }
}
