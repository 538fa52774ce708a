//! Enters the sandbox, as the real binary's hidden subcommand does; there for this crate's tests. Started
//! inside, it tells what it could do there; under a name that says so, it dies.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use rustix::process::{Pid, Signal, getpid, getppid, kill_process};
use rustix::thread::{sched_getaffinity, sched_setaffinity};

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    let name = args.next().unwrap_or_default();
    if Path::new(&name).ends_with("engine-that-is-killed") {
        let _ = kill_process(getpid(), Signal::KILL);
    }
    let args: Vec<_> = args.collect();
    if args.first().is_some_and(|first| first == "--self-test") {
        self_test(&args[1..].iter().map(PathBuf::from).collect::<Vec<_>>());
        return ExitCode::SUCCESS;
    }
    subclip_engine::sandbox::run(args.into_iter())
}

/// Tries everything that must fail, and what must not; one line each.
fn self_test(paths: &[PathBuf]) {
    let [input, output, outside] = paths else { panic!("three paths are needed") };
    tell("read an input", fs::read(input));
    tell("write an output", fs::write(output, "x"));
    tell("write an output anew", File::options().write(true).truncate(true).open(output));
    tell("start a thread", std::thread::Builder::new().spawn(|| ()));

    tell("read /etc/passwd", File::open("/etc/passwd"));
    tell("list /", fs::read_dir("/"));
    tell("make another output", fs::write(output.with_extension("new"), "x"));
    tell("make a folder for outputs", fs::create_dir(output.with_extension("new")));
    tell("remove an output", fs::remove_file(output));
    tell("move an output", fs::rename(output, output.with_extension("new")));
    tell("read the parent's memory map", File::open(format!("/proc/{}/maps", parent())));
    tell("write beside the input", fs::write(input.with_extension("new"), "x"));
    tell("change the input", fs::write(input, "x"));
    tell("remove the input", fs::remove_file(input));
    tell("read outside", fs::read(outside));
    tell("write outside", fs::write(outside, "x"));
    tell("empty outside", File::options().write(true).truncate(true).open(outside));
    tell(
        "lock others out of outside",
        fs::set_permissions(outside, std::os::unix::fs::PermissionsExt::from_mode(0o0)),
    );
    tell("link outside to an output", fs::hard_link(outside, output.with_extension("new")));
    tell("link to outside", std::os::unix::fs::symlink(outside, output.with_extension("new")));
    tell("move the input to an output", fs::rename(input, output));

    tell("tcp", TcpStream::connect("127.0.0.1:9"));
    tell("tcp listener", TcpListener::bind("127.0.0.1:0"));
    tell("udp", UdpSocket::bind("127.0.0.1:0"));
    tell("unix", UnixStream::connect("/run/nothing"));
    tell("unix listener", UnixListener::bind(output));
    tell("unix datagram", UnixDatagram::unbound());
    tell("unix pair", UnixStream::pair());

    tell("memory as a file", rustix::fs::memfd_create("memory", rustix::fs::MemfdFlags::empty()));
    tell("start a process", Command::new(std::env::current_exe().unwrap_or_default()).spawn());
    tell("signal the parent", kill_process(parent_or_own(), Signal::WINCH));
    tell("pin the parent to processors", pin(Some(parent_or_own())));
    tell("pin itself to processors", pin(None));
    tell("pin itself by its number", pin(Some(getpid())));
    tell("outlive the parent", rustix::process::set_parent_process_death_signal(None));
    tell("gain capabilities", rustix::thread::set_capabilities(None, all_capabilities()));
    tell("raise a limit", rlimit::setrlimit(rlimit::Resource::NOFILE, 4096, 4096));
}

fn all_capabilities() -> rustix::thread::CapabilitySets {
    let all = rustix::thread::CapabilitySet::all();
    rustix::thread::CapabilitySets { effective: all, permitted: all, inheritable: all }
}

/// Pins a thread to the processors that it may run on anyway.
fn pin(whom: Option<Pid>) -> rustix::io::Result<()> {
    sched_getaffinity(whom).and_then(|processors| sched_setaffinity(whom, &processors))
}

fn parent_or_own() -> Pid {
    getppid().unwrap_or_else(getpid)
}

fn parent() -> i32 {
    Pid::as_raw(getppid())
}

fn tell<T, E: std::fmt::Display>(what: &str, result: Result<T, E>) {
    match result {
        Ok(_) => println!("{what}: done"),
        Err(error) => println!("{what}: {error}"),
    }
}
