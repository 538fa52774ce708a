//! Uploads in pieces.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use serde_json::json;
use subclip_app::{AssetQuery, Kind, NewAsset, Received, Sent, Status, UploadStatus};
use subclip_core::UploadId;
use subclip_db::upload;
use subclip_storage::Error as StorageError;
use tokio::sync::oneshot;
use tokio::time::timeout;

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
        let refused = bench.send(upload, Sent::Whole { length: None }, THREE_GOPS).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Forbidden);
    }
    let twice = bench.app.uploads().cancel(&bench.caller, late.id).await.unwrap_err();
    assert_eq!(twice.kind, Kind::Forbidden, "it is over already");
    bench.app.collect_garbage().await.unwrap();
    assert_eq!(bench.stored(), [], "nothing is kept of them");
}

#[tokio::test]
async fn a_wrong_secret_finds_nothing() {
    let bench = Bench::new().await;
    let mut upload = bench.upload(60).await;
    upload.secret.push('x');
    let refused = bench.send(&upload, Sent::Whole { length: None }, THREE_GOPS).await.unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound);
}

#[tokio::test]
async fn a_size_that_the_bytes_exceed_is_refused_and_forgotten() {
    let bench = Bench::new().await;
    let upload = bench.upload(60).await;
    bench.send(&upload, part(0, 1000, None), &THREE_GOPS[..1000]).await.unwrap();
    let too_small = [Sent::Query { total: Some(500) }, part(0, 400, Some(500)), part(400, 500, Some(500))];
    for sent in too_small {
        let refused = bench.send(&upload, sent, &[]).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid, "{sent:?}");
    }
    let all = THREE_GOPS.len();
    let told = bench.send(&upload, Sent::Query { total: Some(all as u64) }, &[]).await;
    assert_eq!(told, Ok(Received::Stored { length: 1000 }));
    let beyond = bench.send(&upload, part(1000, all + 1, None), &THREE_GOPS[1000..]).await.unwrap_err();
    assert_eq!(beyond.kind, Kind::Invalid, "more than the size that was told");
    let rest = bench.send(&upload, part(1000, all, None), &THREE_GOPS[1000..]).await.unwrap();
    assert!(matches!(rest, Received::Complete { .. }), "{rest:?}");
}

#[tokio::test]
async fn a_whole_file_begins_anew() {
    let bench = Bench::new().await;
    let upload = bench.upload(60).await;
    bench.send(&upload, part(0, 1000, None), &[0; 1000]).await.unwrap();
    let whole = Sent::Whole { length: Some(THREE_GOPS.len() as u64) };
    let done = bench.send(&upload, whole, THREE_GOPS).await.unwrap();
    assert!(matches!(done, Received::Complete { .. }), "{done:?}");
    assert_eq!(bench.storage.staging_length(upload.id).await.unwrap(), THREE_GOPS.len() as u64);
}

/// The second request comes when all bytes of the first are there and its asset is not: it waits for the database.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_sent_twice_at_once_stays_whole() {
    let bench = Bench::new().await;
    let upload = bench.upload(60).await;
    let (held, mut database) = oneshot::channel();
    let db = bench.db.clone();
    let body = stream::once(async { Ok(Bytes::from_static(THREE_GOPS)) });
    let end = stream::once(async move {
        held.send(db.begin().await.unwrap()).ok();
        Ok(Bytes::new())
    });
    let body = Box::pin(body.chain(end));
    let (app, own) = (bench.app.clone(), upload.clone());
    let whole = Sent::Whole { length: None };
    let first = tokio::spawn(async move { app.uploads().receive(own.id, &own.secret, whole, body).await });
    let tx = (&mut database).await.unwrap();
    while bench.storage.staging_length(upload.id).await.unwrap() < THREE_GOPS.len() as u64 {}
    for _ in 0..20 {
        let emptied = bench.storage.staging_truncate(upload.id, 0).await;
        assert!(matches!(emptied, Err(StorageError::Busy)), "{emptied:?}");
    }
    let (app, own) = (bench.app.clone(), upload.clone());
    let again = stream::iter([Ok(Bytes::from_static(b"something else"))]);
    let second = tokio::spawn(async move { app.uploads().receive(own.id, &own.secret, whole, again).await });
    drop(tx);
    let done = first.await.unwrap().unwrap();
    assert!(matches!(done, Received::Complete { .. }), "{done:?}");
    let again = second.await.unwrap();
    assert!(again == Ok(done) || again.as_ref().is_err_and(|e| e.kind == Kind::Busy), "{again:?}");
    assert_eq!(bench.storage.staging_length(upload.id).await.unwrap(), THREE_GOPS.len() as u64);
}

