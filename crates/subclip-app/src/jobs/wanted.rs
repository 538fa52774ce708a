//! Work that ends when nobody wants any more what it is for, though its asset stays: a track, or a file, that was deleted.

use std::convert::Infallible;
use std::time::Duration;

use super::workers::{Context, Outcome};
use super::{Lane, enqueue_collect};
use crate::Result;
use crate::app::App;

/// How often it is looked whether another process has deleted it.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// A job for something that may be deleted while its asset stays.
pub(super) trait Wanted: Sync {
    /// Whether it still is to be made.
    fn is_wanted(&self, app: &App) -> impl Future<Output = Result<bool>> + Send;
}

/// Does the work of a job, and cancels it as soon as nobody wants it any more. What was written for it is garbage then.
///
/// # Errors
/// Those of the work, where it is wanted.
pub(super) async fn while_wanted(
    context: &Context,
    job: &impl Wanted,
    work: impl Future<Output = Result<Outcome>>,
) -> Result<Outcome> {
    let app = &context.app;
    let outcome = tokio::select! {
        outcome = work => outcome,
        never = cancel_when_unwanted(context, job) => match never {},
    };
    if outcome.is_ok() || job.is_wanted(app).await? {
        return outcome;
    }
    let tx = app.db().begin().await?;
    context.finish(&tx).await?;
    enqueue_collect(&tx, app).await?;
    tx.commit().await?;
    app.wake(Lane::Upkeep);
    Ok(Outcome::Finished)
}

async fn cancel_when_unwanted(context: &Context, job: &impl Wanted) -> Infallible {
    let mut deletions = context.app.deletions();
    loop {
        // Whether something was deleted or the time is over, it is looked for.
        let _ = tokio::time::timeout(LOOK_AGAIN, deletions.changed()).await;
        if let Ok(false) = job.is_wanted(&context.app).await {
            context.cancel.cancel();
            std::future::pending::<()>().await;
        }
    }
}
