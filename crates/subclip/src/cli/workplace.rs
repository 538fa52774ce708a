//! The folder that a command works in. It goes when the command ends; what a command leaves that was killed goes with the
//! next one that works in the same place.
//!
//! A lock in the folder is held as long as the command lives, however it ends. Only a folder whose lock is free is
//! removed: one without a lock may be somebody else's, or just being made.

use std::fs::{DirEntry, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use tempfile::TempDir;

const PREFIX: &str = ".subclip-";
const LOCK: &str = "subclip.lock";

/// Such a folder.
#[derive(Debug)]
pub(super) struct Workplace {
    folder: TempDir,
    // Dropped after the folder. None where the file system knows no locks: nobody removes the folder then.
    _lock: Option<File>,
}

impl Workplace {
    /// Makes one, and removes those that were left in the same place.
    pub(super) fn make_in(place: &Path) -> io::Result<Self> {
        // Without the path of the folder, which says nothing to anybody.
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(place).map_err(|e| e.kind())?;
        let lock = hold(folder.path()).ok();
        if let Err(error) = remove_abandoned(place, folder.path()) {
            tracing::debug!(%error, place = %place.display(), "what was left is not looked for");
        }
        Ok(Self { folder, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The lock gets its name only when it is held, so that nobody finds one that is free before.
fn hold(folder: &Path) -> io::Result<File> {
    let unnamed = folder.join("new.lock");
    let lock = File::create_new(&unnamed)?;
    lock.try_lock()?;
    std::fs::rename(unnamed, folder.join(LOCK))?;
    Ok(lock)
}

fn remove_abandoned(place: &Path, own: &Path) -> io::Result<()> {
    let owner = std::fs::metadata(own)?.uid();
    for entry in std::fs::read_dir(place)? {
        let entry = entry?;
        if is_named_so(&entry) && entry.metadata().is_ok_and(|about| about.uid() == owner) {
            remove_if_abandoned(&entry.path());
        }
    }
    Ok(())
}

fn is_named_so(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let random = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
    let named = random.is_some_and(|random| random.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    // Of a link this says that it is one.
    named && entry.file_type().is_ok_and(|kind| kind.is_dir())
}

fn remove_if_abandoned(folder: &Path) {
    let path = folder.join(LOCK);
    let is_lock = std::fs::symlink_metadata(&path).is_ok_and(|about| about.is_file() && about.len() == 0);
    if is_lock
        && let Ok(lock) = File::options().read(true).write(true).open(&path)
        && lock.try_lock().is_ok()
        && let Err(error) = std::fs::remove_dir_all(folder)
    {
        tracing::debug!(%error, folder = %folder.display(), "what was left can't be removed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a killed command leaves.
    fn abandoned(place: &Path) -> std::path::PathBuf {
        let workplace = Workplace::make_in(place).unwrap();
        std::fs::write(workplace.path().join("input"), "x").unwrap();
        workplace.folder.keep()
    }

    #[test]
    fn what_the_dead_leave_goes_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let alive = Workplace::make_in(place.path()).unwrap();
        let kept = |name: &str, lock: Option<&str>| {
            let folder = place.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            if let Some(text) = lock {
                std::fs::write(folder.join(LOCK), text).unwrap();
            }
            folder
        };
        let others = [
            kept(".subclip-nolock", None),
            kept(".subclip-noting", Some("mine")),
            kept(".subclip-my.notes", Some("")),
            kept("subclip-abcdef", Some("")),
        ];
        let linked = tempfile::tempdir().unwrap();
        std::fs::write(linked.path().join(LOCK), "").unwrap();
        std::os::unix::fs::symlink(linked.path(), place.path().join(".subclip-linked")).unwrap();
        let dead = abandoned(place.path());
        assert!(dead.join("input").exists());

        drop(Workplace::make_in(place.path()).unwrap());
        assert!(!dead.exists());
        assert!(alive.path().exists());
        assert!(others.iter().all(|folder| folder.exists()));
        assert!(linked.path().join(LOCK).exists());
        let own = alive.path().to_owned();
        drop(alive);
        assert!(!own.exists());
    }
}
