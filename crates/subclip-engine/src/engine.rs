//! The engine: what all operations share.

use std::ffi::OsString;
use std::fs::File;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::folder::{Folder, Run};
use crate::process::{ByteStream, Host, Output, Task, resolve};
use crate::queue::{Priority, Queue, Urgency};
use crate::single::{Flight, Single};
use crate::spawner::Spawner;
use crate::transcriber::located;

/// Where the engine's parts are and what it may use.
#[derive(Debug, Clone)]
pub struct Config {
    /// FFmpeg, as a path or a name to be found in `PATH`.
    pub ffmpeg: PathBuf,
    /// Likewise ffprobe.
    pub ffprobe: PathBuf,
    /// Likewise the operator's command that turns sound into captions, if there is one.
    pub transcriber: Option<PathBuf>,
    /// The start of a command line that reaches [`crate::sandbox::enter`]: this binary and its subcommand.
    pub launcher: Vec<OsString>,
    /// Temporary folders are made here. Engines of several processes can share it.
    pub work_folder: PathBuf,
    /// How many processes may run at once, beside one more for an edge.
    pub slots: usize,
    /// How many pieces of work may wait for a slot.
    pub waiting: usize,
    /// Bounds of each process.
    pub limits: Limits,
    /// Whether to work on a kernel without (all of) Landlock.
    pub best_effort_sandbox: bool,
}

impl Config {
    /// FFmpeg from `PATH`, one slot per core and at least two.
    pub fn new(launcher: Vec<OsString>, work_folder: impl Into<PathBuf>) -> Self {
        Self {
            ffmpeg: "ffmpeg".into(),
            ffprobe: "ffprobe".into(),
            transcriber: None,
            launcher,
            work_folder: work_folder.into(),
            slots: cores().max(2),
            waiting: 1024,
            limits: Limits::default(),
            best_effort_sandbox: false,
        }
    }
}

/// Bounds of each process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Address space of one process.
    pub memory_bytes: u64,
    /// Largest file in a temporary folder.
    pub file_bytes: u64,
    /// Largest result on a pipe: an edge or a picture.
    pub result_bytes: u64,
    /// For pictures and probes, from their start.
    pub short: Duration,
    /// For edges and pieces of rungs, from their start: a clip fails for good with one of its edges.
    pub edge: Duration,
    /// For remuxing and normalising, from their start.
    pub long: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 4 << 30,
            file_bytes: 256 << 30,
            result_bytes: 256 << 20,
            short: Duration::from_secs(60),
            edge: Duration::from_secs(5 * 60),
            long: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// FFmpeg in a sandbox, behind a queue. Cheap to clone; all clones are one engine.
#[derive(Debug, Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    ffmpeg: PathBuf,
    ffprobe: PathBuf,
    transcriber: Option<PathBuf>,
    limits: Limits,
    host: Host,
    slots: usize,
    queue: Queue,
    single: Single<Result<Bytes, Error>>,
    run: Arc<Run>,
}

/// How long a process may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    Short,
    Edge,
    Long,
}

/// Which program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Ffmpeg,
    Ffprobe,
}

/// One call of a program.
pub(crate) struct Call<'a> {
    pub(crate) tool: Tool,
    pub(crate) args: Vec<OsString>,
    pub(crate) input: Vec<Bytes>,
    /// Comes after `input`.
    pub(crate) stream: Option<ByteStream>,
    /// Its `in` may be read; none is for work on pipes.
    pub(crate) folder: Option<&'a Folder>,
    /// The one file in its `out` that may be written.
    pub(crate) output: Option<PathBuf>,
    pub(crate) urgency: Urgency,
    pub(crate) span: Span,
}

