//! The shelf: what was made for somebody who waits, on its way into the cache. Who waits has it at once; it is written
//! after that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use subclip_core::TrackId;
use subclip_db::track;
use subclip_storage::{Cache, CacheKey, CacheOrigin, Derived};
use tokio::sync::Semaphore;

use crate::app::App;

/// What is on its way may have so many bytes, all together. What comes to a full shelf is not kept.
const ROOM_BYTES: usize = 32 << 20;
/// It is counted in blocks, so that small things are bounded in number too.
const BLOCK_BYTES: usize = 64 << 10;
const ROOM_BLOCKS: usize = ROOM_BYTES / BLOCK_BYTES;
/// How many are written at once.
const WRITERS: usize = 2;
/// How long a process that stops waits for what is on its way: all of it can be made again.
const SETTLE: Duration = Duration::from_secs(5);

/// A cache and what is on its way there. A clone is the same one.
#[derive(Clone)]
pub(crate) struct Shelf {
    cache: Cache,
    fresh: Arc<Mutex<HashMap<CacheKey, Derived>>>,
    room: Arc<Semaphore>,
    writers: Arc<Semaphore>,
}

impl Shelf {
    pub(crate) fn new(cache: Cache) -> Self {
        Self {
            cache,
            fresh: Arc::default(),
            room: Arc::new(Semaphore::new(ROOM_BLOCKS)),
            writers: Arc::new(Semaphore::new(WRITERS)),
        }
    }

    /// What was made under this name, if it is there.
    pub(crate) async fn get(&self, key: CacheKey) -> Option<Derived> {
        let fresh = self.fresh().get(&key).cloned();
        match fresh {
            Some(made) => Some(made),
            None => self.cache.get(key).await,
        }
    }

    /// Whether it is there, as far as is known.
    pub(crate) fn holds(&self, key: CacheKey) -> bool {
        self.fresh().contains_key(&key) || self.cache.holds(key)
    }

    /// Has something written that was made under this name, if there is room for it, and waits for nothing. When it is
    /// written, `wanted` tells whether it may stay: what it was made of may have gone meanwhile, and with it all that the
    /// cache had of that.
    pub(crate) fn put(
        &self,
        key: CacheKey,
        made: Derived,
        wanted: impl Future<Output = bool> + Send + 'static,
    ) {
        let blocks = made.bytes().len().div_ceil(BLOCK_BYTES).clamp(1, ROOM_BLOCKS) as u32;
        let Ok(place) = self.room.clone().try_acquire_many_owned(blocks) else {
            tracing::debug!(%key, "the disk is behind: this is not kept, and made again when it is asked for");
            return;
        };
        // Somebody else made the same at the same time.
        if self.fresh().insert(key, made.clone()).is_some() {
            return;
        }
        let fresh = Fresh { shelf: self.clone(), key };
        let (cache, writers) = (self.cache.clone(), self.writers.clone());
        tokio::spawn(async move {
            let _place = place;
            let _writer = writers.acquire_owned().await;
            if let Err(error) = cache.put(key, made).await {
                tracing::warn!(%error, "this could not be kept, and is made again when it is asked for");
            }
            drop(fresh);
            if !wanted.await {
                cache.remove(key).await;
            }
        });
    }

    /// Takes out what turned out to be of no use.
    pub(crate) async fn remove(&self, key: CacheKey) {
        self.cache.remove(key).await;
    }

    /// Takes out all that was made of this, but what is on its way.
    pub(crate) async fn remove_of(&self, origin: CacheOrigin) {
        self.cache.remove_of(origin).await;
    }

    /// Waits until nothing is on its way, for so long as that is worth.
    pub(crate) async fn settle(&self) {
        let all = self.room.acquire_many(ROOM_BLOCKS as u32);
        let _ = tokio::time::timeout(SETTLE, all).await;
    }

    fn fresh(&self) -> MutexGuard<'_, HashMap<CacheKey, Derived>> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Something on its way, until it is there or nobody writes it any more.
struct Fresh {
    shelf: Shelf,
    key: CacheKey,
}

impl Drop for Fresh {
    fn drop(&mut self) {
        self.shelf.fresh().remove(&self.key);
    }
}

impl App {
    /// Keeps what was made of a track, as long as there is that track.
    pub(crate) fn put_away(&self, origin: TrackId, key: CacheKey, made: Derived) {
        let app = self.clone();
        let wanted = async move { matches!(track::get(app.db(), origin).await, Ok(Some(_))) };
        self.shelf().put(key, made, wanted);
    }
}

/// What is cached of a track, and of edges of it that have no rows, goes with it.
pub(crate) fn cache_origin(track: TrackId) -> CacheOrigin {
    let [a, b, c, d, e, f, g, h, ..] = track.bytes();
    [a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use bytes::Bytes;
    use futures::FutureExt as _;

    use super::*;

    fn key(n: u8) -> CacheKey {
        CacheKey::new([n; 8], [n; 32])
    }

    fn made(bytes: usize) -> Derived {
        Derived::new(Bytes::from(vec![7; bytes]))
    }

    /// Runs a test while nothing can be read or written, until it says so.
    fn with_a_slow_disk<T: Future<Output = ()>>(test: impl FnOnce(mpsc::Sender<()>) -> T) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.max_blocking_threads(1).enable_time().build().unwrap();
        let (go_on, wait) = mpsc::channel();
        runtime.block_on(async {
            tokio::task::spawn_blocking(move || wait.recv());
            test(go_on).await;
        });
    }

    #[test]
    fn what_was_made_is_there_before_it_is_written() {
        with_a_slow_disk(async |go_on| {
            let shelf = Shelf::new(Cache::memory(1 << 30));
            shelf.put(key(1), made(5), async { true });
            tokio::task::yield_now().await;
            assert_eq!(shelf.get(key(1)).now_or_never(), Some(Some(made(5))), "it waits for no disk");
            assert!(shelf.holds(key(1)));
            go_on.send(()).unwrap();
            shelf.settle().await;
            assert!(shelf.fresh().is_empty());
            assert_eq!(shelf.get(key(1)).await, Some(made(5)));
        });
    }

    #[test]
    fn what_a_slow_disk_does_not_take_is_let_go() {
        with_a_slow_disk(async |go_on| {
            let shelf = Shelf::new(Cache::memory(1 << 30));
            let quarter = made(ROOM_BYTES / 4);
            for n in 0..6 {
                shelf.put(key(n), quarter.clone(), async { true });
            }
            assert_eq!(shelf.fresh().len(), 4);
            go_on.send(()).unwrap();
            shelf.settle().await;
            let kept = [0, 1, 2, 3, 4, 5].map(|n| shelf.holds(key(n)));
            assert_eq!(kept, [true, true, true, true, false, false]);
            // There is room again, and for one thing that is larger than all of it.
            shelf.put(key(6), made(ROOM_BYTES + 1), async { true });
            shelf.settle().await;
            assert!(shelf.get(key(6)).await.is_some());
        });
    }

    #[tokio::test]
    async fn what_is_no_longer_wanted_when_it_is_written_does_not_stay() {
        let cache = Cache::memory(1 << 30);
        let shelf = Shelf::new(cache.clone());
        // The collection has emptied the cache of it before it was there.
        shelf.remove_of([1; 8]).await;
        let seen = cache.clone();
        shelf.put(key(1), made(5), async move {
            assert!(seen.holds(key(1)), "who looks too early misses a collection");
            false
        });
        shelf.settle().await;
        assert_eq!((shelf.get(key(1)).await, cache.held_bytes()), (None, 0));
    }
}
