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
use subclip_db::job::{self, Claim, Failure, Heartbeat, Job, Reaped};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, interval_at};
use tokio_util::sync::CancellationToken;

use super::failing::{Failed, fail_subject, is_tried_again, note_end};
use super::queue::{COLLECT, CUT, INGEST, MASTER, PREPARE, RENDER, SOUND, TEXT, enqueue_collect};
use super::upkeep::Upkeep;
use super::{Cut, Ingest, Lane, Master, Prepare, Render, Sound, Text, collect};
use crate::app::App;
use crate::error::tried_again;
use crate::{Error, Kind, Result, random};

/// How long a runner need not be heard of. With [`BEAT`] and the look-out below, a dead worker's job is taken up
/// within 30 s.
const LEASE_MS: i64 = 20_000;
/// How often a runner says that it lives.
const BEAT: Duration = Duration::from_secs(2);
/// How often an idle worker looks for jobs that another machine queued, or left behind.
const LOOK_OUT: Duration = Duration::from_secs(1);
/// When what failed is tried again.
const BACKOFF: Backoff =
    Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60), tries: u32::MAX };

/// Running workers.
pub struct Workers {
    app: App,
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
                let (upkeep, newcomers_only) = (Upkeep::default(), number < lane.kept_for_newcomers());
                let (app, stop) = (app.clone(), stop.clone());
                let worker = Worker { app, lane, owner, stop, newcomers_only, upkeep };
                tasks.spawn(tried_again(worker.work()));
            }
        }
        Ok(Self { app: app.clone(), tasks, stop })
    }

    /// Stops the workers; what they were at is queued again. What was made for viewers and is on its way into the cache is
    /// waited for, for a few seconds.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
        self.app.shelf().settle().await;
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
    /// Whether it takes nothing but jobs of workspaces that have none of the lane running.
    newcomers_only: bool,
    upkeep: Upkeep,
}

impl Worker {
    async fn work(mut self) {
        while !self.stop.is_cancelled() {
            match self.turn().await {
                Ok(true) => {}
                Ok(false) => self.idle().await,
                Err(error) => {
                    note(&self.app, &error);
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

    /// Takes a job and runs it; `false` where there is none, and nothing else to do.
    async fn turn(&mut self) -> Result<bool> {
        let now = self.app.now_ms();
        let mut more = false;
        if self.lane == Lane::Upkeep {
            self.reap(now).await?;
            more = self.upkeep.step(&self.app).await;
        }
        let db = self.app.db();
        // Before the job is taken, so that none of its asset's is missed.
        let beats = Beats::new(self.app.deletions());
        let (lane, owner, newcomers_only) = (self.lane.name(), self.owner.as_str(), self.newcomers_only);
        let claim = Claim { lane, owner, now_ms: now, lease_ms: LEASE_MS, newcomers_only };
        let Some(job) = claim.take(db).await? else {
            return Ok(more);
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
            note(&self.app, error);
        }
        if let Err(error) = self.settle(&context, outcome).await {
            note(&self.app, &error);
            // The lease runs out and another worker settles it.
            tracing::warn!(job = %context.job.id, %error, "a job could not be settled");
        }
        Ok(true)
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
        // Of an asset that is ready, nothing more is to be told.
        let tells = job.kind != PREPARE && job.kind != SOUND;
        if let Some(subject) = job.subject.filter(|_| percent > 0 && tells) {
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

/// Lets who waits in this process know what only people can mend.
pub(super) fn note(app: &App, error: &Error) {
    if error.kind == Kind::Full {
        app.note_out_of_room();
    }
}

async fn dispatch(context: &Context) -> Result<Outcome> {
    let payload = &context.job.payload;
    match context.job.kind.as_str() {
        INGEST => Ingest::deserialize(payload).map_err(Error::internal)?.run(context).await,
        CUT => Cut::deserialize(payload).map_err(Error::internal)?.run(context).await,
        SOUND => Sound::deserialize(payload).map_err(Error::internal)?.run(context).await,
        TEXT => Text::deserialize(payload).map_err(Error::internal)?.run(context).await,
        MASTER => Master::deserialize(payload).map_err(Error::internal)?.run(context).await,
        PREPARE => Prepare::deserialize(payload).map_err(Error::internal)?.run(context).await,
        RENDER => Render::deserialize(payload).map_err(Error::internal)?.run(context).await,
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
