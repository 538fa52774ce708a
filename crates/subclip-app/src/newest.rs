//! Caches of what viewers asked for last, and what takes long to work out again.

use std::hash::Hash;
use std::time::Duration;

use moka::future::{Cache, CacheBuilder};
use moka::policy::EvictionPolicy;

/// What nobody asked for in so long is let go.
const IDLE: Duration = Duration::from_secs(600);

/// Builds a cache with room for so many bytes; and for one thing that is larger than that, since it is what takes longest to work
/// out again. Two of that kind push each other out, and what is left of the room is for the others.
pub fn newest<K, V>(
    room_bytes: u64,
    bytes: impl Fn(&V) -> usize + Send + Sync + 'static,
) -> CacheBuilder<K, V, Cache<K, V>>
where
    K: Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    let largest = u32::try_from(room_bytes / 3 * 2).unwrap_or(u32::MAX);
    Cache::builder()
        .max_capacity(room_bytes)
        .weigher(move |_, value| u32::try_from(bytes(value)).unwrap_or(u32::MAX).clamp(1, largest.max(1)))
        // A viewer who has begun asks for the next range or segment, however popular the rest is.
        .eviction_policy(EvictionPolicy::lru())
        .time_to_idle(IDLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_newcomer_stays_however_popular_the_others_were() {
        const ROOM_BYTES: u64 = 32 << 20;
        let cache = newest(ROOM_BYTES, |megabytes: &usize| megabytes << 20).build();
        for n in 0..8 {
            for _ in 0..20 {
                cache.get_with(n, async { 4 }).await;
            }
        }
        cache.run_pending_tasks().await;
        for newcomer in 8..24 {
            cache.get_with(newcomer, async { 4 }).await;
            cache.run_pending_tasks().await;
            assert!(cache.contains_key(&newcomer), "{newcomer}");
        }
        cache.get_with(24, async { 1000 }).await;
        cache.run_pending_tasks().await;
        assert!(cache.contains_key(&24) && cache.weighted_size() <= ROOM_BYTES);
    }

    #[tokio::test]
    async fn the_longest_film_stays_and_there_is_one_of_them() {
        let check = async |sizes: &[usize], expected: &[usize]| {
            let cache = newest(24 << 20, |megabytes: &usize| megabytes << 20).build();
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
