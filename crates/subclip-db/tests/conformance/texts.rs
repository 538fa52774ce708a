//! Captions: told of apart from their cues, settled once, gone with their asset.

use subclip_core::{AssetId, TextTrackId, WorkspaceId};
use subclip_db::text_track::{self, Source, Status, TextTrack};
use subclip_db::{Database, Error, asset};

use crate::build::{bytes, preparing, workspace};

fn text(n: u32, asset: AssetId, status: Status) -> TextTrack {
    TextTrack {
        id: TextTrackId::from_bytes(bytes(n)),
        asset,
        position: n,
        language: "en".into(),
        name: format!("English {n}"),
        closed_captions: n.is_multiple_of(2),
        passthrough: Some("mine".into()),
        source: Source::Uploaded,
        status,
        error_kind: None,
        error_message: None,
        request: serde_json::json!({"url": "x"}),
        follows: None,
        created_ms: 5,
        updated_ms: 5,
    }
}

async fn insert(db: &Database, row: &TextTrack, cues: Option<&str>) -> Result<(), Error> {
    let tx = db.begin().await.unwrap();
    text_track::insert(&tx, row, cues).await?;
    tx.commit().await
}

async fn followers(db: &Database, id: TextTrackId) -> Vec<TextTrack> {
    let tx = db.begin().await.unwrap();
    text_track::followers(&tx, id).await.unwrap()
}

pub(crate) async fn captions_read_back_and_change(db: Database) {
    let (one, other) = (preparing(&db, 1).await, preparing(&db, 2).await);
    let ready = text(3, one, Status::Ready);
    insert(&db, &ready, Some("WEBVTT")).await.unwrap();
    insert(&db, &text(1, one, Status::Preparing), None).await.unwrap();
    insert(&db, &text(2, other, Status::Preparing), None).await.unwrap();
    assert_eq!(text_track::get(&db, ready.id).await.unwrap().as_ref(), Some(&ready));
    assert_eq!(text_track::cues(&db, ready.id).await.unwrap().as_deref(), Some("WEBVTT"));
    let listed = async |assets: &[AssetId]| {
        let found = text_track::list(&db, assets).await.unwrap();
        found.into_iter().map(|row| row.position).collect::<Vec<_>>()
    };
    assert_eq!(listed(&[one]).await, [1, 3]);
    assert_eq!(listed(&[one, other]).await, [1, 2, 3]);
    assert_eq!(listed(&[]).await, [0; 0]);
    let tx = db.begin().await.unwrap();
    assert_eq!(text_track::next_position(&tx, one).await.unwrap(), 4);
    assert_eq!(text_track::next_position(&tx, AssetId::from_bytes(bytes(9))).await.unwrap(), 0);
    drop(tx);

    let same_name = TextTrack { name: "English 1".into(), ..text(4, one, Status::Preparing) };
    assert!(matches!(insert(&db, &same_name, None).await, Err(Error::Duplicate(_))));
    let same_elsewhere = TextTrack { name: "English 1".into(), ..text(4, other, Status::Preparing) };
    insert(&db, &same_elsewhere, None).await.unwrap();
    let of_nobody = text(5, AssetId::from_bytes(bytes(9)), Status::Preparing);
    assert!(matches!(insert(&db, &of_nobody, None).await, Err(Error::Reference(_))));

    let changed = TextTrack {
        name: "Deutsch".into(),
        language: "de".into(),
        passthrough: None,
        updated_ms: 9,
        ..ready
    };
    assert!(text_track::update(&db, &changed).await.unwrap());
    assert_eq!(text_track::get(&db, changed.id).await.unwrap().as_ref(), Some(&changed));
    let taken = TextTrack { name: "English 1".into(), ..changed.clone() };
    assert!(matches!(text_track::update(&db, &taken).await, Err(Error::Duplicate(_))));
    assert!(!text_track::update(&db, &text(9, one, Status::Ready)).await.unwrap());

    insert(&db, &text(6, one, Status::Ready), Some("Grüße")).await.unwrap();
    assert_eq!(text_track::cue_bytes(&db, one).await.unwrap(), 6 + 7, "bytes, not letters");
    assert_eq!(text_track::cue_bytes(&db, other).await.unwrap(), 0);

    assert!(asset::delete(&db, one).await.unwrap());
    assert_eq!(text_track::get(&db, changed.id).await.unwrap(), None);
    assert_eq!(text_track::cues(&db, changed.id).await.unwrap(), None);
    assert_eq!(listed(&[one, other]).await, [2, 4]);
}

pub(crate) async fn captions_are_settled_once(db: Database) {
    let asset = preparing(&db, 1).await;
    let first = text(1, asset, Status::Preparing);
    let follower = TextTrack { follows: Some(first.id), ..text(2, asset, Status::Preparing) };
    for row in [&first, &follower] {
        insert(&db, row, None).await.unwrap();
    }
    assert_eq!(followers(&db, first.id).await, std::slice::from_ref(&follower));
    let preparing = async || text_track::count_preparing(&db, workspace(&db).await).await.unwrap();
    assert_eq!(preparing().await, 2);
    assert_eq!(text_track::count_preparing(&db, WorkspaceId::from_bytes([9; 16])).await.unwrap(), 0);

    let tx = db.begin().await.unwrap();
    assert!(text_track::set_ready(&tx, first.id, "WEBVTT", 7).await.unwrap());
    assert!(!text_track::set_ready(&tx, first.id, "WEBVTT again", 8).await.unwrap());
    assert!(!text_track::set_errored(&tx, first.id, "invalid_input", "Why.", 8).await.unwrap());
    assert!(text_track::set_errored(&tx, follower.id, "invalid_input", "Why.", 8).await.unwrap());
    tx.commit().await.unwrap();
    let found = text_track::get(&db, first.id).await.unwrap().unwrap();
    assert_eq!((found.status, found.updated_ms), (Status::Ready, 7));
    assert_eq!(text_track::cues(&db, first.id).await.unwrap().as_deref(), Some("WEBVTT"));
    assert_eq!(preparing().await, 0);
    let failed = text_track::get(&db, follower.id).await.unwrap().unwrap();
    assert_eq!((failed.status, failed.error_message.as_deref()), (Status::Errored, Some("Why.")));
    assert_eq!(followers(&db, first.id).await, []);

    let third = TextTrack { follows: Some(first.id), ..text(3, asset, Status::Preparing) };
    insert(&db, &third, None).await.unwrap();
    text_track::unfollow(&db, third.id).await.unwrap();
    assert_eq!(followers(&db, first.id).await, []);
    assert!(text_track::delete(&db, first.id).await.unwrap());
    assert!(!text_track::delete(&db, first.id).await.unwrap());
    assert_eq!(text_track::cues(&db, first.id).await.unwrap(), None);
}
