//! Open files of objects that are being read a lot, so that reading a range needs no name looked up. Bounded, and
//! never the reason why a deleted file still takes room.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::key::Key;

/// At most so many open files; the one not used for longest goes first.
pub(super) struct Handles {
    capacity: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    files: HashMap<Key, Handle>,
    /// Counts uses, to tell which was longest ago.
    uses: u64,
}

struct Handle {
    file: Arc<File>,
    used: u64,
}

impl Handles {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, open: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The open file of `key`, unless its name is gone or means another file since.
    pub(super) fn get(&self, key: Key) -> Option<Arc<File>> {
        let mut open = self.lock();
        open.uses += 1;
        let now = open.uses;
        let handle = open.files.get_mut(&key)?;
        handle.used = now;
        let file = handle.file.clone();
        if is_deleted(&file) {
            open.files.remove(&key);
            return None;
        }
        Some(file)
    }

    /// Keeps a file that was just opened.
    pub(super) fn insert(&self, key: Key, file: Arc<File>) {
        let mut open = self.lock();
        // Checked under the lock: a deletion before now shows in the link count, a later one calls `remove`.
        if is_deleted(&file) {
            return;
        }
        open.uses += 1;
        let used = open.uses;
        open.files.insert(key, Handle { file, used });
        if open.files.len() > self.capacity {
            let oldest = open.files.iter().min_by_key(|(_, handle)| handle.used).map(|(&key, _)| key);
            oldest.and_then(|key| open.files.remove(&key));
        }
    }

    /// Lets go of the file of `key`, which was deleted or replaced.
    pub(super) fn remove(&self, key: Key) {
        self.lock().files.remove(&key);
    }

    /// Lets go of files that another process deleted.
    pub(super) fn release_deleted(&self) {
        self.lock().files.retain(|_, handle| !is_deleted(&handle.file));
    }
}

fn is_deleted(file: &File) -> bool {
    file.metadata().map_or(true, |metadata| metadata.nlink() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use subclip_core::ObjectId;

    fn key(n: u8) -> Key {
        ObjectId::from_bytes([n; 16]).into()
    }

    fn file(folder: &tempfile::TempDir, n: u8) -> Arc<File> {
        Arc::new(File::create(folder.path().join(n.to_string())).unwrap())
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let handles = Handles::new(2);
        handles.insert(key(1), file(&folder, 1));
        handles.insert(key(2), file(&folder, 2));
        assert!(handles.get(key(1)).is_some());
        handles.insert(key(3), file(&folder, 3));
        let kept = [1, 2, 3].map(|n| handles.get(key(n)).is_some());
        assert_eq!(kept, [true, false, true]);
    }

    #[test]
    fn deleted_files_are_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let handles = Handles::new(9);
        let files = [1, 2, 3].map(|n| (n, file(&folder, n)));
        for (n, file) in &files {
            handles.insert(key(*n), file.clone());
        }
        std::fs::remove_file(folder.path().join("1")).unwrap();
        std::fs::remove_file(folder.path().join("2")).unwrap();
        assert!(handles.get(key(1)).is_none(), "seen when asked for");
        handles.release_deleted();
        assert_eq!(files.map(|(_, file)| Arc::strong_count(&file)), [1, 1, 2], "seen by the sweep");
        let gone = file(&folder, 4);
        std::fs::remove_file(folder.path().join("4")).unwrap();
        handles.insert(key(4), gone);
        assert!(handles.lock().files.len() == 1, "never kept");
    }
}
