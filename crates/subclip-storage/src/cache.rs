//! A cache: bytes that can be made again, within a budget. It may be emptied at any moment, by anybody, also while it is
//! in use.

mod derived;
mod folder;
mod ledger;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

use crate::error::{Error, Result};
pub use derived::Derived;
use folder::Folder;
use ledger::Ledger;

/// Names bytes by all that they are a function of: a digest of that, behind what they were made of, so that they can go
/// together with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CacheKey([u8; 32]);

/// What tells things of one origin from all others.
pub type CacheOrigin = [u8; 8];

impl CacheKey {
    /// Of a digest, the last of which counts less.
    #[must_use]
    pub fn new(origin: CacheOrigin, digest: [u8; 32]) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&origin);
        bytes[8..].copy_from_slice(&digest[..24]);
        Self(bytes)
    }

    /// The first name that things of an origin can have.
    fn first_of(origin: CacheOrigin) -> Self {
        Self::new(origin, [0; 32])
    }

    /// The last one.
    fn last_of(origin: CacheOrigin) -> Self {
        Self::new(origin, [u8::MAX; 32])
    }

    fn of_hex(hex: &str) -> Option<Self> {
        let digits = hex.as_bytes();
        if digits.len() != 64 || !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Where bytes are kept that can be made again. A clone is the same cache.
///
/// What is got is what was put, to the last bit, whatever befell the disk; whether it is still there is up to the cache.
/// The least recently used goes first, also across restarts.
#[derive(Debug, Clone)]
pub struct Cache(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    place: Place,
    ledger: Mutex<Ledger>,
    /// Set when what was there at the start is in the ledger.
    opened: OnceCell<()>,
}

#[derive(Debug)]
enum Place {
    Folder(Folder),
    Memory(Mutex<HashMap<CacheKey, Derived>>),
}

impl Cache {
    /// A folder of this machine, of which no more than `most_bytes` are used. It is looked at when it is first needed, and
    /// made when there is something to put in.
    #[must_use]
    pub fn local(root: &Path, most_bytes: u64) -> Self {
        Self::new(Place::Folder(Folder::new(root)), most_bytes)
    }

    /// Memory: gone with the last clone.
    #[must_use]
    pub fn memory(most_bytes: u64) -> Self {
        Self::new(Place::Memory(Mutex::default()), most_bytes)
    }

    fn new(place: Place, most_bytes: u64) -> Self {
        let ledger = Mutex::new(Ledger::new(most_bytes));
        Self(Arc::new(Shared { place, ledger, opened: OnceCell::new() }))
    }

    /// The bytes of this name, if they are there. What can't be read is not there, and what is not as it was put is
    /// removed.
    pub async fn get(&self, key: CacheKey) -> Option<Derived> {
        let read = self.work("reading from the cache", move |shared| shared.get(key)).await;
        read.ok().flatten()
    }

    /// Whether the bytes of this name are there, as far as is known.
    #[must_use]
    pub fn holds(&self, key: CacheKey) -> bool {
        self.0.ledger().holds(&key)
    }

    /// Keeps bytes under a name, if there is room for them.
    ///
    /// # Errors
    /// [`Error::Full`], where some of the cache was given up for the others on the disk; [`Error::Io`]. Either way the
    /// cache is as good as it was.
    pub async fn put(&self, key: CacheKey, made: Derived) -> Result<()> {
        self.work("writing to the cache", move |shared| shared.put(key, &made)).await
    }

    /// Takes bytes out that turned out to be of no use.
    pub async fn remove(&self, key: CacheKey) {
        // What can't be removed is removed when there is no room.
        let _ = self.work("removing from the cache", move |shared| shared.remove(&key)).await;
    }

    /// Takes out all that was made of this.
    pub async fn remove_of(&self, origin: CacheOrigin) {
        let _ = self.work("removing from the cache", move |shared| shared.remove_of(origin)).await;
    }

    /// Bytes that are held, as far as is known: somebody may have removed some.
    #[must_use]
    pub fn held_bytes(&self) -> u64 {
        self.0.ledger().held_bytes()
    }

    async fn work<T: Send + 'static>(
        &self,
        action: &'static str,
        work: impl FnOnce(&Shared) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let open = async {
            let shared = self.0.clone();
            blocking(action, move || shared.open()).await
        };
        self.0.opened.get_or_try_init(|| open).await?;
        let shared = self.0.clone();
        blocking(action, move || work(&shared)).await
    }
}

async fn blocking<T: Send + 'static>(
    action: &'static str,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(io::Error::other).flatten();
    done.map_err(|error| Error::from_io(error, action, || "the cache".into()))
}

impl Shared {
    /// Enters what a process before this one left.
    fn open(&self) -> io::Result<()> {
        let Place::Folder(folder) = &self.place else { return Ok(()) };
        let mut gone = Vec::new();
        for found in folder.scan()? {
            gone.extend(self.ledger().put(found.key, found.size_bytes));
        }
        gone.iter().try_for_each(|key| folder.remove(key))
    }

    fn get(&self, key: CacheKey) -> io::Result<Option<Derived>> {
        let found = match &self.place {
            Place::Folder(folder) => folder.get(&key),
            Place::Memory(held) => {
                lock(held).get(&key).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
            }
        };
        match found {
            Ok(made) => {
                self.ledger().touch(&key);
                Ok(Some(made))
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                self.remove(&key)?;
                Ok(None)
            }
            Err(_) => {
                self.ledger().lose(&key);
                Ok(None)
            }
        }
    }

    fn put(&self, key: CacheKey, made: &Derived) -> io::Result<()> {
        let size_bytes = made.bytes().len() as u64;
        if !self.ledger().takes(size_bytes) {
            return Ok(());
        }
        // Its room is made first: what is held must not be more than the budget, if only for a moment.
        let gone = self.ledger().begin(key, size_bytes);
        let room = gone.iter().try_for_each(|key| self.drop_bytes(key));
        let written = room.and_then(|()| self.write(key, made));
        if let Err(error) = &written {
            self.ledger().remove(&key);
            if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
                self.give_way();
            }
        } else if !self.ledger().end(&key) {
            // Whoever took it out meanwhile found no bytes yet, and nobody would look for them again.
            self.drop_bytes(&key)?;
        }
        written
    }

    fn write(&self, key: CacheKey, made: &Derived) -> io::Result<()> {
        match &self.place {
            Place::Folder(folder) => folder.put(&key, made),
            Place::Memory(held) => {
                lock(held).insert(key, made.clone());
                Ok(())
            }
        }
    }

    /// Makes room for what is not the cache's: all of that is worth more.
    fn give_way(&self) {
        let gone = {
            let mut ledger = self.ledger();
            let most_bytes = ledger.held_bytes() / 4 * 3;
            ledger.shrink_to(most_bytes)
        };
        for key in gone {
            let _ = self.drop_bytes(&key);
        }
    }

    fn remove(&self, key: &CacheKey) -> io::Result<()> {
        self.ledger().remove(key);
        self.drop_bytes(key)
    }

    fn remove_of(&self, origin: CacheOrigin) -> io::Result<()> {
        let gone = self.ledger().take(origin);
        gone.iter().try_for_each(|key| self.drop_bytes(key))
    }

    fn drop_bytes(&self, key: &CacheKey) -> io::Result<()> {
        match &self.place {
            Place::Folder(folder) => folder.remove(key),
            Place::Memory(held) => {
                lock(held).remove(key);
                Ok(())
            }
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
