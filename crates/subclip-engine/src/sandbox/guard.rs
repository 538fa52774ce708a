//! A program that may start others, watched over: the kernel's parent-death signal is inherited by nobody that it starts, so
//! the launcher stays beside it and, when the server dies, ends all of them.

use std::convert::Infallible;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, getpgrp, getpid, getppid, kill_process, kill_process_group, pidfd_open,
};

use super::Error;

/// Runs the program to its end, and ends as it did. All of this process's group is killed when the parent dies, also by
/// `kill -9`.
pub(super) fn run(
    command: &mut Command,
    parent: Option<u32>,
    exec: impl Fn(std::io::Error) -> Error,
) -> Result<Infallible, Error> {
    let watching = |error| Error::unenforceable("the end with the parent", error);
    let alive = opened(getppid()).map_err(watching)?;
    // It may have died before; then somebody else is watched.
    let now = Pid::as_raw(getppid()).cast_unsigned();
    if parent.is_some_and(|expected| now != expected) {
        return Err(Error::Orphaned);
    }
    let mut child = command.spawn().map_err(exec)?;
    match watched(&alive, &mut child) {
        Ok(status) => end_as(status),
        Err(error) => {
            let _ = child.kill();
            Err(watching(error))
        }
    }
}

fn opened(process: Option<Pid>) -> Result<OwnedFd, Errno> {
    pidfd_open(process.ok_or(Errno::SRCH)?, PidfdFlags::empty())
}

/// How the program ended; does not return where the parent did first.
fn watched(parent: &OwnedFd, child: &mut Child) -> Result<ExitStatus, Errno> {
    let ended = opened(Pid::from_raw(child.id().cast_signed()))?;
    loop {
        let mut both = [PollFd::new(&ended, PollFlags::IN), PollFd::new(parent, PollFlags::IN)];
        match poll(&mut both, None) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error),
        }
        if !both[0].revents().is_empty() {
            return child.wait().map_err(|_| Errno::CHILD);
        }
        if !both[1].revents().is_empty() {
            end_all(child);
        }
    }
}

/// Ends the program with all that it has started, this process included.
fn end_all(child: &mut Child) {
    // Somebody else's group may have others in it.
    if getpgrp() == getpid() {
        let _ = kill_process_group(getpgrp(), Signal::KILL);
    }
    let _ = child.kill();
}

fn end_as(status: ExitStatus) -> Result<Infallible, Error> {
    if let Some(signal) = status.signal().and_then(Signal::from_named_raw) {
        // Twice: the first of some kinds is taken by the handler that tells of a stack that overflows.
        let _ = kill_process(getpid(), signal);
        let _ = kill_process(getpid(), signal);
    }
    std::process::exit(status.code().unwrap_or(super::FAILED_STATUS))
}
