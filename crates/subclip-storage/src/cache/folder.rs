//! The folder of a cache: `ab/ab…`, 2 and 64 hex digits, and `temporary/` for what is being written. Any of it may be
//! removed by anybody at any moment. Each file ends with a digest of what stands before it.

use std::fs::{self, File, FileTimes};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::CacheKey;
use super::derived::{DIGEST_BYTES, Derived};
use crate::local::{Temporary, sweep};

#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

/// A thing that was found, and when it was last of use.
pub(super) struct Found {
    pub(super) key: CacheKey,
    pub(super) size_bytes: u64,
    pub(super) used: SystemTime,
}

impl Folder {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    fn temporary(&self) -> PathBuf {
        self.root.join("temporary")
    }

    fn file_of(&self, key: &CacheKey) -> PathBuf {
        let hex = key.to_string();
        self.root.join(&hex[..2]).join(hex)
    }

    /// Everything there is, in the order of use, without what crashed writers left.
    pub(super) fn scan(&self) -> io::Result<Vec<Found>> {
        let nothing_yet = |error: io::Error| match error.kind() {
            ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        };
        sweep(&self.temporary()).map(drop).or_else(nothing_yet)?;
        let mut found = Vec::new();
        self.each(&self.root, &mut |folder| self.each(folder, &mut |file| Self::note(file, &mut found)))
            .or_else(nothing_yet)?;
        found.sort_by_key(|thing| thing.used);
        Ok(found)
    }

    fn each(&self, folder: &Path, see: &mut dyn FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            match see(&entry?.path()) {
                // Removed meanwhile, or a file among folders.
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
                other => other?,
            }
        }
        Ok(())
    }

    fn note(file: &Path, found: &mut Vec<Found>) -> io::Result<()> {
        let name = file.file_name().and_then(|name| name.to_str()).and_then(CacheKey::of_hex);
        if let Some(key) = name {
            let about = fs::metadata(file)?;
            let size_bytes = about.len().saturating_sub(DIGEST_BYTES as u64);
            found.push(Found { key, size_bytes, used: about.modified()? });
        }
        Ok(())
    }

    /// A thing, which has been of use now. `InvalidData` where it is not what was put in.
    pub(super) fn get(&self, key: &CacheKey) -> io::Result<Derived> {
        let mut file = File::open(self.file_of(key))?;
        let mut bytes = Vec::with_capacity(usize::try_from(file.metadata()?.len()).unwrap_or(0));
        io::Read::read_to_end(&mut file, &mut bytes)?;
        let made = Derived::of_file(bytes.into())?;
        // For the next start, which knows no other order. Where it can't be noted, the thing goes earlier.
        let _ = file.set_times(FileTimes::new().set_modified(SystemTime::now()));
        Ok(made)
    }

    /// Puts a thing in, whole or not at all, unless power fails.
    pub(super) fn put(&self, key: &CacheKey, made: &Derived) -> io::Result<()> {
        match self.try_put(key, made) {
            // The folder was removed.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(self.temporary())?;
                self.try_put(key, made)
            }
            done => done,
        }
    }

    fn try_put(&self, key: &CacheKey, made: &Derived) -> io::Result<()> {
        let mut temporary = Temporary::create(&self.temporary())?;
        made.file().into_iter().try_for_each(|part| temporary.file().write_all(part))?;
        temporary.publish_lightly(&self.file_of(key))
    }

    pub(super) fn remove(&self, key: &CacheKey) -> io::Result<()> {
        match fs::remove_file(self.file_of(key)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
