//! The only place where a process is started: a program in the sandbox, bytes in, bytes out.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::stream::{BoxStream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::sandbox::Order;
use crate::spawner::Spawner;
use crate::verdict::{self, Allowed};

const STDERR_KEPT_BYTES: usize = 8 * 1024;
const READ_BYTES: usize = 64 * 1024;
const LINE_BYTES: usize = 4 * 1024;

/// What every process has in common.
#[derive(Debug)]
pub(crate) struct Host {
    /// The start of a command line that ends in [`crate::sandbox::enter`].
    pub(crate) launcher: Vec<OsString>,
    pub(crate) memory_bytes: u64,
    pub(crate) file_bytes: u64,
    /// Multiplies the time limit into the limit on processor time.
    pub(crate) cores: u64,
    pub(crate) best_effort: bool,
    pub(crate) spawner: Spawner,
}

/// One process to be run to its end.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    /// Written to standard input; nothing, and no stream after it, means that it is empty.
    pub(crate) input: Vec<Bytes>,
    pub(crate) read: Vec<PathBuf>,
    pub(crate) write: Vec<PathBuf>,
    pub(crate) timeout: Duration,
    pub(crate) nice: i32,
}

/// Bytes for standard input that are not all at hand: they are asked for when the program has room for them. One that
/// fails ends the program.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// Where standard output goes.
pub(crate) enum Output<'a> {
    /// Kept whole, up to a limit.
    Bytes { limit_bytes: u64 },
    /// Handed on line by line.
    Lines(&'a mut (dyn FnMut(&str) + Send)),
}

impl Host {
    /// Runs the task; when the future is dropped or the token cancelled, the process is killed.
    pub(crate) async fn run(
        &self,
        task: Task,
        stream: Option<ByteStream>,
        mut output: Output<'_>,
        cancel: &CancellationToken,
    ) -> Result<Bytes, Error> {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let stdin = if task.input.is_empty() && stream.is_none() { Stdio::null() } else { Stdio::piped() };
        let mut child = self.spawn(&task, stdin).await?;
        let ended = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Error::Cancelled),
            () = tokio::time::sleep(task.timeout) => Err(Error::TimedOut { limit: task.timeout }),
            ended = converse(&mut child, &task.input, stream, &mut output) => ended,
        };
        let (stdout, stderr, status) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                // Waiting makes sure that nothing is left that could still write into the folder.
                child.kill().await.map_err(Error::io("stopping a program"))?;
                return Err(error);
            }
        };
        tracing::debug!(program = %task.program.display(), %status, stderr, "engine process ended");
        let written = task.write.iter().filter_map(|file| file.parent()).map(Path::to_owned);
        let folders: Vec<PathBuf> = task.read.into_iter().chain(written).collect();
        let allowed = Allowed {
            program: &task.program,
            folders: &folders,
            time: task.timeout,
            memory_bytes: self.memory_bytes,
            file_bytes: self.file_bytes,
        };
        verdict::judge(status, &stderr, &allowed)?;
        Ok(stdout)
    }

    async fn spawn(&self, task: &Task, stdin: Stdio) -> Result<Child, Error> {
        let (launcher, prefix) =
            self.launcher.split_first().ok_or(Error::Misused { reason: "the launcher is empty" })?;
        let mut command = Command::new(launcher);
        command
            .args(prefix)
            .args(self.order(task).to_args())
            .env_clear()
            // Messages in English, and no memory set aside for each of many threads.
            .envs([("LC_ALL", "C"), ("MALLOC_ARENA_MAX", "4")])
            .envs(std::env::var_os("LD_LIBRARY_PATH").map(|path| ("LD_LIBRARY_PATH", path)))
            .current_dir("/")
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        self.spawner.spawn(command).await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::NotFound { program: launcher.into() },
            _ => Error::io("starting a program")(error),
        })
    }

    fn order(&self, task: &Task) -> Order {
        Order {
            read: task.read.clone(),
            write: task.write.clone(),
            memory_bytes: self.memory_bytes,
            cpu_seconds: task.timeout.as_secs().saturating_add(1).saturating_mul(self.cores),
            file_bytes: self.file_bytes,
            nice: task.nice,
            parent: Some(std::process::id()),
            trusted: false,
            best_effort: self.best_effort,
            program: task.program.clone(),
            args: task.args.clone(),
        }
    }
}

