//! Uploads in pieces.

use subclip_app::{Kind, Received, Sent, Status, UploadStatus};

use crate::bench::{Bench, THREE_GOPS};

fn part(start: usize, end: usize, total: Option<usize>) -> Sent {
    Sent::Part { start: start as u64, end: end as u64 - 1, total: total.map(|t| t as u64) }
}

#[tokio::test]
async fn pieces_may_overlap_and_the_size_may_come_last() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let upload = bench.upload(60).await;
    let all = THREE_GOPS.len();
    let stored = |length: usize| Ok(Received::Stored { length: length as u64 });
    assert_eq!(bench.send(&upload, part(0, 1000, None), &THREE_GOPS[..1000]).await, stored(1000));
    assert_eq!(
        bench.send(&upload, part(2000, 3000, None), &THREE_GOPS[2000..3000]).await,
        stored(1000),
        "a hole"
    );
    assert_eq!(bench.send(&upload, part(500, 2000, None), &THREE_GOPS[500..2000]).await, stored(2000));
    assert_eq!(bench.send(&upload, Sent::Query { total: None }, &[]).await, stored(2000));
    let last = bench.send(&upload, part(2000, all, Some(all)), &THREE_GOPS[2000..]).await.unwrap();
    let Received::Complete { asset } = last else { panic!("all bytes are there") };
    assert_eq!(bench.settled(asset).await.status, Status::Ready);
    let again = bench.send(&upload, Sent::Query { total: Some(all as u64) }, &[]).await;
    assert_eq!(again, Ok(Received::Complete { asset }), "asking again is harmless");
    workers.stop().await;
}

#[tokio::test]
async fn a_piece_that_breaks_off_is_kept() {
    let bench = Bench::new().await;
    let upload = bench.upload(60).await;
    let broken = bench.send(&upload, part(0, 1000, Some(5000)), &THREE_GOPS[..600]).await;
    assert_eq!(broken.unwrap_err().kind, Kind::Invalid);
    let there = bench.send(&upload, Sent::Query { total: None }, &[]).await;
    assert_eq!(there, Ok(Received::Stored { length: 600 }));
}

#[tokio::test]
async fn an_upload_ends_when_it_is_cancelled_or_late() {
    let bench = Bench::new().await;
    let (cancelled, late) = (bench.upload(60).await, bench.upload(60).await);
    bench.send(&late, part(0, 100, None), &THREE_GOPS[..100]).await.unwrap();
    let after = bench.app.uploads().cancel(&bench.caller, cancelled.id).await.unwrap();
    assert_eq!(after.status, UploadStatus::Cancelled);
    let twice = bench.app.uploads().cancel(&bench.caller, cancelled.id).await.unwrap_err();
    assert_eq!(twice.kind, Kind::Forbidden);
    bench.clock.advance_ms(61_000);
    let after = bench.app.uploads().get(&bench.caller, late.id).await.unwrap();
    assert_eq!(after.status, UploadStatus::TimedOut);
    for upload in [&cancelled, &late] {
        let refused = bench.send(upload, Sent::Whole, THREE_GOPS).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Forbidden);
    }
    assert_eq!(bench.stored(), [], "nothing is kept of them");
}

#[tokio::test]
async fn a_wrong_secret_finds_nothing() {
    let bench = Bench::new().await;
    let mut upload = bench.upload(60).await;
    upload.secret.push('x');
    let refused = bench.send(&upload, Sent::Whole, THREE_GOPS).await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound);
}
