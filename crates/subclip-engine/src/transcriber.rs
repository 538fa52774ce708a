//! The operator's own command that turns sound into captions.
//!
//! | What | How |
//! | --- | --- |
//! | sound | a WAV file on its standard input, which can be sought in: 16,000 samples a second of 16 bits, one channel |
//! | language | `SUBCLIP_LANGUAGE`: a tag like `en`, or `auto` |
//! | captions | WebVTT or SRT in UTF-8 on its standard output; for `auto` the header may say `Language: en` |
//! | what it may look up | `PATH`, `HOME`, `LANG`, `XDG_CACHE_HOME`, `LD_LIBRARY_PATH`, and all that begins with `SUBCLIP_TRANSCRIBE_` |
//! | outcome | 0; 75 (`EX_TEMPFAIL`) to be tried again later; anything else is a failure, told by its last line on standard error |
//!
//! It is trusted as no decoder is: it may read files, use a graphics card and the network. It is bounded all the same, in
//! time, memory, output and priority, gains no rights, learns no secret of the server from its environment, and ends
//! with the server, as do those that it starts, unless they leave its process group.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::Bytes;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;
use crate::error::Error;
use crate::folder::{Folder, check_name};
use crate::process::{Host, Output, converse};
use crate::sandbox::{FAILED_STATUS, MESSAGE_PREFIX, NOT_FOUND_STATUS, Order};

/// What it may keep in memory of its own: models are large.
const MEMORY_BYTES: u64 = 16 << 30;
const NICE: i32 = 10;
/// `EX_TEMPFAIL` of `sysexits.h`.
const TRY_LATER_STATUS: i32 = 75;
const REASON_CHARS: usize = 240;
/// What the command may see of the server's environment, beside what begins with [`ITS_OWN`].
const SHARED: [&str; 5] = ["PATH", "HOME", "LANG", "XDG_CACHE_HOME", "LD_LIBRARY_PATH"];
const ITS_OWN: &str = "SUBCLIP_TRANSCRIBE_";

/// What is to be transcribed, and how.
#[derive(Debug, Clone)]
pub struct Transcription<'a> {
    /// The WAV file that [`Engine::wave`] made.
    pub sound: &'a str,
    /// A language tag, or `auto`.
    pub language: &'a str,
    /// How long it may take.
    pub timeout: Duration,
    /// The most bytes of captions.
    pub most_bytes: u64,
}

impl Engine {
    /// Whether there is a command that transcribes.
    pub fn can_transcribe(&self) -> bool {
        self.transcriber().is_some()
    }

    /// Has sound turned into captions, and gives these as the command wrote them.
    ///
    /// # Errors
    /// [`Error::Misused`] without a command, [`Error::Unavailable`] where it says that another time may do,
    /// [`Error::Refused`] where it fails; [`Error::TimedOut`], [`Error::OutputTooLarge`], [`Error::Killed`],
    /// [`Error::Cancelled`].
    pub async fn transcribe(
        &self,
        folder: &Folder,
        request: &Transcription<'_>,
        cancel: &CancellationToken,
    ) -> Result<Bytes, Error> {
        check_name(request.sound)?;
        let program =
            self.transcriber().ok_or(Error::Misused { reason: "there is no transcription command" })?;
        let sound = File::open(folder.output(request.sound)).map_err(Error::io("opening the sound"))?;
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let host = self.host();
        let mut command = command(host, program, &folder.outputs(), request)?;
        command.stdin(sound);
        let mut child = Group(host.spawner.spawn(command).await.map_err(Error::io("starting a program"))?);
        let mut output = Output::Bytes { limit_bytes: request.most_bytes };
        let (stdout, stderr, status) = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Error::Cancelled),
            () = tokio::time::sleep(request.timeout) => return Err(Error::TimedOut { limit: request.timeout }),
            ended = converse(&mut child.0, &[], None, &mut output) => ended?,
        };
        tracing::debug!(program = %program.display(), %status, stderr, "the transcription command ended");
        judge(status, &stderr, program, request.timeout)?;
        Ok(stdout)
    }
}

/// A program and what it has started, which end together when this is dropped.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // Without a number it has ended, and was waited for.
        let leader = self.0.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        if let Some(leader) = leader {
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

fn command(host: &Host, program: &Path, place: &Path, request: &Transcription<'_>) -> Result<Command, Error> {
    let (launcher, prefix) =
        host.launcher.split_first().ok_or(Error::Misused { reason: "the launcher is empty" })?;
    let order = Order {
        memory_bytes: MEMORY_BYTES,
        cpu_seconds: request.timeout.as_secs().saturating_add(1).saturating_mul(host.cores),
        file_bytes: host.file_bytes,
        nice: NICE,
        parent: Some(std::process::id()),
        trusted: true,
        program: program.to_owned(),
        ..Order::default()
    };
    let seen = std::env::vars_os().filter(|(name, _)| {
        name.to_str().is_some_and(|name| SHARED.contains(&name) || name.starts_with(ITS_OWN))
    });
    let mut command = Command::new(launcher);
    command
        .args(prefix)
        .args(order.to_args())
        .env_clear()
        .envs(seen)
        .env("SUBCLIP_LANGUAGE", request.language)
        .env("TMPDIR", place)
        .current_dir(place)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    Ok(command)
}

fn judge(status: ExitStatus, stderr: &str, program: &Path, limit: Duration) -> Result<(), Error> {
    use std::os::unix::process::ExitStatusExt as _;
    let said = stderr.lines().map(str::trim).rfind(|line| !line.is_empty());
    let said: String =
        said.unwrap_or("it said nothing").chars().filter(|c| !c.is_control()).take(REASON_CHARS).collect();
    let of_launcher = stderr.lines().find_map(|line| line.strip_prefix(MESSAGE_PREFIX));
    match (status.code(), of_launcher) {
        (Some(0), _) => Ok(()),
        (Some(NOT_FOUND_STATUS), Some(_)) => Err(Error::NotFound { program: program.to_owned() }),
        (Some(FAILED_STATUS), Some(reason)) => Err(Error::Sandbox { reason: reason.to_owned() }),
        (Some(TRY_LATER_STATUS), _) => Err(Error::Unavailable {
            reason: format!("the transcription command asks to be tried again later: {said}"),
        }),
        (Some(code), _) => {
            Err(Error::refused(format!("the transcription command failed with status {code}: {said}")))
        }
        (None, _) => match status.signal() {
            Some(libc::SIGXCPU) => Err(Error::TimedOut { limit }),
            signal => Err(Error::Killed { signal: signal.unwrap_or(0) }),
        },
    }
}

/// Where the program lies that a setting names.
///
/// # Errors
/// [`Error::Refused`] where there is none: better heard of at the start than by the first who wants captions.
pub(crate) fn located(program: Option<PathBuf>) -> Result<Option<PathBuf>, Error> {
    let Some(program) = program.map(|program| crate::process::resolve(&program)) else { return Ok(None) };
    if !program.is_file() {
        return Err(Error::refused(format!("the transcription command {} was not found", program.display())));
    }
    Ok(Some(program))
}