/// A body that brings these bytes, says so, and then nothing.
fn stalled(
    bytes: &'static [u8],
) -> (impl stream::Stream<Item = std::io::Result<Bytes>> + Send + Unpin, oneshot::Receiver<()>) {
    let (sent, came) = oneshot::channel();
    let silence = stream::once(async move {
        sent.send(()).ok();
        std::future::pending().await
    });
    (Box::pin(stream::iter([Ok(Bytes::from_static(bytes))]).chain(silence)), came)
}

#[tokio::test]
async fn a_newer_request_takes_over_and_what_came_is_kept() {
    let bench = Bench::new().await;
    let upload = bench.upload(60).await;
    let all = THREE_GOPS.len();
    let (body, came) = stalled(&THREE_GOPS[..700]);
    let uploads = bench.app.uploads();
    let older = uploads.receive(upload.id, &upload.secret, part(0, 1000, Some(all)), body);
    let newer = async {
        came.await.unwrap();
        let asked = bench.send(&upload, Sent::Query { total: Some(all as u64) }, &[]).await;
        assert_eq!(asked, Ok(Received::Stored { length: 0 }), "what is durable is told at once");
        bench.send(&upload, part(0, 100, Some(all)), &THREE_GOPS[..100]).await
    };
    let (older, newer) = tokio::join!(older, newer);
    assert_eq!(older.unwrap_err().kind, Kind::Conflict);
    assert_eq!(newer, Ok(Received::Stored { length: 700 }));
    let rest = bench.send(&upload, part(500, all, Some(all)), &THREE_GOPS[500..]).await.unwrap();
    assert!(matches!(rest, Received::Complete { .. }), "{rest:?}");
}

/// Another process's request can't be told to end.
#[tokio::test]
async fn who_holds_an_upload_and_is_not_told_is_waited_for_but_not_by_queries() {
    let bench = Bench::new().await;
    let upload = bench.upload(60).await;
    bench.send(&upload, part(0, 100, None), &THREE_GOPS[..100]).await.unwrap();
    let held = bench.storage.staging_open(upload.id).await.unwrap();
    let asked = bench.send(&upload, Sent::Query { total: Some(5000) }, &[]).await;
    assert_eq!(asked, Ok(Received::Stored { length: 100 }));
    let mut sent = pin!(bench.send(&upload, part(100, 300, None), &THREE_GOPS[100..300]));
    assert!(timeout(Duration::from_millis(50), &mut sent).await.is_err(), "it waits");
    drop(held);
    assert_eq!(sent.await, Ok(Received::Stored { length: 300 }));
}

#[tokio::test]
async fn cancelling_ends_the_request_that_sends() {
    let bench = Bench::new().await;
    let upload = bench.upload(60).await;
    let (body, came) = stalled(&THREE_GOPS[..700]);
    let uploads = bench.app.uploads();
    let sending = uploads.receive(upload.id, &upload.secret, part(0, 1000, None), body);
    let cancelled = async {
        came.await.unwrap();
        uploads.cancel(&bench.caller, upload.id).await
    };
    let (sent, cancelled) = tokio::join!(sending, cancelled);
    assert_eq!(sent.unwrap_err().kind, Kind::Forbidden);
    assert_eq!(cancelled.unwrap().status, UploadStatus::Cancelled);
    assert_eq!(bench.storage.staging_length(upload.id).await.unwrap(), 0);
}

#[tokio::test]
async fn a_file_of_no_bytes_is_refused_and_forgotten() {
    let bench = Bench::new().await;
    let upload = bench.upload(60).await;
    let refused = bench.send(&upload, Sent::Query { total: Some(0) }, &[]).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Invalid);
    let sent = bench.send(&upload, part(0, 100, Some(200)), &THREE_GOPS[..100]).await;
    assert_eq!(sent, Ok(Received::Stored { length: 100 }));
}

