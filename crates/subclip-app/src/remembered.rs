//! What is remembered for a short time, and forgotten at once where it is known to have changed.
//!
//! A load that has begun before a change may end after it, and bring what was so before. So what was loaded is remembered
//! with when that began, and what was forgotten with when: what began earlier is not given out, whenever it comes.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::future::Cache;
use moka::policy::EvictionPolicy;

use crate::{Error, Result};

/// Subjects whose being forgotten is remembered, and for how long: longer than any load takes.
const FORGOTTEN: u64 = 10_000;
const FORGOTTEN_FOR: Duration = Duration::from_secs(300);
/// How often it is loaded again where others forget it all the time.
const TRIES: usize = 3;

/// Values by key, each of a subject by which it is forgotten.
pub(crate) struct Remembered<K, V, S> {
    values: Cache<K, (u64, V)>,
    forgotten: Cache<S, u64>,
    now: AtomicU64,
    subject: fn(&K, &V) -> S,
}

impl<K, V, S> Remembered<K, V, S>
where
    K: Clone + Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    S: Hash + Eq + Send + Sync + 'static,
{
    /// Room for `capacity` values, each looked up anew after `life`.
    pub(crate) fn new(capacity: u64, life: Duration, subject: fn(&K, &V) -> S) -> Self {
        Self {
            values: Cache::builder().max_capacity(capacity).time_to_live(life).build(),
            forgotten: Cache::builder()
                .max_capacity(FORGOTTEN)
                .time_to_live(FORGOTTEN_FOR)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
            now: AtomicU64::new(0),
            subject,
        }
    }

    /// The value of a key, loaded once for all who ask at the same time.
    ///
    /// # Errors
    /// That of loading, which is not remembered.
    pub(crate) async fn get<F>(&self, key: K, load: impl Fn() -> F + Send + Sync) -> Result<V>
    where
        F: Future<Output = Result<V>> + Send,
    {
        for _ in 0..TRIES {
            let loaded = async {
                let began = self.now.load(Ordering::SeqCst);
                Ok::<_, Error>((began, load().await?))
            };
            let found = self.values.try_get_with(key.clone(), loaded).await;
            let (began, value) = found.map_err(|error| (*error).clone())?;
            let forgotten = self.forgotten.get(&(self.subject)(&key, &value)).await;
            if forgotten.is_none_or(|at| began >= at) {
                return Ok(value);
            }
            self.values.invalidate(&key).await;
        }
        load().await
    }

    /// Forgets all of a subject, also what is being loaded.
    pub(crate) async fn forget(&self, subject: S) {
        let at = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.forgotten.insert(subject, at).await;
    }

    /// Forgets a value, because it turned out to be of no use.
    pub(crate) async fn drop_value(&self, key: &K) {
        self.values.invalidate(key).await;
    }

    /// Forgets all values.
    pub(crate) fn drop_all(&self) {
        self.values.invalidate_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tokio::sync::Semaphore;

    use super::*;

    fn remembered() -> Remembered<u8, usize, u8> {
        Remembered::new(9, Duration::from_secs(60), |key, _| *key / 10)
    }

    #[tokio::test]
    async fn what_is_known_is_loaded_once() {
        let (remembered, loads) = (remembered(), AtomicUsize::new(0));
        let load = async || Ok(loads.fetch_add(1, Ordering::SeqCst));
        assert_eq!(remembered.get(11, load).await, Ok(0));
        assert_eq!(remembered.get(11, load).await, Ok(0));
        assert_eq!(remembered.get(12, load).await, Ok(1));
        remembered.forget(2).await;
        assert_eq!(remembered.get(11, load).await, Ok(0), "another subject");
        remembered.forget(1).await;
        assert_eq!(remembered.get(11, load).await, Ok(2));
        assert_eq!(remembered.get(12, load).await, Ok(3));
        assert_eq!(remembered.get(12, load).await, Ok(3));
        remembered.drop_value(&12).await;
        assert_eq!(remembered.get(12, load).await, Ok(4));
        assert!(remembered.get(13, async || Err(Error::internal("no"))).await.is_err());
        assert_eq!(remembered.get(13, load).await, Ok(5), "errors are not remembered");
    }

    #[tokio::test]
    async fn a_load_that_began_before_is_not_given_out() {
        let (remembered, state) = (remembered(), AtomicUsize::new(1));
        let (began, go_on) = (Semaphore::new(0), Semaphore::new(0));
        // Reads what is so, and brings it later.
        let slow = async || {
            let read = state.load(Ordering::SeqCst);
            began.add_permits(1);
            go_on.acquire().await.map_err(Error::internal)?.forget();
            Ok(read)
        };
        let change = async {
            began.acquire().await.unwrap().forget();
            state.store(2, Ordering::SeqCst);
            remembered.forget(1).await;
            go_on.add_permits(2);
        };
        let (found, ()) = tokio::join!(remembered.get(11, slow), change);
        assert_eq!(found, Ok(2));
        assert_eq!(remembered.get(11, async || Ok(state.load(Ordering::SeqCst))).await, Ok(2));
    }
}
