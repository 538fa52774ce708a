//! Bytes that are there as a whole or not at all.

use std::ops::Range;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use subclip_storage::{Error, Key, Kind, PIECE_BYTES, Storage, Stored};

use crate::build::{drain, index, listed, object, pattern};

pub(crate) async fn what_is_put_is_got(storage: Storage) {
    for (n, length) in [(1, 0), (2, 1), (3, 70_000)] {
        let bytes = pattern(n, length);
        storage.put(object(n), bytes.clone()).await.unwrap();
        assert_eq!(storage.get(object(n)).await.unwrap(), bytes);
        assert_eq!(storage.size(object(n)).await.unwrap(), length as u64);
    }
}

pub(crate) async fn putting_again_replaces(storage: Storage) {
    storage.put(object(1), pattern(1, 500)).await.unwrap();
    assert_eq!(storage.get(object(1)).await.unwrap().len(), 500);
    storage.put(object(1), pattern(2, 300)).await.unwrap();
    assert_eq!(storage.get(object(1)).await.unwrap(), pattern(2, 300));
    assert_eq!(storage.size(object(1)).await.unwrap(), 300);
    assert_eq!(listed(&storage, Kind::Objects).await.len(), 1);
}

pub(crate) async fn what_is_missing_is_not_found(storage: Storage) {
    let not_found = |error: Error| assert!(matches!(error, Error::NotFound(_)), "{error:?}");
    not_found(storage.get(object(1)).await.unwrap_err());
    not_found(storage.get_range(object(1), 0..1).await.unwrap_err());
    not_found(storage.get_ranges(object(1), &[]).await.unwrap_err());
    not_found(storage.size(object(1)).await.unwrap_err());
    not_found(storage.open(object(1)).await.unwrap_err());
}

pub(crate) async fn deleting_twice_is_once(storage: Storage) {
    storage.delete(object(1)).await.unwrap();
    storage.put(object(1), pattern(1, 10)).await.unwrap();
    assert_eq!(storage.get(object(1)).await.unwrap().len(), 10);
    storage.delete(object(1)).await.unwrap();
    storage.delete(object(1)).await.unwrap();
    assert!(matches!(storage.get(object(1)).await, Err(Error::NotFound(_))));
    assert_eq!(listed(&storage, Kind::Objects).await, []);
}

pub(crate) async fn ranges_are_exact(storage: Storage) {
    let bytes = pattern(1, 600_000);
    storage.put(object(1), bytes.clone()).await.unwrap();
    let check = async |ranges: &[Range<u64>]| {
        let expected: Vec<Bytes> =
            ranges.iter().map(|r| bytes.slice(r.start as usize..r.end as usize)).collect();
        assert_eq!(storage.get_ranges(object(1), ranges).await.unwrap(), expected, "{ranges:?}");
    };
    check(&[]).await;
    check(&[0..10, 10..20, 25..30]).await;
    check(&[500_000..500_001, 0..1, 500_000..600_000, 3..3, 0..1]).await;
    check(&[100..200, 150..160, 90..110, 0..600_000]).await;
    let whole = std::slice::from_ref(&(0..600_000));
    check(whole).await;
    let scattered: Vec<_> = (0..500).map(|n| n * 1200..n * 1200 + 300).collect();
    check(&scattered).await;
    assert_eq!(storage.get_range(object(1), 7..9).await.unwrap(), bytes.slice(7..9));
    assert_eq!(storage.get_range(object(1), 600_000..600_000).await.unwrap(), Bytes::new());
}

pub(crate) async fn ranges_beyond_the_end_are_refused(storage: Storage) {
    storage.put(object(1), pattern(1, 100)).await.unwrap();
    let reversed = Range { start: 5, end: 4 };
    for bad in [0..101, 100..101, 101..101, u64::MAX - 1..u64::MAX, 0..u64::MAX, reversed] {
        let refused = |error: Error| assert!(matches!(error, Error::OutOfRange { .. }), "{bad:?}: {error:?}");
        refused(storage.get_range(object(1), bad.clone()).await.unwrap_err());
        refused(storage.get_ranges(object(1), &[0..5, bad.clone()]).await.unwrap_err());
        let reader = storage.open(object(1)).await.unwrap();
        refused(reader.stream(&[0..5, bad.clone()]).err().unwrap());
    }
}

