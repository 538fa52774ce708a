//! Pictures that were made, in memory: each once for all who ask for it.

use bytes::Bytes;
use moka::future::{Cache, CacheBuilder};
use moka::policy::EvictionPolicy;
use subclip_engine::Strip;

use crate::{Error, Result};

/// Room for single pictures and storyboards.
const STILL_BYTES: u64 = 32 << 20;
/// Room for moving ones: as much as the largest has that can be made, so that none is ever made twice in a row.
const MOVING_BYTES: u64 = Strip::MOST_BYTES;

/// What was made, by names that begin with that of what plays.
pub(crate) struct Kept {
    still: Cache<String, Bytes>,
    /// Apart from the others, which one of these would drive out. The newest stays, however seldom it was asked for: they
    /// are too few, and too large, for anybody to count by.
    moving: Cache<String, Bytes>,
}

impl Kept {
    pub(crate) fn new() -> Self {
        Self {
            still: of_at_most(STILL_BYTES).build(),
            moving: of_at_most(MOVING_BYTES).eviction_policy(EvictionPolicy::lru()).build(),
        }
    }

    /// A single picture or a storyboard that was made under this name before, or is made now: once for all who ask
    /// meanwhile, and no further when none of them waits any more.
    pub(super) async fn still(
        &self,
        name: String,
        make: impl Future<Output = Result<Bytes>>,
    ) -> Result<Bytes> {
        self.still.try_get_with(name, make).await.map_err(|error| (*error).clone())
    }

    /// The same for a moving picture.
    pub(super) async fn moving(
        &self,
        name: String,
        make: impl Future<Output = Result<Bytes>>,
    ) -> Result<Bytes> {
        self.moving.try_get_with(name, make).await.map_err(|error: std::sync::Arc<Error>| (*error).clone())
    }
}

fn of_at_most(bytes: u64) -> CacheBuilder<String, Bytes, Cache<String, Bytes>> {
    let weigh = |_: &String, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    Cache::builder().max_capacity(bytes).weigher(weigh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_largest_that_can_be_made_is_made_once() {
        let kept = Kept::new();
        let large = Bytes::from(vec![0; usize::try_from(Strip::MOST_BYTES).unwrap()]);
        let (small, picture) = (Bytes::from_static(b"small"), Bytes::from_static(b"picture"));
        let never = async || Err(Error::internal("made a second time"));
        kept.still("s".into(), async { Ok(picture.clone()) }).await.unwrap();
        for _ in 0..9 {
            kept.moving("a".into(), async { Ok(small.clone()) }).await.unwrap();
        }
        kept.moving("b".into(), async { Ok(large.clone()) }).await.unwrap();
        kept.moving.run_pending_tasks().await;
        assert_eq!(kept.moving("b".into(), never()).await.map(|made| made.len()), Ok(large.len()));
        assert_eq!(kept.still("s".into(), never()).await, Ok(picture), "it drives out no other");
        assert!(kept.moving.weighted_size() <= Strip::MOST_BYTES);
    }
}
