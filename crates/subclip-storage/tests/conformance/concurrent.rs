//! Many at once.

use bytes::Bytes;
use futures::{StreamExt, stream};
use subclip_storage::{Error, Kind, Storage};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::build::{append, listed, object, pattern, pieces, upload};

pub(crate) async fn readers_never_see_half_an_object(storage: Storage) {
    const LENGTH: usize = 300_000;
    storage.put(object(1), pattern(0, LENGTH)).await.unwrap();
    let mut tasks = JoinSet::new();
    for reader in 0..4u64 {
        let storage = storage.clone();
        tasks.spawn(async move {
            for _ in 0..25 {
                let ranges = [0..10, reader * 1000..LENGTH as u64];
                let read = storage.get_ranges(object(1), &ranges).await.unwrap();
                let seed = read[0][0];
                assert_eq!(read[0], pattern(seed, 10));
                assert!(read[1] == pattern(seed, LENGTH).slice(reader as usize * 1000..));
            }
        });
    }
    for seed in 1..10 {
        storage.put(object(1), pattern(seed, LENGTH)).await.unwrap();
    }
    tasks.join_all().await;
}

pub(crate) async fn many_write_at_once(storage: Storage) {
    let mut tasks = JoinSet::new();
    for n in 0..40 {
        let storage = storage.clone();
        tasks.spawn(async move {
            // Every key has two writers.
            let bytes = pattern(n / 2, 20_000);
            storage.put(object(n / 2), bytes.clone()).await.unwrap();
            assert_eq!(storage.get(object(n / 2)).await.unwrap(), bytes);
        });
    }
    tasks.join_all().await;
    assert_eq!(listed(&storage, Kind::Objects).await.len(), 20);
}

pub(crate) async fn one_appends_at_a_time(storage: Storage) {
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let storage = storage.clone();
        tasks.spawn(async move { append(&storage, 1, 0, &pattern(1, 200_000)).await });
    }
    let ended = tasks.join_all().await;
    assert!(ended.iter().any(Result::is_ok));
    assert!(ended.iter().all(|e| matches!(e, Ok(200_000) | Err(Error::Busy))), "{ended:?}");
    storage.staging_finish(upload(1), object(1)).await.unwrap();
    assert!(storage.get(object(1)).await.unwrap() == pattern(1, 200_000));
}

/// A stream that says when it is asked and then waits to be let go.
fn held(
    bytes: &Bytes,
) -> (oneshot::Receiver<()>, oneshot::Sender<()>, impl futures::Stream<Item = Result<Bytes, ()>> + use<>) {
    let (asked, seen) = oneshot::channel();
    let (go, let_go) = oneshot::channel();
    let first = stream::once(async move {
        asked.send(()).unwrap();
        let_go.await.unwrap();
        Ok(Bytes::new())
    });
    (seen, go, first.chain(pieces(bytes, 1000).map(|piece| piece.map_err(|_| ()))))
}

pub(crate) async fn a_busy_upload_is_left_alone(storage: Storage) {
    let bytes = pattern(1, 5000);
    append(&storage, 1, 0, &bytes.slice(..1000)).await.unwrap();
    let (seen, go, arriving) = held(&bytes.slice(1000..));
    let other = storage.clone();
    let transfer = tokio::spawn(async move { other.staging_append(upload(1), 1000, arriving).await });
    seen.await.unwrap();
    assert!(matches!(append(&storage, 1, 0, &bytes).await, Err(Error::Busy)));
    assert!(matches!(storage.staging_truncate(upload(1), 0).await, Err(Error::Busy)));
    assert!(matches!(storage.staging_finish(upload(1), object(1)).await, Err(Error::Busy)));
    assert_eq!(storage.staging_length(upload(1)).await.unwrap(), 1000);
    go.send(()).unwrap();
    assert_eq!(transfer.await.unwrap().unwrap().length, 5000);
    assert_eq!(storage.staging_finish(upload(1), object(1)).await.unwrap(), 5000);
    assert_eq!(storage.get(object(1)).await.unwrap(), bytes);
}

pub(crate) async fn sweeping_leaves_writers_alone(storage: Storage) {
    let mut tasks = JoinSet::new();
    for n in 0..10 {
        let (writer, sweeper) = (storage.clone(), storage.clone());
        tasks.spawn(async move {
            writer.put(object(n), pattern(n, 100_000)).await.unwrap();
        });
        tasks.spawn(async move {
            sweeper.sweep_temporary().await.unwrap();
        });
    }
    // A sweep may come between making a file and locking it; the writer notices and makes another.
    tasks.join_all().await;
    for n in 0..10 {
        assert!(storage.get(object(n)).await.unwrap() == pattern(n, 100_000));
    }
}
