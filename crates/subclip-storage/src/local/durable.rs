//! Files that are whole or absent, and on the disk when we say so; and those that may as well be lost.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells apart the temporary files of one process; the process id tells apart processes.
static SERIAL: AtomicU64 = AtomicU64::new(0);

/// A file in the making. Locked while it lives, removed when dropped, unless it was published.
pub(crate) struct Temporary {
    path: PathBuf,
    file: File,
    published: bool,
}

impl Temporary {
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        loop {
            let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!("{}-{serial}", std::process::id()));
            let file = match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
                Ok(file) => file,
                // Left behind by a process that had the same id.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            // A sweep can come between making the file and locking it; then the next try is ours.
            match file.try_lock() {
                Ok(()) if file.metadata()?.nlink() > 0 => {
                    return Ok(Self { path, file, published: false });
                }
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    pub(crate) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Makes the file appear at `target`, whole and durable.
    pub(crate) fn publish(mut self, target: &Path) -> io::Result<()> {
        publish(&self.file, &self.path, target)?;
        self.published = true;
        Ok(())
    }

    /// The same for bytes that can be made again, whose reader knows damage when he sees it: nothing waits for the disk, so
    /// a power cut may take the file, or any part of what is in it.
    pub(crate) fn publish_lightly(mut self, target: &Path) -> io::Result<()> {
        let folder = target.parent().ok_or(ErrorKind::InvalidInput)?;
        fs::create_dir_all(folder)?;
        fs::rename(&self.path, target)?;
        self.published = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.published {
            // What stays here nonetheless is swept later.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Moves `file`, which lies at `path`, to `target`; its bytes, its name and the folder are on the disk afterwards.
///
/// It is made read-only, so that a hard link given to a tool cannot be mistaken for something to write to; but not where
/// it has another name already, whose owner did not ask for that. And only at the very end: who is stopped before can
/// still open it for writing and try again.
pub(super) fn publish(file: &File, path: &Path, target: &Path) -> io::Result<()> {
    file.sync_all()?;
    let folder = target.parent().ok_or(ErrorKind::InvalidInput)?;
    create_folder(folder)?;
    fs::rename(path, target)?;
    if file.metadata()?.nlink() == 1 {
        file.set_permissions(Permissions::from_mode(0o444))?;
    }
    sync_folder(folder)
}

/// Makes a folder and those above it, each durably.
pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent {
        create_folder(parent)?;
    }
    match fs::create_dir(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
        Err(error) => return Err(error),
    }
    // Also when another process made it: its name may not be on the disk yet.
    sync_folder(parent.unwrap_or(Path::new(".")))
}

/// Writes the names in a folder to the disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Moves the file `from`, wherever it is, to `target`, and answers its size. A symbolic link is no file: the bytes it
/// leads to are somebody's who may change them.
pub(super) fn move_in(from: &Path, temporary: &Path, target: &Path) -> io::Result<u64> {
    let metadata = fs::symlink_metadata(from)?;
    if !metadata.is_file() {
        return Err(ErrorKind::InvalidInput.into());
    }
    let mut file = File::open(from)?;
    match publish(&file, from, target) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => {
            let mut copy = Temporary::create(temporary)?;
            let size_bytes = io::copy(&mut file, copy.file())?;
            copy.publish(target)?;
            fs::remove_file(from)?;
            Ok(size_bytes)
        }
        done => done.map(|()| metadata.len()),
    }
}

/// Makes the file `from` appear at `to` too.
pub(super) fn link_or_copy(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error)
            if matches!(
                error.kind(),
                // Not only other file systems: some have no hard links, and hardened kernels refuse those to
                // another user's file.
                ErrorKind::CrossesDevices
                    | ErrorKind::Unsupported
                    | ErrorKind::PermissionDenied
                    | ErrorKind::TooManyLinks
            ) =>
        {
            let mut source = File::open(from)?;
            let mut target = OpenOptions::new().write(true).create_new(true).open(to)?;
            io::copy(&mut source, &mut target).inspect_err(|_| drop(fs::remove_file(to)))?;
            Ok(())
        }
        done => done,
    }
}

/// Removes the temporary files whose writers are gone, and answers how many there were.
pub(crate) fn sweep(folder: &Path) -> io::Result<u64> {
    let mut swept = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => continue,
            Err(TryLockError::Error(error)) => return Err(error),
        }
        match fs::remove_file(&path) {
            Ok(()) => swept += 1,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(swept)
}
