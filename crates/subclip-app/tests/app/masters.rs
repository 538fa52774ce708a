//! Masters: asked for, given out for a day, withdrawn, ended; also across a restart.

use std::time::Duration;

use subclip_app::{
    Asset, EventQuery, Kind, Master, MasterState, NewAsset, NewUpload, Page, Received, Sent, Subject,
};
use subclip_core::AssetId;

use crate::bench::{Bench, THREE_GOPS};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What was told of the master of an asset, the oldest first.
pub(crate) async fn told(bench: &Bench, asset: AssetId) -> Vec<&'static str> {
    let query = EventQuery { page: Page { limit: 100, ..Page::default() }, ..EventQuery::default() };
    let events = bench.app.events().list(&bench.caller, query).await.unwrap().events;
    let of_it = events.iter().filter(|event| event.about.subject() == Subject::Asset(asset));
    of_it.rev().filter_map(|event| event.kind.as_str().strip_prefix("master.")).collect()
}

/// The asset as soon as its master is no longer preparing.
async fn settled(bench: &Bench, id: AssetId) -> Asset {
    loop {
        let asset = bench.app.assets().get(&bench.caller, id).await.unwrap();
        if asset.master.as_ref().is_none_or(|master| master.state != MasterState::Preparing) {
            return asset;
        }
        let _ = tokio::time::timeout(Duration::from_millis(100), bench.app.changed()).await;
    }
}

/// The secret of a master that is given out.
async fn secret(bench: &Bench, id: AssetId) -> String {
    match settled(bench, id).await.master {
        Some(Master { state: MasterState::Ready { secret }, until_ms: Some(_) }) => secret,
        other => panic!("no master is given out: {other:?}"),
    }
}

async fn opens(bench: &Bench, id: AssetId, secret: &str) -> bool {
    match bench.app.master(id, secret).await {
        Ok(master) => {
            assert_eq!((master.playable.asset, master.media.len()), (id, 2));
            true
        }
        Err(error) => {
            assert_eq!(error.kind, Kind::NotFound);
            false
        }
    }
}

/// Waits until so much was told.
async fn hear(bench: &Bench, id: AssetId, expected: &[&str]) {
    let heard = async {
        while told(bench, id).await.len() < expected.len() {
            let _ = tokio::time::timeout(Duration::from_millis(50), bench.app.changed()).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), heard).await.unwrap();
    assert_eq!(told(bench, id).await, expected);
}

#[tokio::test]
async fn a_master_is_given_out_for_a_day() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let (source, clip) = bench.clipped().await;
    let assets = bench.app.assets();
    for id in [source, clip.id] {
        assert_eq!(assets.get(&bench.caller, id).await.unwrap().master, None);
        let asked = assets.give_master(&bench.caller, id).await.unwrap();
        assert_eq!(asked.master, Some(Master { state: MasterState::Preparing, until_ms: None }));
        let key = secret(&bench, id).await;
        assert!(opens(&bench, id, &key).await);
        assert!(!opens(&bench, id, "").await && !opens(&bench, id, &key[1..]).await);
        let again = assets.give_master(&bench.caller, id).await.unwrap();
        assert_eq!(again, settled(&bench, id).await, "what is given out stays as it is");
        hear(&bench, id, &["preparing", "ready"]).await;
    }
    let (of_source, of_clip) = (secret(&bench, source).await, secret(&bench, clip.id).await);
    assert!(!opens(&bench, source, &of_clip).await, "each has an address of its own");
    // No upkeep passes from here on, and none is needed.
    workers.stop().await;
    bench.clock.advance_ms(DAY_MS - 1000);
    assert_eq!(bench.app.master(source, &of_source).await.unwrap().left_s, 1);
    bench.clock.advance_ms(1000);
    assert!(!opens(&bench, source, &of_source).await && !opens(&bench, clip.id, &of_clip).await);
    assert_eq!(assets.get(&bench.caller, source).await.unwrap().master, None);
    assert_eq!(told(&bench, source).await, ["preparing", "ready"]);
    // Another process takes over, and asking anew gives another address.
    let bench = bench.reopened().await;
    let workers = bench.workers().await;
    hear(&bench, source, &["preparing", "ready", "deleted"]).await;
    hear(&bench, clip.id, &["preparing", "ready", "deleted"]).await;
    bench.app.assets().give_master(&bench.caller, source).await.unwrap();
    assert_ne!(secret(&bench, source).await, of_source);
    assert!(!opens(&bench, source, &of_source).await);
    workers.stop().await;
}

