//! Uploads on their way.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use subclip_storage::{Error, Kind, Staged, Storage};

use crate::build::{append, listed, object, pattern, pieces, upload};

pub(crate) async fn uploads_grow_at_their_end(storage: Storage) {
    let bytes = pattern(1, 3_000_000);
    assert_eq!(storage.staging_length(upload(1)).await.unwrap(), 0);
    for (start, end) in [(0, 10), (10, 2_500_000), (2_500_000, 2_500_000), (2_500_000, 3_000_000)] {
        let length = append(&storage, 1, start, &bytes.slice(start as usize..end as usize)).await.unwrap();
        assert_eq!((length, storage.staging_length(upload(1)).await.unwrap()), (end, end));
    }
    assert_eq!(storage.staging_finish(upload(1), object(1)).await.unwrap(), 3_000_000);
    assert!(storage.get(object(1)).await.unwrap() == bytes);
}

pub(crate) async fn overlaps_are_skipped_and_gaps_refused(storage: Storage) {
    let bytes = pattern(1, 10_000);
    append(&storage, 1, 0, &bytes.slice(..4000)).await.unwrap();
    let gap = append(&storage, 1, 4001, &bytes.slice(4001..)).await;
    assert!(matches!(gap, Err(Error::Gap { offset: 4001, length: 4000 })), "{gap:?}");
    assert_eq!(append(&storage, 1, 100, &bytes.slice(100..3000)).await.unwrap(), 4000, "all of it is there");
    assert_eq!(append(&storage, 1, 500, &bytes.slice(500..4500)).await.unwrap(), 4500);
    assert_eq!(append(&storage, 1, 0, &bytes).await.unwrap(), 10_000);
    storage.staging_finish(upload(1), object(1)).await.unwrap();
    assert_eq!(storage.get(object(1)).await.unwrap(), bytes);
}

pub(crate) async fn what_arrived_can_be_read(storage: Storage) {
    let bytes = pattern(1, 10_000);
    let read = async |range| storage.staging_read(upload(1), range).await;
    assert!(matches!(read(0..1).await, Err(Error::NotFound(_))));
    append(&storage, 1, 0, &bytes.slice(..4000)).await.unwrap();
    assert_eq!(read(10..4000).await.unwrap(), bytes.slice(10..4000));
    assert_eq!(read(4000..4000).await.unwrap(), Bytes::new());
    let beyond = read(3999..4001).await;
    let is_told = matches!(beyond, Err(Error::OutOfRange { start: 3999, end: 4001, size_bytes: 4000 }));
    assert!(is_told, "{beyond:?}");
}

pub(crate) async fn what_arrived_before_a_break_is_kept(storage: Storage) {
    let bytes = pattern(1, 50_000);
    let arriving = pieces(&bytes.slice(..30_000), 1000).map(|piece| piece.map_err(|_| "never"));
    let broken = arriving.chain(stream::iter([Err("connection reset"), Ok(Bytes::from_static(b"no"))]));
    let ended = storage.staging_append(upload(1), 0, broken).await.unwrap();
    assert_eq!((ended.length, ended.interrupted), (30_000, Some("connection reset")));
    assert_eq!(storage.staging_length(upload(1)).await.unwrap(), 30_000);
    assert_eq!(append(&storage, 1, 30_000, &bytes.slice(30_000..)).await.unwrap(), 50_000);
    storage.staging_finish(upload(1), object(1)).await.unwrap();
    assert_eq!(storage.get(object(1)).await.unwrap(), bytes);
}

/// A server drops the whole future when its client goes.
pub(crate) async fn what_a_dropped_transfer_wrote_is_kept(storage: Storage) {
    let bytes = pattern(1, 4 << 20);
    let (asked, mut seen) = tokio::sync::oneshot::channel();
    let stalled = stream::once(async move {
        asked.send(()).unwrap();
        std::future::pending().await
    });
    let arriving = pieces(&bytes, 64 << 10).chain(stalled);
    {
        let mut transfer = std::pin::pin!(storage.staging_append(upload(1), 0, arriving));
        tokio::select! {
            _ = &mut transfer => panic!("it cannot end"),
            _ = &mut seen => {}
        }
    }
    let length = storage.staging_length(upload(1)).await.unwrap();
    assert!(length <= bytes.len() as u64);
    let rest = bytes.slice(length as usize..);
    assert_eq!(append(&storage, 1, length, &rest).await.unwrap(), bytes.len() as u64);
    storage.staging_finish(upload(1), object(1)).await.unwrap();
    assert!(storage.get(object(1)).await.unwrap() == bytes);
}

pub(crate) async fn finishing_makes_an_object_once(storage: Storage) {
    let missing = storage.staging_finish(upload(1), object(1)).await;
    assert!(matches!(missing, Err(Error::NotFound(_))), "{missing:?}");
    append(&storage, 1, 0, &pattern(1, 500)).await.unwrap();
    for _ in 0..2 {
        assert_eq!(storage.staging_finish(upload(1), object(1)).await.unwrap(), 500);
    }
    assert_eq!(storage.get(object(1)).await.unwrap(), pattern(1, 500));
    assert_eq!(storage.staging_length(upload(1)).await.unwrap(), 0);
    assert_eq!(listed(&storage, Kind::Objects).await.len(), 1);
}

