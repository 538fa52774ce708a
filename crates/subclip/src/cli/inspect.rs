//! `subclip inspect`: what is in a file, where its GOPs are, and whether it can be served as it is.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use clap::Args;
use futures::future::BoxFuture;
use serde::Serialize;
use subclip_app::{RangeReader, not_conforming, why_refused};
use subclip_core::{Index, Time};
use subclip_engine::{Engine, Folder, Probe, StreamKind};
use subclip_formats::mp4::read::{Kind, Movie, MovieTrack, ReadError, SampleEntry, read_with};
use tokio_util::sync::CancellationToken;

use super::print::say;
use super::workplace::Workplace;
use super::{Stopped, input};
use crate::config::Config;
use crate::open::{engine, or_broken_engine};

/// Show a file's tracks and GOPs, and whether it can be served as it is.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The file
    input: PathBuf,
    /// Print JSON instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    container: String,
    /// Whether it can be served and cut as it is.
    conforming: bool,
    /// Why not.
    reasons: Vec<String>,
    tracks: Vec<TrackReport>,
}

#[derive(Debug, Default, Serialize)]
struct TrackReport {
    medium: String,
    codec: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channels: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_rate: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timescale: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_s: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gops: Vec<GopReport>,
}

#[derive(Debug, Serialize)]
struct GopReport {
    start_s: f64,
    duration_s: f64,
    frames: usize,
    size_bytes: u64,
}

impl Inspect {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let file = Local(input::open(&self.input)?);
        let report = match file.movie() {
            Ok(movie) => of_movie(movie, &file).await?,
            Err(error) => match read_error(&error).and_then(why_refused) {
                Some(sentence) => bail!("{}: {sentence}", self.input.display()),
                None => tokio::select! {
                    report = self.probed(config, &error) => report?,
                    () = super::stopped() => return Err(Stopped("nothing was changed".into()).into()),
                },
            },
        };
        if report.tracks.is_empty() {
            bail!("{} holds no picture and no sound", self.input.display());
        }
        if self.json {
            say!("{}", serde_json::to_string_pretty(&report)?)
        } else {
            say!("{}", table(&report).trim_end_matches('\n'))
        }
    }

    /// What the engine sees in a file that is no readable MP4.
    async fn probed(&self, config: &Config, why: &io::Error) -> anyhow::Result<Report> {
        let folder = Workplace::make_in(&std::env::temp_dir())?;
        let config = Config { data: folder.path().to_owned(), ..config.clone() };
        let engine = engine(&config)?;
        let work = engine.folder()?;
        let source = work.input("input");
        input::link_or_copy(&self.input, &source).await?;
        let probe = engine.probe(&work, "input", &CancellationToken::new()).await;
        let probe = probe.with_context(|| format!("{} is no video or sound", self.input.display()));
        let probe = or_broken_engine(&config, probe).await?;
        // Another container's samples are where a copy of them into an MP4 says.
        let copied = match copied(&engine, &work, &probe).await {
            Ok(report) => report,
            Err(error) => {
                tracing::debug!(%error, "its streams can't be copied into an MP4");
                return Ok(of_probe(&probe, why));
            }
        };
        let container = format!("it is not an MP4 that can be read as it lies ({why})");
        let reasons = [vec![container], copied.reasons].concat();
        Ok(Report { container: probe.container.clone(), conforming: false, reasons, ..copied })
    }
}

/// The streams as they are, in an MP4.
async fn copied(engine: &Engine, work: &Folder, probe: &Probe) -> anyhow::Result<Report> {
    const COPY: &str = "copied.mp4";
    engine.remux(work, "input", COPY, &probe.into(), &mut |_| {}, &CancellationToken::new()).await?;
    let file = Local(File::open(work.output(COPY))?);
    of_movie(file.movie()?, &file).await
}

/// A file of this machine.
struct Local(File);

impl Local {
    fn movie(&self) -> io::Result<Movie> {
        read_with(self.0.metadata()?.len(), |range| self.range(range))
    }

    fn range(&self, range: Range<u64>) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(range.end - range.start).map_err(io::Error::other)?];
        self.0.read_exact_at(&mut bytes, range.start)?;
        Ok(bytes)
    }
}

impl RangeReader for Local {
    fn ranges<'a>(&'a self, ranges: &'a [Range<u64>]) -> BoxFuture<'a, subclip_app::Result<Vec<Bytes>>> {
        let read = |range: &Range<u64>| self.range(range.clone()).map(Bytes::from);
        let bytes: io::Result<Vec<Bytes>> = ranges.iter().map(read).collect();
        let failed = |error| subclip_app::Error::invalid(format!("The file can't be read: {error}."));
        Box::pin(std::future::ready(bytes.map_err(failed)))
    }
}

/// What the reader found wrong, where it was not the reading of the file that failed.
fn read_error(error: &io::Error) -> Option<&ReadError> {
    error.get_ref()?.downcast_ref()
}

