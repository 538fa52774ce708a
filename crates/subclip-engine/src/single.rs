//! The same work asked for twice at once is done once, as urgently as the most urgent of those who wait for it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::queue::{Priority, Urgency};

/// Work under way, by a key that says what it is. Cheap to clone; all clones are one.
///
/// The work runs in a task of its own, so it belongs to all who wait for it: whoever goes away takes
/// nothing with him, and only when the last has gone is the work cancelled. It is as urgent as the most urgent of
/// them, from the moment he comes.
#[derive(Debug)]
pub struct Single<V> {
    flights: Arc<Mutex<HashMap<String, Listed<V>>>>,
}

/// What work is told that belongs to all who wait for it.
#[derive(Debug, Clone)]
pub struct Flight {
    /// How urgent it is: whoever comes to wait for it may be in more of a hurry than who began it.
    pub urgency: Urgency,
    /// Cancelled when nobody waits any more.
    pub cancel: CancellationToken,
}

#[derive(Debug)]
struct Listed<V> {
    flight: Flight,
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
    /// The result of the work of this key, for somebody who waits for it with this priority: of that under way, or else
    /// of `work`, which is started. `None` if the work panicked.
    pub async fn run<F>(&self, key: &str, priority: Priority, work: impl FnOnce(Flight) -> F) -> Option<V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut passenger = self.board(key, priority, work);
        let result = passenger.result.wait_for(Option::is_some).await.ok()?;
        result.clone()
    }

    fn board<F>(&self, key: &str, priority: Priority, work: impl FnOnce(Flight) -> F) -> Passenger<'_, V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut flights = self.lock();
        if let Some(listed) = flights.get_mut(key) {
            listed.passengers += 1;
            listed.flight.urgency.raise(priority);
            return self.passenger(key, listed);
        }
        let flight = Flight { urgency: Urgency::new(priority), cancel: CancellationToken::new() };
        let (announce, result) = watch::channel(None);
        let listed = Listed { flight: flight.clone(), result, passengers: 1, number: next_number() };
        let passenger = self.passenger(key, &listed);
        flights.insert(key.to_owned(), listed);

        let landing = Landing { single: self.clone(), key: key.to_owned(), number: passenger.number };
        let work = work(flight);
        tokio::spawn(async move {
            let value = work.await;
            // From here on the same key means new work.
            drop(landing);
            announce.send_replace(Some(value));
        });
        passenger
    }

    fn passenger(&self, key: &str, listed: &Listed<V>) -> Passenger<'_, V> {
        Passenger { single: self, key: key.to_owned(), number: listed.number, result: listed.result.clone() }
    }
}

impl<V> Single<V> {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Listed<V>>> {
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
        if flights.get(&self.key).is_some_and(|listed| listed.number == self.number) {
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
        let Some(listed) = flights.get_mut(&self.key).filter(|listed| listed.number == self.number) else {
            return;
        };
        listed.passengers -= 1;
        if listed.passengers == 0 {
            listed.flight.cancel.cancel();
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
    use crate::queue::Queue;

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
                single.run(key, Priority::Rung, work).await
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
        let mut leader = Box::pin(single.run("a", Priority::Rung, |flight| async move {
            tokio::select! { () = flight.cancel.cancelled() => "cancelled", () = wait.notified() => "done" }
        }));
        tokio::select! { biased; _ = &mut leader => panic!("too early"), () = async {} => {} }
        let follower = single.run("a", Priority::Rung, |_| async { "started twice" });
        let rest = async {
            drop(leader);
            go.notify_one();
        };
        let (result, ()) = tokio::join!(biased; follower, rest);
        assert_eq!(result, Some("done"));
    }

    #[tokio::test]
    async fn work_is_as_urgent_as_who_waits_for_it() {
        let (queue, single) = (Queue::new(1, 10), Single::<Priority>::default());
        let never = CancellationToken::new();
        let _viewers = queue.enter(Priority::Rung, &never).await.unwrap();
        let ask = |priority| {
            let queue = queue.clone();
            single.run("edge", priority, |flight: Flight| async move {
                queue.enter_as(&flight.urgency, &flight.cancel).await.unwrap().priority()
            })
        };
        let mut viewer = Box::pin(ask(Priority::Rung));
        for _ in 0..10 {
            tokio::select! { biased; _ = &mut viewer => panic!("there is no slot"), () = tokio::task::yield_now() => {} }
        }
        // Of two who wait for one edge, one is a clip: it goes on beside all that viewers have taken.
        assert_eq!(ask(Priority::Edge).await, Some(Priority::Edge));
        assert_eq!(viewer.await, Some(Priority::Edge));
    }

    #[tokio::test]
    async fn the_last_to_go_cancels() {
        let single = Single::<()>::default();
        let (tell, told) = tokio::sync::oneshot::channel();
        let mut only = Box::pin(single.run("a", Priority::Rung, |flight| async move {
            flight.cancel.cancelled().await;
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
        assert_eq!(single.run("a", Priority::Rung, |_| async { panic!("as the test wants it") }).await, None);
        assert!(single.lock().is_empty());
    }
}
