//! Uploads on their way: one file each, grown at its end. Its lock tells who may; a crash lets go of it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::ops::{Deref, Range};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use super::durable;
use crate::backend::Appender;
use crate::error::{Error, Result};

/// Bytes that gather before they are made durable, while others arrive. Twice as many are unsynced at most.
const SYNC_BYTES: usize = 32 << 20;

/// Opens the file for the only one who may change it. `None` without a file; an error of kind
/// [`ErrorKind::WouldBlock`] while somebody else may.
fn open_locked(path: &Path, create: bool) -> io::Result<Option<Locked>> {
    let opened = OpenOptions::new().read(true).append(true).create(create).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(ErrorKind::WouldBlock.into()),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let locked = Locked(file);
    // Finished or deleted between opening and locking.
    if is_at(&locked, path)? { Ok(Some(locked)) } else { Err(ErrorKind::WouldBlock.into()) }
}

/// A file whose lock goes with it. Closing alone would not do: a process that is being started has the file, and its lock,
/// until it executes its program.
struct Locked(File);

impl Deref for Locked {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        // Closing does what is left to do.
        let _ = self.0.unlock();
    }
}

/// Whether `path` still means this file.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes durable what was written to a staged file.
///
/// The kernel tells only once that bytes were lost on their way to the disk: whoever syncs next hears that all is well.
/// So the file is removed then, and nobody takes it for whole.
fn sync(file: &File, path: &Path) -> io::Result<()> {
    file.sync_data().inspect_err(|_| {
        if is_at(file, path).unwrap_or(false) {
            let _ = fs::remove_file(path);
        }
    })
}

async fn staged<T: Send + 'static>(
    action: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    ended(action, spawn_blocking(work)).await
}

/// Waits for what was begun, and sorts its error.
async fn ended<T>(action: &'static str, task: JoinHandle<io::Result<T>>) -> Result<T> {
    task.await.map_err(io::Error::other).flatten().map_err(|error| match error.kind() {
        ErrorKind::WouldBlock => Error::Busy,
        _ => Error::from_io(error, action, || "upload".into()),
    })
}

/// Adds to a staged file. The lock is held by the file, also by a write or a sync that outlives a dropped future.
pub(super) struct FileAppender {
    path: Arc<Path>,
    file: Arc<Locked>,
    length: u64,
    /// Bytes written since the last sync began.
    gathered_bytes: usize,
    /// The sync that goes on while more is written.
    syncing: Option<JoinHandle<io::Result<()>>>,
}

impl FileAppender {
    pub(super) async fn open(path: PathBuf) -> Result<Self> {
        staged("opening an upload", move || {
            let fresh = !path.try_exists()?;
            let file = open_locked(&path, true)?.ok_or(ErrorKind::NotFound)?;
            if fresh {
                durable::sync_folder(path.parent().ok_or(ErrorKind::InvalidInput)?)?;
            }
            let length = file.metadata()?.len();
            Ok(Self { path: path.into(), file: Arc::new(file), length, gathered_bytes: 0, syncing: None })
        })
        .await
    }

    /// Waits for the sync that is going on, if one is.
    async fn end_sync(&mut self) -> Result<()> {
        match self.syncing.take() {
            Some(syncing) => ended("making an upload durable", syncing).await,
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Appender for FileAppender {
    fn length(&self) -> u64 {
        self.length
    }

    async fn write(&mut self, chunks: Vec<Bytes>) -> Result<()> {
        let file = self.file.clone();
        self.gathered_bytes += chunks.iter().map(Bytes::len).sum::<usize>();
        staged("writing an upload", move || chunks.iter().try_for_each(|chunk| (&**file).write_all(chunk)))
            .await?;
        if self.gathered_bytes >= SYNC_BYTES {
            self.end_sync().await?;
            let (file, path) = (self.file.clone(), self.path.clone());
            self.syncing = Some(spawn_blocking(move || sync(&file, &path)));
            self.gathered_bytes = 0;
        }
        Ok(())
    }

    async fn sync(&mut self) -> Result<u64> {
        self.end_sync().await?;
        let (file, path) = (self.file.clone(), self.path.clone());
        self.length = staged("making an upload durable", move || {
            sync(&file, &path)?;
            if !is_at(&file, &path)? {
                return Err(ErrorKind::NotFound.into());
            }
            Ok(file.metadata()?.len())
        })
        .await?;
        self.gathered_bytes = 0;
        Ok(self.length)
    }
}

/// Bytes that are there, once they are durable: a transfer that was cut off left that undone.
pub(super) async fn length(path: PathBuf) -> Result<u64> {
    staged("asking for an upload's length", move || match File::open(&path) {
        Ok(file) => {
            let length = file.metadata()?.len();
            sync(&file, &path)?;
            Ok(length)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    })
    .await
}

/// Bytes that were written, durable or not.
pub(super) async fn read(path: PathBuf, range: Range<u64>) -> Result<Bytes> {
    let wanted = range.clone();
    let read = staged("reading an upload", move || {
        let file = File::open(&path)?;
        let there = file.metadata()?.len();
        if wanted.end > there {
            return Ok(Err(there));
        }
        let mut bytes = vec![0; wanted.end.saturating_sub(wanted.start) as usize];
        file.read_exact_at(&mut bytes, wanted.start)?;
        Ok(Ok(Bytes::from(bytes)))
    })
    .await?;
    read.map_err(|size_bytes| Error::OutOfRange { start: range.start, end: range.end, size_bytes })
}

pub(super) async fn truncate(path: PathBuf, length: u64) -> Result<()> {
    let there = staged("truncating an upload", move || {
        let Some(file) = open_locked(&path, false)? else {
            return Ok(0);
        };
        let there = file.metadata()?.len();
        if length < there {
            file.set_len(length)?;
            file.sync_all()?;
        }
        Ok(there)
    })
    .await?;
    if length > there { Err(Error::Gap { offset: length, length: there }) } else { Ok(()) }
}

/// Moves the file to `target`; its size, or `None` if there is no such upload.
pub(super) async fn finish(path: PathBuf, target: PathBuf) -> Result<Option<u64>> {
    staged("finishing an upload", move || {
        let Some(file) = open_locked(&path, false)? else {
            return Ok(None);
        };
        let size_bytes = file.metadata()?.len();
        durable::publish(&file, &path, &target)?;
        durable::sync_folder(path.parent().ok_or(ErrorKind::InvalidInput)?)?;
        Ok(Some(size_bytes))
    })
    .await
}

pub(super) async fn delete(path: PathBuf) -> Result<()> {
    staged("deleting an upload", move || match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_done_leaves_no_lock_with_a_process_that_is_being_started() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("upload");
        let first = open_locked(&path, true).unwrap().unwrap();
        let elsewhere = first.try_clone().unwrap();
        assert_eq!(open_locked(&path, false).err().unwrap().kind(), ErrorKind::WouldBlock);
        drop(first);
        assert!(open_locked(&path, false).unwrap().is_some());
        drop(elsewhere);
    }
}
