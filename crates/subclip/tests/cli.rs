//! What commands say and how they exit, where that needs no server: on files, on folders, on what was typed.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// 234 frames.
const FILM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../e2e/media/rabbit.mp4");

struct Lab(tempfile::TempDir);

impl Lab {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn subclip(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_subclip"));
        command.args(args).current_dir(self.0.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SUBCLIP_")) {
            command.env_remove(name);
        }
        command
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Fails unless the command fails in one sentence that holds these words; returns it.
    fn fails(&self, words: &str, args: &[&str]) -> String {
        let done = self.subclip(args).output().unwrap();
        let said = stderr(&done);
        assert!(matches!(done.status.code(), Some(1 | 2)), "{args:?}: {:?} {said}", done.status);
        assert!(said.contains(words), "{args:?}: {said}");
        assert_eq!(
            said.matches("subclip: ").count() + said.matches("error: ").count(),
            1,
            "{args:?}: {said}"
        );
        said
    }

    fn names(&self) -> Vec<String> {
        names(self.0.path())
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn stderr(done: &Output) -> String {
    String::from_utf8(done.stderr.clone()).unwrap()
}

#[test]
fn frames_beyond_the_end_are_named_as_they_are_counted() {
    let lab = Lab::new();
    for (frames, words) in [
        ("0..235", "no frame 234: there are 234, the first is 0 and the last 233"),
        ("0..=234", "no frame 234:"),
        ("234..235", "no frame 234:"),
        ("500..600", "no frame 500:"),
        ("0..4294967295", "no frame 234:"),
        ("-1..3", "A..B"),
    ] {
        lab.fails(words, &["cut", FILM, "out.mp4", "--frames", frames]);
    }
    lab.fails("not a time", &["cut", FILM, "out.mp4", "--from", "-1"]);
    assert_eq!(lab.names(), [""; 0]);
    let cut = |frames: &str| {
        let done = lab.subclip(&["cut", FILM, "out.mp4", "--force", "--frames", frames]).output().unwrap();
        assert!(done.status.success(), "{}", stderr(&done));
        std::fs::read(lab.path("out.mp4")).unwrap()
    };
    assert!(cut("230..=233") == cut("230.."), "to the last");
    assert!(cut("0..=1") == cut("..2"), "from the first");
}

#[test]
fn an_m4a_is_sound_alone() {
    let lab = Lab::new();
    let done = lab.subclip(&["cut", FILM, "sound.m4a", "--from", "1", "--to", "2"]).output().unwrap();
    assert!(done.status.success(), "{}", stderr(&done));
    let seen = lab.subclip(&["inspect", "sound.m4a", "--json"]).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&seen.stdout).unwrap();
    let media: Vec<&str> =
        report["tracks"].as_array().unwrap().iter().map(|track| track["medium"].as_str().unwrap()).collect();
    assert_eq!(media, ["audio"]);
}

#[test]
fn an_output_that_is_no_mp4_is_refused_at_once() {
    let lab = Lab::new();
    std::fs::create_dir(lab.path("folder")).unwrap();
    for (output, words) in [
        ("out.mkv", "out.mkv would be taken for Matroska; name it .mp4"),
        ("OUT.TS", "OUT.TS would be taken for an MPEG transport stream"),
        ("folder", "folder is a folder; name a file in it"),
    ] {
        lab.fails(words, &["cut", FILM, output]);
        lab.fails(words, &["cut", FILM, output, "--force"]);
    }
    assert_eq!(lab.names(), ["folder"]);
}

#[test]
fn what_is_no_ordinary_file_is_refused_at_once() {
    let lab = Lab::new();
    std::fs::create_dir(lab.path("folder")).unwrap();
    std::fs::write(lab.path("nothing"), "").unwrap();
    assert!(Command::new("mkfifo").arg(lab.path("pipe")).status().unwrap().success());
    let before = lab.names();
    for (input, words) in [
        ("folder", "folder is a folder, not a file"),
        ("pipe", "pipe is a pipe or a device"),
        ("/dev/zero", "/dev/zero is a pipe or a device"),
        ("nothing", "nothing is empty"),
        ("nowhere", "nowhere can't be read: No such file"),
        ("-", "standard input can't be read back and forth"),
    ] {
        lab.fails(words, &["inspect", input]);
        lab.fails(words, &["cut", input, "out.mp4"]);
        lab.fails(words, &["asset", "add", input, "--data", lab.path("data").to_str().unwrap()]);
    }
    assert_eq!(lab.names(), before);
}

/// A cut to standard output that nobody takes from: it stands still with its folder made.
fn stalled_cut(lab: &Lab) -> Child {
    let mut cut = lab.subclip(&["cut", "film.mp4", "-"]).stdout(Stdio::piped()).spawn().unwrap();
    cut.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    cut
}

#[test]
fn a_clip_goes_to_standard_output() {
    let lab = Lab::new();
    std::fs::copy(FILM, lab.path("film.mp4")).unwrap();
    let to_file = lab.subclip(&["cut", "film.mp4", "clip.mp4", "--frames", "10..40"]).output().unwrap();
    let piped = lab.subclip(&["cut", "film.mp4", "-", "--frames", "10..40"]).output().unwrap();
    assert!(piped.status.success(), "{}", stderr(&piped));
    assert_eq!(piped.stdout, std::fs::read(lab.path("clip.mp4")).unwrap());
    assert_eq!(stderr(&piped).as_bytes(), to_file.stdout);
    assert_eq!(lab.names(), ["clip.mp4", "film.mp4"]);
}

#[test]
fn a_reader_that_leaves_ends_a_cut_quietly() {
    let lab = Lab::new();
    std::fs::copy(FILM, lab.path("film.mp4")).unwrap();
    let mut cut = lab.subclip(&["cut", "film.mp4", "-"]);
    let mut cut = cut.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    cut.stdout.take().unwrap().read_exact(&mut [0]).unwrap();
    let done = cut.wait_with_output().unwrap();
    assert!(done.status.success(), "{:?}", done.status);
    assert_eq!(stderr(&done), "");
    assert_eq!(lab.names(), ["film.mp4"]);
}

#[test]
fn an_interrupted_cut_leaves_nothing() {
    let lab = Lab::new();
    std::fs::copy(FILM, lab.path("film.mp4")).unwrap();
    let mut cut = stalled_cut(&lab);
    let pid = Pid::from_child(&cut);
    kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(cut.wait().unwrap().code(), Some(1));
    assert_eq!(lab.names(), ["film.mp4"]);
}

#[test]
fn what_a_killed_cut_left_goes_with_the_next() {
    let lab = Lab::new();
    std::fs::copy(FILM, lab.path("film.mp4")).unwrap();
    let (mut dead, mut alive) = (stalled_cut(&lab), stalled_cut(&lab));
    dead.kill().unwrap();
    dead.wait().unwrap();
    assert_eq!(lab.names().len(), 3, "{:?}", lab.names());
    let next = lab.subclip(&["cut", "film.mp4", "clip.mp4"]).output().unwrap();
    assert!(next.status.success(), "{}", stderr(&next));
    let left = lab.names();
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(left[0].starts_with(".subclip-"), "{left:?}");
    drop(alive.stdout.take());
    assert!(alive.wait().unwrap().success());
    assert_eq!(lab.names(), ["clip.mp4", "film.mp4"]);
}

#[test]
fn a_database_that_fails_is_told_in_one_sentence() {
    let lab = Lab::new();
    std::fs::create_dir_all(lab.path("folder/subclip.db")).unwrap();
    std::fs::create_dir(lab.path("broken")).unwrap();
    std::fs::write(lab.path("broken/subclip.db"), "no database ".repeat(1000)).unwrap();
    for (data, said) in [
        ("folder", "the database failed: unable to open database file (code 14)"),
        ("broken", "the database failed: file is not a database (code 26)"),
    ] {
        let told = lab.fails(said, &["token", "create", "--data", data]);
        let expected = format!("subclip: the database sqlite:{data}/subclip.db can't be opened: {said}\n");
        assert_eq!(told, expected);
    }
}

#[test]
fn a_variable_without_a_value_is_as_good_as_none() {
    let lab = Lab::new();
    for (name, bad) in
        [("SUBCLIP_ENGINE_SLOTS", Some("many")), ("SUBCLIP_LOG", Some("a=b=c")), ("SUBCLIP_FFMPEG", None)]
    {
        let told = |value: &str| lab.subclip(&["inspect", FILM]).env(name, value).output().unwrap();
        assert!(told("").status.success(), "{name}: {}", stderr(&told("")));
        if let Some(bad) = bad {
            assert!(!told(bad).status.success(), "{name}");
            assert!(stderr(&told(bad)).contains(bad), "{name}: {}", stderr(&told(bad)));
        }
    }
    let done = lab.subclip(&["token", "create"]).env("SUBCLIP_DATA", "").output().unwrap();
    assert!(done.status.success(), "{}", stderr(&done));
    assert_eq!(lab.names(), ["data"]);
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let lab = Lab::new();
    lab.fails(
        "no/such/out.mp4 can't be written: there is no folder no/such\n",
        &["cut", FILM, "no/such/out.mp4"],
    );
}

#[test]
fn a_film_without_tracks_is_no_film() {
    let lab = Lab::new();
    let sized = |kind: &[u8], body: &[u8]| [&(8 + body.len() as u32).to_be_bytes(), kind, body].concat();
    let movie_header =
        sized(b"mvhd", &[&[0; 12], &1000_u32.to_be_bytes()[..], &[0; 80], &[0, 0, 0, 1]].concat());
    let file = [sized(b"ftyp", b"isom\0\0\x02\0isom"), sized(b"moov", &movie_header)].concat();
    std::fs::write(lab.path("bare.mp4"), file).unwrap();
    lab.fails("bare.mp4 holds no picture and no sound", &["inspect", "bare.mp4"]);
    lab.fails("neither video nor sound", &["cut", "bare.mp4", "out.mp4"]);
}

#[test]
fn a_film_that_is_cut_short_is_refused_with_the_place() {
    let lab = Lab::new();
    let film = std::fs::read(FILM).unwrap();
    std::fs::write(lab.path("short.mp4"), &film[..film.len() - 1]).unwrap();
    for args in [&["inspect", "short.mp4"][..], &["cut", "short.mp4", "out.mp4"]] {
        let told = format!("the file ends at {}). Send the whole of it.", film.len() - 1);
        lab.fails(&told, args);
    }
    assert_eq!(lab.names(), ["short.mp4"]);
}

#[test]
fn a_film_behind_a_symbolic_link_is_cut_and_left_as_it_is() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let lab = Lab::new();
    std::fs::create_dir(lab.path("films")).unwrap();
    std::fs::copy(FILM, lab.path("film.mp4")).unwrap();
    std::fs::set_permissions(lab.path("film.mp4"), std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("../film.mp4", lab.path("films/near.mp4")).unwrap();
    symlink(lab.path("film.mp4"), lab.path("films/far.mp4")).unwrap();
    for link in ["films/near.mp4", "films/far.mp4"] {
        let done = lab.subclip(&["cut", link, "out.mp4", "--frames", "1..3", "--force"]).output().unwrap();
        assert!(done.status.success(), "{link}: {}", stderr(&done));
        let mode = std::fs::metadata(lab.path("film.mp4")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640, "{link}");
    }
    assert_eq!(std::fs::read(lab.path("film.mp4")).unwrap(), std::fs::read(FILM).unwrap());
}