/// Feeds, reads and awaits the process all at once, so that no full pipe can make both sides wait.
pub(crate) async fn converse(
    child: &mut Child,
    input: &[Bytes],
    stream: Option<ByteStream>,
    output: &mut Output<'_>,
) -> Result<(Bytes, String, ExitStatus), Error> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (stdout, stderr) =
        stdout.zip(stderr).ok_or(Error::Misused { reason: "the process has no output pipes" })?;
    let ((), stdout, stderr, status) =
        tokio::try_join!(feed(stdin, input, stream), drain(stdout, output), last_words(stderr), async {
            child.wait().await.map_err(Error::io("waiting for a program"))
        },)?;
    Ok((stdout, stderr, status))
}

async fn feed(stdin: Option<ChildStdin>, input: &[Bytes], stream: Option<ByteStream>) -> Result<(), Error> {
    let Some(mut stdin) = stdin else { return Ok(()) };
    for chunk in input {
        if !write(&mut stdin, chunk).await? {
            return Ok(());
        }
    }
    let Some(mut stream) = stream else { return Ok(()) };
    while let Some(chunk) = stream.next().await {
        if !write(&mut stdin, &chunk.map_err(Error::io("reading what a program is given"))?).await? {
            break;
        }
    }
    Ok(())
}

/// Whether the program still takes input. One that has read all it wants takes none; its exit status tells whether that
/// is a fault.
async fn write(stdin: &mut ChildStdin, chunk: &[u8]) -> Result<bool, Error> {
    match stdin.write_all(chunk).await {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        other => other.map(|()| true).map_err(Error::io("writing to a program")),
    }
}

async fn drain(mut stdout: impl AsyncRead + Unpin, output: &mut Output<'_>) -> Result<Bytes, Error> {
    let mut buffer = BytesMut::with_capacity(READ_BYTES);
    while stdout.read_buf(&mut buffer).await.map_err(Error::io("reading from a program"))? > 0 {
        match output {
            Output::Bytes { limit_bytes } if buffer.len() as u64 > *limit_bytes => {
                return Err(Error::OutputTooLarge { limit_bytes: *limit_bytes });
            }
            Output::Bytes { .. } => buffer.reserve(READ_BYTES),
            Output::Lines(each) => hand_on_lines(&mut buffer, each),
        }
    }
    Ok(buffer.freeze())
}

fn hand_on_lines(buffer: &mut BytesMut, each: &mut (dyn FnMut(&str) + Send)) {
    while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
        let line = buffer.split_to(end + 1);
        each(String::from_utf8_lossy(&line).trim());
    }
    if buffer.len() > LINE_BYTES {
        buffer.clear();
    }
}

/// The end of standard error: the cause of a failure is said last.
async fn last_words(mut stderr: impl AsyncRead + Unpin) -> Result<String, Error> {
    let mut kept = VecDeque::with_capacity(STDERR_KEPT_BYTES);
    let mut buffer = [0; 1024];
    loop {
        let count = stderr.read(&mut buffer).await.map_err(Error::io("reading from a program"))?;
        if count == 0 {
            return Ok(String::from_utf8_lossy(kept.make_contiguous()).into_owned());
        }
        kept.extend(&buffer[..count]);
        kept.drain(..kept.len().saturating_sub(STDERR_KEPT_BYTES));
    }
}

/// A bare name is looked up in `PATH`, as a shell does; what is not found stays as it is.
pub(crate) fn resolve(program: &Path) -> PathBuf {
    if program.components().count() > 1 {
        return std::path::absolute(program).unwrap_or_else(|_| program.to_owned());
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .unwrap_or_else(|| program.to_owned())
}
