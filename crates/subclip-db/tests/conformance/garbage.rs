//! What is needed, what is garbage, and what can be made smaller.

use subclip_core::AssetId;
use subclip_db::edge::{self, Edge};
use subclip_db::garbage::{self, Collected, Known};
use subclip_db::span::{self, Role};
use subclip_db::{Database, Error, asset, object};

use crate::build::{object_id, preparing, ready, show, store, timeline, track_id, track_row, tracked};

/// The numbers of the objects and tracks that are collected now.
async fn collect(db: &Database) -> (Vec<u32>, Vec<u32>) {
    let tx = db.begin().await.unwrap();
    let Collected { objects, tracks } = garbage::collectable(&tx).await.unwrap();
    tx.commit().await.unwrap();
    let number = |bytes: [u8; 16]| (u128::from_be_bytes(bytes) >> 64) as u32;
    let mut objects: Vec<u32> = objects.into_iter().map(|id| number(id.bytes())).collect();
    let mut tracks: Vec<u32> = tracks.into_iter().map(|id| number(id.bytes())).collect();
    objects.sort_unstable();
    tracks.sort_unstable();
    (objects, tracks)
}

/// A ready asset that shows the whole of one track of 100 samples, all of the same number.
async fn uploaded(db: &Database, n: u32) -> AssetId {
    let id = preparing(db, n).await;
    tracked(db, n, id, 100).await;
    show(db, id, Role::Plays, &[(n, 0, 100)]).await;
    ready(db, id).await;
    id
}

pub(crate) async fn what_a_timeline_shows_stays(db: Database) {
    let (source, other) = (uploaded(&db, 1).await, uploaded(&db, 2).await);
    let clip = preparing(&db, 3).await;
    show(&db, clip, Role::Plays, &[(1, 10, 20)]).await;
    ready(&db, clip).await;
    assert_eq!(collect(&db).await, (vec![], vec![]));
    asset::delete(&db, source).await.unwrap();
    asset::delete(&db, other).await.unwrap();
    assert_eq!(collect(&db).await, (vec![2], vec![2]), "the clip keeps what it shows");
    asset::delete(&db, clip).await.unwrap();
    garbage::forget(&db, &[object_id(2)]).await.unwrap();
    assert_eq!(collect(&db).await, (vec![1], vec![1]));
}

pub(crate) async fn pins_hold_until_the_clip_is_cut(db: Database) {
    let source = uploaded(&db, 1).await;
    let clip = preparing(&db, 2).await;
    show(&db, clip, Role::Pins, &[(1, 10, 20)]).await;
    asset::delete(&db, source).await.unwrap();
    assert_eq!(collect(&db).await, (vec![], vec![]));
    span::clear(&db, clip, Role::Pins).await.unwrap();
    assert_eq!(collect(&db).await, (vec![1], vec![1]));
}

pub(crate) async fn held_objects_stay(db: Database) {
    let maker = preparing(&db, 1).await;
    object::insert(&db, object_id(1), Some(maker), 0).await.unwrap();
    tracked(&db, 2, maker, 100).await;
    assert_eq!(collect(&db).await, (vec![], vec![]), "one has no track yet, one is not shown yet");
    object::release(&db, object_id(1)).await.unwrap();
    assert_eq!(collect(&db).await, (vec![1], vec![]), "not needed after all");
    asset::set_errored(&db, maker, "x", "y", 1).await.unwrap();
    assert_eq!(collect(&db).await, (vec![1, 2], vec![2]), "it failed, and nothing shows it");

    let gone = preparing(&db, 3).await;
    tracked(&db, 3, gone, 100).await;
    asset::delete(&db, gone).await.unwrap();
    assert_eq!(collect(&db).await, (vec![1, 2, 3], vec![3]), "deleted while it was made");
}

pub(crate) async fn doomed_objects_take_no_tracks(db: Database) {
    let maker = preparing(&db, 1).await;
    object::insert(&db, object_id(1), Some(maker), 0).await.unwrap();
    object::release(&db, object_id(1)).await.unwrap();
    assert_eq!(collect(&db).await.0, [1]);
    let refused = store(&db, &track_row(1, 1, 5)).await;
    assert!(matches!(refused, Err(Error::Reference(_))), "{refused:?}");
    assert!(!object::set_size(&db, object_id(1), 5).await.unwrap(), "its bytes come too late");
}

