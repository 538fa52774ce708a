//! Clips of growing, erring and cut sources.

use std::time::Duration;

use subclip_app::{AssetSettings, Join, Kind, NewAsset, NewClip, Origin, Status};
use subclip_core::Time;
use subclip_db::span::{self, Role};
use subclip_formats::mp4::read;

use crate::bench::{Bench, THREE_GOPS};

fn frames(mp4: &[u8]) -> usize {
    read::read_slice(mp4).unwrap().tracks.iter().find(|t| t.kind == read::Kind::Video).unwrap().samples.len()
}

#[tokio::test]
async fn a_clip_on_key_frames_is_copied() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let source = bench.source().await;
    let clip = bench.clip(source, 160, 320).await.unwrap();
    assert_eq!((clip.status, clip.origin, clip.source), (Status::Preparing, Origin::Clip, Some(source)));
    let clip = bench.settled(clip.id).await;
    assert_eq!(clip.status, Status::Ready, "{:?}", clip.failure);
    assert_eq!(clip.duration.map(Time::seconds), Some(0.16));
    let cut = clip.cut.clone().unwrap();
    assert_eq!((cut.copied_frames, cut.encoded_frames, cut.join), (4, 0, Join::Seamless));
    assert_eq!(frames(&bench.mp4(&clip).await), 4);
    workers.stop().await;
}

#[tokio::test]
async fn a_clip_waits_for_a_source_that_is_preparing() {
    let bench = Bench::new().await;
    let source = bench.asset_of(THREE_GOPS).await;
    let clip = bench.clip(source, 0, 160).await.unwrap();
    let of_clip = bench.clip(clip.id, 0, 160).await.unwrap();
    let workers = bench.workers().await;
    for id in [clip.id, of_clip.id] {
        let settled = bench.settled(id).await;
        assert_eq!(settled.status, Status::Ready, "{:?}", settled.failure);
        assert_eq!(settled.duration.map(Time::seconds), Some(0.16));
    }
    workers.stop().await;
}

#[tokio::test]
async fn a_clip_that_waited_for_a_source_that_failed_fails_with_its_reason() {
    let bench = Bench::new().await;
    let source = bench.asset_of(b"this is no video").await;
    let clip = bench.clip(source, 0, 100).await.unwrap();
    let workers = bench.workers().await;
    let failed = bench.settled(source).await.failure.unwrap();
    let clip = bench.settled(clip.id).await;
    assert_eq!(clip.status, Status::Errored);
    let why = clip.failure.unwrap();
    assert_eq!(why.kind, "source_failed");
    assert!(why.message.contains(&failed.message), "{} does not say {}", why.message, failed.message);
    // Who comes later is told at once.
    assert_eq!(bench.clip(source, 0, 100).await.unwrap_err().kind, Kind::Invalid);
    workers.stop().await;
}

#[tokio::test]
async fn a_clip_of_a_clip_is_cut_from_the_same_samples() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let source = bench.source().await;
    let whole = bench.clip(source, 0, 400).await.unwrap();
    assert_eq!(bench.settled(whole.id).await.status, Status::Ready);
    let first = bench.clip(source, 160, 400).await.unwrap();
    bench.settled(first.id).await;
    let second = bench.clip(first.id, 160, 240).await.unwrap();
    let second = bench.settled(second.id).await;
    assert_eq!(second.duration.map(Time::seconds), Some(0.08));
    let direct = bench.clip(source, 320, 400).await.unwrap();
    let direct = bench.settled(direct.id).await;
    assert_eq!(bench.mp4(&second).await, bench.mp4(&direct).await);
    workers.stop().await;
}

#[tokio::test]
async fn thumbnails_past_the_end_are_refused() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let (_, clip) = bench.clipped().await;
    let update = async |at_s| {
        let change = |settings: &mut AssetSettings| settings.thumbnail_time = Some(at_s);
        bench.app.assets().update(&bench.caller, clip.id, change).await
    };
    assert_eq!(update(0.16).await.unwrap().settings.thumbnail_time, Some(0.16));
    let refused = update(0.17).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Invalid);
    assert!(refused.message.starts_with("thumbnail_time"), "{}", refused.message);
    let kept = bench.app.assets().get(&bench.caller, clip.id).await.unwrap();
    assert_eq!(kept.settings.thumbnail_time, Some(0.16), "what is refused changes nothing");

    let settings = AssetSettings { thumbnail_time: Some(0.17), ..AssetSettings::default() };
    let asset = NewAsset { settings, ..NewAsset::default() };
    let new = NewClip { source: clip.id, start: None, end: None, policies_of_source: false, asset };
    let refused = bench.app.clips().create(&bench.caller, new, Duration::ZERO).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Invalid);
    workers.stop().await;
}

#[tokio::test]
async fn bounds_that_hold_no_clip_are_refused() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let source = bench.source().await;
    for (from, to) in [(200, 100), (100, 100), (400, 500), (161, 165)] {
        let refused = bench.clip(source, from, to).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid, "{from}..{to}");
    }
    let past_the_end = bench.clip(source, 160, 99_000).await.unwrap();
    assert_eq!(bench.settled(past_the_end.id).await.duration.map(Time::seconds), Some(0.24));
    workers.stop().await;
}

#[tokio::test]
async fn a_source_whose_timeline_has_just_gone_is_not_found() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let source = bench.source().await;
    // As between reading the asset and reading what it plays.
    span::clear(&bench.db, source, Role::Plays).await.unwrap();
    let refused = bench.clip(source, 0, 160).await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound, "{}", refused.message);
    workers.stop().await;
}