#[tokio::test]
async fn a_master_is_withdrawn_at_once() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let source = bench.source().await;
    let assets = bench.app.assets();
    assert_eq!(assets.withdraw_master(&bench.caller, source).await.unwrap().master, None);
    assert_eq!(told(&bench, source).await, [""; 0], "there was none");
    assets.give_master(&bench.caller, source).await.unwrap();
    let key = secret(&bench, source).await;
    assert_eq!(assets.withdraw_master(&bench.caller, source).await.unwrap().master, None);
    assert!(!opens(&bench, source, &key).await);
    assert_eq!(told(&bench, source).await, ["preparing", "ready", "deleted"]);
    assets.give_master(&bench.caller, source).await.unwrap();
    let key = secret(&bench, source).await;
    bench.delete(source).await;
    assert!(!opens(&bench, source, &key).await, "it goes with its asset");
    let unknown = assets.give_master(&bench.caller, source).await.unwrap_err();
    assert_eq!(unknown.kind, Kind::NotFound);
    workers.stop().await;
}

#[tokio::test]
async fn a_master_that_is_asked_for_at_creation_comes_after_its_asset() {
    let bench = Bench::new().await;
    let mut new_asset = NewAsset::default();
    new_asset.settings.master = true;
    let new = NewUpload { timeout_s: 60, cors_origin: "*".into(), new_asset, test: false };
    let make = async |bytes: &[u8]| {
        let upload = bench.app.uploads().create(&bench.caller, new.clone()).await.unwrap();
        match bench.send(&upload, Sent::Whole { length: None }, bytes).await.unwrap() {
            Received::Complete { asset } => asset,
            other => panic!("{other:?}"),
        }
    };
    let (film, none) = (make(THREE_GOPS).await, make(b"no film").await);
    let before = bench.app.assets().give_master(&bench.caller, film).await.unwrap();
    assert_eq!(before.master.unwrap().state, MasterState::Preparing);
    assert_eq!(told(&bench, film).await, ["preparing"], "once");
    let workers = bench.workers().await;
    assert!(opens(&bench, film, &secret(&bench, film).await).await);
    hear(&bench, film, &["preparing", "ready"]).await;
    let failed = settled(&bench, none).await.master.unwrap();
    assert!(matches!(failed.state, MasterState::Errored { .. }), "{failed:?}");
    hear(&bench, none, &["preparing", "errored"]).await;
    let refused = bench.app.assets().give_master(&bench.caller, none).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Invalid);
    workers.stop().await;
}

#[tokio::test]
async fn a_master_whose_media_are_lost_is_errored_and_asked_for_again() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let source = bench.source().await;
    let playing = subclip_db::span::timeline(&bench.db, source, subclip_db::span::Role::Plays).await.unwrap();
    let track = playing.video[0].track;
    let object = subclip_db::track::get(&bench.db, track).await.unwrap().unwrap().object;
    bench.storage.delete(object).await.unwrap();
    for asked in 1..=2 {
        bench.app.assets().give_master(&bench.caller, source).await.unwrap();
        // What failed is tried again a few times, at most a minute apart.
        let failed = loop {
            let asset = bench.app.assets().get(&bench.caller, source).await.unwrap();
            match asset.master.unwrap() {
                Master { state: MasterState::Preparing, .. } => bench.clock.advance_ms(61_000),
                other => break other,
            }
            let _ = tokio::time::timeout(Duration::from_millis(20), bench.app.changed()).await;
        };
        assert!(matches!(failed.state, MasterState::Errored { .. }), "{failed:?}");
        hear(&bench, source, &["preparing", "errored"].repeat(asked)).await;
    }
    workers.stop().await;
}
