//! What viewers hold while assets change under them.

use std::sync::Arc;

use futures::StreamExt;
use subclip_app::{Kind, MediaFile, Policy};
use subclip_core::Medium;

use crate::bench::Bench;

#[tokio::test]
async fn what_is_made_of_a_timeline_is_kept_until_the_timeline_changes() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let (source, clip) = bench.clipped().await;
    let id = clip.playback[0].id;
    let generation = async || bench.app.playable(id).await.unwrap().generation;

    let first = generation().await;
    bench.app.forget_playable(id).await;
    assert_eq!(generation().await, first, "looked up anew, it plays the same");
    bench.delete(source).await;
    assert_ne!(generation().await, first, "its samples lie elsewhere");
    workers.stop().await;
}

#[tokio::test]
async fn a_download_goes_on_when_the_source_is_deleted() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let (source, clip) = bench.clipped().await;
    let whole = bench.mp4(&clip).await;

    let playable = bench.app.playable(clip.playback[0].id).await.unwrap();
    let media = [Medium::Video, Medium::Audio];
    let file = Arc::new(MediaFile::new(playable, bench.app.library(), &media).await.unwrap());
    let size = file.size();
    let mut begun = file.clone().stream(bench.app.clone(), 0..1);
    let mut got = begun.next().await.unwrap().unwrap().to_vec();
    bench.delete(source).await;
    let mut rest = file.clone().stream(bench.app.clone(), 1..size);
    while let Some(piece) = rest.next().await {
        got.extend_from_slice(&piece.unwrap());
    }
    assert!(got == whole, "the samples have moved, and are the same");

    bench.delete(clip.id).await;
    let pieces: Vec<_> = file.stream(bench.app.clone(), 0..size).collect().await;
    assert!(pieces.last().unwrap().is_err(), "the clip itself is gone");
    workers.stop().await;
}

#[tokio::test]
async fn an_id_that_is_deleted_while_it_is_looked_up_is_gone() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let source = bench.source().await;
    let assets = bench.app.assets();
    for _ in 0..40 {
        let id = assets.add_playback(&bench.caller, source, Policy::Public).await.unwrap().id;
        let (_, removed) =
            tokio::join!(bench.app.playable(id), assets.remove_playback(&bench.caller, source, id));
        assert_eq!(removed, Ok(()));
        assert_eq!(bench.app.playable(id).await.unwrap_err().kind, Kind::NotFound);
    }
    workers.stop().await;
}
