//! Private temporary folders, which outlive neither their task nor, for long, their process.
//!
//! Under the work folder every engine has a `run-…` folder and beside it a lock file. The lock is held as
//! long as the process lives, however it ends; so whoever gets the lock of a run may remove it.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::error::Error;

const PREFIX: &str = "run-";
const LOCK_SUFFIX: &str = ".lock";
/// Held for the moment in which runs are made and removed.
const GATE: &str = "gate.lock";

/// The place of one task's files: `in` for what the engine reads, `out` for what it writes. Removed when
/// the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Folder {
    place: Arc<Place>,
}

#[derive(Debug)]
struct Place {
    folder: TempDir,
    // Dropped after the folder.
    _run: Arc<Run>,
}

impl Folder {
    /// Where a file must lie to be an input of this name: written there, or as a hard link. A symbolic link
    /// leads out of what the engine may read.
    pub fn input(&self, name: &str) -> PathBuf {
        self.inputs().join(name)
    }

    /// Where the engine leaves an output of this name.
    pub fn output(&self, name: &str) -> PathBuf {
        self.outputs().join(name)
    }

    pub(crate) fn inputs(&self) -> PathBuf {
        self.place.folder.path().join("in")
    }

    pub(crate) fn outputs(&self) -> PathBuf {
        self.place.folder.path().join("out")
    }
}

/// The folder of one engine.
#[derive(Debug)]
pub(crate) struct Run {
    path: PathBuf,
    lock_path: PathBuf,
    _lock: File,
}

impl Run {
    /// Removes what dead processes left in the work folder and makes a folder for this engine.
    pub(crate) fn open(work_folder: &Path) -> Result<Self, Error> {
        Self::open_io(work_folder).map_err(Error::io("preparing the work folder"))
    }

    fn open_io(work_folder: &Path) -> io::Result<Self> {
        private_folder(work_folder, true)?;
        let work_folder = work_folder.canonicalize()?;
        let gate = lock_file(&work_folder.join(GATE))?;
        gate.lock()?;
        remove_leftovers(&work_folder)?;

        let path = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&work_folder)?.keep();
        let lock_path = path.with_extension(&LOCK_SUFFIX[1..]);
        let lock = lock_file(&lock_path)?;
        lock.lock()?;
        Ok(Self { path, lock_path, _lock: lock })
    }

    /// Makes a folder for one task.
    pub(crate) fn folder(run: &Arc<Self>) -> Result<Folder, Error> {
        let make = || {
            let folder = tempfile::Builder::new().prefix("task-").tempdir_in(&run.path)?;
            private_folder(&folder.path().join("in"), false)?;
            private_folder(&folder.path().join("out"), false)?;
            Ok(Folder { place: Arc::new(Place { folder, _run: Arc::clone(run) }) })
        };
        make().map_err(Error::io("making a temporary folder"))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // What can't be removed now is removed by the next engine.
        drop(std::fs::remove_dir_all(&self.path));
        drop(std::fs::remove_file(&self.lock_path));
    }
}

fn remove_leftovers(work_folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(work_folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_run =
            name.to_str().is_some_and(|name| name.starts_with(PREFIX) && !name.ends_with(LOCK_SUFFIX));
        if !is_run || !entry.file_type()?.is_dir() {
            continue;
        }
        let lock_path = entry.path().with_extension(&LOCK_SUFFIX[1..]);
        match lock_file(&lock_path)?.try_lock() {
            Ok(()) => {
                std::fs::remove_dir_all(entry.path())?;
                std::fs::remove_file(&lock_path)?;
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(())
}

fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).open(path)
}

fn private_folder(path: &Path, with_parents: bool) -> io::Result<()> {
    DirBuilder::new().mode(0o700).recursive(with_parents).create(path)
}

/// A file's name inside a task's folder: one plain component.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let plain = !matches!(name, "" | "." | "..") && !name.contains(['/', '\0']);
    if plain { Ok(()) } else { Err(Error::Misused { reason: "a file name must be one plain component" }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != GATE)
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_goes_with_its_last_clone_and_a_run_with_its_last_folder() {
        let work = tempfile::tempdir().unwrap();
        let run = Arc::new(Run::open(work.path()).unwrap());
        let folder = Run::folder(&run).unwrap();
        let clone = folder.clone();
        std::fs::write(clone.input("a"), "x").unwrap();
        drop(folder);
        drop(run);
        assert!(clone.input("a").exists());
        drop(clone);
        assert_eq!(names(work.path()), [""; 0]);
    }

    #[test]
    fn leftovers_of_the_dead_are_removed_and_the_living_are_left_alone() {
        let work = tempfile::tempdir().unwrap();
        let alive = Arc::new(Run::open(work.path()).unwrap());
        let folder = Run::folder(&alive).unwrap();
        // A dead run: a folder whose lock nobody holds.
        std::fs::create_dir_all(work.path().join("run-dead/task-1/in")).unwrap();
        std::fs::write(work.path().join("run-dead.lock"), "").unwrap();
        // Without a lock file: it died in between.
        std::fs::create_dir(work.path().join("run-unborn")).unwrap();
        // Not ours.
        std::fs::create_dir(work.path().join("keep")).unwrap();

        let other = Run::open(work.path()).unwrap();
        assert!(folder.inputs().exists());
        drop(other);
        let left = names(work.path());
        assert_eq!(left.len(), 3, "{left:?}");
        assert_eq!(left[0], "keep");
        assert!(left[1].starts_with(PREFIX) && left[2] == format!("{}{LOCK_SUFFIX}", left[1]), "{left:?}");
    }

    #[test]
    fn names_are_plain() {
        for good in ["a", "source.mp4", "-i", "..a", "a:b"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "/a", "a\0"] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
    }
}
