//! The queue in front of the engine: who may run now, and who waits.

mod gate;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use gate::{Arrival, Gate, Ticket};

pub use gate::Priority;

/// Hands out slots by priority. Cheap to clone; all clones are one queue.
#[derive(Debug, Clone)]
pub(crate) struct Queue {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    gate: Gate,
    calls: HashMap<Ticket, oneshot::Sender<()>>,
}

/// How urgent a piece of work is while it waits: somebody may come to wait for what was begun for nobody. Cheap to
/// clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Urgency(watch::Sender<Wanted>);

#[derive(Debug, Clone, Copy)]
struct Wanted {
    priority: Priority,
    /// Since when, unless it has begun.
    since: Option<Instant>,
}

impl Wanted {
    /// When who waits is told that there is too much.
    fn until(&self) -> Option<Instant> {
        Some(self.since? + self.priority.patience()?)
    }
}

impl Urgency {
    /// As urgent as that, until it is raised.
    #[must_use]
    pub fn new(priority: Priority) -> Self {
        Self(watch::Sender::new(Wanted { priority, since: Some(Instant::now()) }))
    }

    /// Makes the work as urgent as that, unless it is already. Who waits goes to the end of the more urgent line; who
    /// runs goes on as it began.
    pub fn raise(&self, priority: Priority) {
        self.0.send_if_modified(|now| {
            let raised = priority < now.priority;
            if raised {
                *now = Wanted { priority, since: now.since.map(|_| Instant::now()) };
            }
            raised
        });
    }

    /// Notes that the work has begun: it is not given up between two steps.
    fn begin(&self) {
        self.0.send_if_modified(|now| {
            now.since = None;
            false
        });
    }
}

/// The right to run one process; given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    queue: Queue,
    priority: Priority,
}

impl Queue {
    pub(crate) fn new(slots: usize, waiting_limit: usize) -> Self {
        let state = State { gate: Gate::new(slots, waiting_limit), calls: HashMap::new() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Waits for a slot until then, if that is said.
    ///
    /// # Errors
    /// [`Error::Busy`] at once if too many are waiting, and when the time has come; [`Error::Cancelled`].
    async fn enter_by(
        &self,
        until: Option<Instant>,
        priority: Priority,
        cancel: &CancellationToken,
    ) -> Result<Slot, Error> {
        let (waiting, called) = {
            let mut state = self.lock();
            match state.gate.arrive(priority) {
                Arrival::Enter => return Ok(Slot { queue: self.clone(), priority }),
                Arrival::Busy => return Err(Error::Busy),
                Arrival::Wait(ticket) => {
                    let (call, called) = oneshot::channel();
                    state.calls.insert(ticket, call);
                    (Waiting { queue: self, priority, ticket, entered: false }, called)
                }
            }
        };
        let mut waiting = waiting;
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Error::Cancelled),
            result = called => {
                waiting.entered = result.is_ok();
                if waiting.entered { Ok(Slot { queue: self.clone(), priority }) } else { Err(Error::Cancelled) }
            }
            // The place in the line is given up with `waiting`.
            () = reached(until) => Err(Error::Busy),
        }
    }

    /// Waits for a slot for work that may come to be more urgent meanwhile.
    ///
    /// # Errors
    /// [`Error::Busy`] at once if too many are waiting, and where it has waited for [`Priority::patience`], here and before;
    /// [`Error::Cancelled`].
    pub(crate) async fn enter_as(
        &self,
        urgency: &Urgency,
        cancel: &CancellationToken,
    ) -> Result<Slot, Error> {
        let mut raised = urgency.0.subscribe();
        loop {
            let wanted = *raised.borrow_and_update();
            tokio::select! {
                biased;
                entered = self.enter_by(wanted.until(), wanted.priority, cancel) => {
                    if entered.is_ok() {
                        urgency.begin();
                    }
                    return entered;
                }
                // The place in the line before is given up with the future.
                Ok(()) = raised.changed() => {}
            }
        }
    }

