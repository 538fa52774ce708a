//! Assets and their playback ids.

use serde_json::json;
use subclip_core::{PlaybackId, Time, Timescale, UploadId, WorkspaceId};
use subclip_db::asset::{self, Asset, Filter, Origin, Stage, Status};
use subclip_db::playback_id::{self, Playback, Policy};
use subclip_db::{Database, Error, Page};

use crate::build::{asset_id, bytes, preparing, ready, workspace};

pub(crate) async fn asset_reads_back(db: Database) {
    let owner = workspace(&db).await;
    let full = Asset {
        id: asset_id(1),
        workspace: owner,
        status: Status::Errored,
        origin: Origin::Clip,
        source_asset: Some(asset_id(99)),
        upload: Some(UploadId::from_bytes(bytes(3))),
        settings: json!({ "passthrough": "a \"b\" ü" }),
        inputs: json!([{ "width": 640 }]),
        request: json!({ "start_time": 1.25 }),
        error_kind: Some("invalid_input".into()),
        error_message: Some("No video.".into()),
        progress_percent: 12.5,
        stage: Stage::Transcoding,
        duration_ticks: Some(i64::MAX),
        duration_timescale: Some(90_000),
        created_ms: -1,
        updated_ms: 1 << 50,
    };
    asset::insert(&db, &full).await.unwrap();
    assert_eq!(asset::get(&db, full.id).await.unwrap().as_ref(), Some(&full));
    assert_eq!(asset::get_in(&db, owner, full.id).await.unwrap().as_ref(), Some(&full));
    assert_eq!(asset::get_in(&db, WorkspaceId::from_bytes([9; 16]), full.id).await.unwrap(), None);

    let plain = Asset::preparing(asset_id(2), owner, Origin::File, 5);
    asset::insert(&db, &plain).await.unwrap();
    assert_eq!(asset::get(&db, plain.id).await.unwrap(), Some(plain));
    assert!(matches!(asset::insert(&db, &full).await, Err(Error::Duplicate(_))));
    assert_eq!(asset::get(&db, asset_id(3)).await.unwrap(), None);
}

pub(crate) async fn assets_are_listed_newest_first(db: Database) {
    let owner = workspace(&db).await;
    // Three share a time, so that the id decides.
    for (n, created_ms) in [(1, 10), (2, 20), (3, 20), (4, 20), (5, 30)] {
        let row = Asset::preparing(asset_id(n), owner, Origin::Url, created_ms);
        asset::insert(&db, &row).await.unwrap();
    }
    let list = async |page: Page| -> Vec<Asset> {
        asset::list(&db, owner, &Filter::default(), &page).await.unwrap()
    };
    let ids = |assets: &[Asset]| assets.iter().map(|a| a.id).collect::<Vec<_>>();
    let all = [5, 4, 3, 2, 1].map(asset_id);
    assert_eq!(ids(&list(Page::first(100)).await), all);
    assert_eq!(ids(&list(Page::numbered(2, 2)).await), all[2..4]);
    assert_eq!(ids(&list(Page::numbered(4, 2)).await), []);
    assert_eq!(ids(&list(Page::numbered(u64::MAX, u64::MAX)).await), []);

    let mut walked = Vec::new();
    let mut page = Page::first(2);
    loop {
        let part = list(page).await;
        walked.extend(ids(&part));
        let Some(last) = part.last() else { break };
        // What is new meanwhile does not shift the pages.
        if walked.len() == 2 {
            let new = Asset::preparing(asset_id(6), owner, Origin::Url, 40);
            asset::insert(&db, &new).await.unwrap();
        }
        page = Page::after(last.cursor(), 2);
    }
    assert_eq!(walked, all);
}

pub(crate) async fn assets_are_filtered(db: Database) {
    let owner = workspace(&db).await;
    let upload = UploadId::from_bytes(bytes(7));
    let fresh = |n| Asset::preparing(asset_id(n), owner, Origin::Clip, i64::from(n));
    let uploaded = Asset { upload: Some(upload), ..fresh(1) };
    let clip = Asset { source_asset: Some(uploaded.id), ..fresh(2) };
    for row in [&uploaded, &clip] {
        asset::insert(&db, row).await.unwrap();
    }
    ready(&db, uploaded.id).await;
    let check = async |filter: Filter, expected: &[u32]| {
        let found = asset::list(&db, owner, &filter, &Page::first(9)).await.unwrap();
        let expected: Vec<_> = expected.iter().map(|&n| asset_id(n)).collect();
        assert_eq!(found.iter().map(|a| a.id).collect::<Vec<_>>(), expected, "{filter:?}");
    };
    check(Filter::default(), &[2, 1]).await;
    check(Filter { upload: Some(upload), ..Filter::default() }, &[1]).await;
    check(Filter { source_asset: Some(uploaded.id), ..Filter::default() }, &[2]).await;
    check(Filter { status: Some(Status::Ready), ..Filter::default() }, &[1]).await;
    check(Filter { status: Some(Status::Ready), source_asset: Some(uploaded.id), upload: None }, &[]).await;
    check(Filter { status: Some(Status::Preparing), ..Filter::default() }, &[2]).await;
    let others =
        asset::list(&db, WorkspaceId::from_bytes([9; 16]), &Filter::default(), &Page::first(9)).await;
    assert_eq!(others.unwrap(), []);
}

