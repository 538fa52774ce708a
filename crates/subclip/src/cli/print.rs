//! What a command prints. Whoever reads it may close the pipe before its end, as `head` does; then the command ends too,
//! without complaint.

use std::fmt;
use std::io::{self, Write};

/// Nobody reads what is printed any more.
#[derive(Debug)]
pub(super) struct NobodyReads;

impl fmt::Display for NobodyReads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads the output any more")
    }
}

impl std::error::Error for NobodyReads {}

/// Prints a line to standard output, as `println!` does, but answers whether that could be done.
macro_rules! say {
    ($($words:tt)*) => { $crate::cli::print::line(&mut std::io::stdout(), format_args!($($words)*)) };
}
pub(super) use say;

/// Writes a line.
pub(super) fn line(to: &mut impl Write, words: fmt::Arguments<'_>) -> anyhow::Result<()> {
    unless_closed(writeln!(to, "{words}").and_then(|()| to.flush()))
}

/// What came of writing, where a closed pipe is [`NobodyReads`].
pub(super) fn unless_closed(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(NobodyReads.into()),
        written => Ok(written?),
    }
}

/// An error and its causes, each once: many an error says its cause itself.
pub(super) fn told(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if told.is_empty() {
            told = cause;
        } else if !told.ends_with(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_told_once() {
        let system = || io::Error::from(io::ErrorKind::PermissionDenied);
        let check = |error: anyhow::Error, expected: &str| assert_eq!(told(&error), expected);
        check(anyhow::Error::new(system()).context("no file"), "no file: permission denied");
        let twice = anyhow::Error::new(system()).context("no file: permission denied").context("no cut");
        check(twice, "no cut: no file: permission denied");
        check(anyhow::anyhow!("line 1\n  ^\n"), "line 1\n  ^");
    }

    #[test]
    fn a_closed_pipe_is_told_from_other_failures() {
        let (reader, mut writer) = io::pipe().unwrap();
        line(&mut writer, format_args!("{}", 1)).unwrap();
        drop(reader);
        assert!(line(&mut writer, format_args!("2")).unwrap_err().is::<NobodyReads>());
        let mut no_room = &mut [][..];
        assert!(!line(&mut no_room, format_args!("3")).unwrap_err().is::<NobodyReads>());
    }
}
