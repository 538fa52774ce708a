//! The cache: what is kept, what goes, and what happens when somebody removes it.

use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use subclip_storage::{Cache, CacheKey, Derived, Error};

fn key(n: u8) -> CacheKey {
    CacheKey::new([n / 10; 8], [n; 32])
}

fn bytes(n: u8, size: usize) -> Derived {
    Derived::new(Bytes::from(vec![n; size]))
}

fn file_of(root: &Path, n: u8) -> PathBuf {
    let hex = key(n).to_string();
    root.join(&hex[..2]).join(&hex)
}

async fn has(cache: &Cache, keys: &[u8]) -> Vec<bool> {
    let mut found = Vec::new();
    for &n in keys {
        found.push(cache.get(key(n)).await.is_some_and(|held| held.bytes().iter().all(|byte| *byte == n)));
    }
    found
}

#[tokio::test]
async fn holds_what_there_is_room_for() {
    let folder = tempfile::tempdir().unwrap();
    for cache in [Cache::memory(100), Cache::local(&folder.path().join("cache"), 100)] {
        assert_eq!(cache.get(key(1)).await, None);
        cache.put(key(1), bytes(1, 40)).await.unwrap();
        cache.put(key(2), bytes(2, 40)).await.unwrap();
        assert_eq!(cache.get(key(1)).await, Some(bytes(1, 40)));
        cache.put(key(3), bytes(3, 40)).await.unwrap();
        assert_eq!(has(&cache, &[1, 2, 3]).await, [true, false, true]);
        cache.put(key(4), bytes(4, 51)).await.unwrap();
        assert_eq!(has(&cache, &[1, 3, 4]).await, [true, true, false], "too large to be worth it");
        cache.remove(key(1)).await;
        assert_eq!((has(&cache, &[1, 3]).await, cache.held_bytes()), (vec![false, true], 40));
    }
}

#[tokio::test]
async fn survives_a_restart_in_the_order_of_use() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("cache");
    let before = Cache::local(&root, 200);
    for n in [1, 2, 3, 4] {
        before.put(key(n), bytes(n, 40)).await.unwrap();
        let file = File::open(file_of(&root, n)).unwrap();
        let used = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(n));
        file.set_times(FileTimes::new().set_modified(used)).unwrap();
    }
    assert!(before.get(key(1)).await.is_some());
    drop(before);
    fs::write(root.join("temporary/1-1"), "left behind").unwrap();
    fs::write(root.join("stray"), "not ours").unwrap();
    let after = Cache::local(&root, 120);
    assert_eq!(has(&after, &[1, 2, 3, 4]).await, [true, false, true, true], "the oldest had to go");
    assert_eq!(after.held_bytes(), 120);
    assert_eq!(fs::read_dir(root.join("temporary")).unwrap().count(), 0);
    assert!(root.join("stray").exists());
}

#[tokio::test]
async fn what_is_not_as_it_was_put_is_not_there_and_goes() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("cache");
    // What a disk may do to a file: a few bits, a stretch of zeros, a part or all of it missing; and a file without a digest.
    let damages: [fn(&mut Vec<u8>); 6] = [
        |file| file[17] ^= 1,
        |file| file[10..30].fill(0),
        |file| *file.last_mut().unwrap() ^= 0x80,
        |file| file.truncate(50),
        Vec::clear,
        |file| file.truncate(40),
    ];
    for (damage, restarted) in damages.into_iter().flat_map(|damage| [(damage, false), (damage, true)]) {
        let mut cache = Cache::local(&root, 1000);
        cache.put(key(1), bytes(1, 40)).await.unwrap();
        let path = file_of(&root, 1);
        let mut file = fs::read(&path).unwrap();
        damage(&mut file);
        fs::remove_file(&path).unwrap();
        fs::write(&path, file).unwrap();
        if restarted {
            cache = Cache::local(&root, 1000);
        }
        assert_eq!(cache.get(key(1)).await, None);
        assert_eq!((path.exists(), cache.held_bytes()), (false, 0));
        cache.put(key(1), bytes(1, 40)).await.unwrap();
        assert_eq!(cache.get(key(1)).await, Some(bytes(1, 40)));
    }
}

#[tokio::test]
async fn may_be_removed_underneath() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("cache");
    let cache = Cache::local(&root, 1000);
    cache.put(key(1), bytes(1, 40)).await.unwrap();
    fs::remove_dir_all(&root).unwrap();
    assert_eq!(cache.get(key(1)).await, None);
    assert_eq!(cache.held_bytes(), 0);
    cache.put(key(1), bytes(1, 40)).await.unwrap();
    assert!(cache.get(key(1)).await.is_some());
    // While many put and get.
    let busy = (0..8_u8).map(|n| {
        let cache = cache.clone();
        tokio::spawn(async move {
            for round in 0..50 {
                match cache.put(key(n), bytes(n, 40)).await {
                    // Removed between two steps of it.
                    Ok(()) | Err(Error::NotFound(_) | Error::Io { .. }) => {}
                    Err(other) => panic!("{round}: {other}"),
                }
                if let Some(held) = cache.get(key(n)).await {
                    assert_eq!(held, bytes(n, 40));
                }
            }
        })
    });
    let busy: Vec<_> = busy.collect();
    for _ in 0..20 {
        let _ = fs::remove_dir_all(&root);
        tokio::task::yield_now().await;
    }
    for one in busy {
        one.await.unwrap();
    }
    cache.put(key(9), bytes(9, 40)).await.unwrap();
    assert!(cache.get(key(9)).await.is_some());
}

#[tokio::test]
async fn a_place_that_takes_nothing_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("file");
    fs::write(&root, "in the way").unwrap();
    let cache = Cache::local(&root, 1000);
    assert!(cache.put(key(1), bytes(1, 40)).await.is_err());
    assert_eq!(cache.get(key(1)).await, None);
    assert_eq!(cache.held_bytes(), 0);
}

#[tokio::test]
async fn what_was_made_of_something_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    for cache in [Cache::memory(1000), Cache::local(&folder.path().join("cache"), 1000)] {
        for n in [10, 11, 20] {
            cache.put(key(n), bytes(n, 10)).await.unwrap();
        }
        cache.remove_of([1; 8]).await;
        assert_eq!(has(&cache, &[10, 11, 20]).await, [false, false, true]);
        assert_eq!(cache.held_bytes(), 10);
    }
}
