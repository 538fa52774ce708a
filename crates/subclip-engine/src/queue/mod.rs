//! The queue in front of the engine: who may run now, and who waits.

mod gate;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
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

    /// Waits for a slot.
    ///
    /// # Errors
    /// [`Error::Busy`] at once if too many are waiting, [`Error::Cancelled`].
    pub(crate) async fn enter(&self, priority: Priority, cancel: &CancellationToken) -> Result<Slot, Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_slot_given_back_goes_to_the_most_urgent() {
        let queue = Queue::new(1, 10);
        let cancel = CancellationToken::new();
        let slot = queue.enter(Priority::Edge, &cancel).await.unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let work = [Priority::Picture, Priority::Edge, Priority::Rung].map(|priority| {
            let (queue, cancel, order) = (queue.clone(), cancel.clone(), order.clone());
            async move {
                let _slot = queue.enter(priority, &cancel).await.unwrap();
                order.lock().unwrap().push(priority);
            }
        });
        let [first, second, third] = work;
        let release = async { drop(slot) };
        tokio::join!(biased; first, second, third, release);
        assert_eq!(*order.lock().unwrap(), [Priority::Edge, Priority::Rung, Priority::Picture]);
    }

    #[tokio::test]
    async fn who_is_cancelled_or_dropped_while_waiting_blocks_nobody() {
        let queue = Queue::new(1, 10);
        let never = CancellationToken::new();
        let slot = queue.enter(Priority::Edge, &never).await.unwrap();
        let cancelled = CancellationToken::new();
        let wait = queue.enter(Priority::Edge, &cancelled);
        let cancel = async { cancelled.cancel() };
        let (result, ()) = tokio::join!(biased; wait, cancel);
        assert!(matches!(result, Err(Error::Cancelled)));

        // Called, but dropped before it could notice.
        let mut wait = Box::pin(queue.enter(Priority::Edge, &never));
        tokio::select! { biased; _ = &mut wait => panic!("there is no slot"), () = async {} => {} }
        drop(slot);
        drop(wait);
        assert!(queue.enter(Priority::Edge, &never).await.is_ok());
    }

    #[tokio::test]
    async fn a_full_queue_says_so() {
        let queue = Queue::new(1, 0);
        let never = CancellationToken::new();
        let _slot = queue.enter(Priority::Edge, &never).await.unwrap();
        assert!(matches!(queue.enter(Priority::Edge, &never).await, Err(Error::Busy)));
    }
}
