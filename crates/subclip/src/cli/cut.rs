//! `subclip cut`: the server's own way of cutting, over an installation that lasts as long as the command.

use std::num::IntErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use futures::StreamExt;
use subclip_app::{App, Asset, CutReport, Join, MediaFile, NewAsset, NewClip, Policy, Workers};
use subclip_core::{Medium, Time};
use tokio::io::AsyncWriteExt;

use super::asset::playing;
use super::print::say;
use super::workplace::Workplace;
use super::{Stopped, input};
use crate::config::Config;
use crate::open::{open, or_broken_engine};

/// Cut a clip out of a file, to the exact frame.
#[derive(Debug, Args)]
pub(crate) struct Cut {
    /// The video to cut from
    input: PathBuf,
    /// The MP4 to write
    output: PathBuf,
    /// Where to begin: seconds (12.5) or a clock (1:02:03.5) [default: the beginning]
    #[arg(long, value_name = "TIME", conflicts_with = "frames", allow_hyphen_values = true)]
    from: Option<Time>,
    /// Where to end; the frame that begins here is not shown any more [default: the end]
    #[arg(long, value_name = "TIME", conflicts_with = "frames", allow_hyphen_values = true)]
    to: Option<Time>,
    /// Which frames, counted from 0: A..B without B, A..=B with it
    #[arg(long, value_name = "A..B", allow_hyphen_values = true)]
    frames: Option<Frames>,
    /// Write over a file that is there already
    #[arg(long, short)]
    force: bool,
}

impl Cut {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        input::open(&self.input)?;
        if self.output.exists() && !self.force {
            bail!("{} is there already; add --force to write over it", self.output.display());
        }
        if same_file(&self.input, &self.output) {
            bail!("{} can't be written over itself; name another output", self.input.display());
        }
        // Renaming over a device or a pipe would replace it, and over a link, the link.
        let output = self.output.canonicalize().unwrap_or_else(|_| self.output.clone());
        if output.exists() && !output.is_file() {
            bail!("{} is not an ordinary file; name another output", self.output.display());
        }
        let cut = Self { output, ..self };
        cut.run_in_folder(config).await
    }

    /// Everything that is written on the way goes with the folder.
    async fn run_in_folder(&self, config: &Config) -> anyhow::Result<()> {
        // Beside the output: usually the same file system as the input's, so that nothing is copied to begin with.
        let beside = self.output.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = Workplace::make_in(beside)
            .with_context(|| format!("nothing can be written to {}", beside.display()))?;
        let config = Config {
            data: folder.path().to_owned(),
            database_url: None,
            storage_url: None,
            ..config.clone()
        };
        let app = open(&config).await?;
        let workers = Workers::start(&app).await?;
        let outcome = tokio::select! {
            outcome = self.cut(&app, folder.path()) => outcome,
            full = app.out_of_room() => Err(full.into()),
            () = super::stopped() => Err(Stopped("nothing was written".into()).into()),
        };
        workers.stop().await;
        let (clip, size) = or_broken_engine(&config, outcome).await?;
        say!("{}", summary(&clip, size))
    }

    async fn cut(&self, app: &App, folder: &Path) -> anyhow::Result<(Asset, u64)> {
        let linked = folder.join("input");
        input::link_or_copy(&self.input, &linked).await?;
        let caller = app.tokens().operator().await?;
        let new = NewAsset { policies: vec![Policy::Public], ..NewAsset::default() };
        let source = app.assets().adopt_file(&caller, &linked, new.clone()).await?;
        let source = playing(app, &caller, source.id).await?;
        let (start, end) = self.bounds(app, &source).await?;
        let clip = NewClip { source: source.id, start, end, asset: new };
        let clip = app.clips().create(&caller, clip, Duration::ZERO).await?;
        let clip = playing(app, &caller, clip.id).await?;
        let size = self.write(app, &clip, &folder.join("output.mp4")).await?;
        Ok((clip, size))
    }

    async fn bounds(&self, app: &App, source: &Asset) -> anyhow::Result<(Option<Time>, Option<Time>)> {
        let Some(frames) = self.frames else { return Ok((self.from, self.to)) };
        let view = &app.playable(source.playback[0].id).await?.view;
        let times = view.frames_time(app.library(), frames.first..frames.end).await?;
        Ok((Some(times.start), Some(times.end)))
    }

    /// Writes the clip's MP4, and puts it in its place when it is whole.
    async fn write(&self, app: &App, clip: &Asset, unfinished: &Path) -> anyhow::Result<u64> {
        let playable = app.playable(clip.playback[0].id).await?;
        let file = MediaFile::new(playable, app.library(), &[Medium::Video, Medium::Audio]).await?;
        let size = file.size();
        let mut bytes = std::sync::Arc::new(file).stream(app.clone(), 0..size);
        let failed = || format!("{} can't be written", self.output.display());
        let mut output = tokio::fs::File::create(unfinished).await.with_context(failed)?;
        while let Some(piece) = bytes.next().await {
            output.write_all(&piece?).await.with_context(failed)?;
        }
        output.flush().await.with_context(failed)?;
        std::fs::rename(unfinished, &self.output).with_context(failed)?;
        Ok(size)
    }
}

/// Whether two paths lead to one file.
fn same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn summary(clip: &Asset, size: u64) -> String {
    let seconds = clip.duration.map_or(0.0, Time::seconds);
    let how = match &clip.cut {
        Some(CutReport { copied_frames: 0, encoded_frames: 0, .. }) => "sound copied".to_owned(),
        Some(CutReport { copied_frames, encoded_frames: 0, .. }) => {
            format!("{copied_frames} frames copied, none encoded")
        }
        Some(CutReport { copied_frames, encoded_frames, join }) => {
            let join = match join {
                Join::Seamless => "nothing to join",
                Join::Identical => "joined under identical parameter sets",
                Join::OneInit => "joined under one init",
            };
            format!("{copied_frames} frames copied, {encoded_frames} encoded, {join}")
        }
        None => String::new(),
    };
    format!("{seconds:.3} s, {size} bytes: {how}")
}

/// A range of frames, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Frames {
    first: u32,
    end: u32,
}

impl std::str::FromStr for Frames {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |digits: &str| match digits.parse::<u32>() {
            Ok(number) => Ok(number),
            Err(error) if *error.kind() == IntErrorKind::PosOverflow => {
                Err("no video has so many frames".into())
            }
            Err(_) => Err("write frames as A..B (without B) or A..=B (with it), counted from 0".to_owned()),
        };
        let (first, end) = text.split_once("..").unwrap_or((text, ""));
        let (first, end) = match end.strip_prefix('=') {
            Some(last) => (number(first)?, number(last)?.saturating_add(1)),
            None => (number(first)?, number(end)?),
        };
        if end > first { Ok(Self { first, end }) } else { Err("there is no frame in this range".to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_like_ranges() {
        assert_eq!("3..7".parse(), Ok(Frames { first: 3, end: 7 }));
        assert_eq!("3..=7".parse(), Ok(Frames { first: 3, end: 8 }));
        for (bad, said) in [
            ("3", "A..B"),
            ("3..", "A..B"),
            ("..3", "A..B"),
            ("..", "A..B"),
            ("=..", "A..B"),
            ("..=", "A..B"),
            ("-1..3", "A..B"),
            ("a..b", "A..B"),
            ("7..3", "no frame in this range"),
            ("0..0", "no frame in this range"),
            ("0..99999999999", "no video has so many"),
            ("99999999999..=3", "no video has so many"),
        ] {
            let told = bad.parse::<Frames>().unwrap_err();
            assert!(told.contains(said), "{bad}: {told}");
        }
    }
}
