//! The workers: they take jobs from their lane, keep the lease while they run, and settle what came of them.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use futures::FutureExt as _;
use serde::Deserialize;
use subclip_core::{AssetId, Backoff};
use subclip_db::asset;
use subclip_db::job::{self, Failure, Heartbeat, Job, Reaped};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, interval_at};
use tokio_util::sync::CancellationToken;

use super::queue::{COLLECT, CUT, INGEST, enqueue_collect};
use super::{Cut, Ingest, Lane, collect};
use crate::app::App;
use crate::error::tried_again;
use crate::events::Changes;
use crate::{Error, Kind, Result, random};

/// How long a runner need not be heard of. With [`BEAT`] and the look-out below, a dead worker's job is taken up
/// within 30 s.
const LEASE_MS: i64 = 20_000;
/// How often a runner says that it lives.
const BEAT: Duration = Duration::from_secs(2);
/// How often an idle worker looks for jobs that another machine queued, or left behind.
const LOOK_OUT: Duration = Duration::from_secs(1);
/// How often what failed is tried, whatever it was.
const MOST_FAILURES: u32 = 6;
/// How long after the first failure what passes by itself is tried: a disk that is full, a host that says it is busy.
const PATIENCE_MS: i64 = 60 * 60 * 1000;
/// When what failed is tried again.
const BACKOFF: Backoff =
    Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60), tries: u32::MAX };

/// Running workers.
pub struct Workers {
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

impl Workers {
    /// Starts the workers of all lanes. What a dead process of the same name was at is taken up at once.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn start(app: &App) -> Result<Self> {
        job::abandon(app.db(), &format!("{}/", app.worker()), app.now_ms()).await?;
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        for lane in Lane::ALL {
            for number in 0..lane.workers() {
                let owner = format!("{}/{}/{number}", app.worker(), lane.name());
                let worker = Worker { app: app.clone(), lane, owner, stop: stop.clone() };
                tasks.spawn(tried_again(worker.work()));
            }
        }
        Ok(Self { tasks, stop })
    }

    /// Stops the workers; what they were at is queued again.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

/// What a job is given beside its payload.
pub(crate) struct Context {
    pub(crate) app: App,
    pub(crate) job: Job,
    pub(crate) owner: String,
    pub(crate) cancel: CancellationToken,
    percent: Arc<AtomicU8>,
}

impl Context {
    /// Something to tell progress to, in percent, from anywhere.
    pub(crate) fn progress(&self) -> impl FnMut(u8) + Send + 'static {
        let percent = self.percent.clone();
        move |value| percent.store(value.min(100), Ordering::Relaxed)
    }

    /// Takes the job out of the queue, in the transaction that does what it was for.
    ///
    /// # Errors
    /// `Conflict` where the lease was lost: then nothing of the transaction may happen.
    pub(crate) async fn finish(&self, tx: &subclip_db::Tx) -> Result<()> {
        if job::finish(tx, self.job.id, &self.owner).await? {
            Ok(())
        } else {
            Err(Error::conflict("Another worker has this job now."))
        }
    }
}

/// When to say that a job is worked on, and to hear whether it still is wanted.
struct Beats {
    regular: Interval,
    deletions: watch::Receiver<()>,
}

impl Beats {
    fn new(deletions: watch::Receiver<()>) -> Self {
        Self { regular: interval_at(Instant::now() + BEAT, BEAT), deletions }
    }

    /// Waits for the next time: a regular one, or that an asset was deleted by this process.
    async fn due(&mut self) {
        tokio::select! {
            _ = self.regular.tick() => {}
            Ok(()) = self.deletions.changed() => {}
        }
    }
}

/// What becomes of a job that did not fail.
pub(crate) enum Outcome {
    /// It is done and out of the queue.
    Finished,
    /// It is done, or nobody wants it any more: it can go.
    Over,
    /// It must wait until this asset is settled.
    WaitFor(AssetId),
}

struct Worker {
    app: App,
    lane: Lane,
    owner: String,
    stop: CancellationToken,
}