pub(crate) async fn objects_and_indexes_are_apart(storage: Storage) {
    storage.put(object(1), pattern(1, 10)).await.unwrap();
    storage.put(index(1), pattern(2, 20)).await.unwrap();
    assert_eq!(storage.get(object(1)).await.unwrap(), pattern(1, 10));
    assert_eq!(storage.get(index(1)).await.unwrap(), pattern(2, 20));
    storage.delete(object(1)).await.unwrap();
    assert_eq!(storage.get(index(1)).await.unwrap(), pattern(2, 20));
}

pub(crate) async fn everything_is_listed(storage: Storage) {
    for kind in Kind::ALL {
        assert_eq!(listed(&storage, kind).await, []);
    }
    for n in 0..=255 {
        storage.put(object(n), pattern(n, n.into())).await.unwrap();
    }
    storage.put(index(7), pattern(7, 3)).await.unwrap();
    let stored = |key: Key, size_bytes| Stored { key, size_bytes };
    let expected: Vec<_> = (0..=255).map(|n| stored(object(n).into(), n.into())).collect();
    assert_eq!(listed(&storage, Kind::Objects).await, expected);
    assert_eq!(listed(&storage, Kind::Indexes).await, [stored(index(7).into(), 3)]);
    // Deleting what is being listed disturbs neither.
    let mut list = storage.list(Kind::Objects);
    while let Some(found) = list.try_next().await.unwrap() {
        storage.delete(found.key).await.unwrap();
    }
    assert_eq!(listed(&storage, Kind::Objects).await, []);
}

pub(crate) async fn a_stream_comes_in_pieces(storage: Storage) {
    let bytes = pattern(1, 1_000_000);
    storage.put(object(1), bytes.clone()).await.unwrap();
    let reader = storage.open(object(1)).await.unwrap();
    let check = async |ranges: &[Range<u64>]| {
        let (all, longest) = drain(reader.stream(ranges).unwrap()).await;
        let parts: Vec<_> = ranges.iter().map(|r| &bytes[r.start as usize..r.end as usize]).collect();
        assert!(all == parts.concat(), "{ranges:?}");
        assert!(longest <= PIECE_BYTES, "{ranges:?}");
    };
    check(&[]).await;
    check(std::slice::from_ref(&(0..1_000_000))).await;
    check(std::slice::from_ref(&(5..5))).await;
    check(&[17..999_999, 3..20, 3..20, 999_999..1_000_000]).await;
    let scattered: Vec<_> = (0..500).map(|n| n * 1900..n * 1900 + 700).collect();
    check(&scattered).await;
}

pub(crate) async fn a_stream_outlives_deletion(storage: Storage) {
    let bytes = pattern(1, 1_000_000);
    storage.put(object(1), bytes.clone()).await.unwrap();
    let reader = storage.open(object(1)).await.unwrap();
    let mut stream = reader.stream(std::slice::from_ref(&(0..1_000_000))).unwrap();
    let first = stream.next().await.unwrap().unwrap();
    storage.delete(object(1)).await.unwrap();
    assert!(matches!(storage.size(object(1)).await, Err(Error::NotFound(_))));
    storage.put(object(1), pattern(2, 50)).await.unwrap();
    let (rest, _) = drain(stream).await;
    assert!([first, rest].concat() == bytes);
    let (again, _) = drain(reader.stream(std::slice::from_ref(&(0..10))).unwrap()).await;
    assert_eq!(again, bytes.slice(..10));
}

pub(crate) async fn large_objects_read_back(storage: Storage) {
    let bytes = pattern(1, 9 << 20);
    storage.put(object(1), bytes.clone()).await.unwrap();
    assert!(storage.get(object(1)).await.unwrap() == bytes);
    let ranges = [0..5 << 20, (5 << 20)..9 << 20];
    let parts = storage.get_ranges(object(1), &ranges).await.unwrap();
    assert!(parts.concat() == bytes);
}

pub(crate) async fn a_store_has_one_owner(storage: Storage) {
    assert!(storage.claim("one").await.unwrap());
    assert!(!storage.claim("another").await.unwrap());
    assert!(storage.claim("one").await.unwrap(), "and keeps it");
    assert_eq!(listed(&storage, Kind::Objects).await, []);
}
