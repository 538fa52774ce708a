//! What a program in the sandbox can do, tried from inside.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::net::{TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::lab::SANDBOX;

pub(crate) const LIMITS: [&str; 8] =
    ["--memory-bytes", "2000000000", "--cpu-seconds", "20", "--file-bytes", "1000000", "--nice", "3"];

pub(crate) fn inside(folder: &Path, options: &[&str], program: &[&str]) -> Output {
    Command::new(SANDBOX)
        .arg("--read")
        .arg(folder.join("in"))
        .arg("--write")
        .arg(folder.join("out/x"))
        .args(LIMITS)
        .args(options)
        .arg("--")
        .args(program)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["in", "out"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("in/source"), "input").unwrap();
    fs::write(folder.path().join("out/x"), "").unwrap();
    fs::write(folder.path().join("secret"), "secret").unwrap();
    folder
}

fn error_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn only_its_folders_and_nothing_else() {
    let folder = folder();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let args = [SANDBOX, "--self-test", &place("in/source"), &place("out/x"), &place("secret")];
    let output = inside(folder.path(), &[], &args);
    assert!(output.status.success(), "{}", error_of(&output));

    let text = String::from_utf8(output.stdout).unwrap();
    let found: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once(": ")).collect();
    let allowed = [
        "read an input",
        "write an output",
        "write an output anew",
        "start a thread",
        "pin itself to processors",
        "pin itself by its number",
    ];
    assert!(found.len() > 20, "{text}");
    for (what, result) in &found {
        let denied = result.contains("Permission denied")
            || result.contains("Operation not permitted")
            || result.contains("Invalid cross-device link");
        assert_eq!(denied, !allowed.contains(what), "{what}: {result}");
        assert_eq!(*result == "done", allowed.contains(what), "{what}: {result}");
    }
    // No kind of socket can even be made.
    for what in ["tcp", "tcp listener", "udp", "unix", "unix listener", "unix datagram", "unix pair"] {
        assert_eq!(found[what], "Operation not permitted (os error 1)", "{what}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("in/source")).unwrap(), "input");
    assert_eq!(fs::read_to_string(folder.path().join("secret")).unwrap(), "secret");
    assert_eq!(fs::read_dir(folder.path().join("in")).unwrap().count(), 1);
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 1);
}

/// The same tries, made outside, mostly succeed: the test above can fail.
#[test]
fn the_self_test_can_do_things_where_nothing_forbids_them() {
    let folder = folder();
    let place = |name: &str| folder.path().join(name);
    let output = Command::new(SANDBOX)
        .arg("--self-test")
        .args([place("in/source"), place("out/x"), place("secret")])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let possible = [
        "read /etc/passwd",
        "read outside",
        "write outside",
        "make another output",
        "udp",
        "unix pair",
        "memory as a file",
        "start a process",
    ];
    for what in possible {
        assert!(text.contains(&format!("{what}: done")), "{what}: {text}");
    }
}

#[test]
fn the_program_opens_no_connection() {
    let folder = folder();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    tcp.set_nonblocking(true).unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let tcp_url = format!("tcp://{}", tcp.local_addr().unwrap());
    let udp_url = format!("udp://{}", udp.local_addr().unwrap());
    for (url, said) in [(&tcp_url, "Operation not permitted"), (&udp_url, "Operation not permitted")] {
        let output =
            inside(folder.path(), &[], &["/usr/bin/ffmpeg", "-v", "error", "-i", url, "-f", "null", "-"]);
        assert!(!output.status.success());
        assert!(error_of(&output).contains(said), "{url}: {}", error_of(&output));
    }
    assert_eq!(tcp.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody called");
}

#[test]
fn limits_hold() {
    let folder = folder();
    let out = folder.path().join("out/x");
    let generate = |size: &str, seconds: &str, target: &[&str]| {
        let source = format!("color=s={size}:r=25:d={seconds}");
        let head = ["/usr/bin/ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", &source];
        inside(folder.path(), &[], &[&head[..], target].concat())
    };
    // 1 MB may be written; this is a hundred times as much.
    let target = ["-pix_fmt", "yuv420p", "-f", "rawvideo", out.to_str().unwrap()];
    let output = generate("640x480", "10", &target);
    assert!(!output.status.success());
    assert!(fs::metadata(&out).unwrap().len() <= 1_000_000);

    // A picture of 390 MB and eight times its size do not fit into 2 GB.
    let output = generate("20000x13000", "1", &["-vf", "format=gbrpf32le", "-f", "null", "-"]);
    assert!(!output.status.success());
    assert!(error_of(&output).contains("Cannot allocate memory"), "{}", error_of(&output));
}

#[test]
fn a_sandbox_that_can_not_be_entered_runs_nothing() {
    let folder = folder();
    for (options, program, status, said) in [
        (&[][..], "/nothing/ffmpeg", 127, "sandbox: /nothing/ffmpeg does not exist"),
        (&[], "/etc/passwd", 125, "sandbox: /etc/passwd can't be executed"),
        (&["--read", "/nothing"], "/usr/bin/ffmpeg", 125, "sandbox: /nothing can't be shared"),
        (&["--nice", "20"], "/usr/bin/ffmpeg", 125, "sandbox: the sandbox was called wrongly: --nice"),
        (&["--parent", "1"], "/usr/bin/ffmpeg", 125, "sandbox: the parent process has ended"),
    ] {
        let output = inside(folder.path(), options, &[program, "-version"]);
        assert_eq!(output.status.code(), Some(status), "{program} {}", error_of(&output));
        assert!(error_of(&output).starts_with(said), "{}", error_of(&output));
        assert!(output.stdout.is_empty());
    }
}

/// A server killed with no chance to tidy up leaves no engine behind.
#[test]
fn the_program_dies_with_its_parent() {
    let folder = folder();
    let in_folder = folder.path().join("in");
    // The shell stands for the server: it starts the sandbox, waits, and is killed.
    let script = format!(
        "{SANDBOX} --read {} {} --parent $$ -- /usr/bin/ffmpeg -nostdin -v info -re -f lavfi -i \
         color=s=64x64:r=10:d=30 -f null - & echo $!; wait",
        in_folder.display(),
        LIMITS.join(" ")
    );
    let mut shell = Command::new("/bin/sh")
        .args(["-c", &script])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = shell.stderr.take().unwrap();
    // It speaks as soon as it is FFmpeg.
    errors.read_exact(&mut [0]).unwrap();
    shell.kill().unwrap();
    shell.wait().unwrap();
    // Its end of the pipe closes when it dies, and only then; without the death signal, in half a minute.
    let mut rest = Vec::new();
    errors.read_to_end(&mut rest).unwrap();
    assert!(!String::from_utf8_lossy(&rest).contains("muxing overhead"), "it was not killed");
}
