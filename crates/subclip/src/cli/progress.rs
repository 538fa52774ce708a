//! Progress of long work, on a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use subclip_app::{Asset, Stage};

/// A bar that follows an asset; silent where standard error is no terminal.
pub(crate) struct Follow(ProgressBar);

impl Follow {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new(100);
        if let Ok(style) = ProgressStyle::with_template("{msg:10} {bar:40} {percent:>3}% {eta}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(crate) fn show(&self, asset: &Asset) {
        self.0.set_message(match asset.stage {
            Stage::Ingesting => "reading",
            Stage::Transcoding => "encoding",
            Stage::Completed | Stage::Errored => "",
        });
        self.0.set_position(u64::from(asset.progress_percent));
    }
}

impl Drop for Follow {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
