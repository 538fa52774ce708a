//! Sounds beside the first: numbered once and for all, settled once, gone with their asset.

use subclip_core::{Alternate, AssetId, Medium, SoundTrackId, WorkspaceId};
use subclip_db::sound_track::{self, Heard, SoundTrack, Status};
use subclip_db::span::{self, Role};
use subclip_db::track::{self, Track};
use subclip_db::{Database, Error, asset, garbage, object};

use crate::build::{
    bytes, object_id, preparing, ready, show, store, timeline, track_id, track_row, tracked, workspace,
};

fn sound(n: u32, asset: AssetId, status: Status) -> SoundTrack {
    SoundTrack {
        id: SoundTrackId::from_bytes(bytes(n)),
        asset,
        number: n + 1,
        language: "de".into(),
        name: format!("German {n}"),
        passthrough: Some("mine".into()),
        status,
        channels: None,
        sample_rate: None,
        error_kind: None,
        error_message: None,
        request: serde_json::json!({"url": "x"}),
        created_ms: 5,
        updated_ms: 5,
    }
}

async fn insert(db: &Database, row: &SoundTrack) -> Result<(), Error> {
    let tx = db.begin().await.unwrap();
    sound_track::insert(&tx, row).await?;
    tx.commit().await
}

async fn number(db: &Database, asset: AssetId) -> Result<u32, Error> {
    let tx = db.begin().await.unwrap();
    let number = sound_track::take_number(&tx, asset).await?;
    tx.commit().await?;
    Ok(number)
}

pub(crate) async fn sounds_read_back_and_change(db: Database) {
    let (one, other) = (preparing(&db, 1).await, preparing(&db, 2).await);
    let first = sound(3, one, Status::Ready);
    insert(&db, &first).await.unwrap();
    insert(&db, &sound(1, one, Status::Preparing)).await.unwrap();
    insert(&db, &sound(2, other, Status::Preparing)).await.unwrap();
    assert_eq!(sound_track::get(&db, first.id).await.unwrap().as_ref(), Some(&first));
    let listed = async |assets: &[AssetId]| {
        let found = sound_track::list(&db, assets).await.unwrap();
        found.into_iter().map(|row| row.number).collect::<Vec<_>>()
    };
    assert_eq!(listed(&[one]).await, [2, 4]);
    assert_eq!(listed(&[one, other]).await, [2, 3, 4]);

    for same in [
        SoundTrack { name: "German 1".into(), ..sound(4, one, Status::Preparing) },
        SoundTrack { number: 2, ..sound(4, one, Status::Preparing) },
    ] {
        assert!(matches!(insert(&db, &same).await, Err(Error::Duplicate(_))));
    }
    let same_elsewhere = SoundTrack { name: "German 1".into(), ..sound(4, other, Status::Preparing) };
    insert(&db, &same_elsewhere).await.unwrap();
    let of_nobody = sound(5, AssetId::from_bytes(bytes(9)), Status::Preparing);
    assert!(matches!(insert(&db, &of_nobody).await, Err(Error::Reference(_))));

    let changed = SoundTrack {
        name: "Français".into(),
        language: "fr".into(),
        passthrough: None,
        updated_ms: 9,
        ..first
    };
    assert!(sound_track::update(&db, &changed).await.unwrap());
    let request = serde_json::json!({"url": "y"});
    sound_track::set_request(&db, changed.id, &request).await.unwrap();
    let changed = SoundTrack { request, ..changed };
    assert_eq!(sound_track::get(&db, changed.id).await.unwrap().as_ref(), Some(&changed));
    let taken = SoundTrack { name: "German 1".into(), ..changed.clone() };
    assert!(matches!(sound_track::update(&db, &taken).await, Err(Error::Duplicate(_))));
    assert!(!sound_track::update(&db, &sound(9, one, Status::Ready)).await.unwrap());
    assert!(asset::delete(&db, one).await.unwrap());
    assert_eq!(listed(&[one, other]).await, [3, 5]);
}

pub(crate) async fn sounds_are_never_numbered_alike(db: Database) {
    let (one, other) = (preparing(&db, 1).await, preparing(&db, 2).await);
    assert_eq!(number(&db, one).await.unwrap(), 2);
    let row = SoundTrack { number: number(&db, one).await.unwrap(), ..sound(1, one, Status::Ready) };
    assert_eq!(row.number, 3);
    insert(&db, &row).await.unwrap();
    assert!(sound_track::delete(&db, row.id).await.unwrap());
    assert!(!sound_track::delete(&db, row.id).await.unwrap());
    assert_eq!(number(&db, one).await.unwrap(), 4, "not that of the one that went");
    assert_eq!(number(&db, other).await.unwrap(), 2);
    assert!(matches!(number(&db, AssetId::from_bytes(bytes(9))).await, Err(Error::Reference(_))));
}