    fn leave(&self, priority: Priority) {
        let mut state = self.lock();
        for ticket in state.gate.leave(priority) {
            if let Some(call) = state.calls.remove(&ticket) {
                // One who has just gone away gives the slot back itself: see `Waiting`.
                let _ = call.send(());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    pub(crate) fn priority(&self) -> Priority {
        self.priority
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.queue.leave(self.priority);
    }
}

/// A place in the queue, given up when dropped.
struct Waiting<'a> {
    queue: &'a Queue,
    priority: Priority,
    ticket: Ticket,
    entered: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.entered {
            return;
        }
        let was_waiting = {
            let mut state = self.queue.lock();
            state.calls.remove(&self.ticket);
            state.gate.abandon(self.priority, self.ticket)
        };
        if !was_waiting {
            // Called and gone in the same moment: the slot was counted as taken.
            self.queue.leave(self.priority);
        }
    }
}

/// Waits until then; for ever where nothing is said.
async fn reached(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    impl Queue {
        /// Waits as long as it takes.
        pub(crate) async fn enter(
            &self,
            priority: Priority,
            cancel: &CancellationToken,
        ) -> Result<Slot, Error> {
            self.enter_by(None, priority, cancel).await
        }
    }

    #[tokio::test]
    async fn a_slot_given_back_goes_to_the_most_urgent() {
        let queue = Queue::new(1, 10);
        let cancel = CancellationToken::new();
        let slots = [
            queue.enter(Priority::Edge, &cancel).await.unwrap(),
            queue.enter(Priority::Edge, &cancel).await.unwrap(),
        ];
        let order = Arc::new(Mutex::new(Vec::new()));
        let work = [Priority::Picture, Priority::Edge, Priority::Rung].map(|priority| {
            let (queue, cancel, order) = (queue.clone(), cancel.clone(), order.clone());
            async move {
                let _slot = queue.enter(priority, &cancel).await.unwrap();
                order.lock().unwrap().push(priority);
            }
        });
        let [first, second, third] = work;
        let release = async { drop(slots) };
        tokio::join!(biased; first, second, third, release);
        assert_eq!(*order.lock().unwrap(), [Priority::Edge, Priority::Rung, Priority::Picture]);
    }

    #[tokio::test]
    async fn who_is_cancelled_or_dropped_while_waiting_blocks_nobody() {
        let queue = Queue::new(1, 10);
        let never = CancellationToken::new();
        let slot = queue.enter(Priority::Rung, &never).await.unwrap();
        let cancelled = CancellationToken::new();
        let wait = queue.enter(Priority::Rung, &cancelled);
        let cancel = async { cancelled.cancel() };
        let (result, ()) = tokio::join!(biased; wait, cancel);
        assert!(matches!(result, Err(Error::Cancelled)));

        // Called, but dropped before it could notice.
        let mut wait = Box::pin(queue.enter(Priority::Rung, &never));
        tokio::select! { biased; _ = &mut wait => panic!("there is no slot"), () = async {} => {} }
        drop(slot);
        drop(wait);
        assert!(queue.enter(Priority::Rung, &never).await.is_ok());
    }

    #[tokio::test]
    async fn who_comes_to_be_urgent_goes_before_the_others() {
        let queue = Queue::new(1, 10);
        let never = CancellationToken::new();
        let slot = queue.enter(Priority::Rung, &never).await.unwrap();
        let urgency = Urgency::new(Priority::Prefetch);
        let mut picture = Box::pin(queue.enter(Priority::Picture, &never));
        tokio::select! { biased; _ = &mut picture => panic!("there is no slot"), () = async {} => {} }
        let mut fetched = Box::pin(queue.enter_as(&urgency, &never));
        tokio::select! { biased; _ = &mut fetched => panic!("there is no slot"), () = async {} => {} }
        urgency.raise(Priority::Rung);
        urgency.raise(Priority::Normalise);
        tokio::select! { biased; _ = &mut fetched => panic!("there is no slot"), () = async {} => {} }
        drop(slot);
        tokio::select! { biased; _ = &mut picture => panic!("it is not its turn"), () = async {} => {} }
        assert_eq!(fetched.await.unwrap().priority(), Priority::Rung);
        assert!(picture.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_viewer_is_told_in_time_and_others_wait() {
        let queue = Queue::new(1, 10);
        let never = CancellationToken::new();
        let slot = queue.enter(Priority::Rung, &never).await.unwrap();
        let mut picture = Box::pin(queue.enter(Priority::Picture, &never));
        tokio::select! { biased; _ = &mut picture => panic!("there is no slot"), () = async {} => {} }
        let urgency = Urgency::new(Priority::Prefetch);
        let mut fetched = Box::pin(queue.enter_as(&urgency, &never));
        let hour = tokio::time::sleep(Duration::from_secs(3600));
        tokio::select! { biased; _ = &mut fetched => panic!("there is no slot"), () = hour => {} }
        // From the moment that somebody waits for it.
        urgency.raise(Priority::Rung);
        let begun = Instant::now();
        assert!(matches!(fetched.await, Err(Error::Busy)));
        assert_eq!(Some(begun.elapsed()), Priority::Rung.patience());
        // What it waited for elsewhere counts.
        let urgency = Urgency::new(Priority::Rung);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(matches!(queue.enter_as(&urgency, &never).await, Err(Error::Busy)));
        assert_eq!(Some(begun.elapsed()), Priority::Rung.patience().map(|patience| patience * 2));
        drop(slot);
        assert_eq!(picture.await.unwrap().priority(), Priority::Picture, "who was told so has left the line");
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_begun_is_not_given_up_between_two_steps() {
        let queue = Queue::new(1, 10);
        let never = CancellationToken::new();
        let urgency = Urgency::new(Priority::Rung);
        drop(queue.enter_as(&urgency, &never).await.unwrap());
        let slot = queue.enter(Priority::Rung, &never).await.unwrap();
        let mut second = Box::pin(queue.enter_as(&urgency, &never));
        let hour = tokio::time::sleep(Duration::from_secs(3600));
        tokio::select! { biased; _ = &mut second => panic!("there is no slot"), () = hour => {} }
        drop(slot);
        assert!(second.await.is_ok());
    }

    #[tokio::test]
    async fn a_full_queue_says_so() {
        let queue = Queue::new(1, 0);
        let never = CancellationToken::new();
        let _slot = queue.enter(Priority::Rung, &never).await.unwrap();
        assert!(matches!(queue.enter(Priority::Rung, &never).await, Err(Error::Busy)));
    }
}
