//! What viewers hold while assets change under them.

use std::sync::Arc;

use futures::StreamExt;
use subclip_app::{MediaFile, Status};
use subclip_core::Medium;

use crate::bench::{Bench, THREE_GOPS};

#[tokio::test]
async fn what_is_made_of_a_timeline_is_kept_until_the_timeline_changes() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let source = bench.asset_of(THREE_GOPS).await;
    bench.settled(source).await;
    let clip = bench.clip(source, 160, 320).await.unwrap();
    let clip = bench.settled(clip.id).await;
    let id = clip.playback[0].id;
    let generation = async || bench.app.playable(id).await.unwrap().generation;

    let first = generation().await;
    bench.app.forget_playable(id).await;
    assert_eq!(generation().await, first, "looked up anew, it plays the same");
    bench.app.assets().delete(&bench.caller, source).await.unwrap();
    bench.app.collect_garbage().await.unwrap();
    assert_ne!(generation().await, first, "its samples lie elsewhere");
    workers.stop().await;
}

#[tokio::test]
async fn a_download_goes_on_when_the_source_is_deleted() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let source = bench.asset_of(THREE_GOPS).await;
    bench.settled(source).await;
    let clip = bench.clip(source, 160, 320).await.unwrap();
    let clip = bench.settled(clip.id).await;
    assert_eq!(clip.status, Status::Ready, "{:?}", clip.failure);
    let whole = bench.mp4(&clip).await;

    let playable = bench.app.playable(clip.playback[0].id).await.unwrap();
    let media = [Medium::Video, Medium::Audio];
    let file = Arc::new(MediaFile::new(playable, bench.app.library(), &media).await.unwrap());
    let size = file.size();
    let mut begun = file.clone().stream(bench.app.clone(), 0..1);
    let mut got = begun.next().await.unwrap().unwrap().to_vec();
    bench.app.assets().delete(&bench.caller, source).await.unwrap();
    bench.app.collect_garbage().await.unwrap();
    let mut rest = file.clone().stream(bench.app.clone(), 1..size);
    while let Some(piece) = rest.next().await {
        got.extend_from_slice(&piece.unwrap());
    }
    assert!(got == whole, "the samples have moved, and are the same");

    bench.app.assets().delete(&bench.caller, clip.id).await.unwrap();
    bench.app.collect_garbage().await.unwrap();
    let pieces: Vec<_> = file.stream(bench.app.clone(), 0..size).collect().await;
    assert!(pieces.last().unwrap().is_err(), "the clip itself is gone");
    workers.stop().await;
}
