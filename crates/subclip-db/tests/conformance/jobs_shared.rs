//! The job queue, and several workspaces that want something of it.

use subclip_core::{AssetId, WorkspaceId};
use subclip_db::asset::{self, Asset, Origin};
use subclip_db::job::{self, Claim, Failure, Job, NewJob};
use subclip_db::workspace::{self, Workspace};
use subclip_db::{Database, Tx};

use crate::build::{asset_id, bytes, job, job_id, workspace as default_workspace};

/// An asset of the `n`-th workspace, which is made where it is not there.
async fn asset_of(db: &Database, n: u32) -> AssetId {
    default_workspace(db).await;
    let id = WorkspaceId::from_bytes(bytes(n));
    let new = Workspace { id, name: format!("workspace {n}"), created_ms: 0 };
    workspace::insert(db, &new).await.unwrap();
    asset::insert(db, &Asset::preparing(asset_id(n), id, Origin::Upload, 0)).await.unwrap();
    asset_id(n)
}

async fn queue(db: &Database, jobs: impl IntoIterator<Item = (u32, AssetId)>) {
    let tx: Tx = db.begin().await.unwrap();
    for (n, subject) in jobs {
        job::enqueue(&tx, &NewJob { subject: Some(subject), ..job(n) }).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn take(db: &Database, now_ms: i64, newcomers_only: bool) -> Option<Job> {
    Claim { lane: "work", owner: "a", now_ms, lease_ms: 1_000_000, newcomers_only }.take(db).await.unwrap()
}

async fn taken(db: &Database, now_ms: i64) -> Option<subclip_core::JobId> {
    take(db, now_ms, false).await.map(|job| job.id)
}

pub(crate) async fn workspaces_take_turns(db: Database) {
    let (busy, other) = (asset_of(&db, 1).await, asset_of(&db, 2).await);
    queue(&db, (1..=20).map(|n| (n, busy))).await;
    queue(&db, [(31, other), (32, other)]).await;
    assert_eq!(taken(&db, 100).await, Some(job_id(1)), "the oldest, where nobody has anything");
    assert_eq!(taken(&db, 101).await, Some(job_id(31)), "who has the fewest");
    assert!(job::finish(&db, job_id(31), "a").await.unwrap());
    assert_eq!(taken(&db, 102).await, Some(job_id(32)));
    assert_eq!(taken(&db, 103).await, Some(job_id(2)));
    // One after the other, as a lane with one worker does it: nobody has anything running, and they take turns all the same.
    for (n, owner) in [(1, "a"), (2, "a"), (32, "a")] {
        assert!(job::finish(&db, job_id(n), owner).await.unwrap());
    }
    queue(&db, [(33, other), (34, other)]).await;
    for (now_ms, expected) in [(110, 33), (111, 3), (112, 34), (113, 4), (114, 5)] {
        let job = take(&db, now_ms, false).await.unwrap();
        assert_eq!(job.id, job_id(expected));
        assert!(job::finish(&db, job.id, "a").await.unwrap());
    }
    // What is to be tried later keeps nobody waiting, and what is more urgent goes first.
    let run = take(&db, 120, false).await.unwrap();
    let failure = Failure { at_ms: 120, run_at_ms: 500, error: "no route" };
    assert!(job::retry_at(&db, run.id, "a", &failure).await.unwrap());
    assert_eq!(taken(&db, 121).await, Some(job_id(7)));
    let urgent = NewJob { subject: Some(busy), priority: 1, ..job(40) };
    job::enqueue(&db, &urgent).await.unwrap();
    queue(&db, [(41, other)]).await;
    assert_eq!(taken(&db, 122).await, Some(job_id(40)));
}

pub(crate) async fn places_are_kept_for_newcomers(db: Database) {
    let (busy, other) = (asset_of(&db, 1).await, asset_of(&db, 2).await);
    queue(&db, (1..=3).map(|n| (n, busy))).await;
    assert_eq!(take(&db, 100, true).await.map(|job| job.id), Some(job_id(1)));
    assert_eq!(take(&db, 101, true).await, None, "it has one");
    queue(&db, [(9, other)]).await;
    assert_eq!(take(&db, 102, true).await.map(|job| job.id), Some(job_id(9)));
    assert_eq!(take(&db, 2_000_000, true).await, None, "nor what a dead worker left");
    assert_eq!(taken(&db, 2_000_000).await, Some(job_id(1)), "but others take that first");
}

pub(crate) async fn a_crowd_keeps_nobody_waiting(db: Database) {
    const WORKSPACES: u32 = 100;
    let mut assets = Vec::new();
    for n in 0..WORKSPACES {
        assets.push(asset_of(&db, n + 10).await);
    }
    let crowd = assets[0];
    queue(&db, (0..10_000).map(|n| (n, crowd))).await;
    queue(&db, (0..WORKSPACES).map(|n| (20_000 + n, assets[n as usize]))).await;
    let mut steps = Vec::new();
    for now_ms in 30_000..30_100 {
        steps.push(take(&db, now_ms, false).await.unwrap().workspace);
    }
    steps.sort();
    steps.dedup();
    assert_eq!(steps.len(), WORKSPACES as usize, "each has got one");
}