async fn of_movie(movie: Movie, file: &Local) -> anyhow::Result<Report> {
    let container = if movie.fragmented { "fragmented MP4" } else { "MP4" };
    let tracks: Vec<TrackReport> = movie.tracks.iter().map(of_track).collect();
    let reasons = not_conforming(movie, file).await?;
    Ok(Report { container: container.into(), conforming: reasons.is_empty(), reasons, tracks })
}

fn of_track(track: &MovieTrack) -> TrackReport {
    let seconds = |ticks: i64| Time::new(ticks, track.timescale).seconds();
    let mut report = TrackReport {
        medium: match track.kind {
            Kind::Video => "video".into(),
            Kind::Audio => "audio".into(),
            Kind::Other(handler) => handler.to_string(),
        },
        timescale: Some(track.timescale.get()),
        samples: Some(track.samples.len()).filter(|&n| n > 0),
        ..TrackReport::default()
    };
    match track.entries.first() {
        Some(SampleEntry::Avc(format)) => {
            report.codec = "H.264".into();
            (report.width, report.height) = (Some(format.width), Some(format.height));
        }
        Some(SampleEntry::Aac(format)) => {
            report.codec = "AAC".into();
            (report.channels, report.sample_rate) = (Some(format.channels.into()), Some(format.sample_rate));
        }
        Some(SampleEntry::Other { fourcc, .. }) => report.codec = fourcc.to_string(),
        None => report.codec = "none".into(),
    }
    let Some(first) = track.samples.iter().map(|s| s.pts).min() else { return report };
    report.duration_s = Some(seconds(track.end_pts - first));
    if track.kind == Kind::Video {
        let index = Index { samples: track.samples.clone(), end_pts: track.end_pts };
        let map = index.gop_map();
        for (number, gop) in map.gops.iter().enumerate() {
            report.gops.push(GopReport {
                start_s: seconds(gop.pts - first),
                duration_s: seconds(map.end_of(number) - gop.pts),
                frames: map.samples_of(number).len(),
                size_bytes: gop.size_bytes,
            });
        }
    }
    report
}

fn of_probe(probe: &Probe, why: &io::Error) -> Report {
    let positive = |n: u32| Some(n).filter(|&n| n > 0);
    let streams = probe.streams.iter().filter(|s| matches!(s.kind, StreamKind::Video | StreamKind::Audio));
    let tracks = streams.map(|stream| TrackReport {
        medium: if stream.kind == StreamKind::Video { "video" } else { "audio" }.into(),
        codec: stream.codec.clone(),
        width: positive(stream.width),
        height: positive(stream.height),
        channels: positive(stream.channels),
        sample_rate: positive(stream.sample_rate),
        duration_s: probe.duration_of(stream),
        ..TrackReport::default()
    });
    Report {
        container: probe.container.clone(),
        conforming: false,
        reasons: vec![format!("not an MP4 that can be indexed as it lies: {why}")],
        tracks: tracks.collect(),
    }
}

/// The report for people. Of many GOPs, the first ones.
fn table(report: &Report) -> String {
    use std::fmt::Write as _;
    const SHOWN: usize = 12;
    let mut text = format!("{}\n", report.container);
    for track in &report.tracks {
        let size = match (track.width, track.height, track.channels, track.sample_rate) {
            (Some(width), Some(height), ..) => format!("{width}x{height}"),
            (_, _, Some(channels), Some(rate)) => format!("{channels} ch, {rate} Hz"),
            _ => String::new(),
        };
        let length = track.duration_s.map_or(String::new(), |s| format!("{s:.3} s"));
        let samples = track.samples.map_or(String::new(), |n| format!("{n} samples"));
        let _ = writeln!(text, "  {:6} {:8} {size:14} {length:12} {samples}", track.medium, track.codec);
        for (number, gop) in track.gops.iter().take(SHOWN).enumerate() {
            let _ = writeln!(
                text,
                "    GOP {number:<4} at {:>10.3} s  {:>7.3} s  {:>4} frames  {:>9} bytes",
                gop.start_s, gop.duration_s, gop.frames, gop.size_bytes
            );
        }
        if track.gops.len() > SHOWN {
            let _ = writeln!(text, "    and {} more GOPs", track.gops.len() - SHOWN);
        }
    }
    if report.conforming {
        text.push_str("conforming: served and cut as it is\n");
    } else {
        text.push_str("not conforming: it will be converted first, because\n");
        for reason in &report.reasons {
            let _ = writeln!(text, "  {reason}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_why_not() {
        let report = Report {
            container: "MP4".into(),
            conforming: false,
            reasons: vec!["it is turned".into()],
            tracks: vec![TrackReport {
                medium: "video".into(),
                codec: "H.264".into(),
                ..TrackReport::default()
            }],
        };
        assert!(table(&report).ends_with("because\n  it is turned\n"));
    }
}
