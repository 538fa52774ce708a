//! What playback keeps in memory: all of it can be worked out again.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use moka::policy::EvictionPolicy;
use subclip_app::{Library, MediaFile, Playable, Result};
use subclip_core::Medium;

use crate::package::Package;

/// Room for layouts of progressive files: a two-hour film's takes some 4 MB, and one of four million samples of each
/// medium, the most that there can be, some 80.
const FILES_BYTES: u64 = 24 << 20;
/// Room for segment lists.
const PACKAGES_BYTES: u64 = 16 << 20;
/// What nobody asked for in so long is let go.
const IDLE: Duration = Duration::from_secs(600);

/// A playable is known by its generation: one that was resolved anew has another if it plays other samples.
type Generation = u64;

/// The caches. Cheap to clone; clones share them. Equal requests at the same time are one.
#[derive(Clone)]
pub(crate) struct Caches {
    packages: Cache<Generation, Arc<Package>>,
    files: Cache<(Generation, &'static [Medium]), Arc<MediaFile>>,
}

impl Caches {
    pub(crate) fn new() -> Self {
        Self {
            packages: cache(PACKAGES_BYTES, |package: &Arc<Package>| {
                let segments = package.video.len() + package.audio.len();
                segments * 64 + 512 + package.playable.weight_bytes()
            }),
            files: cache(FILES_BYTES, |file: &Arc<MediaFile>| file.weight_bytes()),
        }
    }

    pub(crate) async fn package(&self, playable: Arc<Playable>, library: &Library) -> Result<Arc<Package>> {
        let make = async { Package::new(playable.clone(), library).await.map(Arc::new) };
        self.packages.try_get_with(playable.generation, make).await.map_err(|error| (*error).clone())
    }

    pub(crate) async fn file(
        &self,
        playable: Arc<Playable>,
        library: &Library,
        media: &'static [Medium],
    ) -> Result<Arc<MediaFile>> {
        let key = (playable.generation, media);
        let make = async { MediaFile::new(playable, library, media).await.map(Arc::new) };
        self.files.try_get_with(key, make).await.map_err(|error| (*error).clone())
    }
}

/// A cache with room for so many bytes; and for one thing that is larger than that, since it is what takes longest to work
/// out again. Two of that kind push each other out, and what is left of the room is for the others.
fn cache<K, V>(room_bytes: u64, bytes: impl Fn(&V) -> usize + Send + Sync + 'static) -> Cache<K, V>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    let largest = u32::try_from(room_bytes / 3 * 2).unwrap_or(u32::MAX);
    Cache::builder()
        .max_capacity(room_bytes)
        .weigher(move |_, value| u32::try_from(bytes(value)).unwrap_or(u32::MAX).min(largest))
        // What was just worked out is asked for again, range by range, however popular the rest is.
        .eviction_policy(EvictionPolicy::lru())
        .time_to_idle(IDLE)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_longest_film_stays_and_there_is_one_of_them() {
        let check = async |sizes: &[usize], expected: &[usize]| {
            let cache = cache(24 << 20, |megabytes: &usize| megabytes << 20);
            for &size in sizes {
                // The others are popular.
                for _ in 0..10 {
                    cache.get_with(size, async { size }).await;
                }
                cache.run_pending_tasks().await;
            }
            let mut kept: Vec<usize> = cache.iter().map(|(key, _)| *key).collect();
            kept.sort_unstable();
            assert_eq!(kept, expected, "{sizes:?}");
        };
        check(&[70], &[70]).await;
        check(&[5_000], &[5_000]).await;
        check(&[1, 2, 3, 70], &[1, 2, 3, 70]).await;
        check(&[8, 9, 7, 70], &[7, 70]).await;
        check(&[70, 71], &[71]).await;
        check(&[70, 4, 3], &[3, 4, 70]).await;
        check(&[1, 2, 3, 4, 5, 6, 7], &[4, 5, 6, 7]).await;
    }
}
