//! `subclip cut`: the server's own way of cutting, over an installation that lasts as long as the command.

use std::io::{self, IsTerminal as _};
use std::num::IntErrorKind;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use clap::Args;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use subclip_app::{
    App, Asset, Conversion, CutReport, InputFile, Join, Kind, MediaFile, NewAsset, NewClip, Policy, Workers,
};
use subclip_core::{Medium, Time};
use tokio::io::AsyncWriteExt;

use super::asset::playing;
use super::print::{line, say, unless_closed};
use super::workplace::Workplace;
use super::{Stopped, input};
use crate::config::Config;
use crate::open::{open, or_broken_engine};

/// Cut a clip out of a file, to the exact frame.
#[derive(Debug, Args)]
pub(crate) struct Cut {
    /// The video to cut from
    input: PathBuf,
    /// The MP4 to write, or an M4A for sound alone; - is standard output
    output: PathBuf,
    /// Where to begin: seconds (12.5) or a clock (1:02:03.5) [default: the beginning]
    #[arg(long, value_name = "TIME", conflicts_with = "frames", allow_hyphen_values = true)]
    from: Option<Time>,
    /// Where to end; the frame that begins here is not shown any more [default: the end]
    #[arg(long, value_name = "TIME", conflicts_with = "frames", allow_hyphen_values = true)]
    to: Option<Time>,
    /// Which frames, counted from 0: A..B without B, A..=B with it; A.. to the end, ..B from the beginning
    #[arg(long, value_name = "A..B", allow_hyphen_values = true)]
    frames: Option<Frames>,
    /// Write over a file that is there already
    #[arg(long, short)]
    force: bool,
}

/// Where the MP4 goes.
#[derive(Debug)]
enum Target {
    File(PathBuf),
    Stdout,
}

impl Cut {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        input::open(&self.input)?;
        let target = self.target()?;
        let folder = self.workplace(&target)?;
        let config = Config {
            data: folder.path().to_owned(),
            database_url: None,
            storage_url: None,
            ..config.clone()
        };
        let app = open(&config).await?;
        let workers = Workers::start(&app).await?;
        let outcome = tokio::select! {
            outcome = self.cut(&app, &config, &target) => outcome,
            full = app.out_of_room() => Err(full.into()),
            () = super::stopped() => Err(target.stopped().into()),
        };
        workers.stop().await;
        let summary = outcome?;
        match target {
            Target::File(_) => say!("{summary}"),
            Target::Stdout => line(&mut io::stderr(), format_args!("{summary}")),
        }
    }

    fn target(&self) -> anyhow::Result<Target> {
        let shown = self.output.display();
        if self.output.as_os_str() == "-" {
            if io::stdout().is_terminal() {
                bail!("an MP4 is nothing for a terminal; send it into a pipe or a file, or name the output");
            }
            return Ok(Target::Stdout);
        }
        if let Some(other) = other_container(&self.output) {
            bail!(
                "a clip is an MP4, and {shown} would be taken for {other}; name it .mp4, or .m4a for sound alone"
            );
        }
        if self.output.is_dir() {
            bail!("{shown} is a folder; name a file in it");
        }
        if self.output.exists() && !self.force {
            bail!("{shown} is there already; add --force to write over it");
        }
        if same_file(&self.input, &self.output) {
            bail!("{} can't be written over itself; name another output", self.input.display());
        }
        // Renaming over a device or a pipe would replace it, and over a link, the link.
        let output = self.output.canonicalize().unwrap_or_else(|_| self.output.clone());
        if output.exists() && !output.is_file() {
            bail!("{shown} is not an ordinary file; name another output, or - for standard output");
        }
        Ok(Target::File(output))
    }

    /// Everything that is written on the way goes with this folder.
    fn workplace(&self, target: &Target) -> anyhow::Result<Workplace> {
        // Beside the output: usually the same file system as the input's, so that nothing is copied to begin with.
        match target {
            Target::File(output) => {
                let beside = folder_of(output);
                if !beside.is_dir() {
                    bail!("{} can't be written: there is no folder {}", output.display(), beside.display());
                }
                Workplace::make_in(beside)
                    .with_context(|| format!("nothing can be written to {}", beside.display()))
            }
            Target::Stdout => Workplace::make_in(folder_of(&self.input))
                .or_else(|_| Workplace::make_in(&std::env::temp_dir()))
                .context("there is no place for temporary files"),
        }
    }

    /// What the name of the output asks for: an M4A is sound alone.
    fn media(&self) -> &'static [Medium] {
        let extension = self.output.extension().unwrap_or_default();
        if extension.eq_ignore_ascii_case("m4a") { &[Medium::Audio] } else { &[Medium::Video, Medium::Audio] }
    }

    async fn cut(&self, app: &App, config: &Config, target: &Target) -> anyhow::Result<String> {
        let (source, clip) = or_broken_engine(config, self.clip(app, &config.data).await).await?;
        let playable = app.playable(clip.playback[0].id).await?;
        let file = MediaFile::new(playable, app.library(), self.media()).await;
        let file = match file {
            Err(error) if error.kind == Kind::NotFound => {
                bail!("there is no sound in this part of the input")
            }
            made => made?,
        };
        let size = file.size();
        let bytes = Arc::new(file).stream(app.clone(), 0..size);
        match target {
            Target::File(output) => write_file(output, bytes, &config.data.join("output.mp4")).await?,
            Target::Stdout => write_stdout(bytes).await?,
        }
        let converted = source.input.file.as_ref().and_then(converted).unwrap_or_default();
        Ok(format!("{}{converted}", summary(&clip, size)))
    }

    /// The source, as it was taken in, and the clip.
    async fn clip(&self, app: &App, folder: &Path) -> anyhow::Result<(Asset, Asset)> {
        let linked = folder.join("input");
        input::link_or_copy(&self.input, &linked).await?;
        let caller = app.tokens().operator().await?;
        let new = NewAsset { policies: vec![Policy::Public], ..NewAsset::default() };
        let source = app.assets().adopt_file(&caller, &linked, new.clone()).await?;
        let source = playing(app, &caller, source.id).await?;
        let (start, end) = self.bounds(app, &source).await?;
        let clip = NewClip { source: source.id, start, end, policies_of_source: false, asset: new };
        let clip = app.clips().create(&caller, clip, Duration::ZERO).await?;
        let clip = playing(app, &caller, clip.id).await?;
        Ok((source, clip))
    }

    async fn bounds(&self, app: &App, source: &Asset) -> anyhow::Result<(Option<Time>, Option<Time>)> {
        let Some(frames) = self.frames else { return Ok((self.from, self.to)) };
        let view = &app.playable(source.playback[0].id).await?.view;
        // Where the end is left out, the first frame alone is looked for.
        let asked = frames.first..frames.end.unwrap_or(frames.first.saturating_add(1));
        let times = view.frames_time(app.library(), asked).await?;
        Ok((Some(times.start), frames.end.map(|_| times.end)))
    }
}

