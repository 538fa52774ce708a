//! Assets that are made to try things out end by themselves; also across a restart.

use subclip_app::{Kind, NewAsset, NewUpload, Sent, Status};
use subclip_core::AssetId;

use crate::bench::{Bench, THREE_GOPS};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

async fn test_of(bench: &Bench, bytes: &[u8]) -> AssetId {
    let mut new_asset = NewAsset::default();
    new_asset.settings.test = true;
    let new = NewUpload { timeout_s: 60, cors_origin: "*".into(), new_asset, test: true };
    let upload = bench.app.uploads().create(&bench.caller, new).await.unwrap();
    assert!(upload.test);
    match bench.send(&upload, Sent::Whole { length: None }, bytes).await.unwrap() {
        subclip_app::Received::Complete { asset } => asset,
        other => panic!("{other:?}"),
    }
}

async fn is_gone(bench: &Bench, id: AssetId) -> bool {
    match bench.app.assets().get(&bench.caller, id).await {
        Ok(_) => false,
        Err(error) => {
            assert_eq!(error.kind, Kind::NotFound);
            true
        }
    }
}

#[tokio::test]
async fn a_test_ends_after_a_day_whatever_became_of_it() {
    let bench = Bench::new().await;
    let born_ms = 1_000_000;
    let (preparing, errored) = (test_of(&bench, THREE_GOPS).await, test_of(&bench, b"no film").await);
    let kept = bench.asset_of(THREE_GOPS).await;
    // Nothing can be rendered here; so the first one stays on its way, and the other fails.
    let workers = bench.workers().await;
    assert_eq!(bench.settled(errored).await.status, Status::Errored);
    assert_eq!(bench.settled(kept).await.status, Status::Ready);
    for id in [preparing, errored] {
        let asset = bench.app.assets().get(&bench.caller, id).await.unwrap();
        assert!(asset.settings.test);
        assert_eq!(asset.ends_ms, Some(born_ms + DAY_MS));
    }
    assert_eq!(bench.app.assets().get(&bench.caller, kept).await.unwrap().ends_ms, None);
    workers.stop().await;
    bench.clock.advance_ms(DAY_MS - 1);
    let bench = bench.reopened().await;
    let workers = bench.workers().await;
    // A clip is cut by these workers, so their upkeep has passed.
    let clip = bench.clip(kept, 0, 160).await.unwrap();
    assert_eq!(bench.settled(clip.id).await.status, Status::Ready);
    assert!(!is_gone(&bench, preparing).await && !is_gone(&bench, errored).await);
    bench.clock.advance_ms(1);
    while !is_gone(&bench, preparing).await || !is_gone(&bench, errored).await {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), bench.app.changed()).await;
    }
    assert!(!is_gone(&bench, kept).await && !is_gone(&bench, clip.id).await);
    let query = subclip_app::EventQuery {
        kind: Some(subclip_core::EventKind::AssetDeleted),
        page: subclip_app::Page { limit: 10, ..Default::default() },
        ..Default::default()
    };
    let told = bench.app.events().list(&bench.caller, query).await.unwrap().events;
    assert_eq!(told.len(), 2, "each is told of once");
    for id in [kept, clip.id] {
        bench.app.assets().delete(&bench.caller, id).await.unwrap();
    }
    bench.app.collect_garbage().await.unwrap();
    assert_eq!(bench.stored(), [], "nothing is left of them");
    workers.stop().await;
}
