//! The queue's rules, with no waiting and no clock: who enters, who waits, who is next.

use std::collections::VecDeque;
use std::time::Duration;

/// How urgent a piece of work is, most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Somebody waits for a clip.
    Edge,
    /// A viewer waits for a segment.
    Rung,
    /// A viewer waits for a picture, or an upload for being looked at.
    Picture,
    /// Whole files are turned into something that can be cut.
    Normalise,
    /// Nobody waits.
    Prefetch,
}

impl Priority {
    const COUNT: usize = 5;

    /// Work that may take minutes, and must never hold every slot.
    pub(super) fn is_long(self) -> bool {
        self >= Self::Normalise
    }

    /// How long work of this kind waits until it begins, if not for ever. Players wait no longer for a first byte than ten
    /// seconds (hls.js 1.6, Shaka 5.2), and then ask again at once, a few times and no more; an answer that comes before has
    /// them wait between tries, and try more often. A slot is soon free for everything else that is urgent.
    #[must_use]
    pub fn patience(self) -> Option<Duration> {
        (self == Self::Rung).then_some(Duration::from_secs(8))
    }

    /// How nice the process is to others, 0 to 19. What is made ahead is the least urgent to begin, but a viewer may come
    /// to wait for it when it runs, and then only root could make it less nice: on a busy machine it would never end.
    pub(crate) fn nice(self) -> i32 {
        match self {
            Self::Edge | Self::Rung => 0,
            Self::Picture => 2,
            Self::Prefetch => 5,
            Self::Normalise => 10,
        }
    }
}

/// A place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Ticket(u64);

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// A slot is taken.
    Enter,
    /// None is free; the ticket will be named by [`Gate::leave`].
    Wait(Ticket),
    /// None is free, and too many are waiting.
    Busy,
}

/// Slots and waiting lines. Everyone who can enter has entered; the others wait in order.
#[derive(Debug)]
pub(super) struct Gate {
    /// Free slots, and one more that is for edges: rungs may take all the others, and a clip does not wait for viewers.
    free: usize,
    /// How many slots long work may still take: one fewer than there are.
    free_for_long: usize,
    waiting: [VecDeque<Ticket>; Priority::COUNT],
    waiting_limit: usize,
    next_ticket: u64,
}

impl Gate {
    /// At least one slot, and one for an edge beside them. Long work gets a slot even if it is the only one.
    pub(super) fn new(slots: usize, waiting_limit: usize) -> Self {
        let slots = slots.max(1);
        Self {
            free: slots + FOR_EDGES,
            free_for_long: slots.saturating_sub(1).max(1),
            waiting: Default::default(),
            waiting_limit,
            next_ticket: 0,
        }
    }

    pub(super) fn arrive(&mut self, priority: Priority) -> Arrival {
        if self.has_room(priority) {
            self.take(priority);
            return Arrival::Enter;
        }
        if self.waiting.iter().map(VecDeque::len).sum::<usize>() >= self.waiting_limit {
            return Arrival::Busy;
        }
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.waiting[priority as usize].push_back(ticket);
        Arrival::Wait(ticket)
    }

    /// Gives a slot back and names those who enter now; their slots are taken already.
    pub(super) fn leave(&mut self, priority: Priority) -> Vec<Ticket> {
        self.free += 1;
        self.free_for_long += usize::from(priority.is_long());
        let mut called = Vec::new();
        for priority in ALL {
            while self.has_room(priority) {
                let Some(ticket) = self.waiting[priority as usize].pop_front() else { break };
                self.take(priority);
                called.push(ticket);
            }
        }
        called
    }

    /// Gives up waiting; false if the ticket has been called already.
    pub(super) fn abandon(&mut self, priority: Priority, ticket: Ticket) -> bool {
        let line = &mut self.waiting[priority as usize];
        let before = line.len();
        line.retain(|waiting| *waiting != ticket);
        line.len() < before
    }

    fn has_room(&self, priority: Priority) -> bool {
        let kept = if priority == Priority::Edge { 0 } else { FOR_EDGES };
        self.free > kept && (!priority.is_long() || self.free_for_long > 0)
    }

    fn take(&mut self, priority: Priority) {
        self.free -= 1;
        self.free_for_long -= usize::from(priority.is_long());
    }
}

/// Slots that only edges may take.
const FOR_EDGES: usize = 1;

