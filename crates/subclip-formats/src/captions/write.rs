//! Writing WebVTT.

use std::fmt::Write as _;

use super::Captions;
use super::clock::Clock;

impl Captions {
    /// A WebVTT file.
    #[must_use]
    pub fn webvtt(&self) -> String {
        self.write("WEBVTT\n")
    }

    /// A WebVTT segment for HLS, whose times are those of a timeline of fragmented MP4 that begins at 0 (RFC 8216, 3.5).
    #[must_use]
    pub fn hls_segment(&self) -> String {
        self.write("WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n")
    }

    fn write(&self, header: &str) -> String {
        let mut out = header.to_owned();
        for block in &self.head {
            let _ = write!(out, "\n{block}\n");
        }
        for cue in &self.cues {
            out.push('\n');
            if !cue.id.is_empty() {
                let _ = writeln!(out, "{}", cue.id);
            }
            let gap = if cue.settings.is_empty() { "" } else { " " };
            let _ = write!(out, "{} --> {}{gap}{}", Clock(cue.start_ms), Clock(cue.end_ms), cue.settings);
            let _ = write!(out, "\n{}\n", cue.text);
        }
        out
    }
}
