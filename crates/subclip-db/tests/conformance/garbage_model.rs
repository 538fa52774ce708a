//! The collector against a naive model: random worlds, and what is needed in them counted by hand.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use subclip_db::span::Role;
use subclip_db::{Database, asset, garbage, object};

use crate::build::{asset_id, object_id, preparing, ready, show, store, track_id, track_row};

const SAMPLES: u32 = 20;

/// How an asset of a world ends up.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    Preparing,
    Ready,
    Errored,
    Deleted,
}

/// Assets with their fates; objects with holders; tracks with objects; spans `(asset, role, track, first, end)`.
/// Things are named by their place, and numbers beyond the end wrap around.
#[derive(Debug, Clone)]
struct World {
    assets: Vec<Fate>,
    objects: Vec<usize>,
    tracks: Vec<usize>,
    spans: Vec<(usize, bool, usize, u32, u32)>,
}

fn worlds() -> impl Strategy<Value = World> {
    let fate =
        prop_oneof![Just(Fate::Preparing), Just(Fate::Ready), Just(Fate::Errored), Just(Fate::Deleted)];
    let span = (0usize..6, any::<bool>(), 0usize..6, 0..SAMPLES, 1..SAMPLES).prop_map(
        |(asset, plays, track, first, length)| (asset, plays, track, first, SAMPLES.min(first + length)),
    );
    (
        prop::collection::vec(fate, 1..6),
        prop::collection::vec(0usize..6, 1..6),
        prop::collection::vec(0usize..6, 1..6),
        prop::collection::vec(span, 0..10),
    )
        .prop_map(|(assets, objects, tracks, spans)| World { assets, objects, tracks, spans })
}

impl World {
    fn holder_is_preparing(&self, object: usize) -> bool {
        self.assets[self.objects[object] % self.assets.len()] == Fate::Preparing
    }

    fn object_of(&self, track: usize) -> usize {
        self.tracks[track] % self.objects.len()
    }

    /// The samples of each track that any living asset refers to.
    fn shown(&self) -> BTreeMap<usize, BTreeSet<u32>> {
        let mut shown: BTreeMap<usize, BTreeSet<u32>> = BTreeMap::new();
        for &(asset, _, track, first, end) in &self.spans {
            if self.assets[asset % self.assets.len()] != Fate::Deleted {
                shown.entry(track % self.tracks.len()).or_default().extend(first..end);
            }
        }
        shown
    }

    async fn build(&self, db: &Database, base: u32) {
        let id = |n: usize| base + n as u32;
        for n in 0..self.assets.len() {
            preparing(db, id(n)).await;
        }
        for (n, holder) in self.objects.iter().enumerate() {
            let holder = asset_id(id(holder % self.assets.len()));
            object::insert(db, object_id(id(n)), Some(holder), 0).await.unwrap();
        }
        for n in 0..self.tracks.len() {
            store(db, &track_row(id(n), id(self.object_of(n)), SAMPLES)).await.unwrap();
        }
        for n in 0..self.assets.len() {
            for (plays, role) in [(true, Role::Plays), (false, Role::Pins)] {
                let mine = self.spans.iter().filter(|s| s.0 % self.assets.len() == n && s.1 == plays);
                let mine: Vec<_> =
                    mine.map(|&(_, _, t, first, end)| (id(t % self.tracks.len()), first, end)).collect();
                show(db, asset_id(id(n)), role, &mine).await;
            }
        }
        for (n, fate) in self.assets.iter().enumerate() {
            match fate {
                Fate::Preparing => {}
                Fate::Ready => ready(db, asset_id(id(n))).await,
                Fate::Errored => assert!(asset::set_errored(db, asset_id(id(n)), "x", "y", 1).await.unwrap()),
                Fate::Deleted => assert!(asset::delete(db, asset_id(id(n))).await.unwrap()),
            }
        }
    }
}

pub(crate) async fn collector_agrees_with_the_model(db: Database) {
    let mut runner = TestRunner::deterministic();
    for round in 0..40 {
        let world = worlds().new_tree(&mut runner).unwrap().current();
        let base = round * 100;
        let id = |n: usize| base + n as u32;
        world.build(&db, base).await;

        let shown = world.shown();
        let needed = |t: &usize| shown.contains_key(t) || world.holder_is_preparing(world.object_of(*t));
        let (kept, dropped): (Vec<usize>, Vec<usize>) = (0..world.tracks.len()).partition(needed);
        let useless =
            |o: &usize| !world.holder_is_preparing(*o) && kept.iter().all(|&t| world.object_of(t) != *o);
        let doomed: BTreeSet<_> =
            (0..world.objects.len()).filter(useless).map(|o| object_id(id(o))).collect();
        let dropped: BTreeSet<_> = dropped.into_iter().map(|t| track_id(id(t))).collect();

        let tx = db.begin().await.unwrap();
        let collected = garbage::collectable(&tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(collected.tracks.into_iter().collect::<BTreeSet<_>>(), dropped, "{world:?}");
        assert_eq!(collected.objects.iter().copied().collect::<BTreeSet<_>>(), doomed, "{world:?}");
        garbage::forget(&db, &collected.objects).await.unwrap();

        let expected: Vec<_> = shown
            .iter()
            .filter(|(t, s)| s.len() < SAMPLES as usize && !world.holder_is_preparing(world.object_of(**t)))
            .map(|(&t, samples)| (track_id(id(t)), samples.clone()))
            .collect();
        let after = (base > 0).then(|| track_id(base - 1));
        let found = garbage::shrinkable(&db, after, 100, 0).await.unwrap();
        let found: Vec<_> =
            found.into_iter().map(|s| (s.track.id, s.shown.into_iter().flatten().collect())).collect();
        assert_eq!(found, expected, "{world:?}");

        // Leave the world to nobody, so that the next round begins with nothing to collect.
        for n in 0..world.assets.len() {
            asset::delete(&db, asset_id(id(n))).await.unwrap();
        }
        let tx = db.begin().await.unwrap();
        let rest = garbage::collectable(&tx).await.unwrap();
        tx.commit().await.unwrap();
        garbage::forget(&db, &rest.objects).await.unwrap();
        assert_eq!(garbage::known(&db).await.unwrap(), garbage::Known::default(), "{world:?}");
    }
}
