//! What is the local folder's alone: what lies where, what crashes leave, and what is let go.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use subclip_core::{ObjectId, UploadId};
use subclip_storage::{Error, Key, Kind, Storage, Stored};

fn object(n: u8) -> ObjectId {
    ObjectId::from_bytes([n; 16])
}

fn upload(n: u8) -> UploadId {
    UploadId::from_bytes([n; 16])
}

/// Every file below a folder, by its path from there.
fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.into()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// Descriptors of this process that lead to files below `root` which have no name any more.
fn deleted_but_open(root: &Path) -> usize {
    let root = root.canonicalize().unwrap().display().to_string();
    let links =
        fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    links
        .filter(|to| to.to_string_lossy().starts_with(&root) && to.to_string_lossy().ends_with("(deleted)"))
        .count()
}

async fn append(storage: &Storage, n: u8, text: &'static str) -> u64 {
    let length = storage.staging_length(upload(n)).await.unwrap();
    let piece = Ok::<_, Error>(Bytes::from_static(text.as_bytes()));
    storage.staging_append(upload(n), length, stream::iter([piece])).await.unwrap().length
}

#[tokio::test]
async fn everything_has_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::local(folder.path()).unwrap();
    storage.put(object(0xab), Bytes::from_static(b"media")).await.unwrap();
    append(&storage, 1, "half").await;
    let hex = "ab".repeat(16);
    let expected = [format!("objects/ab/{hex}"), format!("staging/{}", "01".repeat(16))];
    assert_eq!(files(folder.path()), expected);
    assert_eq!(storage.staging_finish(upload(1), object(0xab)).await.unwrap(), 4);
    assert_eq!(files(folder.path()), [format!("objects/ab/{hex}")]);
    let stored = fs::metadata(folder.path().join(format!("objects/ab/{hex}"))).unwrap();
    assert!(stored.permissions().readonly());
}

#[tokio::test]
async fn crashes_leave_nothing_that_counts() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::local(folder.path()).unwrap();
    storage.put(object(1), Bytes::from_static(b"media")).await.unwrap();
    let temporary = folder.path().join("temporary");
    for (name, text) in [("999999-0", "half an object"), ("999999-1", "")] {
        fs::write(temporary.join(name), text).unwrap();
    }
    let writing = File::create(temporary.join("999999-2")).unwrap();
    writing.lock().unwrap();
    // Not ours, and not in the way.
    fs::write(folder.path().join("objects/01/readme.txt"), "hello").unwrap();
    fs::write(folder.path().join("staging/readme.txt"), "hello").unwrap();

    let listed: Vec<Stored> = storage.list(Kind::Objects).try_collect().await.unwrap();
    assert_eq!(listed, [Stored { key: Key::Object(object(1)), size_bytes: 5 }]);
    assert_eq!(storage.staging_list().count().await, 0);
    assert_eq!(storage.sweep_temporary().await.unwrap(), 2, "another process is busy with the third");
    drop(writing);
    assert_eq!(storage.sweep_temporary().await.unwrap(), 1);
    assert_eq!(fs::read_dir(temporary).unwrap().count(), 0);
    assert_eq!(storage.get(object(1)).await.unwrap(), "media");
}

#[tokio::test]
async fn an_upload_resumes_in_another_process() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(append(&Storage::local(folder.path()).unwrap(), 1, "first ").await, 6);
    let restarted = Storage::local(folder.path()).unwrap();
    assert_eq!(restarted.staging_length(upload(1)).await.unwrap(), 6);
    assert_eq!(append(&restarted, 1, "second").await, 12);
    restarted.staging_finish(upload(1), object(1)).await.unwrap();
    assert_eq!(restarted.get(object(1)).await.unwrap(), "first second");
}

#[tokio::test]
async fn two_processes_cannot_append_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (Storage::local(folder.path()).unwrap(), Storage::local(folder.path()).unwrap());
    append(&one, 1, "text").await;
    let other = two.clone();
    let arriving = stream::once(async move {
        let busy = other.staging_append(upload(1), 4, stream::iter([Ok::<_, Error>(Bytes::new())])).await;
        assert!(matches!(busy, Err(Error::Busy)), "{busy:?}");
        Ok::<_, Error>(Bytes::from_static(b"more"))
    });
    assert_eq!(one.staging_append(upload(1), 4, arriving).await.unwrap().length, 8);
    assert_eq!(append(&two, 1, "!").await, 9);
}

