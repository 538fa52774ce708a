//! What an asset plays: for each medium a list of spans of tracks, laid end to end.

use std::ops::Range;

use crate::id::TrackId;
use crate::time::{Time, Timescale};

/// A run of samples of one track, placed on a timeline.
///
/// A span of video begins with an IDR, and its samples are closed under presentation: no picture of it is shown
/// before one of an earlier span or after one of a later span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The track the samples belong to.
    pub track: TrackId,
    /// The timescale of that track, in which `at` and `duration` count.
    pub timescale: Timescale,
    /// Which samples, by number, in decode order.
    pub samples: Range<u32>,
    /// When its first sample is shown on the timeline.
    pub at: i64,
    /// How long it lasts.
    pub duration: i64,
}

impl Span {
    /// When its first sample is shown on the timeline.
    #[must_use]
    pub fn start(&self) -> Time {
        Time::new(self.at, self.timescale)
    }

    /// When its last sample ends on the timeline.
    #[must_use]
    pub fn end(&self) -> Time {
        Time::new(self.at + self.duration, self.timescale)
    }
}

/// Everything an asset plays. Its zero is the start of the first picture, or of the first sound where there is no
/// picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Pictures; empty for sound alone.
    pub video: Vec<Span>,
    /// Sound; empty for a silent film.
    pub audio: Vec<Span>,
}

impl Timeline {
    /// How long it lasts: the video's exact length, or the audio's where there is no video.
    #[must_use]
    pub fn duration(&self) -> Time {
        let leading = if self.video.is_empty() { &self.audio } else { &self.video };
        leading.last().map_or(Time::ZERO, Span::end)
    }

    /// All spans, video first.
    pub fn spans(&self) -> impl Iterator<Item = &Span> {
        self.video.iter().chain(&self.audio)
    }
}
