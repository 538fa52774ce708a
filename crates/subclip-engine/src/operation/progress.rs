//! Writing a whole MP4, with FFmpeg's report on its progress as percentages.

use std::ffi::OsString;

use tokio_util::sync::CancellationToken;

use crate::engine::{Call, Engine, file_url};
use crate::error::Error;
use crate::folder::Folder;
use crate::process::ByteStream;
use crate::queue::Priority;

/// What to write, and whom to tell how far it is.
pub(super) struct Mp4<'a> {
    /// Everything before the form of the output: inputs and streams.
    pub(super) args: Vec<OsString>,
    /// What is written to standard input, if anything is read from there.
    pub(super) stream: Option<ByteStream>,
    pub(super) output: &'a str,
    /// Length of the whole.
    pub(super) duration_s: Option<f64>,
    /// Gets rising percentages.
    pub(super) progress: &'a mut (dyn FnMut(u8) + Send),
    /// Says what it means if the report tells of no time; none where times are passed through, of which it tells only how
    /// they went on.
    pub(super) if_empty: Option<&'a str>,
}

impl Engine {
    /// Writes an MP4 without the input's labels and chapters, its `moov` at the end.
    pub(super) async fn write_mp4(
        &self,
        folder: &Folder,
        mp4: Mp4<'_>,
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        let mut args = mp4.args;
        args.extend(["-map_metadata", "-1", "-map_chapters", "-1"].map(Into::into));
        args.extend(["-max_muxing_queue_size", "4096", "-fflags", "+bitexact", "-f", "mp4"].map(Into::into));
        let output = folder.output(mp4.output);
        args.push(file_url(&output));
        let mut report = Progress::new(mp4.duration_s, mp4.progress);
        let call = Call { stream: mp4.stream, ..Call::long(args, folder, output, Priority::Normalise) };
        self.lines(call, &mut |line| report.line(line), cancel).await?;
        if let Some(empty) = mp4.if_empty.filter(|_| !report.has_output) {
            return Err(Error::refused(empty));
        }
        report.done();
        Ok(())
    }
}

/// Reads the lines of `-progress` and calls back when the percentage rises.
struct Progress<'a> {
    duration_s: Option<f64>,
    last_percent: u8,
    /// Whether anything was written at all.
    has_output: bool,
    call: &'a mut (dyn FnMut(u8) + Send),
}

/// Makes FFmpeg write the report to standard output.
pub(super) const REPORT: [&str; 4] = ["-progress", "pipe:1", "-stats_period", "0.5"];

impl<'a> Progress<'a> {
    fn new(duration_s: Option<f64>, call: &'a mut (dyn FnMut(u8) + Send)) -> Self {
        Self { duration_s, last_percent: 0, has_output: false, call }
    }

    /// One line of the report: `key=value`.
    fn line(&mut self, line: &str) {
        let time_us = line.strip_prefix("out_time_us=").and_then(|value| value.trim().parse::<i64>().ok());
        let Some(time_us) = time_us else { return };
        self.has_output |= time_us > 0;
        let Some(duration_s) = self.duration_s.filter(|duration_s| *duration_s > 0.0) else { return };
        // The work is not done before its result has been checked: 100 is for the end.
        self.rise(((time_us as f64 / 1e4) / duration_s).clamp(0.0, 99.0) as u8);
    }

    fn done(&mut self) {
        self.rise(100);
    }

    fn rise(&mut self, percent: u8) {
        if percent > self.last_percent {
            self.last_percent = percent;
            (self.call)(percent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(duration_s: Option<f64>, lines: &[&str]) -> (Vec<u8>, bool) {
        let mut calls = Vec::new();
        let mut call = |percent| calls.push(percent);
        let mut progress = Progress::new(duration_s, &mut call);
        lines.iter().for_each(|line| progress.line(line));
        let has_output = progress.has_output;
        progress.done();
        (calls, has_output)
    }

    #[test]
    fn it_rises_to_a_hundred() {
        let lines =
            ["frame=3", "out_time_us=N/A", "out_time_us=-20", "out_time_us=2500000", "progress=continue"];
        assert_eq!(calls(Some(10.0), &lines), (vec![25, 100], true));
        let lines = ["out_time_us=5000000", "out_time_us=4000000", "out_time_us=99000000"];
        assert_eq!(calls(Some(10.0), &lines), (vec![50, 99, 100], true));
        assert_eq!(calls(None, &lines), (vec![100], true));
        assert_eq!(calls(Some(0.0), &["out_time_us=0"]), (vec![100], false));
    }
}
