//! What a place for bytes must be able to do; one implementation per place.

use std::ops::Range;
use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use subclip_core::UploadId;

use crate::error::Result;
use crate::key::{Key, Kind};
use crate::storage::{Staged, Stored};

/// A place for bytes. The rules are told by the methods of the same name of [`crate::Storage`].
#[async_trait]
pub(crate) trait Backend: Send + Sync {
    async fn put(&self, key: Key, bytes: Bytes) -> Result<()>;
    async fn get(&self, key: Key) -> Result<Bytes>;
    async fn get_ranges(&self, key: Key, ranges: &[Range<u64>]) -> Result<Vec<Bytes>>;
    async fn open(&self, key: Key) -> Result<Box<dyn Source>>;
    async fn size(&self, key: Key) -> Result<u64>;
    async fn delete(&self, key: Key) -> Result<()>;
    fn list(&self, kind: Kind) -> BoxStream<'static, Result<Stored>>;
    async fn place_at(&self, key: Key, path: &Path) -> Result<()>;
    async fn adopt(&self, key: Key, path: &Path) -> Result<u64>;
    async fn staging_open(&self, id: UploadId) -> Result<Box<dyn Appender>>;
    async fn staging_length(&self, id: UploadId) -> Result<u64>;
    async fn staging_read(&self, id: UploadId, range: Range<u64>) -> Result<Bytes>;
    async fn staging_truncate(&self, id: UploadId, length: u64) -> Result<()>;
    async fn staging_finish(&self, id: UploadId, key: Key) -> Result<u64>;
    async fn staging_delete(&self, id: UploadId) -> Result<()>;
    fn staging_list(&self) -> BoxStream<'static, Result<Staged>>;
    async fn sweep_temporary(&self) -> Result<u64>;
    async fn claim(&self, owner: Bytes) -> Result<Bytes>;
}

/// An object that is read bit by bit, and goes on to be there as long as this is.
pub(crate) trait Source: Send + Sync {
    /// The bytes of ranges laid end to end, in pieces.
    fn stream(&self, ranges: &[Range<u64>]) -> Result<BoxStream<'static, Result<Bytes>>>;
}

/// The one who adds to a staged upload; nobody else can while it lives.
#[async_trait]
pub(crate) trait Appender: Send {
    /// Bytes that were there when it was opened or last synced.
    fn length(&self) -> u64;
    /// Adds bytes at the end; they need not be durable yet.
    async fn write(&mut self, chunks: Vec<Bytes>) -> Result<()>;
    /// Makes durable what was written and tells how many bytes are there; `NotFound` if somebody deleted them.
    async fn sync(&mut self) -> Result<u64>;
}