impl Target {
    /// What became of it when the command was asked to end.
    fn stopped(&self) -> Stopped {
        let words = match self {
            Self::File(_) => "nothing was written",
            Self::Stdout => "what was written is not whole",
        };
        Stopped(words.into())
    }
}

/// Writes the MP4, and puts it in its place when it is whole and on the disk. What it replaces lends it its permissions.
async fn write_file(output: &Path, mut bytes: Pieces, unfinished: &Path) -> anyhow::Result<()> {
    let failed = || format!("{} can't be written", output.display());
    let mut file = tokio::fs::File::create(unfinished).await.with_context(failed)?;
    while let Some(piece) = bytes.next().await {
        file.write_all(&piece?).await.with_context(failed)?;
    }
    file.flush().await.with_context(failed)?;
    if let Ok(replaced) = tokio::fs::metadata(output).await {
        file.set_permissions(replaced.permissions()).await.with_context(failed)?;
    }
    file.sync_all().await.with_context(failed)?;
    tokio::fs::rename(unfinished, output).await.with_context(failed)?;
    let folder = tokio::fs::File::open(folder_of(output)).await;
    if let Err(error) = async { folder?.sync_all().await }.await {
        // Not every file system can; the file is there all the same.
        tracing::debug!(%error, "the folder of the output is not known to be on the disk");
    }
    Ok(())
}

async fn write_stdout(mut bytes: Pieces) -> anyhow::Result<()> {
    let stdout = io::stdout().as_fd().try_clone_to_owned()?;
    let mut stdout = tokio::fs::File::from_std(stdout.into());
    while let Some(piece) = bytes.next().await {
        unless_closed(stdout.write_all(&piece?).await)?;
    }
    unless_closed(stdout.flush().await)
}

/// A file as it is streamed.
type Pieces = BoxStream<'static, io::Result<Bytes>>;

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
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

