//! `subclip gc`.

use anyhow::bail;
use clap::Args;

use super::print::say;
use crate::config::Config;
use crate::open::open_existing;

/// Remove what no asset shows any more, and files that nothing knows.
#[derive(Debug, Args)]
pub(crate) struct Gc {
    /// Remove the files of a store even if the database knows none of them
    #[arg(long)]
    force: bool,
}

impl Gc {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open_existing(config).await?;
        if !self.force
            && let Some(files) = app.unknown_store().await?
        {
            bail!(
                "the database knows none of the {files} files in the store: are they another server's? \
                 Name the right --data, --database-url and --storage-url, or add --force to remove the files"
            );
        }
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
