//! What captions are: cues in the order in which they appear, and what styles them.

/// Captions of a timeline, or of a part of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captions {
    /// The language that the file itself told in its header (`Language: en`), if it did.
    pub language: Option<String>,
    /// `STYLE` and `REGION` blocks (WebVTT, 4.1), each without blank lines.
    pub head: Vec<String>,
    /// The cues, by their start; those that start together are in the order of the file.
    pub cues: Vec<Cue>,
}

/// Text that is shown for some time. Cues may overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cue {
    /// What styles and pages call it; empty for most. One line without an arrow.
    pub id: String,
    /// When it appears, in ms from the start of the timeline.
    pub start_ms: i64,
    /// When it goes; later than `start_ms`.
    pub end_ms: i64,
    /// Where it is placed: settings as WebVTT has them (4.4), with a space between.
    pub settings: String,
    /// Its text with WebVTT's tags, in lines none of which is empty or has an arrow.
    pub text: String,
}

impl Captions {
    /// When the last cue goes, in ms; 0 without any.
    #[must_use]
    pub fn end_ms(&self) -> i64 {
        self.cues.iter().map(|cue| cue.end_ms).max().unwrap_or(0)
    }
}
