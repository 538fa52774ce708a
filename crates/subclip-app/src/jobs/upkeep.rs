//! Upkeep: what becomes due by itself and in any number is done a few at a time, so that who waits to write waits for no
//! more than a step.

use super::workers::note;
use crate::Result;
use crate::app::App;
use crate::events::Forgetting;
use crate::webhooks::empty_disabled;

/// How far it has come.
#[derive(Debug, Default)]
pub(super) struct Upkeep {
    forgetting: Forgetting,
}

impl Upkeep {
    /// Does a step of each; `true` where there is more to do. Cheap where there is nothing. What is wrong with one is
    /// logged, and keeps neither the others nor jobs from being done.
    pub(super) async fn step(&mut self, app: &App) -> bool {
        let expired = did(app, "ending uploads", app.uploads().expire_some().await);
        let ended = did(app, "withdrawing masters", app.assets().end_some_masters().await);
        let deleted = did(app, "deleting test assets", app.assets().end_some().await);
        let emptied = did(app, "emptying webhooks", empty_disabled(app).await);
        let forgot = did(app, "forgetting events", self.forgetting.step(app).await);
        expired || ended || deleted || emptied || forgot
    }
}

fn did(app: &App, what: &'static str, outcome: Result<bool>) -> bool {
    outcome.unwrap_or_else(|error| {
        note(app, &error);
        tracing::warn!(what, %error, "upkeep could not be done");
        false
    })
}