#[tokio::test]
async fn what_is_larger_than_is_taken_is_refused() {
    let bench = Bench::taking_at_most(1000).await;
    let upload = bench.upload(60).await;
    let too_large = Ok(Received::TooLarge { most_bytes: 1000 });
    for told in [
        Sent::Whole { length: Some(1001) },
        Sent::Query { total: Some(1001) },
        part(0, 10, Some(1001)),
        part(1000, 1001, None),
    ] {
        assert_eq!(bench.send(&upload, told, &[]).await, too_large, "{told:?}");
    }
    assert_eq!(bench.send(&upload, Sent::Whole { length: None }, &THREE_GOPS[..1001]).await, too_large);
    assert_eq!(bench.stored(), [], "what came of it is not kept");
    let fits = bench.send(&upload, Sent::Whole { length: None }, &THREE_GOPS[..1000]).await.unwrap();
    assert!(matches!(fits, Received::Complete { .. }), "{fits:?}");
}

#[tokio::test]
async fn a_transfer_ends_with_its_uploads_time() {
    let bench = Bench::new().await;
    let upload = bench.upload(60).await;
    let clock = bench.clock.clone();
    let chunks = stream::iter([0, 59_000, 2_000]).map(move |pause_ms| {
        clock.advance_ms(pause_ms);
        Ok(Bytes::from_static(b"x"))
    });
    let late = bench.app.uploads().receive(upload.id, &upload.secret, part(0, 3, None), chunks).await;
    assert_eq!(late.unwrap_err().kind, Kind::Busy);
    let again = bench.send(&upload, part(2, 3, None), b"x").await;
    assert_eq!(again.unwrap_err().kind, Kind::Forbidden);
}

#[tokio::test]
async fn a_file_that_is_added_is_there_whole_or_not_at_all() {
    let bench = Bench::new().await;
    let collected = async || bench.app.collect_garbage().await.unwrap().staged;
    let add = async |body: BoxStream<'static, std::io::Result<Bytes>>, length| {
        bench.app.assets().create_from_bytes(&bench.caller, body, length, NewAsset::default()).await
    };
    let all = THREE_GOPS.len() as u64;
    let short = add(stream::iter([Ok(Bytes::from_static(THREE_GOPS))]).boxed(), all + 1).await;
    assert_eq!(short.unwrap_err().kind, Kind::Invalid);
    assert_eq!(collected().await, 0, "nothing is left of it");

    let (body, came) = stalled(THREE_GOPS);
    {
        let mut adding = pin!(add(body.boxed(), all));
        tokio::select! {
            _ = &mut adding => panic!("not all of it came"),
            came = came => came.unwrap(),
        }
        assert_eq!(collected().await, 0, "it is being written");
    }
    assert_eq!(collected().await, 1, "its sender is gone");
    let listed = bench.app.assets().list(&bench.caller, AssetQuery::default()).await.unwrap();
    assert_eq!(listed.assets, []);

    let whole = add(stream::iter([Ok(Bytes::from_static(THREE_GOPS))]).boxed(), all).await.unwrap();
    assert_eq!((whole.status, collected().await), (Status::Preparing, 0));
}

#[tokio::test]
async fn an_upload_that_cannot_be_read_keeps_nothing_else_from_being_done() {
    let bench = Bench::new().await;
    let asset = bench.asset_of(THREE_GOPS).await;
    let (broken, late) = (bench.upload(60).await, bench.upload(60).await);
    let row = upload::get(&bench.db, broken.id).await.unwrap().unwrap();
    let id = UploadId::from_bytes([1; 16]);
    let unreadable = upload::Upload { id, secret: "s".into(), settings: json!("of another kind"), ..row };
    upload::insert(&bench.db, &unreadable).await.unwrap();
    bench.clock.advance_ms(61_000);
    bench.app.assets().delete(&bench.caller, asset).await.unwrap();
    let workers = bench.workers().await;
    let collected = async {
        while !bench.stored().is_empty() {
            bench.app.changed().await;
        }
    };
    assert!(timeout(Duration::from_secs(30), collected).await.is_ok(), "nothing was collected");
    workers.stop().await;
    for id in [id, late.id] {
        let row = upload::get(&bench.db, id).await.unwrap().unwrap();
        assert_eq!(row.status, upload::Status::TimedOut);
    }
}
