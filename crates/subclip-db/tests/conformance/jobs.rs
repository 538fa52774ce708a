//! The job queue, one worker at a time.

use subclip_db::Database;
use subclip_db::job::{self, Claim, Failure, Heartbeat, Job, NewJob, Reaped, State};

use crate::build::{asset_id, job, job_id, jobs_left};

const LEASE_MS: i64 = 30;

async fn take(db: &Database, lane: &str, owner: &str, now_ms: i64) -> Option<Job> {
    Claim { lane, owner, now_ms, lease_ms: LEASE_MS, newcomers_only: false }.take(db).await.unwrap()
}

async fn claim(db: &Database, owner: &str, now_ms: i64) -> Option<Job> {
    take(db, "work", owner, now_ms).await
}

/// Fails a job at 7 ms.
async fn retry(db: &Database, id: subclip_core::JobId, owner: &str, run_at_ms: i64, error: &str) -> bool {
    job::retry_at(db, id, owner, &Failure { at_ms: 7, run_at_ms, error }).await.unwrap()
}

async fn claimed_id(db: &Database, now_ms: i64) -> Option<subclip_core::JobId> {
    claim(db, "a", now_ms).await.map(|job| job.id)
}

pub(crate) async fn job_reads_back(db: Database) {
    let new = NewJob {
        priority: -7,
        run_at_ms: 3,
        dedupe_key: Some("cut 1".into()),
        subject: Some(asset_id(1)),
        ..job(5)
    };
    assert_eq!(job::enqueue(&db, &new).await.unwrap(), new.id);
    assert_eq!(job::enqueue(&db, &new).await.unwrap(), new.id, "twice is once");
    let row = job::get(&db, new.id).await.unwrap().unwrap();
    assert_eq!((row.kind.as_str(), row.lane.as_str(), row.payload.clone()), ("cut", "work", new.payload));
    assert_eq!((row.priority, row.run_at_ms, row.max_attempts, row.attempts), (-7, 3, 3, 0));
    assert_eq!((row.state, row.subject, row.created_ms), (State::Queued, Some(asset_id(1)), 5));

    let run = claim(&db, "a", 10).await.unwrap();
    assert_eq!((run.state, run.attempts, run.lease_owner.as_deref()), (State::Running, 1, Some("a")));
    assert_eq!(run.lease_until_ms, Some(10 + LEASE_MS));
    assert!(job::finish(&db, run.id, "a").await.unwrap());
    assert_eq!(job::get(&db, run.id).await.unwrap(), None);
}

pub(crate) async fn highest_priority_then_oldest_goes_first(db: Database) {
    for (n, priority, created_ms) in [(1, 0, 50), (2, 5, 60), (3, 5, 55), (4, -1, 1), (5, 0, 49)] {
        let new = NewJob { priority, created_ms, ..job(n) };
        job::enqueue(&db, &new).await.unwrap();
    }
    for expected in [3, 2, 5, 1, 4] {
        assert_eq!(claimed_id(&db, 100).await, Some(job_id(expected)));
    }
    assert_eq!(claimed_id(&db, 100).await, None);
}

pub(crate) async fn time_and_lane_are_kept(db: Database) {
    job::enqueue(&db, &NewJob { run_at_ms: 100, ..job(1) }).await.unwrap();
    job::enqueue(&db, &NewJob { lane: "other".into(), ..job(2) }).await.unwrap();
    assert_eq!(claimed_id(&db, 99).await, None);
    assert_eq!(claimed_id(&db, 100).await, Some(job_id(1)));
    let other = take(&db, "other", "a", 0).await;
    assert_eq!(other.map(|job| job.id), Some(job_id(2)));
}

pub(crate) async fn lapsed_lease_is_taken_up(db: Database) {
    job::enqueue(&db, &job(1)).await.unwrap();
    claim(&db, "a", 0).await.unwrap();
    let beat = job::heartbeat(&db, job_id(1), "a", 20, LEASE_MS, Some(0.5)).await.unwrap();
    assert_eq!(beat, Heartbeat::Held);
    assert_eq!(claim(&db, "b", 49).await, None, "renewed");
    let taken = claim(&db, "b", 50).await.unwrap();
    assert_eq!((taken.id, taken.attempts, taken.progress), (job_id(1), 2, 0.0));
    let beat = job::heartbeat(&db, job_id(1), "b", 60, LEASE_MS, Some(0.25)).await.unwrap();
    assert_eq!(beat, Heartbeat::Held);
    assert_eq!(job::get(&db, job_id(1)).await.unwrap().unwrap().progress, 0.25);
}

