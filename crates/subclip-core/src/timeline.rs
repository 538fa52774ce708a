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
    /// Other sounds, of which a viewer may choose one instead: in another language, say. In the order of their numbers.
    pub alternates: Vec<Alternate>,
}

/// A sound beside the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternate {
    /// What it is known by on this timeline, 2 or more: the first sound is number 1.
    pub number: u32,
    /// What is played of it.
    pub spans: Vec<Span>,
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
        let alternates = self.alternates.iter().flat_map(|alternate| &alternate.spans);
        self.video.iter().chain(&self.audio).chain(alternates)
    }

    /// The spans of a sound by its number, 1 being the first; `None` where there is no such sound.
    #[must_use]
    pub fn sound(&self, number: u32) -> Option<&[Span]> {
        if number == 1 {
            return Some(&self.audio).filter(|spans| !spans.is_empty()).map(Vec::as_slice);
        }
        let found = self.alternates.iter().find(|alternate| alternate.number == number);
        found.map(|alternate| alternate.spans.as_slice())
    }
}
