//! `subclip gc`.

use clap::Args;

use super::print::say;
use crate::config::Config;
use crate::open::open_existing;

/// Remove what no asset shows any more, and files that nothing knows.
#[derive(Debug, Args)]
pub(crate) struct Gc {}

impl Gc {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open_existing(config).await?;
        let report = app.collect_garbage().await?;
        if report.is_clean() {
            return say!("nothing to remove");
        }
        say!(
            "removed {} objects, {} tracks, {} orphan files, {} staged uploads; compacted {} tracks",
            report.objects,
            report.tracks,
            report.orphans,
            report.staged,
            report.compacted
        )
    }
}
