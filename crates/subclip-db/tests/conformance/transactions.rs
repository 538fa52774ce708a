//! What belongs together happens together.

use subclip_core::WorkspaceId;
use subclip_db::{Database, asset, garbage, job, object, workspace};
use tokio::task::JoinSet;

use crate::build::{asset_id, bytes, job, job_id, object_id, preparing};

pub(crate) async fn dropped_transaction_leaves_nothing(db: Database) {
    let id = preparing(&db, 1).await;
    let tx = db.begin().await.unwrap();
    assert!(asset::delete(&tx, id).await.unwrap());
    job::enqueue(&tx, &job(1)).await.unwrap();
    drop(tx);
    assert!(asset::get(&db, id).await.unwrap().is_some());
    assert_eq!(job::get(&db, job_id(1)).await.unwrap(), None);

    let tx = db.begin().await.unwrap();
    job::enqueue(&tx, &job(2)).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(job::get(&db, job_id(2)).await.unwrap(), None);

    let tx = db.begin().await.unwrap();
    job::enqueue(&tx, &job(3)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(job::get(&db, job_id(3)).await.unwrap().is_some());
}

pub(crate) async fn transaction_reads_its_own_writes(db: Database) {
    let id = preparing(&db, 1).await;
    let tx = db.begin().await.unwrap();
    assert!(asset::lock(&tx, id).await.unwrap().is_some());
    object::insert(&tx, object_id(1), Some(id), 0).await.unwrap();
    assert!(object::get(&tx, object_id(1)).await.unwrap().is_some());
    tx.commit().await.unwrap();
    assert!(object::get(&db, object_id(1)).await.unwrap().is_some());
}

/// The classic that fails where a transaction begins as a reader: each reads, then writes what it read plus one.
pub(crate) async fn read_then_write_never_conflicts(db: Database) {
    const TASKS: u32 = 20;
    let id = preparing(&db, 1).await;
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let db = db.clone();
        tasks.spawn(async move {
            let tx = db.begin().await.unwrap();
            let row = asset::lock(&tx, id).await.unwrap().unwrap();
            let percent = row.progress_percent + 1.0;
            assert!(asset::set_progress(&tx, id, row.stage, percent, 1).await.unwrap());
            tx.commit().await.unwrap();
            asset::get(&db, id).await.unwrap()
        });
    }
    tasks.join_all().await;
    let row = asset::get(&db, id).await.unwrap().unwrap();
    assert_eq!(row.progress_percent, f64::from(TASKS));
}

/// More ids than one statement takes.
pub(crate) async fn batches_are_large(db: Database) {
    let owner = workspace::ensure_default(&db, WorkspaceId::from_bytes(bytes(1)), 0).await.unwrap();
    let holder = preparing(&db, 1).await;
    assert_eq!(asset::get(&db, holder).await.unwrap().unwrap().workspace, owner.id);
    let ids: Vec<_> = (0..1201).map(object_id).collect();
    let tx = db.begin().await.unwrap();
    for &id in &ids {
        object::insert(&tx, id, Some(holder), 0).await.unwrap();
    }
    asset::delete(&tx, asset_id(1)).await.unwrap();
    assert_eq!(garbage::collectable(&tx).await.unwrap().objects.len(), ids.len());
    garbage::forget(&tx, &ids).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(garbage::known(&db).await.unwrap(), garbage::Known::default());
}
