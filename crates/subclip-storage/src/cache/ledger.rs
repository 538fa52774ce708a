//! What a cache holds, how large it is, and what goes when there is no room: the thing that was of use longest ago.

use std::collections::BTreeMap;

use super::{CacheKey, CacheOrigin};

/// The books of a cache. They may name more than there is, and never less than was put in.
///
/// Things stand in the order of their names, so those of one origin stand together: whoever waits for these books waits for
/// no more than is his.
#[derive(Debug)]
pub(super) struct Ledger {
    most_bytes: u64,
    held_bytes: u64,
    next: u64,
    things: BTreeMap<CacheKey, Thing>,
    by_use: BTreeMap<u64, CacheKey>,
}

#[derive(Debug, Clone, Copy)]
struct Thing {
    size_bytes: u64,
    used: u64,
    /// How many are writing it. Until then it is not there, and yet not lost.
    writers: u32,
}

impl Ledger {
    pub(super) fn new(most_bytes: u64) -> Self {
        Self { most_bytes, held_bytes: 0, next: 0, things: BTreeMap::new(), by_use: BTreeMap::new() }
    }

    /// Whether a thing of this size may be put in at all: one that fills the cache would push out all others.
    pub(super) fn takes(&self, size_bytes: u64) -> bool {
        size_bytes <= self.most_bytes / 2
    }

    /// Notes a thing that is there, and names what is to go for it.
    pub(super) fn put(&mut self, key: CacheKey, size_bytes: u64) -> Vec<CacheKey> {
        self.enter(key, size_bytes, 0)
    }

    /// Notes a thing that is about to be written, and names what is to go for it.
    pub(super) fn begin(&mut self, key: CacheKey, size_bytes: u64) -> Vec<CacheKey> {
        let writers = self.things.get(&key).map_or(0, |thing| thing.writers);
        self.enter(key, size_bytes, writers + 1)
    }

    /// Notes that it was written, and tells whether it may stay: what was taken out meanwhile may not.
    pub(super) fn end(&mut self, key: &CacheKey) -> bool {
        let Some(thing) = self.things.get_mut(key) else { return false };
        thing.writers = thing.writers.saturating_sub(1);
        true
    }

    fn enter(&mut self, key: CacheKey, size_bytes: u64, writers: u32) -> Vec<CacheKey> {
        self.remove(&key);
        let used = self.stamp();
        self.things.insert(key, Thing { size_bytes, used, writers });
        self.by_use.insert(used, key);
        self.held_bytes += size_bytes;
        self.shrink_to(self.most_bytes)
    }

    /// Notes that a thing was of use.
    pub(super) fn touch(&mut self, key: &CacheKey) {
        let used = self.stamp();
        if let Some(thing) = self.things.get_mut(key) {
            self.by_use.remove(&thing.used);
            thing.used = used;
            self.by_use.insert(used, *key);
        }
    }

    pub(super) fn holds(&self, key: &CacheKey) -> bool {
        self.things.contains_key(key)
    }

    pub(super) fn remove(&mut self, key: &CacheKey) {
        if let Some(thing) = self.things.remove(key) {
            self.by_use.remove(&thing.used);
            self.held_bytes -= thing.size_bytes;
        }
    }

    /// Notes that a thing could not be read: it is lost, unless it is only just being written.
    pub(super) fn lose(&mut self, key: &CacheKey) {
        if self.things.get(key).is_some_and(|thing| thing.writers == 0) {
            self.remove(key);
        }
    }

    /// Notes that those of an origin go, and tells which they are.
    pub(super) fn take(&mut self, origin: CacheOrigin) -> Vec<CacheKey> {
        let of_origin = CacheKey::first_of(origin)..=CacheKey::last_of(origin);
        let taken: Vec<CacheKey> = self.things.range(of_origin).map(|(key, _)| *key).collect();
        taken.iter().for_each(|key| self.remove(key));
        taken
    }

    /// Names what is to go so that no more than that is held.
    pub(super) fn shrink_to(&mut self, most_bytes: u64) -> Vec<CacheKey> {
        let mut gone = Vec::new();
        while self.held_bytes > most_bytes
            && let Some((_, &oldest)) = self.by_use.first_key_value()
        {
            self.remove(&oldest);
            gone.push(oldest);
        }
        gone
    }

    pub(super) fn held_bytes(&self) -> u64 {
        self.held_bytes
    }

    fn stamp(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> CacheKey {
        CacheKey::new([n; 8], [n; 32])
    }

    #[test]
    fn what_was_used_longest_ago_goes() {
        let mut ledger = Ledger::new(100);
        assert_eq!(ledger.put(key(1), 40), []);
        assert_eq!(ledger.put(key(2), 40), []);
        ledger.touch(&key(1));
        assert_eq!(ledger.put(key(3), 40), [key(2)]);
        assert!(ledger.holds(&key(3)) && !ledger.holds(&key(2)));
        assert_eq!(ledger.held_bytes(), 80);
        assert_eq!(ledger.put(key(1), 10), [], "put again, it is there once");
        assert_eq!(ledger.held_bytes(), 50);
        ledger.touch(&key(9));
        ledger.remove(&key(9));
        assert_eq!(ledger.put(key(4), 50), []);
        assert_eq!(ledger.put(key(5), 50), [key(3), key(1)]);
        assert_eq!(ledger.shrink_to(0), [key(4), key(5)]);
        assert_eq!(ledger.held_bytes(), 0);
        assert!(ledger.takes(50) && !ledger.takes(51));
    }
    #[test]
    fn those_of_an_origin_go_together() {
        let of = |origin: u8, digest: u8| CacheKey::new([origin; 8], [digest; 32]);
        let mut ledger = Ledger::new(100);
        for key in [of(2, 0), of(1, 255), of(2, 7), of(3, 0), of(2, 255), of(255, 255)] {
            ledger.put(key, 10);
        }
        assert_eq!(ledger.take([2; 8]), [of(2, 0), of(2, 7), of(2, 255)]);
        assert_eq!(ledger.take([2; 8]), []);
        assert_eq!(ledger.take([255; 8]), [of(255, 255)]);
        assert_eq!(ledger.held_bytes(), 20);
        assert!(ledger.holds(&of(1, 255)) && ledger.holds(&of(3, 0)));
    }

    #[test]
    fn what_was_taken_out_while_it_was_written_may_not_stay() {
        let mut ledger = Ledger::new(100);
        ledger.begin(key(1), 40);
        ledger.lose(&key(1));
        assert!(ledger.end(&key(1)), "who looked for it too early takes nothing away");
        ledger.lose(&key(1));
        assert!(!ledger.holds(&key(1)), "somebody removed it");

        ledger.begin(key(1), 40);
        ledger.take([1; 8]);
        assert!(!ledger.end(&key(1)));
        ledger.begin(key(1), 40);
        assert_eq!(ledger.put(key(2), 80), [key(1)]);
        assert!(!ledger.end(&key(1)));

        // Of two writers of one thing, the first leaves it to the second.
        ledger.begin(key(1), 10);
        ledger.begin(key(1), 10);
        assert!(ledger.end(&key(1)));
        ledger.lose(&key(1));
        assert!(ledger.end(&key(1)));
    }
}
