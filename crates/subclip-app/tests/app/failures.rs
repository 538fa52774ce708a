//! Media that can't be taken in, and tokens that don't count.

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

#[tokio::test]
async fn only_a_live_token_with_its_secret_counts() {
    let bench = Bench::new().await;
    let tokens = bench.app.tokens();
    tokens.ensure("id", "secret").await.unwrap();
    tokens.ensure("id", "secret").await.unwrap();
    assert!(tokens.ensure("id", "another").await.is_err());
    assert_eq!(tokens.authenticate("id", "secret").await.unwrap(), Some(bench.caller));
    assert_eq!(tokens.authenticate("id", "Secret").await.unwrap(), None);
    assert_eq!(tokens.authenticate("nobody", "secret").await.unwrap(), None);
    let read_only = tokens.create(&bench.caller, "reader", false).await.unwrap();
    let reader = tokens.authenticate(&read_only.id, &read_only.secret).await.unwrap().unwrap();
    assert!(tokens.create(&reader, "more", true).await.is_err(), "a reader makes no tokens");
    tokens.revoke(&bench.caller, &read_only.id).await.unwrap();
    assert_eq!(tokens.authenticate(&read_only.id, &read_only.secret).await.unwrap(), None);
}