const ALL: [Priority; Priority::COUNT] =
    [Priority::Edge, Priority::Rung, Priority::Picture, Priority::Normalise, Priority::Prefetch];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use Priority::{Edge, Normalise, Picture, Prefetch, Rung};

    fn wait(gate: &mut Gate, priority: Priority) -> Ticket {
        match gate.arrive(priority) {
            Arrival::Wait(ticket) => ticket,
            other => panic!("{priority:?}: {other:?}"),
        }
    }

    #[test]
    fn priority_first_then_order_of_arrival() {
        let mut gate = Gate::new(1, 100);
        assert_eq!([gate.arrive(Edge), gate.arrive(Edge)], [Arrival::Enter, Arrival::Enter]);
        let lines = [Prefetch, Normalise, Picture, Rung, Edge, Edge, Rung];
        let tickets = lines.map(|priority| wait(&mut gate, priority));
        let mut served = Vec::new();
        let mut running = vec![Edge, Edge];
        while let Some(priority) = running.pop() {
            for ticket in gate.leave(priority) {
                let index = tickets.iter().position(|other| *other == ticket).unwrap();
                running.push(lines[index]);
                served.push(index);
            }
        }
        assert_eq!(served, [4, 5, 3, 6, 2, 1, 0]);
    }

    #[test]
    fn long_work_leaves_a_slot_for_an_edge() {
        let mut gate = Gate::new(3, 100);
        assert_eq!(gate.arrive(Normalise), Arrival::Enter);
        assert_eq!(gate.arrive(Prefetch), Arrival::Enter);
        let normalise = wait(&mut gate, Normalise);
        assert_eq!(gate.arrive(Rung), Arrival::Enter);
        let rung = wait(&mut gate, Rung);
        assert_eq!(gate.leave(Rung), [rung]);
        assert_eq!(gate.leave(Rung), []);
        assert_eq!(gate.leave(Prefetch), [normalise]);
    }

    #[test]
    fn an_edge_waits_behind_no_rung() {
        let mut gate = Gate::new(2, 100);
        assert_eq!([gate.arrive(Rung), gate.arrive(Picture)], [Arrival::Enter, Arrival::Enter]);
        let rung = wait(&mut gate, Rung);
        assert_eq!(gate.arrive(Edge), Arrival::Enter);
        let edge = wait(&mut gate, Edge);
        assert_eq!(gate.leave(Rung), [edge]);
        assert_eq!(gate.leave(Edge), [], "no more than the slots run beside an edge");
        assert_eq!(gate.leave(Picture), [rung]);
    }

    #[test]
    fn a_called_ticket_can_not_be_abandoned() {
        let mut gate = Gate::new(1, 1);
        assert_eq!(gate.arrive(Rung), Arrival::Enter);
        let ticket = wait(&mut gate, Rung);
        assert_eq!(gate.arrive(Rung), Arrival::Busy);
        assert!(gate.abandon(Rung, ticket));
        assert!(!gate.abandon(Rung, ticket));
        let ticket = wait(&mut gate, Rung);
        assert_eq!(gate.leave(Rung), [ticket]);
        assert!(!gate.abandon(Rung, ticket));
    }

    proptest! {
        /// Whatever happens: no more run than there are slots, long work keeps its distance, nobody waits
        /// beside a slot that is free for him, and in the end all slots are free again.
        #[test]
        fn slots_are_never_lost_nor_invented(
            slots in 1_usize..5,
            steps in proptest::collection::vec((0_usize..5, any::<bool>(), any::<prop::sample::Index>()), 0..60),
        ) {
            let mut gate = Gate::new(slots, 1000);
            let mut running: Vec<Priority> = Vec::new();
            let mut waiting: Vec<(Priority, Ticket)> = Vec::new();
            for (priority, arrives, index) in steps {
                let priority = ALL[priority];
                if arrives || running.is_empty() {
                    match gate.arrive(priority) {
                        Arrival::Enter => running.push(priority),
                        Arrival::Wait(ticket) => waiting.push((priority, ticket)),
                        Arrival::Busy => prop_assert!(false, "the limit is far"),
                    }
                } else if !waiting.is_empty() && index.index(3) == 0 {
                    let (priority, ticket) = waiting.swap_remove(index.index(waiting.len()));
                    prop_assert!(gate.abandon(priority, ticket));
                } else {
                    let left = running.swap_remove(index.index(running.len()));
                    for ticket in gate.leave(left) {
                        let position = waiting.iter().position(|(_, other)| *other == ticket).unwrap();
                        running.push(waiting.swap_remove(position).0);
                    }
                }
                let long = running.iter().filter(|priority| priority.is_long()).count();
                let long_limit = (slots - 1).max(1);
                let others = running.iter().filter(|priority| **priority != Edge).count();
                prop_assert!(running.len() <= slots + 1 && others <= slots && long <= long_limit);
                for (priority, _) in &waiting {
                    let most = if *priority == Edge { slots + 1 } else { slots };
                    prop_assert!(running.len() >= most || (priority.is_long() && long == long_limit));
                }
            }
        }
    }
}
