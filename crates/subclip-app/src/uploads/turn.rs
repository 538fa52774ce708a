//! Whose turn it is to send to an upload: the newest request's. A client whose connection was lost asks again at once,
//! while nothing tells the server that the old one is dead.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use subclip_core::UploadId;
use tokio::sync::watch;

/// The turns that go on in this process. What keeps two requests from writing at once is the staged upload's lock;
/// this tells the one that holds it to let go.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<HashMap<UploadId, Line>>>);

/// The requests that send to one upload, or wait to.
#[derive(Default)]
struct Line {
    newest: watch::Sender<u64>,
    requests: usize,
}

impl Turns {
    /// Takes the turn. It is over for all that had it before.
    pub(super) fn take(&self, id: UploadId) -> Turn {
        let mut lines = self.lines();
        let line = lines.entry(id).or_default();
        line.requests += 1;
        line.newest.send_modify(|number| *number += 1);
        let newest = line.newest.subscribe();
        let number = *newest.borrow();
        drop(lines);
        Turn { turns: self.clone(), id, number, newest }
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<UploadId, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request's turn.
pub(super) struct Turn {
    turns: Turns,
    id: UploadId,
    number: u64,
    newest: watch::Receiver<u64>,
}

impl Turn {
    /// Whether a newer request took it.
    pub(super) fn is_over(&self) -> bool {
        *self.newest.borrow() != self.number
    }

    /// Waits until a newer request takes it.
    pub(super) fn over(&self) -> impl Future<Output = ()> + Send + use<> {
        let (mut newest, own) = (self.newest.clone(), self.number);
        async move {
            // The line lasts as long as the turn.
            let _ = newest.wait_for(|&number| number != own).await;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut lines = self.turns.lines();
        if let Some(line) = lines.get_mut(&self.id) {
            line.requests -= 1;
            if line.requests == 0 {
                lines.remove(&self.id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn the_newest_has_the_turn_and_nothing_stays() {
        let (turns, id, other) =
            (Turns::default(), UploadId::from_bytes([1; 16]), UploadId::from_bytes([2; 16]));
        let first = turns.take(id);
        let aside = turns.take(other);
        assert!(!first.is_over() && first.over().now_or_never().is_none());
        let second = turns.take(id);
        assert!(first.is_over() && first.over().now_or_never().is_some());
        assert!(!second.is_over() && !aside.is_over());
        drop(second);
        assert!(first.is_over(), "what was taken does not come back");
        drop((first, aside));
        assert!(turns.lines().is_empty());
    }
}
