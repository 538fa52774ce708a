//! Forgetting events that are old, or too many.

use subclip_core::WorkspaceId;
use subclip_db::{event, workspace};

use crate::Result;
use crate::app::App;

/// How long events are kept.
const KEPT_MS: i64 = 30 * 24 * 3600 * 1000;
/// How many events of a workspace are kept.
const KEPT_OF_WORKSPACE: u64 = 100_000;
/// How many are forgotten in one go, which others wait for.
const AT_ONCE: u64 = 500;
/// How often it is looked whether there are any.
const EVERY_MS: i64 = 3600 * 1000;

/// Forgets a few at a time, so that whoever does it can do other things in between.
#[derive(Debug, Default)]
pub(crate) struct Forgetting {
    begin_at_ms: i64,
    left: Vec<Which>,
}

#[derive(Debug, Clone, Copy)]
enum Which {
    Old,
    Beyond(WorkspaceId),
}

impl Forgetting {
    /// Does a step, where it is time; `true` where there is more to do. What is still to be delivered is not forgotten.
    pub(crate) async fn step(&mut self, app: &App) -> Result<bool> {
        let (db, now) = (app.db(), app.now_ms());
        if self.left.is_empty() {
            if now < self.begin_at_ms {
                return Ok(false);
            }
            self.begin_at_ms = now + EVERY_MS;
            self.left =
                workspace::ids(db).await?.into_iter().map(Which::Beyond).chain([Which::Old]).collect();
        }
        let Some(&which) = self.left.last() else { return Ok(false) };
        let forgotten = match which {
            Which::Old => event::forget_before(db, now - KEPT_MS, AT_ONCE).await?,
            Which::Beyond(whose) => event::forget_beyond(db, whose, KEPT_OF_WORKSPACE, AT_ONCE).await?,
        };
        if forgotten < AT_ONCE {
            self.left.pop();
        }
        Ok(!self.left.is_empty())
    }
}
