//! What viewers hold while assets change under them.

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