#[tokio::test]
async fn deleted_bytes_leave_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (server, command) = (Storage::local(folder.path()).unwrap(), Storage::local(folder.path()).unwrap());
    for n in 1..=3 {
        server.put(object(n), Bytes::from_static(b"media")).await.unwrap();
        assert_eq!(server.get(object(n)).await.unwrap(), "media");
    }
    server.delete(object(1)).await.unwrap();
    assert_eq!(deleted_but_open(folder.path()), 0);
    let stream = server.open(object(2)).await.unwrap().stream(std::slice::from_ref(&(0..5))).unwrap();
    server.delete(object(2)).await.unwrap();
    assert_eq!(deleted_but_open(folder.path()), 1, "as long as somebody watches");
    drop(stream);
    assert_eq!(deleted_but_open(folder.path()), 0);

    command.delete(object(3)).await.unwrap();
    server.sweep_temporary().await.unwrap();
    assert_eq!(deleted_but_open(folder.path()), 0);
    assert!(matches!(server.get(object(3)).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn replaced_bytes_are_seen_by_other_processes() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (Storage::local(folder.path()).unwrap(), Storage::local(folder.path()).unwrap());
    one.put(object(1), Bytes::from_static(b"old")).await.unwrap();
    assert_eq!(two.get(object(1)).await.unwrap(), "old");
    one.put(object(1), Bytes::from_static(b"newer")).await.unwrap();
    assert_eq!(two.get(object(1)).await.unwrap(), "newer");
}

#[tokio::test]
async fn files_come_and_go_across_file_systems() {
    // Memory's file system, where there is one: another than the store's.
    let Ok(elsewhere) = tempfile::tempdir_in("/dev/shm") else { return };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let storage = Storage::local(folder.path()).unwrap();
    let path = elsewhere.path().join("out.mp4");
    fs::write(&path, "media").unwrap();
    assert_eq!(storage.adopt(object(1), &path).await.unwrap(), 5);
    assert!(!path.exists());
    storage.place_at(object(1), &path).await.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "media");
    assert_eq!(fs::read_dir(folder.path().join("temporary")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_store_that_cannot_be_made_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let refused = Storage::local(&folder.path().join("file/store"));
    assert!(matches!(refused, Err(Error::Io { retryable: false, .. })), "{refused:?}");
}

/// `/dev/full` answers every write as a full disk does.
#[tokio::test]
async fn a_full_disk_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::local(folder.path()).unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.path().join("staging").join("01".repeat(16))).unwrap();
    let piece = Ok::<_, Error>(Bytes::from_static(b"bytes"));
    let full = storage.staging_append(upload(1), 0, stream::iter([piece])).await;
    assert!(matches!(full, Err(Error::Full)), "{full:?}");
}

/// `/dev/zero` takes every write, and cannot be synced: as a disk that loses what it took.
#[tokio::test]
async fn bytes_that_cannot_be_made_durable_are_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::local(folder.path()).unwrap();
    let staged = folder.path().join("staging").join("01".repeat(16));
    let lossy = || std::os::unix::fs::symlink("/dev/zero", &staged).unwrap();
    let piece = || Ok::<_, Error>(Bytes::from_static(&[7; 1 << 20]));
    let check = |ended: Result<u64, Error>| {
        assert!(matches!(ended, Err(Error::Io { action: "making an upload durable", .. })), "{ended:?}");
        assert!(fs::symlink_metadata(&staged).is_err(), "nobody can take it for whole");
    };

    lossy();
    check(storage.staging_append(upload(1), 0, stream::iter([piece()])).await.map(|a| a.length));
    lossy();
    // The stream never ends, so the failure is told while it goes on.
    check(storage.staging_append(upload(1), 0, stream::repeat_with(piece)).await.map(|a| a.length));
    lossy();
    let mut held = storage.staging_open(upload(1)).await.unwrap();
    check(held.append(0, stream::repeat_with(piece)).await.map(|a| a.length));
    let after = held.append(0, stream::iter([piece()])).await;
    assert!(after.is_err(), "what was lost is not forgotten: {after:?}");
    drop(held);
    assert_eq!(storage.staging_length(upload(1)).await.unwrap(), 0);
}

#[tokio::test]
async fn a_long_transfer_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::local(folder.path()).unwrap();
    let piece = |n: u8| Ok::<_, Error>(Bytes::from(vec![n; 1 << 20]));
    let appended = storage.staging_append(upload(1), 0, stream::iter((0..80).map(piece))).await.unwrap();
    assert_eq!(appended.length, 80 << 20);
    storage.staging_finish(upload(1), object(1)).await.unwrap();
    let whole = storage.get(object(1)).await.unwrap();
    assert!(whole.chunks(1 << 20).zip(0..80).all(|(found, n)| found == vec![n; 1 << 20]));
}
