//! The sandbox: a process lowers its own rights for good and then becomes another program.
//!
//! It is entered by the same binary starting itself, so that nothing else has to be installed and no
//! code runs between `fork` and `exec` of the server. What is taken away:
//!
//! | What | How |
//! | --- | --- |
//! | Files outside the named folders | Landlock; the calls it does not cover (modes, owners, times) by seccomp |
//! | Network and every other socket, new processes, signals to others, their scheduling, kernel doors | seccomp |
//! | Memory, processor time, file size, open files, core dumps | resource limits |
//! | Capabilities, and gaining rights by `exec` | `capset`, `no_new_privs` |
//! | Outliving the server | parent-death signal; where the program may start others, a launcher that stays and ends them |
//!
//! Open files are not a way in: the standard library opens everything close-on-exec, so the program
//! inherits only its standard input, output and error.

mod args;
mod calls;
mod files;
mod guard;
mod limits;

use std::convert::Infallible;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

pub(crate) use args::Order;

/// Exit status of a sandbox that could not be entered.
pub(crate) const FAILED_STATUS: i32 = 125;
/// Exit status of a sandbox whose program does not exist.
pub(crate) const NOT_FOUND_STATUS: i32 = 127;
/// What the one line on standard error starts with when the sandbox could not be entered.
pub(crate) const MESSAGE_PREFIX: &str = "sandbox: ";

/// Why the program was not started. Nothing was run with more rights than asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The command line does not follow [`enter`]'s form.
    #[error("the sandbox was called wrongly: {0}")]
    Usage(String),
    /// The program does not exist.
    #[error("{} does not exist", .0.display())]
    NotFound(PathBuf),
    /// The program exists, but can't be executed.
    #[error("{} can't be executed: {source}", program.display())]
    Exec {
        /// What was to be executed.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder or file that was to be shared with the program can't be opened.
    #[error("{} can't be shared with the program: {reason}", path.display())]
    Path {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The system can't enforce something that was asked for.
    #[error("this system can't enforce {what}: {reason}")]
    Unenforceable {
        /// The missing protection, such as "file access rules (Landlock)".
        what: &'static str,
        /// What the system said.
        reason: String,
    },
    /// The process that asked is gone already.
    #[error("the parent process has ended")]
    Orphaned,
}

impl Error {
    fn unenforceable(what: &'static str, reason: impl ToString) -> Self {
        Self::Unenforceable { what, reason: reason.to_string() }
    }
}

/// Lowers the rights of this process and becomes the program, or ends as it does; returns only if that failed.
///
/// `args` are those after the subcommand:
/// `--read PATH… --write FILE… --memory-bytes N --cpu-seconds N --file-bytes N --nice N [--parent PID]
/// [--trusted] [--best-effort] -- PROGRAM ARGS…`. `PROGRAM` is a path, not searched for. With `--best-effort` a kernel
/// without (all of) Landlock is accepted; everything else is always enforced.
/// With `--trusted` there are no rules on files, calls and the number of open files, and the limit on memory is one on
/// what is the program's own (`RLIMIT_DATA`): programs of an operator map models and graphics cards. They may start others,
/// so this process stays beside the program, and ends its own process group when the parent dies.
///
/// Call it before any other thread is started: rights are lowered for the calling thread.
pub fn enter(args: impl Iterator<Item = OsString>) -> Error {
    match args::parse(args).and_then(|order| become_program(&order)) {
        Err(error) => error,
        Ok(never) => match never {},
    }
}

/// [`enter`], with the failure told on standard error and in the exit status, as the engine expects it.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let error = enter(args);
    eprintln!("{MESSAGE_PREFIX}{error}");
    let status = if matches!(error, Error::NotFound(_)) { NOT_FOUND_STATUS } else { FAILED_STATUS };
    ExitCode::from(u8::try_from(status).expect("both statuses are below 256"))
}

fn become_program(order: &Order) -> Result<Infallible, Error> {
    if !order.program.exists() {
        return Err(Error::NotFound(order.program.clone()));
    }
    let mut command = Command::new(&order.program);
    command.args(&order.args);
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => Error::NotFound(order.program.clone()),
        _ => Error::Exec { program: order.program.clone(), source },
    };
    if !order.trusted {
        limits::die_with_parent(order.parent)?;
    }
    limits::lower_priority(order.nice)?;
    limits::drop_capabilities()?;
    if order.trusted {
        limits::restrict_trusted(order)?;
        return guard::run(&mut command, order.parent, failed);
    }
    files::restrict(order)?;
    limits::restrict(order)?;
    calls::restrict()?;
    Err(failed(command.exec()))
}