pub(crate) async fn empty_uploads_can_be_finished(storage: Storage) {
    assert_eq!(append(&storage, 1, 0, &Bytes::new()).await.unwrap(), 0);
    assert_eq!(storage.staging_finish(upload(1), object(1)).await.unwrap(), 0);
    assert_eq!(storage.size(object(1)).await.unwrap(), 0);
}

pub(crate) async fn truncating_drops_the_end(storage: Storage) {
    storage.staging_truncate(upload(1), 0).await.unwrap();
    let gap = storage.staging_truncate(upload(1), 1).await;
    assert!(matches!(gap, Err(Error::Gap { offset: 1, length: 0 })), "{gap:?}");
    append(&storage, 1, 0, &pattern(1, 500)).await.unwrap();
    let gap = storage.staging_truncate(upload(1), 501).await;
    assert!(matches!(gap, Err(Error::Gap { offset: 501, length: 500 })), "{gap:?}");
    storage.staging_truncate(upload(1), 500).await.unwrap();
    storage.staging_truncate(upload(1), 200).await.unwrap();
    assert_eq!(append(&storage, 1, 200, &pattern(2, 50)).await.unwrap(), 250);
    storage.staging_finish(upload(1), object(1)).await.unwrap();
    let expected = [pattern(1, 200), pattern(2, 50)].concat();
    assert_eq!(storage.get(object(1)).await.unwrap(), expected);
}

pub(crate) async fn a_deleted_upload_takes_nothing(storage: Storage) {
    storage.staging_delete(upload(1)).await.unwrap();
    append(&storage, 1, 0, &pattern(1, 500)).await.unwrap();
    storage.staging_delete(upload(1)).await.unwrap();
    assert_eq!(storage.staging_length(upload(1)).await.unwrap(), 0);
    let (bytes, other) = (pattern(1, 2000), storage.clone());
    // Deleted between the first piece and the second.
    let arriving = pieces(&bytes, 1000).then(move |piece| {
        let other = other.clone();
        async move {
            other.staging_delete(upload(1)).await.unwrap();
            piece
        }
    });
    let ended = storage.staging_append(upload(1), 0, arriving).await;
    assert!(matches!(ended, Err(Error::NotFound(_))), "{ended:?}");
    let left: Vec<Staged> = storage.staging_list().try_collect().await.unwrap();
    assert_eq!(left, []);
}

pub(crate) async fn uploads_are_listed(storage: Storage) {
    for n in 1..=3 {
        append(&storage, n, 0, &pattern(n, 100 * usize::from(n))).await.unwrap();
    }
    storage.put(object(1), pattern(1, 5)).await.unwrap();
    let mut found: Vec<Staged> = storage.staging_list().try_collect().await.unwrap();
    found.sort();
    let expected = [1, 2, 3].map(|n| Staged { id: upload(n), length: 100 * u64::from(n) });
    assert_eq!(found, expected);
    assert_eq!(listed(&storage, Kind::Objects).await.len(), 1, "staged bytes are no objects");
}

pub(crate) async fn a_held_upload_is_nobody_elses(storage: Storage) {
    let bytes = pattern(1, 3000);
    let mut held = storage.staging_open(upload(1)).await.unwrap();
    for (start, end) in [(0, 1000), (500, 3000)] {
        let arriving = pieces(&bytes.slice(start..end), 700);
        assert_eq!(held.append(start as u64, arriving).await.unwrap().length, end as u64);
        assert_eq!(held.length(), end as u64);
        assert!(matches!(append(&storage, 1, 0, &bytes).await, Err(Error::Busy)));
        assert!(matches!(storage.staging_truncate(upload(1), 0).await, Err(Error::Busy)));
        assert!(matches!(storage.staging_finish(upload(1), object(1)).await, Err(Error::Busy)));
    }
    drop(held);
    assert_eq!(storage.staging_finish(upload(1), object(1)).await.unwrap(), 3000);
    assert!(storage.get(object(1)).await.unwrap() == bytes);
    // What is discarded is gone, and so is what is added to what somebody else deleted.
    append(&storage, 2, 0, &bytes).await.unwrap();
    storage.staging_open(upload(2)).await.unwrap().discard().await.unwrap();
    assert_eq!(storage.staging_length(upload(2)).await.unwrap(), 0);
    let mut held = storage.staging_open(upload(2)).await.unwrap();
    storage.staging_delete(upload(2)).await.unwrap();
    let lost = held.append(0, pieces(&bytes, 1000)).await;
    assert!(matches!(lost, Err(Error::NotFound(_))), "{lost:?}");
}

pub(crate) async fn files_from_outside_are_bounded(storage: Storage) {
    let (bytes, storage) = (pattern(1, 1001), storage.with_most_file_bytes(1000));
    append(&storage, 2, 0, &bytes).await.unwrap();
    let mut held = storage.staging_open(upload(1)).await.unwrap();
    assert_eq!(held.append(0, pieces(&bytes.slice(..900), 100)).await.unwrap().length, 900);
    let over = held.append(800, pieces(&bytes.slice(800..), 50)).await;
    assert!(matches!(over, Err(Error::TooLarge { most_bytes: 1000 })), "{over:?}");
    drop(held);
    let mut held = storage.staging_open(upload(1)).await.unwrap();
    let rest = bytes.slice(900..1000);
    let offset = 900;
    assert_eq!(held.append(offset, pieces(&rest, 50)).await.unwrap().length, 1000);
}