impl Worker {
    async fn work(self) {
        while !self.stop.is_cancelled() {
            match self.turn().await {
                Ok(true) => {}
                Ok(false) => self.idle().await,
                Err(error) => {
                    self.note(&error);
                    tracing::warn!(lane = self.lane.name(), %error, "a worker could not take a job");
                    self.idle().await;
                }
            }
        }
    }

    async fn idle(&self) {
        tokio::select! {
            () = self.app.woken(self.lane) => {}
            () = tokio::time::sleep(LOOK_OUT) => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// Takes a job and runs it; `false` where there is none.
    async fn turn(&self) -> Result<bool> {
        let (db, now) = (self.app.db(), self.app.now_ms());
        if self.lane == Lane::Upkeep {
            self.reap(now).await?;
            self.app.uploads().expire().await?;
        }
        // Before the job is taken, so that none of its asset's is missed.
        let beats = Beats::new(self.app.deletions());
        let Some(job) = job::claim(db, self.lane.name(), &self.owner, now, LEASE_MS).await? else {
            return Ok(false);
        };
        // There may be more than this worker can take: another one looks too.
        self.app.wake(self.lane);
        let context = Context {
            app: self.app.clone(),
            owner: self.owner.clone(),
            cancel: self.stop.child_token(),
            percent: Arc::default(),
            job,
        };
        let outcome = self.run(&context, beats).await;
        if let Err(error) = &outcome {
            self.note(error);
        }
        if let Err(error) = self.settle(&context, outcome).await {
            self.note(&error);
            // The lease runs out and another worker settles it.
            tracing::warn!(job = %context.job.id, %error, "a job could not be settled");
        }
        Ok(true)
    }

    /// Lets who waits in this process know what only people can mend.
    fn note(&self, error: &Error) {
        if error.kind == Kind::Full {
            self.app.note_out_of_room();
        }
    }

    /// Runs a job, and beats as long as it runs.
    async fn run(&self, context: &Context, beats: Beats) -> Result<Outcome> {
        let work = AssertUnwindSafe(dispatch(context)).catch_unwind();
        alongside(work, self.keep_beating(context, beats)).await.unwrap_or_else(|_| {
            // Its message was printed when it happened. The worker goes on with other jobs.
            Err(Error::internal(format!("the job {} panicked", context.job.id)))
        })
    }

    async fn keep_beating(&self, context: &Context, mut beats: Beats) -> Infallible {
        loop {
            beats.due().await;
            if !self.beat(context).await {
                context.cancel.cancel();
            }
        }
    }

    /// Says that the job is worked on; `false` where nobody wants it any more.
    async fn beat(&self, context: &Context) -> bool {
        let (app, job) = (&context.app, &context.job);
        let percent = context.percent.load(Ordering::Relaxed);
        let progress = Some(f64::from(percent) / 100.0);
        match job::heartbeat(app.db(), job.id, &self.owner, app.now_ms(), LEASE_MS, progress).await {
            Ok(Heartbeat::Held) => {}
            Ok(Heartbeat::CancelRequested | Heartbeat::Lost) => return false,
            Err(error) => tracing::warn!(job = %job.id, %error, "a job's lease could not be renewed"),
        }
        if let Some(subject) = job.subject.filter(|_| percent > 0) {
            let stage = asset::Stage::Transcoding;
            let told = asset::set_progress(app.db(), subject, stage, f64::from(percent), app.now_ms()).await;
            if let Err(error) = told {
                tracing::warn!(%error, "progress could not be told");
            }
        }
        true
    }

    async fn settle(&self, context: &Context, outcome: Result<Outcome>) -> Result<()> {
        let (app, job) = (&context.app, &context.job);
        match outcome {
            Ok(Outcome::Finished) => {}
            Ok(Outcome::Over) => {
                job::finish(app.db(), job.id, &self.owner).await?;
            }
            Ok(Outcome::WaitFor(asset)) => {
                let tx = app.db().begin().await?;
                context.finish(&tx).await?;
                let subject = job.subject.ok_or_else(|| Error::internal("a job without subject waits"))?;
                // Settled in the meantime, it has nobody to release what waits for it any more.
                let preparing =
                    asset::lock(&tx, asset).await?.filter(|a| a.status == asset::Status::Preparing);
                super::enqueue_cut(&tx, app, Cut { asset: subject.into() }, preparing.map(|a| a.id)).await?;
                tx.commit().await?;
                app.wake(Lane::Cut);
            }
            Err(error) => self.failed(context, error).await?,
        }
        app.announce_change();
        Ok(())
    }

    async fn failed(&self, context: &Context, error: Error) -> Result<()> {
        let (app, job) = (&context.app, &context.job);
        let now = app.now_ms();
        if !self.beat(context).await {
            // Deleted while it was worked on: what was written for it is garbage now.
            let tx = app.db().begin().await?;
            job::finish(&tx, job.id, &self.owner).await?;
            enqueue_collect(&tx, app).await?;
            tx.commit().await?;
            app.wake(Lane::Upkeep);
            return Ok(());
        }
        if self.stop.is_cancelled() {
            job::give_back(app.db(), job.id, &self.owner, now).await?;
            return Ok(());
        }
        let before = Failed { failures: job.failures, since_ms: job.failing_since_ms };
        if is_tried_again(&before, error.kind, now) {
            let delay = BACKOFF.delay_after(job.failures + 1, random::jitter()).unwrap_or_default();
            let run_at_ms = now + i64::try_from(delay.as_millis()).unwrap_or(i64::MAX / 2);
            tracing::warn!(job = %job.id, kind = job.kind, %error, "a job failed and is tried again");
            let failure = Failure { at_ms: now, run_at_ms, error: &error.message };
            job::retry_at(app.db(), job.id, &self.owner, &failure).await?;
            return Ok(());
        }
        note_end(job, &error);
        let tx = app.db().begin().await?;
        context.finish(&tx).await?;
        fail_subject(&tx, app, job, &error).await?;
        app.commit(tx).await?;
        app.wake(Lane::Cut);
        app.wake(Lane::Upkeep);
        Ok(())
    }

    /// Settles jobs whose runner died once too often.
    async fn reap(&self, now_ms: i64) -> Result<()> {
        let tx = self.app.db().begin().await?;
        let Reaped { cancelled, exhausted } = job::reap(&tx, now_ms).await?;
        let error = Error::internal_quietly(
            "The server stopped every time it worked on this. Create the asset again once the server runs steadily.",
        );
        for job in &exhausted {
            note_end(job, &error);
            fail_subject(&tx, &self.app, job, &error).await?;
        }
        if cancelled > 0 {
            enqueue_collect(&tx, &self.app).await?;
        }
        if exhausted.is_empty() { Ok(tx.commit().await?) } else { self.app.commit(tx).await }
    }
}

/// Says that a job is not tried again: an error where that is a fault of ours. Most are the media's.
fn note_end(job: &Job, error: &Error) {
    let (id, kind) = (job.id, &job.kind);
    let why = error.detail.as_deref().unwrap_or(&error.message);
    match error.kind {
        Kind::Internal => tracing::error!(job = %id, kind, why, "a job failed for good"),
        Kind::Full => tracing::warn!(job = %id, kind, why, "a job failed for good"),
        // That something is missing was said where it was found.
        _ => tracing::info!(job = %id, kind, why, "a job failed for good"),
    }
}

/// How a job failed before.
struct Failed {
    failures: u32,
    since_ms: Option<i64>,
}

/// Whether a job that has just failed is run once more.
fn is_tried_again(before: &Failed, kind: Kind, now_ms: i64) -> bool {
    let few = before.failures + 1 < MOST_FAILURES;
    match kind {
        Kind::Busy | Kind::Full => few || now_ms - before.since_ms.unwrap_or(now_ms) < PATIENCE_MS,
        Kind::Internal | Kind::Conflict | Kind::NotFound | Kind::NotReady => few,
        Kind::Forbidden | Kind::Invalid | Kind::Broken => false,
    }
}

/// Tells an asset why it can't be made, releases the clips that wait for it, and lets go of what it held.
async fn fail_subject(tx: &subclip_db::Tx, app: &App, job: &Job, error: &Error) -> Result<()> {
    let Some(subject) = job.subject else { return Ok(()) };
    let kind = match error.kind {
        _ if error.of_source => "source_failed",
        Kind::Invalid | Kind::NotFound | Kind::Forbidden => "invalid_input",
        Kind::Full => "storage_full",
        Kind::Busy | Kind::NotReady => "unreachable",
        Kind::Broken | Kind::Conflict | Kind::Internal => "internal",
    };
    Changes { tx, app }.make_errored(subject, kind, &error.message).await?;
    subclip_db::span::clear(tx, subject, subclip_db::span::Role::Pins).await?;
    job::release_waiting(tx, subject).await?;
    enqueue_collect(tx, app).await
}

async fn dispatch(context: &Context) -> Result<Outcome> {
    let payload = &context.job.payload;
    match context.job.kind.as_str() {
        INGEST => Ingest::deserialize(payload).map_err(Error::internal)?.run(context).await,
        CUT => Cut::deserialize(payload).map_err(Error::internal)?.run(context).await,
        COLLECT => collect(&context.app, &context.cancel).await.map(|_| Outcome::Over),
        other => Err(Error::internal(format!("no worker knows the job {other}"))),
    }
}

/// Does the work, and meanwhile what has no end. Both go on at once: a beat may wait for the database, and the work must
/// not stand still for it, least of all when it holds the very transaction that the beat waits for.
async fn alongside<T>(work: impl Future<Output = T>, endless: impl Future<Output = Infallible>) -> T {
    tokio::select! {
        outcome = work => outcome,
        never = endless => match never {},
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Mutex;

    use super::*;

    #[test]
    fn what_passes_by_itself_is_tried_for_an_hour() {
        let tried = |kind, failures, since_ms: Option<i64>, now_ms| {
            is_tried_again(&Failed { failures, since_ms }, kind, now_ms)
        };
        for kind in [Kind::Internal, Kind::Conflict, Kind::NotFound, Kind::NotReady, Kind::Busy, Kind::Full] {
            assert!(tried(kind, 0, None, 5), "{kind:?}");
            assert!(tried(kind, 4, Some(0), 10 * PATIENCE_MS), "{kind:?} for the sixth time");
            let passes = matches!(kind, Kind::Busy | Kind::Full);
            assert_eq!(tried(kind, 5, Some(10), PATIENCE_MS), passes, "{kind:?} within the hour");
            assert_eq!(tried(kind, 200, Some(10), PATIENCE_MS + 9), passes, "{kind:?} within the hour");
            assert!(!tried(kind, 5, Some(10), PATIENCE_MS + 10), "{kind:?} after it");
        }
        for kind in [Kind::Forbidden, Kind::Invalid, Kind::Broken] {
            assert!(!tried(kind, 0, None, 5), "{kind:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_deletion_is_heard_of_at_once() {
        let deletions = watch::Sender::new(());
        let (mut beats, begun) = (Beats::new(deletions.subscribe()), Instant::now());
        deletions.send_replace(());
        beats.due().await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
        beats.due().await;
        assert_eq!(begun.elapsed(), BEAT, "heard of once");
        drop(deletions);
        beats.due().await;
        assert_eq!(begun.elapsed(), 2 * BEAT);
    }

    #[tokio::test(start_paused = true)]
    async fn work_goes_on_while_a_beat_waits_for_what_it_holds() {
        let (writer, beats) = (Mutex::new(()), AtomicU8::new(0));
        let work = async {
            let held = writer.lock().await;
            tokio::time::sleep(3 * BEAT).await;
            drop(held);
            tokio::time::sleep(2 * BEAT).await;
        };
        let keep_beating = async {
            loop {
                tokio::time::sleep(BEAT).await;
                let _turn = writer.lock().await;
                beats.fetch_add(1, Ordering::Relaxed);
            }
        };
        let ended = tokio::time::timeout(10 * BEAT, alongside(work, keep_beating)).await;
        assert!(ended.is_ok(), "the work never ended");
        assert!(beats.into_inner() > 0, "nothing beat");
    }
}
