//! Generations: numbers for what assets play, that tell caches whether what they hold of an asset is still good.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::future::Cache;
use moka::policy::EvictionPolicy;
use subclip_core::{AssetId, Timeline};

/// Hands out the numbers. What was forgotten gets a new one, which costs a cache its work and nothing else.
pub(crate) struct Generations {
    known: Cache<AssetId, Arc<Known>>,
    next: AtomicU64,
}

struct Known {
    timeline: Timeline,
    delay: i64,
    generation: u64,
}

impl Generations {
    /// Room for `capacity` assets.
    pub(crate) fn new(capacity: u64) -> Self {
        // A newcomer whose number were not kept would get another at every look, and nothing made of it would be found.
        let known = Cache::builder().max_capacity(capacity).eviction_policy(EvictionPolicy::lru()).build();
        Self { known, next: AtomicU64::new(1) }
    }

    /// The number of an asset that plays `timeline` with the composition delay `delay`: the same as before, unless
    /// these have changed. They do when compaction moves samples to another track.
    pub(crate) async fn of(&self, asset: AssetId, timeline: &Timeline, delay: i64) -> u64 {
        if let Some(known) = self.known.get(&asset).await
            && known.delay == delay
            && known.timeline == *timeline
        {
            return known.generation;
        }
        let generation = self.new_one();
        let known = Known { timeline: timeline.clone(), delay, generation };
        self.known.insert(asset, Arc::new(known)).await;
        generation
    }

    /// A number that nothing has.
    pub(crate) fn new_one(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_newcomer_keeps_its_number_however_popular_the_others_were() {
        let generations = Generations::new(2);
        let of = async |asset: u8, delay| {
            let number = generations.of(AssetId::from_bytes([asset; 16]), &Timeline::default(), delay).await;
            generations.known.run_pending_tasks().await;
            number
        };
        for _ in 0..20 {
            assert_eq!((of(1, 0).await, of(2, 0).await), (1, 2));
        }
        assert_eq!((of(3, 0).await, of(3, 0).await), (3, 3));
        assert_eq!((of(3, 5).await, of(3, 5).await), (4, 4), "its samples moved");
    }
}
