//! What stays and what goes when assets are deleted.

use futures::TryStreamExt;
use subclip_app::{Kind, Status};
use subclip_db::span::{self, Role};
use subclip_db::{garbage, track};

use crate::bench::{Bench, THREE_GOPS};

#[tokio::test]
async fn a_clip_outlives_its_source_and_keeps_no_more_than_it_shows() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let (source, clip) = bench.clipped().await;
    let before = bench.mp4(&clip).await;

    bench.delete(source).await;
    assert_eq!(bench.mp4(&clip).await, before, "moved samples are the same samples");
    let objects: u64 = bench
        .stored()
        .iter()
        .filter(|(path, _)| path.to_string_lossy().contains("objects"))
        .map(|f| f.1)
        .sum();
    assert!(objects < before.len() as u64, "{objects} bytes are kept of a clip of {}", before.len());
    let gone = bench.app.assets().get(&bench.caller, source).await.unwrap_err();
    assert_eq!(gone.kind, Kind::NotFound);

    bench.delete(clip.id).await;
    assert_eq!(bench.stored(), [], "nothing is left");
    assert!(bench.app.collect_garbage().await.unwrap().is_clean());
    workers.stop().await;
}

#[tokio::test]
async fn clips_of_a_deleted_source_stay_what_they_are_and_go_one_by_one() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let source = bench.source().await;
    let mut clips = Vec::new();
    for (start_ms, end_ms) in [(0, 160), (160, 280), (320, 400)] {
        let clip = bench.clip(source, start_ms, end_ms).await.unwrap();
        clips.push(bench.settled(clip.id).await);
    }
    let tracks: Vec<_> = clips.iter().map(|clip| clip.tracks.clone()).collect();
    bench.delete(source).await;
    for (clip, tracks) in clips.iter().zip(&tracks) {
        assert_eq!(&bench.settled(clip.id).await.tracks, tracks, "told as before");
    }

    let kept = bench.stored();
    bench.delete(clips[0].id).await;
    let left = bench.stored();
    assert!(left.len() < kept.len());
    assert!(left.iter().all(|file| kept.contains(file)), "what others show is not copied again");
    for clip in &clips[1..] {
        bench.delete(clip.id).await;
    }
    assert_eq!(bench.stored(), []);
    workers.stop().await;
}

#[tokio::test]
async fn a_clip_that_is_accepted_is_cut_though_its_source_is_deleted() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let source = bench.source().await;
    workers.stop().await;
    let clip = bench.clip(source, 160, 320).await.unwrap();
    bench.delete(source).await;
    let workers = bench.workers().await;
    let clip = bench.settled(clip.id).await;
    assert_eq!(clip.status, Status::Ready, "{:?}", clip.failure);
    workers.stop().await;
}

#[tokio::test]
async fn deleting_what_is_preparing_leaves_nothing() {
    let bench = Bench::new().await;
    let source = bench.asset_of(THREE_GOPS).await;
    let clip = bench.clip(source, 0, 160).await.unwrap();
    assert!(!bench.stored().is_empty());
    for id in [source, clip.id] {
        bench.app.assets().delete(&bench.caller, id).await.unwrap();
    }
    let workers = bench.workers().await;
    workers.stop().await;
    bench.app.collect_garbage().await.unwrap();
    assert_eq!(bench.stored(), []);
}

#[tokio::test]
async fn a_clip_waiting_for_a_source_that_is_deleted_fails() {
    let bench = Bench::new().await;
    let source = bench.asset_of(THREE_GOPS).await;
    let clip = bench.clip(source, 0, 160).await.unwrap();
    bench.app.assets().delete(&bench.caller, source).await.unwrap();
    let workers = bench.workers().await;
    let clip = bench.settled(clip.id).await;
    assert!(clip.failure.unwrap().message.contains("deleted"));
    workers.stop().await;
}

#[tokio::test]
async fn a_track_that_cannot_be_read_keeps_no_other_from_being_compacted() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let mut sources = Vec::new();
    for _ in 0..2 {
        let (source, clip) = bench.clipped().await;
        let timeline = span::timeline(&bench.db, source, Role::Plays).await.unwrap();
        let first = timeline.spans().map(|span| span.track).min().unwrap();
        sources.push((first, source, clip));
    }
    workers.stop().await;
    // The first that a collection comes to.
    sources.sort_by_key(|(first, ..)| *first);
    let lost = track::get(&bench.db, sources[0].0).await.unwrap().unwrap().object;
    bench.storage.delete(lost).await.unwrap();
    let before = bench.mp4(&sources[1].2).await;
    for (_, source, _) in &sources {
        bench.app.assets().delete(&bench.caller, *source).await.unwrap();
    }
    let report = bench.app.collect_garbage().await.unwrap();
    assert_eq!(report.compacted, 2, "pictures and sound of the other");
    assert_eq!(bench.mp4(&sources[1].2).await, before);
    let staged: Vec<_> = bench.storage.staging_list().try_collect().await.unwrap();
    assert!(staged.is_empty(), "what was copied in vain is gone");
    let known = garbage::known(&bench.db).await.unwrap();
    for object in known.objects.into_iter().filter(|id| *id != lost) {
        assert!(bench.storage.size(object).await.is_ok(), "no row without bytes is left");
    }
}
