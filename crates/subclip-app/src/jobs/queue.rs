//! How each job is queued: its lane, its priority, how often it is tried.

use serde_json::Value;
use subclip_core::{AssetId, JobId};
use subclip_db::Tx;
use subclip_db::job::{self, NewJob};
use subclip_db::sound_track::SoundTrack;
use subclip_db::text_track::TextTrack;

use super::{Cut, Ingest, Master, Prepare, Render, Sound, Text};
use crate::app::App;
use crate::captions::TextFrom;
use crate::{Result, random, rows};

/// A kind of job with workers of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    /// Cutting clips: short, and somebody waits.
    Cut,
    /// Taking media in: seconds to hours.
    Ingest,
    /// Taking other sounds for it in: the same, but apart, since an asset may ask for many.
    Sound,
    /// Fetching captions: short.
    Text,
    /// Generating captions: hours, by the operator's own command.
    Transcribe,
    /// Looking masters over: short.
    Master,
    /// Preparing files: hours of encoding that nobody watches.
    Prepare,
    /// Rendering: as long as encoding takes.
    Render,
    /// Cleaning up.
    Upkeep,
}

impl Lane {
    pub(crate) const ALL: [Self; 9] = [
        Self::Cut,
        Self::Ingest,
        Self::Sound,
        Self::Text,
        Self::Transcribe,
        Self::Master,
        Self::Prepare,
        Self::Render,
        Self::Upkeep,
    ];

    /// Its name in the queue.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Ingest => "ingest",
            Self::Sound => "sound",
            Self::Text => "text",
            Self::Transcribe => "transcribe",
            Self::Master => "master",
            Self::Prepare => "prepare",
            Self::Render => "render",
            Self::Upkeep => "upkeep",
        }
    }

    /// How many jobs of it run at once on one machine.
    pub(crate) fn workers(self) -> usize {
        match self {
            Self::Cut => 5,
            // Most of them wait: for the host they fetch from, or for one of the engine's slots.
            Self::Ingest => 40,
            Self::Sound => 10,
            Self::Text => 5,
            // It takes what the machine has, and is not counted among the engine's slots.
            Self::Transcribe => 1,
            // Not more than files that are laid out at once.
            Self::Master => 2,
            // So that a short one does not wait behind a long one.
            Self::Prepare => 3,
            // Each uses all slots that there are; the others are there so that a short one does not wait for a long one.
            Self::Render => 4,
            Self::Upkeep => 1,
        }
    }

    /// How many of them take nothing but jobs of workspaces that have none of the lane running: however long those of one
    /// take, and however many it has, others get on.
    pub(crate) fn kept_for_newcomers(self) -> usize {
        match self {
            Self::Ingest => 8,
            Self::Sound => 2,
            Self::Cut | Self::Text | Self::Master | Self::Prepare | Self::Render => 1,
            // One at a time; whose turn it is changes.
            Self::Transcribe | Self::Upkeep => 0,
        }
    }
}

pub(crate) const INGEST: &str = "ingest";
pub(crate) const CUT: &str = "cut";
pub(crate) const TEXT: &str = "text";
pub(crate) const SOUND: &str = "sound";
pub(crate) const MASTER: &str = "master";
pub(crate) const PREPARE: &str = "prepare";
pub(crate) const RENDER: &str = "render";
pub(crate) const COLLECT: &str = "collect";

/// How often a job is begun at the most without a word of what came of it. Most of it is for servers that are stopped
/// again and again: media can't stop them, so that is hardly ever the job's fault.
const MOST_STARTS: u32 = 30;

fn new_job(app: &App, kind: &str, lane: Lane, payload: Value) -> NewJob {
    NewJob {
        id: JobId::from_bytes(random::id_bytes()),
        kind: kind.to_owned(),
        lane: lane.name().to_owned(),
        payload,
        priority: 0,
        run_at_ms: app.now_ms(),
        max_attempts: MOST_STARTS,
        dedupe_key: None,
        subject: None,
        waits_for: None,
        created_ms: app.now_ms(),
    }
}