/// What had to be done to the input before it could be cut, and why: lines that follow the summary.
fn converted(file: &InputFile) -> Option<String> {
    let how = match file.conversion? {
        Conversion::Copied => "the input was copied into an MP4 first",
        Conversion::SoundEncoded => "the sound of the input was encoded first",
        Conversion::Encoded => "all of the input was encoded first",
    };
    let because = if file.not_conforming.is_empty() { "" } else { ", because" };
    let reasons = file.not_conforming.iter().flat_map(|reason| ["\n  ", reason]);
    Some(["\n", how, because].into_iter().chain(reasons).collect())
}

/// What players would take a file of this name for, where that is no MP4.
fn other_container(path: &Path) -> Option<&'static str> {
    const OTHERS: [(&str, &str); 12] = [
        ("mkv", "Matroska"),
        ("webm", "WebM"),
        ("mov", "QuickTime"),
        ("ts", "an MPEG transport stream"),
        ("m2ts", "an MPEG transport stream"),
        ("avi", "AVI"),
        ("flv", "FLV"),
        ("gif", "a GIF"),
        ("mp3", "MP3"),
        ("wav", "WAV"),
        ("aac", "AAC without a container"),
        ("m3u8", "a playlist"),
    ];
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    OTHERS.into_iter().find(|(known, _)| *known == extension).map(|(_, name)| name)
}

/// A range of frames, half-open; to the last one where it has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Frames {
    first: u32,
    end: Option<u32>,
}

impl std::str::FromStr for Frames {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const SYNTAX: &str =
            "write frames as A..B (without B) or A..=B (with it), counted from 0; either may be left out";
        let number = |digits: &str| match digits.parse::<u32>() {
            Ok(number) => Ok(number),
            Err(error) if *error.kind() == IntErrorKind::PosOverflow => {
                Err("no video has so many frames".into())
            }
            Err(_) => Err(SYNTAX.to_owned()),
        };
        let (first, end) = text.split_once("..").filter(|ends| *ends != ("", "")).ok_or(SYNTAX)?;
        let first = if first.is_empty() { 0 } else { number(first)? };
        let end = match end.strip_prefix('=') {
            Some(last) => Some(number(last)?.saturating_add(1)),
            None if end.is_empty() => None,
            None => Some(number(end)?),
        };
        if end.is_none_or(|end| end > first) {
            Ok(Self { first, end })
        } else {
            Err("there is no frame in this range".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_to_the_input_is_said_with_its_reasons() {
        let mut file = InputFile::default();
        assert_eq!(converted(&file), None);
        file.conversion = Some(Conversion::Copied);
        assert_eq!(converted(&file).unwrap(), "\nthe input was copied into an MP4 first");
        file.conversion = Some(Conversion::Encoded);
        file.not_conforming = vec!["it is turned".into(), "it is mirrored".into()];
        let said = "\nall of the input was encoded first, because\n  it is turned\n  it is mirrored";
        assert_eq!(converted(&file).unwrap(), said);
    }

    #[tokio::test]
    async fn what_is_written_over_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (output, unfinished) = (folder.path().join("clip.mp4"), folder.path().join("unfinished"));
        let write = async |text: &'static str| {
            let pieces = futures::stream::iter([Ok(Bytes::from(text))]).boxed();
            write_file(&output, pieces, &unfinished).await.unwrap();
            assert_eq!(std::fs::read_to_string(&output).unwrap(), text);
            assert!(!unfinished.exists());
            std::fs::metadata(&output).unwrap().permissions().mode() & 0o777
        };
        let usual = write("first").await;
        for mode in [0o600, 0o646] {
            assert_ne!(mode, usual);
            std::fs::set_permissions(&output, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(write("second").await, mode);
        }
    }

    #[test]
    fn frames_are_read_like_ranges() {
        for (text, first, end) in [
            ("3..7", 3, Some(7)),
            ("3..=7", 3, Some(8)),
            ("3..", 3, None),
            ("..3", 0, Some(3)),
            ("..=3", 0, Some(4)),
        ] {
            assert_eq!(text.parse(), Ok(Frames { first, end }), "{text}");
        }
        for (bad, said) in [
            ("3", "A..B"),
            ("..", "A..B"),
            ("=..", "A..B"),
            ("..=", "A..B"),
            ("-1..3", "A..B"),
            ("a..b", "A..B"),
            ("..0", "no frame in this range"),
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
