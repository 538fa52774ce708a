//! Media that can't be taken in.

use subclip_app::Status;

use crate::bench::{Bench, THREE_GOPS};

#[tokio::test]
async fn what_needs_a_missing_engine_says_so_at_once() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let asset = bench.asset_of(b"RIFFxxxxWAVE and nothing that can be indexed").await;
    // No time goes by, so nothing is tried again.
    let asset = bench.settled(asset).await;
    assert_eq!(asset.status, Status::Errored);
    let said = asset.failure.unwrap().message;
    assert!(said.contains("install FFmpeg"), "{said}");
    workers.stop().await;
}

#[tokio::test]
async fn a_film_of_too_many_samples_is_refused_before_anything_is_converted() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let mut film = THREE_GOPS.to_vec();
    let run = film.windows(4).position(|window| window == b"trun").unwrap();
    // No table: version, flags, and the count that needs one no more.
    film[run + 4..run + 12].copy_from_slice(&[0, 0, 0, 1, 1, 0, 0, 0]);
    let asset = bench.asset_of(&film).await;
    let asset = bench.settled(asset).await;
    assert_eq!(asset.status, Status::Errored);
    let said = asset.failure.unwrap().message;
    assert!(said.contains("more than 4194304 samples"), "{said}");
    workers.stop().await;
}