/// Queues the ingest of an asset in the transaction that makes it.
pub(crate) async fn enqueue_ingest(tx: &Tx, app: &App, ingest: Ingest) -> Result<()> {
    let subject = Some(ingest.asset.0);
    let job = NewJob { subject, ..new_job(app, INGEST, Lane::Ingest, rows::json(&ingest)?) };
    job::enqueue(tx, &job).await?;
    Ok(())
}

/// Queues the cutting of a clip in the transaction that makes it; it waits for `waits_for` where that is given.
pub(crate) async fn enqueue_cut(tx: &Tx, app: &App, cut: Cut, waits_for: Option<AssetId>) -> Result<()> {
    let subject = Some(cut.asset.0);
    let job = NewJob { subject, waits_for, ..new_job(app, CUT, Lane::Cut, rows::json(&cut)?) };
    job::enqueue(tx, &job).await?;
    Ok(())
}

/// Where what makes captions of this is queued.
pub(crate) fn lane_of(from: &TextFrom) -> Lane {
    match from {
        TextFrom::Url(_) => Lane::Text,
        TextFrom::Sound => Lane::Transcribe,
    }
}

/// Queues what makes captions ready, in the transaction that asks for them, or for those that they follow in the one that
/// makes these ready; it waits for `waits_for` where that is given.
pub(crate) async fn enqueue_text(
    tx: &Tx,
    app: &App,
    track: &TextTrack,
    lane: Lane,
    waits_for: Option<AssetId>,
) -> Result<()> {
    let payload = rows::json(&Text { track: track.id.into() })?;
    // It goes with the asset.
    let job = NewJob { subject: Some(track.asset), waits_for, ..new_job(app, TEXT, lane, payload) };
    job::enqueue(tx, &job).await?;
    Ok(())
}

/// Queues what makes a sound track ready, in the transaction that asks for it; it waits for `waits_for` where that is given.
pub(crate) async fn enqueue_sound(
    tx: &Tx,
    app: &App,
    track: &SoundTrack,
    waits_for: Option<AssetId>,
) -> Result<()> {
    let payload = rows::json(&Sound { track: track.id.into() })?;
    // It goes with the asset.
    let job = NewJob { subject: Some(track.asset), waits_for, ..new_job(app, SOUND, Lane::Sound, payload) };
    job::enqueue(tx, &job).await?;
    Ok(())
}

/// Queues the work on a master in the transaction that asks for it; one that is queued already is enough.
pub(crate) async fn enqueue_master(tx: &Tx, app: &App, work: Master) -> Result<()> {
    let subject = Some(work.asset.0);
    let dedupe_key = Some(format!("{MASTER} {}", work.asset.0));
    let job = NewJob { subject, dedupe_key, ..new_job(app, MASTER, Lane::Master, rows::json(&work)?) };
    job::enqueue(tx, &job).await?;
    Ok(())
}

/// Queues the preparation of what files need, in the transaction that asks for them; one that is queued already is enough.
pub(crate) async fn enqueue_prepare(tx: &Tx, app: &App, prepare: Prepare) -> Result<()> {
    let subject = Some(prepare.asset.0);
    let dedupe_key = Some(format!("{PREPARE} {} {}", prepare.asset.0, prepare.lines));
    let job = NewJob { subject, dedupe_key, ..new_job(app, PREPARE, Lane::Prepare, rows::json(&prepare)?) };
    job::enqueue(tx, &job).await?;
    Ok(())
}

/// Queues the rendering of an asset, in the transaction that pins what it is made from.
pub(crate) async fn enqueue_render(tx: &Tx, app: &App, render: Render) -> Result<()> {
    let subject = Some(render.asset.0);
    let job = NewJob { subject, ..new_job(app, RENDER, Lane::Render, rows::json(&render)?) };
    job::enqueue(tx, &job).await?;
    Ok(())
}

/// Queues a collection of what nobody needs; one that is queued already is enough.
pub(crate) async fn enqueue_collect(tx: &Tx, app: &App) -> Result<()> {
    let dedupe_key = Some(COLLECT.to_owned());
    let job = NewJob { dedupe_key, ..new_job(app, COLLECT, Lane::Upkeep, Value::Null) };
    job::enqueue(tx, &job).await?;
    Ok(())
}
