//! The same work asked for twice at once is done once.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Work under way, by a key that says what it is. Cheap to clone; all clones are one.
///
/// The work runs in a task of its own, so it belongs to all who wait for it: whoever goes away takes
/// nothing with him, and only when the last has gone is the work cancelled.
#[derive(Debug)]
pub(crate) struct Single<V> {
    flights: Arc<Mutex<HashMap<String, Flight<V>>>>,
}

#[derive(Debug)]
struct Flight<V> {
    cancel: CancellationToken,
    result: watch::Receiver<Option<V>>,
    passengers: usize,
    /// Tells this flight from a later one of the same key.
    number: u64,
}

impl<V> Clone for Single<V> {
    fn clone(&self) -> Self {
        Self { flights: Arc::clone(&self.flights) }
    }
}

impl<V> Default for Single<V> {
    fn default() -> Self {
        Self { flights: Arc::default() }
    }
}

impl<V: Clone + Send + Sync + 'static> Single<V> {
    /// The result of the work of this key: of that under way, or else of `work`, which is started with a
    /// token that is cancelled when nobody waits any more. `None` if the work panicked.
    pub(crate) async fn run<F>(&self, key: &str, work: impl FnOnce(CancellationToken) -> F) -> Option<V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut passenger = self.board(key, work);
        let result = passenger.result.wait_for(Option::is_some).await.ok()?;
        result.clone()
    }

    fn board<F>(&self, key: &str, work: impl FnOnce(CancellationToken) -> F) -> Passenger<'_, V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut flights = self.lock();
        if let Some(flight) = flights.get_mut(key) {
            flight.passengers += 1;
            return self.passenger(key, flight);
        }
        let cancel = CancellationToken::new();
        let (announce, result) = watch::channel(None);
        let flight = Flight { cancel: cancel.clone(), result, passengers: 1, number: next_number() };
        let passenger = self.passenger(key, &flight);
        flights.insert(key.to_owned(), flight);

        let landing = Landing { single: self.clone(), key: key.to_owned(), number: passenger.number };
        let work = work(cancel);
        tokio::spawn(async move {
            let value = work.await;
            // From here on the same key means new work.
            drop(landing);
            announce.send_replace(Some(value));
        });
        passenger
    }

    fn passenger(&self, key: &str, flight: &Flight<V>) -> Passenger<'_, V> {
        Passenger { single: self, key: key.to_owned(), number: flight.number, result: flight.result.clone() }
    }
}

impl<V> Single<V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Flight<V>>> {
        self.flights.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the flight off the board when its work ends, also by a panic.
struct Landing<V> {
    single: Single<V>,
    key: String,
    number: u64,
}

impl<V> Drop for Landing<V> {
    fn drop(&mut self) {
        let mut flights = self.single.lock();
        if flights.get(&self.key).is_some_and(|flight| flight.number == self.number) {
            flights.remove(&self.key);
        }
    }
}

struct Passenger<'a, V> {
    single: &'a Single<V>,
    key: String,
    number: u64,
    result: watch::Receiver<Option<V>>,
}

impl<V> Drop for Passenger<'_, V> {
    fn drop(&mut self) {
        let mut flights = self.single.lock();
        let Some(flight) = flights.get_mut(&self.key).filter(|flight| flight.number == self.number) else {
            return;
        };
        flight.passengers -= 1;
        if flight.passengers == 0 {
            flight.cancel.cancel();
            flights.remove(&self.key);
        }
    }
}

fn next_number() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn equal_keys_share_and_later_ones_do_not() {
        let single = Single::<u32>::default();
        let count = Arc::new(AtomicU32::new(0));
        let ask = |key: &'static str| {
            let (single, count) = (single.clone(), Arc::clone(&count));
            async move {
                let work = |_| async move {
                    tokio::task::yield_now().await;
                    count.fetch_add(1, Ordering::Relaxed)
                };
                single.run(key, work).await
            }
        };
        let (first, second, other) = tokio::join!(ask("a"), ask("a"), ask("b"));
        assert_eq!(first, second);
        assert_ne!(first, other);
        assert_eq!(ask("a").await, Some(2));
        assert!(single.lock().is_empty());
    }

    #[tokio::test]
    async fn a_leader_who_goes_away_fails_nobody() {
        let single = Single::<&str>::default();
        let go = Arc::new(Notify::new());
        let wait = Arc::clone(&go);
        let mut leader = Box::pin(single.run("a", |cancel| async move {
            tokio::select! { () = cancel.cancelled() => "cancelled", () = wait.notified() => "done" }
        }));
        tokio::select! { biased; _ = &mut leader => panic!("too early"), () = async {} => {} }
        let follower = single.run("a", |_| async { "started twice" });
        let rest = async {
            drop(leader);
            go.notify_one();
        };
        let (result, ()) = tokio::join!(biased; follower, rest);
        assert_eq!(result, Some("done"));
    }

    #[tokio::test]
    async fn the_last_to_go_cancels() {
        let single = Single::<()>::default();
        let (tell, told) = tokio::sync::oneshot::channel();
        let mut only = Box::pin(single.run("a", |cancel| async move {
            cancel.cancelled().await;
            tell.send(()).unwrap();
        }));
        tokio::select! { biased; _ = &mut only => panic!("too early"), () = async {} => {} }
        drop(only);
        told.await.unwrap();
        assert!(single.lock().is_empty());
    }

    #[tokio::test]
    async fn a_panic_is_no_result_and_leaves_nothing_behind() {
        let single = Single::<()>::default();
        assert_eq!(single.run("a", |_| async { panic!("as the test wants it") }).await, None);
        assert!(single.lock().is_empty());
    }
}
