//! The job queue, many workers at once.

use std::collections::HashSet;

use subclip_core::JobId;
use subclip_db::Database;
use subclip_db::job::{self, Claim, Job, NewJob};
use tokio::task::JoinSet;

use crate::build::{job, job_id};

async fn claim(db: &Database, owner: &str, now_ms: i64, lease_ms: i64) -> Option<Job> {
    Claim { lane: "work", owner, now_ms, lease_ms, newcomers_only: false }.take(db).await.unwrap()
}

pub(crate) async fn no_job_is_claimed_twice(db: Database) {
    const JOBS: u32 = 60;
    for n in 0..JOBS {
        job::enqueue(&db, &job(n)).await.unwrap();
    }
    let mut workers = JoinSet::new();
    for worker in 0..8 {
        let db = db.clone();
        workers.spawn(async move {
            let mut mine: Vec<JobId> = Vec::new();
            let owner = format!("worker {worker}");
            while let Some(job) = claim(&db, &owner, 0, 1000).await {
                mine.push(job.id);
                if mine.len().is_multiple_of(2) {
                    assert!(job::finish(&db, job.id, &owner).await.unwrap());
                }
            }
            mine
        });
    }
    let claimed: Vec<JobId> = workers.join_all().await.concat();
    assert_eq!(claimed.len(), JOBS as usize);
    assert_eq!(claimed.iter().collect::<HashSet<_>>().len(), JOBS as usize);
}

pub(crate) async fn equal_jobs_queued_at_once_are_one(db: Database) {
    let mut callers = JoinSet::new();
    for n in 0..16 {
        let db = db.clone();
        callers.spawn(async move {
            let new = NewJob { dedupe_key: Some("gc".into()), ..job(n) };
            job::enqueue(&db, &new).await.unwrap()
        });
    }
    let ids: HashSet<JobId> = callers.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 1);
    let mut there = 0;
    for n in 0..16 {
        there += usize::from(job::get(&db, job_id(n)).await.unwrap().is_some());
    }
    assert_eq!(there, 1);
}

pub(crate) async fn lapsed_job_goes_to_one(db: Database) {
    job::enqueue(&db, &job(1)).await.unwrap();
    claim(&db, "dead", 0, 10).await.unwrap();
    let mut workers = JoinSet::new();
    for worker in 0..8 {
        let db = db.clone();
        workers.spawn(async move { claim(&db, &format!("worker {worker}"), 10, 1000).await.is_some() });
    }
    let winners = workers.join_all().await.into_iter().filter(|&won| won).count();
    assert_eq!(winners, 1);
    assert_eq!(job::get(&db, job_id(1)).await.unwrap().unwrap().attempts, 2);
}