pub(crate) async fn collecting_twice_names_objects_until_forgotten(db: Database) {
    let id = uploaded(&db, 1).await;
    asset::delete(&db, id).await.unwrap();
    garbage::forget(&db, &[object_id(1)]).await.unwrap();
    assert_eq!(collect(&db).await, (vec![1], vec![1]), "only what is doomed can be forgotten");
    assert_eq!(collect(&db).await, (vec![1], vec![]), "the bytes may still be there");
    garbage::forget(&db, &[object_id(1), object_id(7)]).await.unwrap();
    assert_eq!(collect(&db).await, (vec![], vec![]));
    assert_eq!(object::get(&db, object_id(1)).await.unwrap(), None);
}

pub(crate) async fn edges_keep_nothing_alive(db: Database) {
    let source = uploaded(&db, 1).await;
    let clip = preparing(&db, 2).await;
    tracked(&db, 2, clip, 12).await;
    let edge = Edge {
        track: track_id(1),
        from_pts: 0,
        to_pts: 12,
        frames: 12,
        profile: "p".into(),
        edge_track: track_id(2),
    };
    edge::insert(&db, &edge).await.unwrap();
    show(&db, clip, Role::Plays, &[(2, 0, 12)]).await;
    ready(&db, clip).await;
    let found = async || edge::get(&db, track_id(1), 0, 12, "p").await.unwrap();
    assert_eq!(collect(&db).await, (vec![], vec![]));
    assert!(found().await.is_some());
    asset::delete(&db, clip).await.unwrap();
    assert_eq!(collect(&db).await, (vec![2], vec![2]));
    assert_eq!(found().await, None);
    asset::delete(&db, source).await.unwrap();
    assert_eq!(collect(&db).await, (vec![1, 2], vec![1]));
}

pub(crate) async fn partly_shown_tracks_are_shrinkable(db: Database) {
    let whole = uploaded(&db, 1).await;
    let source = uploaded(&db, 2).await;
    let making = preparing(&db, 3).await;
    tracked(&db, 3, making, 100).await;
    show(&db, making, Role::Plays, &[(3, 0, 5)]).await;
    let clip = preparing(&db, 4).await;
    show(&db, clip, Role::Plays, &[(2, 50, 60), (2, 10, 20), (2, 20, 25), (1, 0, 1)]).await;
    ready(&db, clip).await;
    let pinning = preparing(&db, 5).await;
    show(&db, pinning, Role::Pins, &[(2, 58, 70)]).await;
    let shrinkable = async || {
        let found = garbage::shrinkable(&db, None, 10, 0).await.unwrap();
        found.into_iter().map(|s| (s.track.id, s.shown)).collect::<Vec<_>>()
    };
    assert_eq!(shrinkable().await, [], "all is shown while the source is there, or held");
    asset::delete(&db, source).await.unwrap();
    assert_eq!(shrinkable().await, [(track_id(2), vec![10..20, 20..25, 50..70])]);
    ready(&db, making).await;
    let head = std::slice::from_ref(&(0..5)).to_vec();
    assert_eq!(shrinkable().await, [(track_id(2), vec![10..20, 20..25, 50..70]), (track_id(3), head)]);
    assert_eq!(garbage::shrinkable(&db, None, 1, 0).await.unwrap().len(), 1);
    let rest = garbage::shrinkable(&db, Some(track_id(2)), 9, 0).await.unwrap();
    assert_eq!(rest.iter().map(|s| s.track.id).collect::<Vec<_>>(), [track_id(3)]);
    let worth = async |spared| {
        let found = garbage::shrinkable(&db, None, 9, spared).await.unwrap();
        found.iter().map(|s| s.track.id).collect::<Vec<_>>()
    };
    assert_eq!(worth(87).await, [track_id(2), track_id(3)]);
    assert_eq!(worth(88).await, [track_id(3)], "12 of 100 samples are one span");
    assert_eq!(worth(95).await, []);

    // Two halves make a whole.
    show(&db, clip, Role::Plays, &[(2, 0, 60), (2, 60, 100)]).await;
    assert_eq!(shrinkable().await.len(), 1);
    asset::delete(&db, whole).await.unwrap();
}

