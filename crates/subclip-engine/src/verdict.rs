//! What a finished process means: its exit status and last words, turned into an [`Error`] or none.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use crate::error::Error;
use crate::sandbox;

/// What the process was allowed, for the error that names the limit.
#[derive(Debug, Clone)]
pub(crate) struct Allowed<'a> {
    pub(crate) program: &'a Path,
    /// Its temporary folders, kept out of every message.
    pub(crate) folders: &'a [PathBuf],
    pub(crate) time: Duration,
    pub(crate) memory_bytes: u64,
    pub(crate) file_bytes: u64,
}

const REASON_CHARS: usize = 240;

/// Said by FFmpeg or the C++ runtime when the address space is used up.
const OUT_OF_MEMORY: [&str; 4] =
    ["Cannot allocate memory", "std::bad_alloc", "Error allocating", "Resource temporarily unavailable"];

/// FFmpeg's words, and what they mean to somebody who uploaded a file.
const PLAIN_WORDS: [(&str, &str); 7] = [
    ("moov atom not found", "the file is incomplete, the index of the MP4 is missing: send the whole file"),
    (
        "Invalid data found when processing input",
        "the file is damaged, or is not a media file: check that it plays elsewhere",
    ),
    ("End of file", "the file ends too early: send the whole file"),
    (
        "Format not on whitelist",
        "this kind of file is not accepted: send a video or audio file, such as an MP4",
    ),
    ("Protocol not found", "this kind of file is not accepted: send a video or audio file, such as an MP4"),
    (
        "not on whitelist",
        "the file refers to other files, which is not accepted: send one that holds all of its media",
    ),
    (
        "does not contain any stream",
        "the file holds no picture and no sound that can be used: check that it plays elsewhere",
    ),
];

pub(crate) fn judge(status: ExitStatus, stderr: &str, allowed: &Allowed<'_>) -> Result<(), Error> {
    if status.success() {
        return Ok(());
    }
    match signal_of(status, stderr) {
        Some(libc::SIGXFSZ) => return Err(Error::OutputTooLarge { limit_bytes: allowed.file_bytes }),
        Some(libc::SIGXCPU) => return Err(Error::TimedOut { limit: allowed.time }),
        _ if says_any(stderr, &OUT_OF_MEMORY) => {
            return Err(Error::OutOfMemory { limit_bytes: allowed.memory_bytes });
        }
        Some(signal) => return Err(Error::Killed { signal }),
        None => {}
    }
    if stderr.contains("No space left on device") || stderr.contains("Disk quota exceeded") {
        return Err(Error::NoSpace);
    }
    if stderr.contains("File too large") {
        return Err(Error::OutputTooLarge { limit_bytes: allowed.file_bytes });
    }
    if let Some(message) = stderr.lines().find_map(|line| line.strip_prefix(sandbox::MESSAGE_PREFIX)) {
        return Err(match status.code() {
            Some(sandbox::NOT_FOUND_STATUS) => Error::NotFound { program: allowed.program.to_owned() },
            _ => Error::Sandbox { reason: message.to_owned() },
        });
    }
    Err(Error::Refused { reason: reason(stderr, allowed.folders) })
}

/// The signal that ended the process, also where FFmpeg caught it and tidied up first.
fn signal_of(status: ExitStatus, stderr: &str) -> Option<i32> {
    let caught = || {
        let (_, number) = stderr.rsplit_once("received signal ")?;
        number.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
    };
    status.signal().or_else(caught)
}

fn says_any(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| text.contains(phrase))
}

/// One sentence from the last words on standard error.
fn reason(stderr: &str, folders: &[PathBuf]) -> String {
    if let Some((_, plain)) = PLAIN_WORDS.iter().find(|(words, _)| stderr.contains(words)) {
        return (*plain).to_owned();
    }
    let last = stderr.lines().map(|line| tidy(line, folders)).rfind(|line| !line.is_empty());
    match last {
        Some(line) => format!("the file can't be processed: {line}"),
        None => "the file can't be processed".to_owned(),
    }
}

/// A line without FFmpeg's `[component @ 0xaddress]`, temporary paths and control characters.
fn tidy(line: &str, folders: &[PathBuf]) -> String {
    let mut line = line.trim();
    while let Some((_, rest)) = line.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        line = rest.trim();
    }
    let mut line = line.to_owned();
    for folder in folders {
        let folder = folder.to_string_lossy();
        line = line.replace(&format!("file:{folder}/"), "").replace(&format!("{folder}/"), "");
        line = line.replace(folder.as_ref(), "");
    }
    line.chars().filter(|character| !character.is_control()).take(REASON_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(wait_status: i32, stderr: &str) -> String {
        let folders = [PathBuf::from("/var/tmp/run-1/task/in")];
        let allowed = Allowed {
            program: Path::new("/usr/bin/ffmpeg"),
            folders: &folders,
            time: Duration::from_secs(7),
            memory_bytes: 100,
            file_bytes: 200,
        };
        match judge(ExitStatus::from_raw(wait_status), stderr, &allowed) {
            Ok(()) => "fine".to_owned(),
            Err(error) => format!("{error} [{}]", if error.is_transient() { "again" } else { "final" }),
        }
    }

    const fn exit(code: i32) -> i32 {
        code << 8
    }

    #[test]
    fn each_end_has_its_meaning() {
        for (wait_status, stderr, expected) in [
            (0, "anything", "fine"),
            (9, "", "the media engine died of signal 9 [again]"),
            (11, "garbage", "the media engine died of signal 11 [again]"),
            (25, "", "the result would be larger than 200 bytes [final]"),
            (
                exit(255),
                "Exiting normally, received signal 24.",
                "the media engine was stopped after 7 s [final]",
            ),
            (
                exit(255),
                "Exiting normally, received signal 15.",
                "the media engine died of signal 15 [again]",
            ),
            (
                6,
                "terminate: std::bad_alloc",
                "the media needs more memory than the 100 bytes that the engine may use [final]",
            ),
            (
                exit(1),
                "av_write: No space left on device",
                "there is no space left for temporary files [again]",
            ),
            (
                exit(127),
                "sandbox: /x does not exist",
                "/usr/bin/ffmpeg was not found: install FFmpeg, or set the path to it [final]",
            ),
            (
                exit(125),
                "sandbox: this system can't enforce rules: no",
                "the media engine's sandbox could not be entered: this system can't enforce rules: no [final]",
            ),
            (
                exit(1),
                "[mov @ 0x55] moov atom not found\nfile:/var/tmp/run-1/task/in/a: Invalid data found when processing input",
                "the file is incomplete, the index of the MP4 is missing: send the whole file [final]",
            ),
            (
                exit(1),
                "[a @ 0x1] [b @ 0x2] file:/var/tmp/run-1/task/in/a.mp4: no \u{7}way\n\n",
                "the file can't be processed: a.mp4: no way [final]",
            ),
            (exit(1), "", "the file can't be processed [final]"),
        ] {
            assert_eq!(verdict(wait_status, stderr), expected, "{wait_status} {stderr}");
        }
    }
}
