//! Short ways to make what tests are about.

use subclip_core::{AssetId, JobId, Medium, ObjectId, Span, Time, Timeline, Timescale, TrackId, WorkspaceId};
use subclip_db::asset::{Asset, Origin};
use subclip_db::job::NewJob;
use subclip_db::span::Role;
use subclip_db::track::Track;
use subclip_db::{Database, Error, asset, job, object, span, track, workspace};

/// An id that is easy to tell from others.
pub(crate) fn bytes(n: u32) -> [u8; 16] {
    (u128::from(n) << 64 | 7).to_be_bytes()
}

pub(crate) fn asset_id(n: u32) -> AssetId {
    AssetId::from_bytes(bytes(n))
}

pub(crate) fn object_id(n: u32) -> ObjectId {
    ObjectId::from_bytes(bytes(n))
}

pub(crate) fn track_id(n: u32) -> TrackId {
    TrackId::from_bytes(bytes(n))
}

pub(crate) fn job_id(n: u32) -> JobId {
    JobId::from_bytes(bytes(n))
}

pub(crate) async fn workspace(db: &Database) -> WorkspaceId {
    let id = WorkspaceId::from_bytes([1; 16]);
    workspace::ensure_default(db, id, 0).await.unwrap().id
}

/// A preparing asset, made at its number.
pub(crate) async fn preparing(db: &Database, n: u32) -> AssetId {
    let owner = workspace(db).await;
    let row = Asset::preparing(asset_id(n), owner, Origin::Upload, i64::from(n));
    asset::insert(db, &row).await.unwrap();
    row.id
}

pub(crate) async fn ready(db: &Database, id: AssetId) {
    let duration = Time::new(10, Timescale::MILLISECONDS);
    assert!(asset::set_ready(db, id, duration, 1).await.unwrap());
}

pub(crate) fn track_row(n: u32, object: u32, samples: u32) -> Track {
    Track {
        id: track_id(n),
        object: object_id(object),
        medium: Medium::Video,
        language: "und".into(),
        width: Some(640),
        height: Some(360),
        frame_rate_num: Some(30_000),
        frame_rate_den: Some(1001),
        channels: None,
        sample_rate: None,
        duration_ticks: i64::from(samples),
        timescale: 1000,
        size_bytes: 10 * u64::from(samples),
        samples,
        encoder: None,
        edge_encoder: None,
    }
}

/// An object held by `holder` with one track of the same number in it.
pub(crate) async fn tracked(db: &Database, n: u32, holder: AssetId, samples: u32) {
    object::insert(db, object_id(n), Some(holder), 0).await.unwrap();
    store(db, &track_row(n, n, samples)).await.unwrap();
}

/// Stores a track in a transaction of its own.
pub(crate) async fn store(db: &Database, row: &Track) -> Result<(), Error> {
    let tx = db.begin().await?;
    track::insert(&tx, row).await?;
    tx.commit().await
}

/// A timeline of spans `(track, first sample, end sample)` of video, laid end to end.
pub(crate) fn timeline(spans: &[(u32, u32, u32)]) -> Timeline {
    let mut at = 0;
    let span = |&(track, first, end): &(u32, u32, u32)| {
        let duration = i64::from(end - first);
        at += duration;
        let (timescale, track) = (Timescale::MILLISECONDS, track_id(track));
        Span { track, timescale, samples: first..end, at: at - duration, duration }
    };
    Timeline { video: spans.iter().map(span).collect(), ..Timeline::default() }
}

pub(crate) async fn show(db: &Database, asset: AssetId, role: Role, spans: &[(u32, u32, u32)]) {
    let tx = db.begin().await.unwrap();
    span::set_timeline(&tx, asset, role, &timeline(spans)).await.unwrap();
    tx.commit().await.unwrap();
}

/// Which of the jobs 0 to 9 there are.
pub(crate) async fn jobs_left(db: &Database) -> Vec<u32> {
    let mut left = Vec::new();
    for n in 0..=9 {
        if job::get(db, job_id(n)).await.unwrap().is_some() {
            left.push(n);
        }
    }
    left
}

/// A job in lane `work`, queued at its number.
pub(crate) fn job(n: u32) -> NewJob {
    NewJob {
        id: job_id(n),
        kind: "cut".into(),
        lane: "work".into(),
        payload: serde_json::json!({ "n": n }),
        priority: 0,
        run_at_ms: 0,
        max_attempts: 3,
        dedupe_key: None,
        subject: None,
        waits_for: None,
        created_ms: i64::from(n),
    }
}
