//! Rooms: where what takes much memory is done, a few pieces at a time, with room for some more to wait.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{Error, Result};

/// A room. A clone is the same one.
#[derive(Clone)]
pub(crate) struct Room {
    admitted: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    full: &'static str,
}

/// A turn, which lasts as long as it is held.
#[derive(Debug)]
pub(crate) struct Turn {
    /// Where it is of those who may wait.
    _admitted: Option<OwnedSemaphorePermit>,
    _turn: OwnedSemaphorePermit,
}

impl Room {
    /// Where `at_once` work and `waiting` wait; anyone else is told `full`.
    pub(crate) fn new(at_once: usize, waiting: usize, full: &'static str) -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self { admitted: semaphore(at_once + waiting), turns: semaphore(at_once), full }
    }

    /// Waits for a turn. `Busy` where too many wait already.
    pub(crate) async fn enter(&self) -> Result<Turn> {
        let admitted = self.admitted.clone().try_acquire_owned().map_err(|_| Error::busy(self.full))?;
        let turn = self.turns.clone().acquire_owned().await.map_err(Error::internal)?;
        Ok(Turn { _admitted: Some(admitted), _turn: turn })
    }

    /// Waits for a turn like everybody else, but without one of the places of those who may wait: for few, who waited
    /// elsewhere before.
    pub(crate) async fn enter_from_elsewhere(&self) -> Result<Turn> {
        let turn = self.turns.clone().acquire_owned().await.map_err(Error::internal)?;
        Ok(Turn { _admitted: None, _turn: turn })
    }

    /// How many turns nobody has.
    #[cfg(test)]
    pub(crate) fn free(&self) -> usize {
        self.turns.available_permits()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::Kind;

    #[test]
    fn work_waits_for_a_turn_and_too_much_is_sent_away() {
        let (at_once, waiting) = (4, 128);
        let room = Room::new(at_once, waiting, "Full.");
        let mut turns: Vec<_> = (0..at_once).map(|_| room.enter().now_or_never().unwrap().unwrap()).collect();
        let mut waiting: Vec<_> = (0..waiting).map(|_| Box::pin(room.enter())).collect();
        for one in &mut waiting {
            assert!(one.as_mut().now_or_never().is_none(), "all turns are taken");
        }
        assert_eq!(room.enter().now_or_never().unwrap().unwrap_err().kind, Kind::Busy);
        turns.pop();
        let first = waiting.remove(0).now_or_never().unwrap();
        assert!(first.is_ok(), "who waited longest is next");
        assert!(waiting[0].as_mut().now_or_never().is_none());
        let mut elsewhere = Box::pin(room.enter_from_elsewhere());
        assert!(elsewhere.as_mut().now_or_never().is_none(), "it waits too");
        let last = Box::pin(room.enter());
        waiting.push(last);
        assert!(waiting.last_mut().unwrap().as_mut().now_or_never().is_none(), "and takes nobody's place");
        drop((waiting, first, turns));
        assert!(elsewhere.now_or_never().unwrap().is_ok());
        assert!(room.enter().now_or_never().unwrap().is_ok(), "who leaves makes room");
    }
}
