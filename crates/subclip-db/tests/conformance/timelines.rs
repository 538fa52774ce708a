//! Objects, tracks, timelines and edges.

use serde_json::json;
use subclip_core::{Alternate, Medium, Span, Timeline, Timescale};
use subclip_db::edge::{self, Edge};
use subclip_db::span::{self, Role};
use subclip_db::track::{self, Track};
use subclip_db::{Database, Error, asset, object};

use crate::build::{asset_id, object_id, preparing, show, store, timeline, track_id, track_row, tracked};

pub(crate) async fn track_reads_back(db: Database) {
    let holder = preparing(&db, 1).await;
    object::insert(&db, object_id(1), Some(holder), 5).await.unwrap();
    assert!(object::set_size(&db, object_id(1), 1 << 40).await.unwrap());
    let row = object::get(&db, object_id(1)).await.unwrap().unwrap();
    assert_eq!(
        (row.size_bytes, row.holder, row.doomed, row.created_ms),
        (Some(1 << 40), Some(holder.bytes()), false, 5)
    );

    let video = Track { encoder: Some(json!({ "crf": 18 })), ..track_row(1, 1, 300) };
    let audio = Track {
        medium: Medium::Audio,
        language: "de-CH".into(),
        width: None,
        height: None,
        frame_rate_num: None,
        frame_rate_den: None,
        channels: Some(2),
        sample_rate: Some(48_000),
        ..track_row(2, 1, 500)
    };
    for row in [&video, &audio] {
        store(&db, row).await.unwrap();
        assert_eq!(track::get(&db, row.id).await.unwrap().as_ref(), Some(row));
    }
    assert_eq!(track::get_many(&db, &[track_id(2), track_id(9)]).await.unwrap(), [audio]);

    let learned = json!({ "join": "same" });
    assert!(track::set_edge_encoder(&db, video.id, &learned).await.unwrap());
    let changed = Track { edge_encoder: Some(learned), ..video };
    assert_eq!(track::get(&db, changed.id).await.unwrap(), Some(changed));
}

pub(crate) async fn tracks_need_an_object(db: Database) {
    assert!(matches!(store(&db, &track_row(1, 1, 5)).await, Err(Error::Reference(_))));
}

pub(crate) async fn timeline_reads_back(db: Database) {
    let owner = preparing(&db, 1).await;
    for n in 1..=3 {
        tracked(&db, n, owner, 100).await;
    }
    let mut expected = timeline(&[(2, 0, 10), (1, 5, 90), (2, 50, 51), (3, 0, 1)]);
    let scale = Timescale::new(48_000).unwrap();
    expected.audio =
        vec![Span { track: track_id(3), timescale: scale, samples: 7..9, at: -300, duration: 2048 }];
    let sound = |samples| Span { track: track_id(3), timescale: scale, samples, at: 0, duration: 2048 };
    let third = Alternate { number: 3, spans: vec![sound(0..2), sound(4..6)] };
    expected.alternates = vec![Alternate { number: 2, spans: vec![sound(2..4)] }];
    let tx = db.begin().await.unwrap();
    span::set_timeline(&tx, owner, Role::Plays, &timeline(&[(1, 0, 1)])).await.unwrap();
    span::set_timeline(&tx, owner, Role::Plays, &expected).await.unwrap();
    span::add_alternate(&tx, owner, &third).await.unwrap();
    expected.alternates.push(third);
    span::set_timeline(&tx, owner, Role::Pins, &timeline(&[(3, 5, 6)])).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(span::timeline(&db, owner, Role::Plays).await.unwrap(), expected);
    assert_eq!(span::timeline(&db, owner, Role::Pins).await.unwrap(), timeline(&[(3, 5, 6)]));
    span::clear(&db, owner, Role::Pins).await.unwrap();
    assert_eq!(span::timeline(&db, owner, Role::Pins).await.unwrap(), Timeline::default());
    assert_eq!(span::timeline(&db, owner, Role::Plays).await.unwrap(), expected);
    span::remove_alternate(&db, owner, 2).await.unwrap();
    expected.alternates.remove(0);
    assert_eq!(span::timeline(&db, owner, Role::Plays).await.unwrap(), expected);
    assert!(asset::delete(&db, owner).await.unwrap());
    assert_eq!(span::timeline(&db, owner, Role::Plays).await.unwrap(), Timeline::default());
}

pub(crate) async fn timeline_of_a_missing_track_is_refused(db: Database) {
    let owner = preparing(&db, 1).await;
    tracked(&db, 1, owner, 100).await;
    show(&db, owner, Role::Plays, &[(1, 0, 100)]).await;
    for (who, what) in [(owner, timeline(&[(1, 0, 5), (9, 0, 5)])), (asset_id(9), timeline(&[(1, 0, 5)]))] {
        let tx = db.begin().await.unwrap();
        let refused = span::set_timeline(&tx, who, Role::Plays, &what).await;
        assert!(matches!(refused, Err(Error::Reference(_))), "{refused:?}");
        tx.rollback().await.unwrap();
    }
    assert_eq!(span::timeline(&db, owner, Role::Plays).await.unwrap(), timeline(&[(1, 0, 100)]));
}

pub(crate) async fn tracks_of_an_asset(db: Database) {
    let owner = preparing(&db, 1).await;
    for n in 1..=3 {
        tracked(&db, n, owner, 100).await;
    }
    show(&db, owner, Role::Plays, &[(1, 0, 5), (2, 0, 5), (1, 10, 20)]).await;
    show(&db, owner, Role::Pins, &[(3, 0, 5)]).await;
    let mut found: Vec<_> = track::of_asset(&db, owner).await.unwrap().iter().map(|t| t.id).collect();
    found.sort();
    assert_eq!(found, [track_id(1), track_id(2)]);
}

pub(crate) async fn equal_edges_are_one(db: Database) {
    let owner = preparing(&db, 1).await;
    for n in 1..=3 {
        tracked(&db, n, owner, 100).await;
    }
    let first = Edge {
        track: track_id(1),
        from_pts: -20,
        to_pts: 400,
        frames: 12,
        profile: "superfast".into(),
        edge_track: track_id(2),
    };
    let second = Edge { edge_track: track_id(3), ..first.clone() };
    assert_eq!(edge::insert(&db, &first).await.unwrap(), first);
    assert_eq!(edge::insert(&db, &second).await.unwrap(), first, "the faster one counts");
    assert_eq!(edge::get(&db, track_id(1), -20, 400, "superfast").await.unwrap(), Some(first.clone()));
    assert_eq!(edge::get(&db, track_id(1), -20, 400, "medium").await.unwrap(), None);
    assert_eq!(edge::get(&db, track_id(1), -20, 401, "superfast").await.unwrap(), None);
    let lost = Edge { from_pts: 0, edge_track: track_id(9), ..first };
    assert!(matches!(edge::insert(&db, &lost).await, Err(Error::Reference(_))));
}