pub(crate) async fn sounds_are_settled_once(db: Database) {
    let asset = preparing(&db, 1).await;
    let (first, second) = (sound(1, asset, Status::Preparing), sound(2, asset, Status::Preparing));
    for row in [&first, &second] {
        insert(&db, row).await.unwrap();
    }
    let preparing = async || sound_track::count_preparing(&db, workspace(&db).await).await.unwrap();
    assert_eq!(preparing().await, 2);
    assert_eq!(sound_track::count_preparing(&db, WorkspaceId::from_bytes([9; 16])).await.unwrap(), 0);
    let heard = Heard { channels: 2, sample_rate: 48_000 };
    let tx = db.begin().await.unwrap();
    assert!(sound_track::set_ready(&tx, first.id, heard, 7).await.unwrap());
    assert!(!sound_track::set_ready(&tx, first.id, heard, 8).await.unwrap());
    assert!(!sound_track::set_errored(&tx, first.id, "invalid_input", "Why.", 8).await.unwrap());
    assert!(sound_track::set_errored(&tx, second.id, "invalid_input", "Why.", 8).await.unwrap());
    tx.commit().await.unwrap();
    let found = sound_track::get(&db, first.id).await.unwrap().unwrap();
    assert_eq!(
        (found.status, found.channels, found.sample_rate, found.updated_ms),
        (Status::Ready, Some(2), Some(48_000), 7)
    );
    let failed = sound_track::get(&db, second.id).await.unwrap().unwrap();
    assert_eq!((failed.status, failed.error_message.as_deref()), (Status::Errored, Some("Why.")));
    assert_eq!(preparing().await, 0);
}

pub(crate) async fn sounds_hold_what_they_are_made_of(db: Database) {
    let asset = preparing(&db, 1).await;
    tracked(&db, 1, asset, 100).await;
    show(&db, asset, Role::Plays, &[(1, 0, 100)]).await;
    ready(&db, asset).await;
    let row = sound(1, asset, Status::Preparing);
    insert(&db, &row).await.unwrap();
    object::insert_for_sound(&db, object_id(2), row.id, 0).await.unwrap();
    store(&db, &Track { medium: Medium::Audio, ..track_row(2, 2, 50) }).await.unwrap();
    let collected = async || {
        let tx = db.begin().await.unwrap();
        let collected = garbage::collectable(&tx).await.unwrap();
        tx.commit().await.unwrap();
        (collected.tracks, collected.objects)
    };
    assert_eq!(collected().await, (vec![], vec![]), "it is preparing");
    let tx = db.begin().await.unwrap();
    let heard = Heard { channels: 1, sample_rate: 44_100 };
    assert!(sound_track::set_ready(&tx, row.id, heard, 7).await.unwrap());
    let spans = timeline(&[(2, 0, 50)]).video;
    span::add_alternate(&tx, asset, &Alternate { number: row.number, spans }).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(collected().await, (vec![], vec![]), "it is played");
    let shown: Vec<_> = track::of_asset(&db, asset).await.unwrap().iter().map(|t| t.id).collect();
    assert_eq!(shown, [track_id(1)], "only who chooses it hears it");
    span::remove_alternate(&db, asset, row.number).await.unwrap();
    assert_eq!(collected().await, (vec![track_id(2)], vec![object_id(2)]));
}

pub(crate) async fn an_asset_may_have_had_any_number_of_sounds(db: Database) {
    let asset = preparing(&db, 1).await;
    tracked(&db, 1, asset, 50).await;
    let numbers = [2, 4_096, 4_097, 4_098, u32::MAX];
    for number in numbers {
        let tx = db.begin().await.unwrap();
        let spans = timeline(&[(1, 0, 50), (1, 10, 20)]).video;
        span::add_alternate(&tx, asset, &Alternate { number, spans }).await.unwrap();
        tx.commit().await.unwrap();
    }
    let there = async || {
        let found = span::timeline(&db, asset, Role::Plays).await.unwrap().alternates;
        found.iter().map(|other| (other.number, other.spans.len())).collect::<Vec<_>>()
    };
    assert_eq!(there().await, numbers.map(|number| (number, 2)));
    span::remove_alternate(&db, asset, 4_097).await.unwrap();
    assert_eq!(there().await, [2, 4_096, 4_098, u32::MAX].map(|number| (number, 2)));
}