pub(crate) async fn only_preparing_assets_change(db: Database) {
    let (good, bad) = (preparing(&db, 1).await, preparing(&db, 2).await);
    let duration = Time::new(1001, Timescale::new(30_000).unwrap());
    assert!(asset::set_progress(&db, good, Stage::Transcoding, 40.0, 5).await.unwrap());
    let row = asset::get(&db, good).await.unwrap().unwrap();
    assert_eq!((row.stage, row.progress_percent, row.updated_ms), (Stage::Transcoding, 40.0, 5));
    assert_eq!(row.duration(), None);

    assert!(asset::set_ready(&db, good, duration, 6).await.unwrap());
    assert!(asset::set_errored(&db, bad, "no_video", "There is no video in it.", 7).await.unwrap());
    for (id, status) in [(good, Status::Ready), (bad, Status::Errored), (asset_id(9), Status::Ready)] {
        assert!(!asset::set_ready(&db, id, duration, 8).await.unwrap(), "{status}");
        assert!(!asset::set_errored(&db, id, "x", "y", 8).await.unwrap(), "{status}");
        assert!(!asset::set_progress(&db, id, Stage::Ingesting, 1.0, 8).await.unwrap(), "{status}");
    }
    let row = asset::get(&db, good).await.unwrap().unwrap();
    assert_eq!((row.status, row.stage, row.duration()), (Status::Ready, Stage::Completed, Some(duration)));
    let row = asset::get(&db, bad).await.unwrap().unwrap();
    assert_eq!((row.status, row.error_kind.as_deref()), (Status::Errored, Some("no_video")));
    assert_eq!(row.error_message.as_deref(), Some("There is no video in it."));
}

pub(crate) async fn settings_are_replaced(db: Database) {
    let id = preparing(&db, 1).await;
    ready(&db, id).await;
    assert!(asset::set_settings(&db, id, &json!({ "a": 1 }), 9).await.unwrap());
    assert!(asset::set_inputs(&db, id, &json!(["b"]), 9).await.unwrap());
    assert!(asset::set_request(&db, id, &json!({ "c": null }), 9).await.unwrap());
    let row = asset::get(&db, id).await.unwrap().unwrap();
    assert_eq!(
        (row.settings, row.inputs, row.request),
        (json!({ "a": 1 }), json!(["b"]), json!({ "c": null }))
    );
    assert!(!asset::set_settings(&db, asset_id(9), &json!({}), 9).await.unwrap());
}

pub(crate) async fn deleting_an_asset_takes_its_playback_ids(db: Database) {
    let (one, two) = (preparing(&db, 1).await, preparing(&db, 2).await);
    let playback = |n: u32, asset, policy| Playback {
        id: PlaybackId::from_bytes(bytes(n)),
        asset,
        policy,
        created_ms: i64::from(n),
    };
    let rows = [
        playback(2, one, Policy::Public),
        playback(1, one, Policy::Signed),
        playback(3, two, Policy::Public),
    ];
    for row in &rows {
        playback_id::insert(&db, row).await.unwrap();
    }
    let [a, b, c] = rows;
    assert_eq!(playback_id::list(&db, &[one]).await.unwrap(), [b.clone(), a.clone()]);
    assert_eq!(playback_id::list(&db, &[two, one]).await.unwrap().len(), 3);
    assert_eq!(playback_id::list(&db, &[]).await.unwrap(), []);
    assert!(!playback_id::delete(&db, two, a.id).await.unwrap(), "another asset's");
    assert!(playback_id::delete(&db, one, a.id).await.unwrap());
    assert!(asset::delete(&db, one).await.unwrap());
    assert!(!asset::delete(&db, one).await.unwrap());
    assert_eq!(playback_id::get(&db, b.id).await.unwrap(), None);
    assert_eq!(playback_id::get(&db, c.id).await.unwrap(), Some(c));
    let orphan = playback(4, one, Policy::Public);
    assert!(matches!(playback_id::insert(&db, &orphan).await, Err(Error::Reference(_))));
}