impl Engine {
    /// Prepares the work folder, removing what dead processes left there. Starts nothing yet.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::NoSpace`]; [`Error::Refused`] without the transcription command that was named.
    pub fn new(config: Config) -> Result<Self, Error> {
        let run = Run::open(&config.work_folder)?;
        let host = Host {
            launcher: config.launcher,
            memory_bytes: config.limits.memory_bytes,
            file_bytes: config.limits.file_bytes,
            cores: cores() as u64,
            best_effort: config.best_effort_sandbox,
            spawner: Spawner::start().map_err(Error::io("starting a thread"))?,
        };
        let shared = Shared {
            ffmpeg: resolve(&config.ffmpeg),
            ffprobe: resolve(&config.ffprobe),
            transcriber: located(config.transcriber)?,
            limits: config.limits,
            host,
            slots: config.slots.max(1),
            queue: Queue::new(config.slots, config.waiting),
            single: Single::default(),
            run: Arc::new(run),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Starts both programs in the sandbox and returns FFmpeg's version, such as `5.1.9`.
    ///
    /// # Errors
    /// [`Error::NotFound`] if one is missing, [`Error::Sandbox`] if this system can't enforce it,
    /// [`Error::Refused`] if one is something else, or too old.
    pub async fn check(&self) -> Result<String, Error> {
        self.version(Tool::Ffprobe, &self.shared.ffprobe).await?;
        self.version(Tool::Ffmpeg, &self.shared.ffmpeg).await
    }

    async fn version(&self, tool: Tool, program: &Path) -> Result<String, Error> {
        let broken =
            || Error::refused(format!("{} does not work as FFmpeg's programs do", program.display()));
        let call = Call::short(tool, ["-version"], Priority::Edge);
        let text = self.bytes(call, &CancellationToken::new()).await.map_err(|error| match error {
            Error::Refused { .. } | Error::Killed { .. } => broken(),
            other => other,
        })?;
        let text = String::from_utf8_lossy(&text);
        let word = text.split_whitespace().skip_while(|word| *word != "version").nth(1);
        let version = word.ok_or_else(broken)?;
        if is_too_old(version) {
            let (program, (major, minor)) = (program.display(), OLDEST);
            return Err(Error::refused(format!(
                "{program} is version {version}, and {major}.{minor} or newer is needed"
            )));
        }
        Ok(version.to_owned())
    }

    /// How many processes run at once.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.shared.slots
    }

    /// Makes a private folder for one piece of work.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::NoSpace`].
    pub fn folder(&self) -> Result<Folder, Error> {
        Run::folder(&self.shared.run)
    }

    /// Work that is the same for the same key, done once for all who ask while it is under way.
    ///
    /// `work` gets this engine, a token that is cancelled when nobody waits any more, so that one caller's cancellation
    /// fails none of the others, and the urgency of the most urgent of them.
    ///
    /// # Errors
    /// Those of `work`; [`Error::Cancelled`] if this caller's token is cancelled.
    pub async fn once<W, F>(
        &self,
        key: &str,
        priority: Priority,
        cancel: &CancellationToken,
        work: W,
    ) -> Result<Bytes, Error>
    where
        W: FnOnce(Self, Flight) -> F,
        F: Future<Output = Result<Bytes, Error>> + Send + 'static,
    {
        let result = self.shared.single.run(key, priority, |flight| work(self.clone(), flight));
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Error::Cancelled),
            result = result => result.unwrap_or_else(|| {
                Err(Error::io("doing shared work")(std::io::Error::other("it ended in a panic")))
            }),
        }
    }

    pub(crate) fn host(&self) -> &Host {
        &self.shared.host
    }

    pub(crate) fn transcriber(&self) -> Option<&Path> {
        self.shared.transcriber.as_deref()
    }

    /// Runs a call and keeps what it writes to standard output.
    pub(crate) async fn bytes(&self, call: Call<'_>, cancel: &CancellationToken) -> Result<Bytes, Error> {
        self.bytes_at_most(u64::MAX, call, cancel).await
    }

    /// As [`Engine::bytes`], for what is smaller in earnest than any result may be.
    pub(crate) async fn bytes_at_most(
        &self,
        most_bytes: u64,
        call: Call<'_>,
        cancel: &CancellationToken,
    ) -> Result<Bytes, Error> {
        let limit_bytes = self.shared.limits.result_bytes.min(most_bytes);
        self.run(call, Output::Bytes { limit_bytes }, cancel).await
    }

    /// Runs a call and hands on each line that it writes to standard output.
    pub(crate) async fn lines(
        &self,
        call: Call<'_>,
        each: &mut (dyn FnMut(&str) + Send),
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        self.run(call, Output::Lines(each), cancel).await.map(drop)
    }

    async fn run(
        &self,
        call: Call<'_>,
        output: Output<'_>,
        cancel: &CancellationToken,
    ) -> Result<Bytes, Error> {
        let shared = &self.shared;
        let slot = shared.queue.enter_as(&call.urgency, cancel).await?;
        if let Some(output) = &call.output {
            File::create(output).map_err(Error::io("making the file for a result"))?;
        }
        let task = Task {
            program: match call.tool {
                Tool::Ffmpeg => shared.ffmpeg.clone(),
                Tool::Ffprobe => shared.ffprobe.clone(),
            },
            args: call.args,
            input: call.input,
            read: call.folder.map(Folder::inputs).into_iter().collect(),
            write: call.output.into_iter().collect(),
            timeout: match call.span {
                Span::Short => shared.limits.short,
                Span::Edge => shared.limits.edge,
                Span::Long => shared.limits.long,
            },
            nice: slot.priority().nice(),
        };
        shared.host.run(task, call.stream, output, cancel).await
    }
}

impl<'a> Call<'a> {
    pub(crate) fn short<A: Into<OsString>>(
        tool: Tool,
        args: impl IntoIterator<Item = A>,
        priority: Priority,
    ) -> Self {
        let args = args.into_iter().map(Into::into).collect();
        let (input, stream, folder, output) = (Vec::new(), None, None, None);
        let urgency = Urgency::new(priority);
        Self { tool, args, input, stream, folder, output, urgency, span: Span::Short }
    }

    pub(crate) fn long<A: Into<OsString>>(
        args: impl IntoIterator<Item = A>,
        folder: &'a Folder,
        output: PathBuf,
        priority: Priority,
    ) -> Self {
        let (folder, output) = (Some(folder), Some(output));
        Self { folder, output, span: Span::Long, ..Self::short(Tool::Ffmpeg, args, priority) }
    }
}

/// A path that FFmpeg can't take for an option or a protocol.
pub(crate) fn file_url(path: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(path);
    url
}

/// The first FFmpeg with `-fps_mode`.
const OLDEST: (u32, u32) = (5, 1);

/// Whether a version, such as `4.4.2-0ubuntu1` or `n6.0`, is one that lacks something. A build from between two
/// versions (`N-109542-g…`) is taken as it is.
fn is_too_old(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('n').split(|c: char| !c.is_ascii_digit()).map(str::parse);
    let (major, minor) = (numbers.next(), numbers.next());
    match major {
        Some(Ok(major)) => (major, minor.and_then(Result::ok).unwrap_or(0)) < OLDEST,
        _ => false,
    }
}

fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_versions_are_told_from_new_ones() {
        for (version, too_old) in [
            ("5.1.9-0+deb12u1", false),
            ("5.1", false),
            ("6", false),
            ("n7.1.1", false),
            ("10.0", false),
            ("N-109542-g1bf1a5d", false),
            ("git-2026-01-01", false),
            ("5.0.3", true),
            ("5", true),
            ("4.4.2-0ubuntu1", true),
            ("n4.4", true),
        ] {
            assert_eq!(is_too_old(version), too_old, "{version}");
        }
    }
}