pub(crate) async fn lost_lease_changes_nothing(db: Database) {
    job::enqueue(&db, &job(1)).await.unwrap();
    claim(&db, "a", 0).await.unwrap();
    let taken = claim(&db, "b", 50).await.unwrap();
    let id = taken.id;
    assert_eq!(job::heartbeat(&db, id, "a", 51, LEASE_MS, None).await.unwrap(), Heartbeat::Lost);
    assert!(!job::finish(&db, id, "a").await.unwrap());
    assert!(!retry(&db, id, "a", 60, "oops").await);
    assert_eq!(job::get(&db, id).await.unwrap(), Some(taken));
    assert!(job::finish(&db, id, "b").await.unwrap());
    assert_eq!(job::heartbeat(&db, id, "b", 51, LEASE_MS, None).await.unwrap(), Heartbeat::Lost);
    assert!(!job::finish(&db, id, "b").await.unwrap());
    assert!(!retry(&db, id, "b", 60, "oops").await);
}

pub(crate) async fn equal_jobs_are_queued_once(db: Database) {
    let keyed = |n| NewJob { dedupe_key: Some("gc".into()), ..job(n) };
    assert_eq!(job::enqueue(&db, &keyed(1)).await.unwrap(), job_id(1));
    assert_eq!(job::enqueue(&db, &keyed(2)).await.unwrap(), job_id(1));
    claim(&db, "a", 0).await.unwrap();
    assert_eq!(job::enqueue(&db, &keyed(3)).await.unwrap(), job_id(3), "the running one may have missed it");
    assert_eq!(job::enqueue(&db, &keyed(4)).await.unwrap(), job_id(3));
    assert!(retry(&db, job_id(1), "a", 5, "oops").await);
    assert_eq!(job::get(&db, job_id(1)).await.unwrap(), None, "the queued one does its work");
    assert_eq!(jobs_left(&db).await, [3]);
    let waiting = NewJob { waits_for: Some(asset_id(1)), dedupe_key: Some("clip".into()), ..job(5) };
    job::enqueue(&db, &waiting).await.unwrap();
    assert_eq!(job::enqueue(&db, &NewJob { id: job_id(6), ..waiting }).await.unwrap(), job_id(5));
}

pub(crate) async fn retry_waits_its_turn(db: Database) {
    job::enqueue(&db, &NewJob { dedupe_key: Some("x".into()), ..job(1) }).await.unwrap();
    claim(&db, "a", 0).await.unwrap();
    assert!(retry(&db, job_id(1), "a", 500, "no route").await);
    let row = job::get(&db, job_id(1)).await.unwrap().unwrap();
    assert_eq!((row.state, row.last_error.as_deref()), (State::Queued, Some("no route")));
    assert_eq!((row.lease_owner, row.lease_until_ms), (None, None));
    assert_eq!(claim(&db, "a", 499).await, None);
    let run = claim(&db, "a", 500).await.unwrap();
    assert_eq!((run.attempts, run.failures, run.failing_since_ms), (1, 1, Some(7)));
    let again = Failure { at_ms: 600, run_at_ms: 700, error: "no route" };
    assert!(job::retry_at(&db, run.id, "a", &again).await.unwrap());
    let run = claim(&db, "a", 700).await.unwrap();
    assert_eq!((run.attempts, run.failures, run.failing_since_ms), (1, 2, Some(7)), "since the first");
}

/// Work that is told to fail is no work whose runner died, and the reverse.
pub(crate) async fn failures_and_deaths_are_counted_apart(db: Database) {
    job::enqueue(&db, &job(1)).await.unwrap();
    for _ in 0..10 {
        let run = claim(&db, "a", 0).await.unwrap();
        assert!(retry(&db, run.id, "a", 0, "no route").await);
    }
    for (deaths, now_ms) in [(1, 100), (2, 200)] {
        let run = claim(&db, "a", now_ms).await.unwrap();
        assert_eq!((run.attempts, run.failures), (deaths, 10));
    }
}

pub(crate) async fn given_back_work_is_as_if_not_begun(db: Database) {
    let keyed = |n| NewJob { dedupe_key: Some("gc".into()), ..job(n) };
    job::enqueue(&db, &keyed(1)).await.unwrap();
    claim(&db, "a", 0).await.unwrap();
    assert!(!job::give_back(&db, job_id(1), "b", 5).await.unwrap(), "not theirs");
    assert!(job::give_back(&db, job_id(1), "a", 5).await.unwrap());
    let run = claim(&db, "a", 5).await.unwrap();
    assert_eq!((run.attempts, run.failures, run.last_error), (1, 0, None));

    job::enqueue(&db, &keyed(2)).await.unwrap();
    assert!(job::give_back(&db, job_id(1), "a", 9).await.unwrap());
    assert_eq!(jobs_left(&db).await, [2], "the queued one does its work");
}

