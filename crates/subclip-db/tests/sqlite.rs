//! What is SQLite's alone: files, several processes on one of them, and how durable it is.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use subclip_core::WorkspaceId;
use subclip_db::{Database, Error, workspace};
use tokio::task::JoinSet;

async fn open(path: &Path) -> Database {
    Database::open(path.to_str().unwrap()).await.unwrap()
}

fn id(n: u8) -> WorkspaceId {
    WorkspaceId::from_bytes([n; 16])
}

#[tokio::test]
async fn opening_again_finds_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let db = open(&path).await;
    let made = workspace::ensure_default(&db, id(1), 5).await.unwrap();
    db.close().await.unwrap();
    for location in [
        path.display().to_string(),
        format!("sqlite:{}", path.display()),
        format!("sqlite://{}", path.display()),
    ] {
        let db = Database::open(&location).await.unwrap();
        assert_eq!(workspace::ensure_default(&db, id(2), 9).await.unwrap(), made, "{location}");
        db.close().await.unwrap();
    }
}

/// A crash is a process that never closed: what was committed is there for the next one.
#[tokio::test]
async fn a_database_that_was_not_closed_opens() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let (crashed, copy) = (open(&path).await, folder.path().join("copy.db"));
    workspace::ensure_default(&crashed, id(1), 5).await.unwrap();
    let tx = crashed.begin().await.unwrap();
    let lost = workspace::Workspace { id: id(2), name: "lost".into(), created_ms: 0 };
    workspace::insert(&tx, &lost).await.unwrap();
    // What the disk would hold if the machine stopped now.
    for (from, to) in [("state.db", "copy.db"), ("state.db-wal", "copy.db-wal")] {
        std::fs::copy(folder.path().join(from), folder.path().join(to)).unwrap();
    }
    let db = open(&copy).await;
    assert!(workspace::get(&db, id(1)).await.unwrap().is_some());
    assert!(workspace::get(&db, id(2)).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_open_a_new_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let mut opening = JoinSet::new();
    for n in 1..=4 {
        let path = path.clone();
        opening.spawn(async move {
            let db = open(&path).await;
            workspace::ensure_default(&db, id(n), 0).await.unwrap().id
        });
    }
    let ids = opening.join_all().await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

/// Two handles share no line for writers, as two processes do not: they wait for the file's lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_write_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let (server, command) = (open(&path).await, open(&path).await);
    let mut writing = JoinSet::new();
    for (first, db) in [(0u32, server.clone()), (100, command)] {
        writing.spawn(async move {
            for n in first..first + 40 {
                let tx = db.begin().await.unwrap();
                let name = format!("workspace {n}");
                assert_eq!(workspace::by_name(&tx, &name).await.unwrap(), None);
                let id = WorkspaceId::from_bytes(u128::from(n).to_be_bytes());
                workspace::insert(&tx, &workspace::Workspace { id, name, created_ms: 0 }).await.unwrap();
                tx.commit().await.unwrap();
            }
        });
    }
    writing.join_all().await;
    for n in [0, 39, 100, 139] {
        assert!(workspace::by_name(&server, &format!("workspace {n}")).await.unwrap().is_some(), "{n}");
    }
}

/// Readers see the last commit while somebody writes, and wait for nobody.
#[tokio::test]
async fn reading_goes_on_beside_a_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder.path().join("state.db")).await;
    let tx = db.begin().await.unwrap();
    workspace::ensure_default(&tx, id(1), 0).await.unwrap();
    assert!(workspace::get(&db, id(1)).await.unwrap().is_none());
    tx.commit().await.unwrap();
    assert!(workspace::get(&db, id(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn other_databases_are_refused() {
    for location in ["postgres://localhost/subclip", "mysql://localhost/subclip"] {
        assert!(matches!(Database::open(location).await, Err(Error::Unsupported(_))), "{location}");
    }
    let nowhere = Database::open("/nonexistent/folder/state.db").await;
    assert!(matches!(nowhere, Err(Error::Failed(_))), "{nowhere:?}");
}

#[tokio::test]
async fn what_is_no_database_is_told_in_the_words_of_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    std::fs::write(&path, "no database ".repeat(1000)).unwrap();
    let error = Database::open(path.to_str().unwrap()).await.unwrap_err();
    assert_eq!(error.to_string(), "the database failed: file is not a database (code 26)");
}
