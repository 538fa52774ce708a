//! Generations: numbers for what assets play, that tell caches whether what they hold of an asset is still good.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::future::Cache;
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
        Self { known: Cache::new(capacity), next: AtomicU64::new(1) }
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
        let generation = self.next.fetch_add(1, Ordering::Relaxed);
        let known = Known { timeline: timeline.clone(), delay, generation };
        self.known.insert(asset, Arc::new(known)).await;
        generation
    }
}
