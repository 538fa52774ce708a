//! What a program in the sandbox can do to a process that stands for the server: what has no safe wrapper in Rust is
//! tried by a Perl one.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use crate::lab::SANDBOX;
use crate::sandbox::{LIMITS, folder};

/// Tries each call on a process, and says how it went. The first argument is that process; the others are the numbers of
/// system calls.
const TRIES: &str = r#"
    my ($pid, $affinity, $scheduler, $param, $attr, $ioprio) = map { $_ + 0 } @ARGV;
    my $attributes = pack("LLQlLQQQ", 48, 3, 0, 19, 0, 0, 0, 0);
    my $mask = pack("Q16", 1);
    my ($none, $one) = map { pack("i", $_) } (0, 1);
    my %tries = (
        "affinity of PID" => sub { syscall($affinity, $_[0], 128, $mask) >= 0 },
        "scheduler of PID" => sub { syscall($scheduler, $_[0], 3, $none) >= 0 },
        "parameters of PID" => sub { syscall($param, $_[0], $none) >= 0 },
        "attributes of PID" => sub { syscall($attr, $_[0], $attributes, 0) >= 0 },
        "disk priority of PID" => sub { syscall($ioprio, 1, $_[0], 3 << 13) >= 0 },
    );
    sub tell_of { my ($what, $done) = @_; print "$what: ", ($done ? "done" : $!), "\n" }
    for my $what (sort keys %tries) {
        for my $whom (["the server", $pid], ["itself", 0], ["its own number", $$]) {
            (my $named = $what) =~ s/PID/$whom->[0]/;
            tell_of($named, $tries{$what}->($whom->[1]));
        }
    }
    tell_of("disk priority of the server's group", syscall($ioprio, 2, 0, 3 << 13) >= 0);
    pipe(my $reading, my $writing);
    tell_of("flags", fcntl($reading, 4, 0x800));
    tell_of("F_SETSIG of the server", fcntl($reading, 10, 9));
    tell_of("F_SETOWN of the server", fcntl($reading, 8, $pid));
    tell_of("F_SETOWN_EX of the server", fcntl($reading, 15, pack("ii", 1, $pid)));
    tell_of("O_ASYNC of the server", fcntl($reading, 4, 0x2000));
    tell_of("FIOASYNC of the server", ioctl($reading, 0x5452, $one));
    tell_of("FIOSETOWN of the server", ioctl($reading, 0x8901, pack("i", $pid)));
    tell_of("SIOCSPGRP of the server", ioctl($reading, 0x8902, pack("i", $pid)));
"#;

/// Waits for input, without capabilities as the program that tries: root's own processes are spared anyway.
struct Server {
    process: Child,
}

impl Server {
    fn start(folder: &std::path::Path) -> Self {
        let mut process = Command::new(SANDBOX)
            .arg("--read")
            .arg(folder.join("in"))
            .args(LIMITS)
            .args(["--", "/bin/cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // What it says comes back as soon as it is what it is to be.
        process.stdin.as_mut().unwrap().write_all(b"?").unwrap();
        process.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        Self { process }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// How each try went, made by a command that begins like this.
fn tried(server: &Server, mut command: Command) -> BTreeMap<String, String> {
    let calls = [
        libc::SYS_sched_setaffinity,
        libc::SYS_sched_setscheduler,
        libc::SYS_sched_setparam,
        libc::SYS_sched_setattr,
        libc::SYS_ioprio_set,
    ];
    let output = command
        .args(["/usr/bin/perl", "-e", TRIES])
        .arg(server.process.id().to_string())
        .args(calls.map(|call| call.to_string()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split_once(": ")).map(|(a, b)| (a.into(), b.into())).collect()
}

#[test]
fn the_server_is_neither_slowed_down_nor_signalled() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut sandbox = Command::new(SANDBOX);
    sandbox.arg("--read").arg(folder.path().join("in")).args(LIMITS).arg("--");
    let found = tried(&server, sandbox);
    assert!(found.len() > 20, "{found:?}");
    for (what, result) in &found {
        let expected = if what.contains("server") { "Operation not permitted" } else { "done" };
        assert_eq!(result, expected, "{what}");
    }
}

/// The same tries, made outside, succeed but for those that only sockets know: the test above can fail.
#[test]
fn the_tries_succeed_where_nothing_forbids_them() {
    let folder = folder();
    let server = Server::start(folder.path());
    for (what, result) in tried(&server, Command::new("/usr/bin/env")) {
        let expected = if what.starts_with("FIOSETOWN") || what.starts_with("SIOCSPGRP") {
            "Inappropriate ioctl for device"
        } else {
            "done"
        };
        assert_eq!(result, expected, "{what}");
    }
}