pub(crate) async fn failed_job_is_kept(db: Database) {
    let once = NewJob { max_attempts: 1, dedupe_key: Some("x".into()), ..job(1) };
    job::enqueue(&db, &once).await.unwrap();
    claim(&db, "a", 0).await.unwrap();
    assert_eq!(job::reap(&db, 1000).await.unwrap().exhausted.len(), 1);
    assert_eq!(claim(&db, "a", 1000).await, None);
    let failed = job::get(&db, job_id(1)).await.unwrap().unwrap();
    assert_eq!((failed.state, failed.lease_owner), (State::Failed, None));
    assert!(failed.last_error.is_some_and(|why| why.contains("died")));
    let again = NewJob { dedupe_key: Some("x".into()), ..job(2) };
    assert_eq!(job::enqueue(&db, &again).await.unwrap(), job_id(2), "it holds no key");
}

pub(crate) async fn waiting_jobs_are_released(db: Database) {
    for (n, source) in [(1, 1), (2, 1), (3, 2)] {
        job::enqueue(&db, &NewJob { waits_for: Some(asset_id(source)), ..job(n) }).await.unwrap();
    }
    assert_eq!(claim(&db, "a", 100).await, None);
    assert_eq!(job::release_waiting(&db, asset_id(1)).await.unwrap(), 2);
    assert_eq!(job::release_waiting(&db, asset_id(1)).await.unwrap(), 0);
    assert_eq!(claimed_id(&db, 100).await, Some(job_id(1)));
    assert_eq!(claimed_id(&db, 100).await, Some(job_id(2)));
    assert_eq!(claimed_id(&db, 100).await, None);
}

pub(crate) async fn cancelled_work_goes(db: Database) {
    let on = |n, subject| NewJob { subject: Some(asset_id(subject)), ..job(n) };
    job::enqueue(&db, &on(1, 1)).await.unwrap();
    claim(&db, "a", 0).await.unwrap();
    job::enqueue(&db, &on(2, 1)).await.unwrap();
    job::enqueue(&db, &NewJob { waits_for: Some(asset_id(9)), ..on(3, 1) }).await.unwrap();
    job::enqueue(&db, &on(4, 2)).await.unwrap();
    job::cancel_for(&db, asset_id(1)).await.unwrap();
    assert_eq!(jobs_left(&db).await, [1, 4]);
    let beat = job::heartbeat(&db, job_id(1), "a", 1, LEASE_MS, None).await.unwrap();
    assert_eq!(beat, Heartbeat::CancelRequested);
    assert!(retry(&db, job_id(1), "a", 2, "stopped").await);
    assert_eq!(job::get(&db, job_id(1)).await.unwrap(), None, "cancelled work is not tried again");

    claim(&db, "a", 2).await.unwrap();
    job::cancel_for(&db, asset_id(2)).await.unwrap();
    assert_eq!(claim(&db, "b", 1000).await, None, "nor taken up");
    let reaped = Reaped { cancelled: 1, exhausted: Vec::new() };
    assert_eq!(job::reap(&db, 1000).await.unwrap(), reaped);
    assert_eq!(job::get(&db, job_id(4)).await.unwrap(), None);
}

pub(crate) async fn exhausted_jobs_are_reaped(db: Database) {
    job::enqueue(&db, &NewJob { max_attempts: 2, ..job(1) }).await.unwrap();
    assert_eq!(claim(&db, "a", 0).await.unwrap().attempts, 1);
    assert_eq!(job::reap(&db, 1000).await.unwrap(), Reaped::default(), "one more try");
    assert_eq!(claim(&db, "a", 100).await.unwrap().attempts, 2);
    assert_eq!(job::reap(&db, 100 + LEASE_MS - 1).await.unwrap(), Reaped::default(), "still running");
    assert_eq!(claim(&db, "b", 1000).await, None);
    let reaped = job::reap(&db, 1000).await.unwrap();
    assert_eq!(
        reaped.exhausted.iter().map(|job| (job.id, job.state)).collect::<Vec<_>>(),
        [(job_id(1), State::Failed)]
    );
    assert_eq!(job::reap(&db, 1000).await.unwrap(), Reaped::default());
}