pub(crate) async fn moved_spans_show_the_same(db: Database) {
    let source = uploaded(&db, 1).await;
    let (clip, other) = (preparing(&db, 2).await, preparing(&db, 3).await);
    show(&db, clip, Role::Plays, &[(1, 50, 60), (1, 12, 20)]).await;
    show(&db, other, Role::Pins, &[(1, 10, 25)]).await;
    let compactor = preparing(&db, 4).await;
    tracked(&db, 8, compactor, 15).await;
    tracked(&db, 9, compactor, 10).await;
    let edge = Edge {
        track: track_id(1),
        from_pts: 0,
        to_pts: 12,
        frames: 12,
        profile: "p".into(),
        edge_track: track_id(9),
    };
    edge::insert(&db, &edge).await.unwrap();
    asset::delete(&db, source).await.unwrap();
    let before = span::timeline(&db, clip, Role::Plays).await.unwrap();
    let moves = [(10..25, 8, [(1, 50, 60), (8, 2, 10)]), (50..60, 9, [(9, 0, 10), (8, 2, 10)])];
    for (from, to, expected) in moves {
        let tx = db.begin().await.unwrap();
        assert!(garbage::move_spans(&tx, track_id(1), from, track_id(to)).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(span::timeline(&db, clip, Role::Plays).await.unwrap(), timeline(&expected));
    }

    let after = span::timeline(&db, clip, Role::Plays).await.unwrap();
    let times = |t: &subclip_core::Timeline| t.video.iter().map(|s| (s.at, s.duration)).collect::<Vec<_>>();
    assert_eq!(times(&after), times(&before));
    assert_eq!(span::timeline(&db, other, Role::Pins).await.unwrap(), timeline(&[(8, 0, 15)]));
    assert_eq!(collect(&db).await, (vec![1], vec![1]));
    assert_eq!(edge::get(&db, track_id(1), 0, 12, "p").await.unwrap(), None, "it goes with its track");
}

pub(crate) async fn raced_move_changes_nothing(db: Database) {
    let source = uploaded(&db, 1).await;
    let compactor = preparing(&db, 4).await;
    tracked(&db, 9, compactor, 10).await;
    let clip = preparing(&db, 2).await;
    show(&db, clip, Role::Plays, &[(1, 50, 60), (1, 70, 71)]).await;
    asset::delete(&db, source).await.unwrap();
    let cases = [
        ("a span is cut short at its end", 1, 50..59, 9),
        ("a span is cut short at its start", 1, 51..60, 9),
        ("beyond the new track", 1, 49..60, 9),
        ("no old track", 7, 50..60, 9),
        ("no new track", 1, 50..60, 7),
    ];
    for (why, old, from, new) in cases {
        let tx = db.begin().await.unwrap();
        let moved = garbage::move_spans(&tx, track_id(old), from, track_id(new)).await.unwrap();
        tx.commit().await.unwrap();
        let there = span::timeline(&db, clip, Role::Plays).await.unwrap();
        assert!(!moved, "{why}");
        assert_eq!(there, timeline(&[(1, 50, 60), (1, 70, 71)]), "{why}");
    }

    asset::set_errored(&db, compactor, "x", "y", 1).await.unwrap();
    assert_eq!(collect(&db).await.0, [9]);
    let tx = db.begin().await.unwrap();
    assert!(!garbage::move_spans(&tx, track_id(1), 50..60, track_id(9)).await.unwrap(), "it is doomed");
}

pub(crate) async fn everything_known_is_named(db: Database) {
    assert_eq!(garbage::known(&db).await.unwrap(), Known::default());
    let id = uploaded(&db, 1).await;
    object::insert(&db, object_id(2), Some(id), 0).await.unwrap();
    let known = garbage::known(&db).await.unwrap();
    assert_eq!(known.objects, [object_id(1), object_id(2)].into());
    assert_eq!(known.tracks, [track_id(1)].into());
}
