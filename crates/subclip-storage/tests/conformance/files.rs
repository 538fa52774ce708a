//! Objects that come from files and appear as files.

use subclip_storage::{Error, Kind, Storage};

use crate::build::{listed, object, pattern};

pub(crate) async fn placed_files_hold_the_bytes(storage: Storage) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.mp4");
    let missing = storage.place_at(object(1), &path).await;
    assert!(matches!(missing, Err(Error::NotFound(_))) && !path.exists());
    storage.put(object(1), pattern(1, 5000)).await.unwrap();
    storage.place_at(object(1), &path).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), pattern(1, 5000));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(storage.get(object(1)).await.unwrap(), pattern(1, 5000), "its own name is another");
    storage.place_at(object(1), &path).await.unwrap();
    storage.delete(object(1)).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), pattern(1, 5000), "and so is the file's");
}

pub(crate) async fn placing_refuses_to_overwrite(storage: Storage) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.mp4");
    std::fs::write(&path, "mine").unwrap();
    storage.put(object(1), pattern(1, 10)).await.unwrap();
    let refused = storage.place_at(object(1), &path).await;
    assert!(matches!(refused, Err(Error::Io { retryable: false, .. })), "{refused:?}");
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
}

pub(crate) async fn adopted_files_are_moved(storage: Storage) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.mp4");
    for n in [1, 2] {
        std::fs::write(&path, pattern(n, 5000)).unwrap();
        assert_eq!(storage.adopt(object(1), &path).await.unwrap(), 5000);
        assert!(!path.exists());
        assert_eq!(storage.get(object(1)).await.unwrap(), pattern(n, 5000));
    }
}

pub(crate) async fn missing_files_are_not_adopted(storage: Storage) {
    let folder = tempfile::tempdir().unwrap();
    let missing = storage.adopt(object(1), &folder.path().join("none")).await;
    assert!(matches!(missing, Err(Error::NotFound(_))), "{missing:?}");
    assert!(storage.adopt(object(1), folder.path()).await.is_err(), "a folder is no file");
    assert!(folder.path().exists());
    let (file, link) = (folder.path().join("theirs.mp4"), folder.path().join("link.mp4"));
    std::fs::write(&file, "media").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    assert!(storage.adopt(object(1), &link).await.is_err(), "nor is a symbolic link");
    assert!(link.is_symlink() && file.exists());
    assert_eq!(listed(&storage, Kind::Objects).await, []);
}
