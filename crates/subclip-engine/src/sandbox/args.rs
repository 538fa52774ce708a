//! The sandbox's command line, read and written in one place so that the two can't drift apart.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::Error;

/// What a program may do, and which program it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Order {
    /// Files and folders that may be read.
    pub(crate) read: Vec<PathBuf>,
    /// Files that are there and may be read and written.
    pub(crate) write: Vec<PathBuf>,
    /// Address space.
    pub(crate) memory_bytes: u64,
    /// Processor time of all threads together.
    pub(crate) cpu_seconds: u64,
    /// Size of the largest file.
    pub(crate) file_bytes: u64,
    /// Added to the niceness, 0 to 19.
    pub(crate) nice: i32,
    /// The process that must be alive.
    pub(crate) parent: Option<u32>,
    /// Whether the program may use files, sockets and other programs as it likes, and is only bounded.
    pub(crate) trusted: bool,
    /// Whether missing file access rules are accepted.
    pub(crate) best_effort: bool,
    /// What is run, as a path.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) args: Vec<OsString>,
}

/// Reads a command line written by [`Order::to_args`].
pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> Result<Order, Error> {
    let mut order = Order::default();
    let mut seen = Vec::new();
    let mut args = args.peekable();
    loop {
        let flag = args.next().ok_or_else(|| usage("the program after -- is missing"))?;
        let flag = flag.to_str().ok_or_else(|| usage("an option is not text"))?.to_owned();
        match flag.as_str() {
            "--" => break,
            "--trusted" => order.trusted = true,
            "--best-effort" => order.best_effort = true,
            "--read" => order.read.push(value(&flag, &mut args)?.into()),
            "--write" => order.write.push(value(&flag, &mut args)?.into()),
            "--memory-bytes" => order.memory_bytes = number(&flag, &mut args)?,
            "--cpu-seconds" => order.cpu_seconds = number(&flag, &mut args)?,
            "--file-bytes" => order.file_bytes = number(&flag, &mut args)?,
            "--nice" => order.nice = number(&flag, &mut args)?,
            "--parent" => order.parent = Some(number(&flag, &mut args)?),
            other => return Err(usage(&format!("{other} is not known"))),
        }
        seen.push(flag);
    }
    for limit in ["--memory-bytes", "--cpu-seconds", "--file-bytes", "--nice"] {
        if !seen.iter().any(|flag| flag == limit) {
            return Err(usage(&format!("{limit} is missing")));
        }
    }
    order.program = args.next().ok_or_else(|| usage("the program after -- is missing"))?.into();
    order.args = args.collect();
    Ok(order)
}

impl Order {
    /// Writes the command line that [`parse`] reads.
    pub(crate) fn to_args(&self) -> Vec<OsString> {
        let mut args: Vec<OsString> = Vec::new();
        let mut push = |flag: &str, value: &OsStr| args.extend([flag.into(), value.to_owned()]);
        self.read.iter().for_each(|path| push("--read", path.as_os_str()));
        self.write.iter().for_each(|path| push("--write", path.as_os_str()));
        push("--memory-bytes", self.memory_bytes.to_string().as_ref());
        push("--cpu-seconds", self.cpu_seconds.to_string().as_ref());
        push("--file-bytes", self.file_bytes.to_string().as_ref());
        push("--nice", self.nice.to_string().as_ref());
        if let Some(parent) = self.parent {
            push("--parent", parent.to_string().as_ref());
        }
        if self.trusted {
            args.push("--trusted".into());
        }
        if self.best_effort {
            args.push("--best-effort".into());
        }
        args.push("--".into());
        args.push(self.program.clone().into());
        args.extend(self.args.iter().cloned());
        args
    }
}

fn value(flag: &str, args: &mut impl Iterator<Item = OsString>) -> Result<OsString, Error> {
    args.next().ok_or_else(|| usage(&format!("{flag} needs a value")))
}

fn number<N: std::str::FromStr>(flag: &str, args: &mut impl Iterator<Item = OsString>) -> Result<N, Error> {
    let value = value(flag, args)?;
    value
        .to_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| usage(&format!("{flag} needs a number, not {}", value.display())))
}

fn usage(reason: &str) -> Error {
    Error::Usage(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let order = Order {
            read: vec!["/a".into(), "/b c".into()],
            write: vec!["/out".into()],
            memory_bytes: 1 << 30,
            cpu_seconds: 60,
            file_bytes: 1 << 20,
            nice: 10,
            parent: Some(42),
            trusted: true,
            best_effort: true,
            program: "/usr/bin/ffmpeg".into(),
            args: vec!["--read".into(), "--".into(), "x".into()],
        };
        assert_eq!(parse(order.to_args().into_iter()).unwrap(), order);
    }

    fn check(line: &str, message: &str) {
        let error = parse(line.split_whitespace().map(OsString::from)).unwrap_err();
        assert_eq!(error.to_string(), format!("the sandbox was called wrongly: {message}"), "{line}");
    }

    #[test]
    fn mistakes_are_named() {
        let limits = "--memory-bytes 1 --cpu-seconds 1 --file-bytes 1 --nice 0";
        check("", "the program after -- is missing");
        check(&format!("{limits} --"), "the program after -- is missing");
        check("--read", "--read needs a value");
        check("--nice much -- x", "--nice needs a number, not much");
        check("--memory-bytes -1 -- x", "--memory-bytes needs a number, not -1");
        check("--root / -- x", "--root is not known");
        check("--memory-bytes 1 --cpu-seconds 1 --nice 0 -- x", "--file-bytes is missing");
    }
}
