//! What one may ask for, and that others get on meanwhile.

use subclip_app::{Error, Kind, Limits, NewAsset, NewSound, SoundLabels};

use crate::bench::Bench;
use crate::captions::Host;

fn sounds(host: &Host, count: usize) -> Vec<NewSound> {
    let sound = |n: usize| NewSound {
        labels: SoundLabels { name: Some(format!("Sound {n}")), ..SoundLabels::default() },
        url: host.url.clone(),
    };
    (0..count).map(sound).collect()
}

#[tokio::test]
async fn sounds_that_come_slowly_stop_no_upload() {
    const EACH: usize = 31;
    let (bench, host) = (Bench::open_to_private_addresses().await, Host::new().await);
    let _workers = bench.workers().await;
    let assets = [bench.source().await, bench.source().await];
    for asset in assets {
        for new in sounds(&host, EACH) {
            bench.app.sound_tracks().ask(&bench.caller, asset, &new).await.unwrap();
        }
    }
    for _ in 0..8 {
        host.is_asked().await;
    }
    bench.source().await;
}

fn is_busy_with<T>(outcome: Result<T, Error>, what: &str) {
    let error = outcome.err().unwrap();
    assert_eq!(error.kind, Kind::Busy, "{error}");
    assert!(error.message.contains(what), "{error}");
}

#[tokio::test]
async fn so_many_tracks_are_prepared_at_once_wherever_they_are_asked_for() {
    let limits = Limits { most_preparing: 3, ..Limits::default() };
    let (bench, host) = (Bench::limited(limits).await, Host::new().await);
    let _workers = bench.workers().await;
    let asset = bench.source().await;
    let with = async |texts: usize, with_sounds: usize| {
        let mut new = NewAsset::default();
        new.settings.texts = (0..texts).map(|n| host.text(&format!("Text {n}"))).collect();
        new.settings.sounds = sounds(&host, with_sounds);
        bench.app.assets().create_from_url(&bench.caller, &host.url, new).await
    };
    with(3, 0).await.unwrap();
    is_busy_with(with(1, 0).await, "3 text tracks");
    for new in sounds(&host, 3) {
        bench.app.sound_tracks().ask(&bench.caller, asset, &new).await.unwrap();
    }
    is_busy_with(with(0, 1).await, "3 audio tracks");
    is_busy_with(bench.clip(asset, 0, 160).await, "3 audio tracks");
    with(0, 0).await.unwrap();
}
