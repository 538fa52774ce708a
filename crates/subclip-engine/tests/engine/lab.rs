//! A workbench: an engine in a temporary place, a maker of media, and eyes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bytes::Bytes;
use subclip_engine::{AudioPlan, Config, Engine, Error, Folder, NormaliseRequest, Probe, VideoPlan};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The binary that enters the sandbox, and tells about it from inside.
pub(crate) const SANDBOX: &str = env!("CARGO_BIN_EXE_subclip-sandbox");

pub(crate) const UHD: (u32, u32) = (3840, 2160);

pub(crate) struct Lab {
    pub(crate) engine: Engine,
    place: TempDir,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut config = Config::new(vec![SANDBOX.into()], place.path().join("work"));
        change(&mut config);
        Self { engine: Engine::new(config).unwrap(), place }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// Makes a file with FFmpeg; the options are split at blanks.
    pub(crate) fn make(&self, name: &str, options: &str) -> PathBuf {
        let path = self.path(name);
        ffmpeg(options.split_whitespace().chain([path.to_str().unwrap()]));
        path
    }

    /// A folder whose only input, `source`, is this file.
    pub(crate) fn folder_with(&self, file: &Path) -> Folder {
        let folder = self.engine.folder().unwrap();
        fs::copy(file, folder.input("source")).unwrap();
        folder
    }

    pub(crate) async fn probe(&self, file: &Path) -> Result<Probe, Error> {
        self.engine.probe(&self.folder_with(file), "source", &never()).await
    }

    /// Normalises as a server would, and returns the result's path in its folder.
    pub(crate) async fn normalise(&self, file: &Path) -> Result<Normalised, Error> {
        let folder = self.folder_with(file);
        let probe = self.engine.probe(&folder, "source", &never()).await?;
        let request = NormaliseRequest {
            video: probe.video().map(|stream| VideoPlan::for_stream(stream, UHD)),
            audio: probe.audio().map(AudioPlan::for_stream),
            first_picture_s: probe.first_picture_s(),
            duration_s: probe.duration_s,
            ..NormaliseRequest::default()
        };
        let mut percents = Vec::new();
        let mut progress = |percent| percents.push(percent);
        self.engine.normalise(&folder, "source", "top.mp4", &request, &mut progress, &never()).await?;
        assert_eq!(percents.last(), Some(&100));
        assert!(percents.is_sorted(), "{percents:?}");
        Ok(Normalised { path: folder.output("top.mp4"), _folder: folder, plan: request })
    }
}

pub(crate) struct Normalised {
    pub(crate) path: PathBuf,
    pub(crate) plan: NormaliseRequest,
    _folder: Folder,
}

impl Normalised {
    /// A file that needs nothing done.
    pub(crate) fn of(lab: &Lab, file: &Path) -> Self {
        Self {
            path: file.to_owned(),
            plan: NormaliseRequest::default(),
            _folder: lab.engine.folder().unwrap(),
        }
    }
}

pub(crate) fn never() -> CancellationToken {
    CancellationToken::new()
}

pub(crate) fn ffmpeg<'a>(args: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    // A test that asks for endless media fails instead of hanging.
    let head = ["-nostdin", "-hide_banner", "-v", "error", "-y", "-timelimit", "100"];
    succeed(Command::new("ffmpeg").args(head.into_iter().chain(args)).output().unwrap())
}

fn succeed(output: Output) -> Vec<u8> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Values of ffprobe entries, a row of fields for each packet, frame or stream.
pub(crate) fn look(file: &Path, options: &str) -> Vec<Vec<String>> {
    let args = options.split_whitespace();
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "csv=p=0"])
        .args(args)
        .arg(file)
        .output()
        .unwrap();
    let text = String::from_utf8(succeed(output)).unwrap();
    let rows = text.lines().filter(|line| !line.is_empty());
    rows.map(|line| line.trim_end_matches(',').split(',').map(str::to_owned).collect()).collect()
}

/// Presentation times of the video packets in ticks, rising, edit lists left aside.
pub(crate) fn video_times(file: &Path) -> Vec<i64> {
    let rows = look(file, "-ignore_editlist 1 -select_streams v -show_entries packet=pts");
    let mut times: Vec<i64> = rows.iter().map(|row| row[0].parse().unwrap()).collect();
    times.sort_unstable();
    times
}

/// What is said about the one stream of a kind.
pub(crate) fn stream(file: &Path, kind: &str, entries: &str) -> String {
    let rows = look(file, &format!("-select_streams {kind} -show_entries stream={entries}"));
    rows.first().map(|row| row.join(",")).unwrap_or_default()
}

/// The body of the first box of a type, wherever it is: for boxes that hold no others.
pub(crate) fn find_box<'a>(mp4: &'a [u8], kind: &[u8; 4]) -> &'a [u8] {
    let at = mp4.windows(4).position(|window| window == kind).expect("the box is there");
    let size = u32::from_be_bytes(mp4[at - 4..at].try_into().unwrap()) as usize;
    &mp4[at + 4..at - 4 + size]
}

/// FFmpeg options for pictures that are one shade of grey each, the nth of shade `30 + 4n`, modulo 50.
pub(crate) fn shades(size: &str, rate: &str, frames: u32) -> String {
    format!(
        "-f lavfi -i nullsrc=s={size}:r={rate},format=yuv420p,geq=lum='30+mod(N\\,50)*4':cb=128:cr=128 \
         -frames:v {frames}"
    )
}

/// Which pictures of [`shades`] a file shows.
pub(crate) fn shown(file: &Path) -> Vec<u8> {
    let is_mp4 = file.extension().is_some_and(|extension| extension == "mp4");
    let head = if is_mp4 { &["-ignore_editlist", "1"][..] } else { &[] };
    let filters = "scale=1:1:flags=area:in_range=tv:out_range=tv,format=gray,setrange=tv";
    let tail = ["-an", "-vf", filters, "-fps_mode", "passthrough", "-f", "rawvideo", "-"];
    let input = ["-i", file.to_str().unwrap()];
    let grey = ffmpeg(head.iter().copied().chain(input).chain(tail));
    grey.into_iter().map(|shade| (i32::from(shade) - 30 + 2).div_euclid(4).rem_euclid(50) as u8).collect()
}

/// A copy of a file that says it is to be shown turned clockwise.
pub(crate) async fn turned(lab: &Lab, file: &Path, degrees: u32) -> PathBuf {
    let (file, anticlockwise) = (file.display(), 360 - degrees);
    // Until FFmpeg 6 a tag says so, since then an option.
    let tagged = lab.make("turned.mov", &format!("-i {file} -c copy -metadata:s:v rotate={anticlockwise}"));
    if lab.probe(&tagged).await.unwrap().video().unwrap().rotation == degrees {
        return tagged;
    }
    lab.make("turned.mov", &format!("-display_rotation {anticlockwise} -i {file} -c copy"))
}

/// The file as fragmented MP4 with these ticks a second, a fragment for each GOP.
pub(crate) fn fragmented(lab: &Lab, file: &Path, timescale: u32) -> PathBuf {
    let options = format!(
        "-i {} -map 0:v -c copy -video_track_timescale {timescale} \
         -movflags empty_moov+default_base_moof+frag_keyframe -use_editlist 0",
        file.display()
    );
    lab.make("fragmented.mp4", &options)
}

pub(crate) fn bytes_of(file: &Path) -> Bytes {
    fs::read(file).unwrap().into()
}
