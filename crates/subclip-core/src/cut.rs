//! The cut planner: from two instants on a timeline to the samples that are shared and the few frames encoded anew.
//!
//! Planning is in two steps, so that a caller with a paged index reads two GOPs and no more: [`locate`] says which
//! GOP an instant falls in, [`Boundary::snap`] takes that GOP's samples and gives the nearest frame boundary, and
//! [`plan`] turns two boundaries into parts.

use std::ops::Range;

use crate::id::TrackId;
use crate::index::{GopMap, Sample};
use crate::time::{Time, Timescale};
use crate::timeline::Span;

/// Why there is nothing to cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CutError {
    /// No frame lies between the two boundaries.
    #[error("no frame lies between the two times")]
    Empty,
}

/// A span of the timeline that is cut, with the GOPs of its track.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Where it stands on the timeline.
    pub span: &'a Span,
    /// The GOPs of the whole track it belongs to.
    pub gops: &'a GopMap,
}

impl Source<'_> {
    /// The samples of GOP `gop` that the span shows: a span may stop within its last GOP.
    #[must_use]
    pub fn samples_of(&self, gop: usize) -> Range<u32> {
        let whole = self.gops.samples_of(gop);
        whole.start..whole.end.min(self.span.samples.end)
    }

    /// The GOPs of the span that lie, in part at least, between two times, as a span that keeps its place on the
    /// timeline: all that a clip between them can need.
    #[must_use]
    pub fn touched(&self, start: Time, end: Time) -> Option<Span> {
        let span = self.span;
        if span.end() <= start || span.start() >= end {
            return None;
        }
        let (origin, last_pts) = (self.start_pts(), self.end_pts() - 1);
        let pts_at = |ticks: i64| (ticks - span.at + origin).clamp(origin, last_pts);
        let first = self.gops.at_pts(pts_at(start.floor_to(span.timescale)));
        let last = self.gops.at_pts(pts_at(end.ceil_to(span.timescale) - 1));
        let from_pts = self.gops.gops[first].pts;
        Some(Span {
            samples: self.samples_of(first).start..self.samples_of(last).end,
            at: from_pts - origin + span.at,
            duration: self.end_of(last) - from_pts,
            ..span.clone()
        })
    }

    /// The GOPs the span shows something of.
    #[must_use]
    pub fn gop_range(&self) -> Range<usize> {
        let last = self.gops.of_sample(self.span.samples.end.saturating_sub(1));
        self.gops.of_sample(self.span.samples.start)..last + 1
    }

    /// The track's time at which the span begins.
    fn start_pts(&self) -> i64 {
        self.gops.gops[self.gops.of_sample(self.span.samples.start)].pts
    }

    /// The track's time at which the span ends.
    fn end_pts(&self) -> i64 {
        self.start_pts() + self.span.duration
    }

    /// When GOP `gop` ends, in the track's time, within the span.
    pub(crate) fn end_of(&self, gop: usize) -> i64 {
        self.gops.end_of(gop).min(self.end_pts())
    }

    /// The track's time at the timeline's `time`, rounded down.
    fn track_time(&self, time: Time) -> i64 {
        time.floor_to(self.span.timescale) - self.span.at + self.start_pts()
    }

    /// The time on the timeline at `pts` of the track.
    #[must_use]
    pub fn timeline_time(&self, pts: i64) -> Time {
        Time::new(pts - self.start_pts() + self.span.at, self.span.timescale)
    }
}

/// A GOP of a timeline: which span, and which GOP of that span's track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The span's position in the timeline.
    pub span: usize,
    /// The GOP's position in the track.
    pub gop: usize,
}

/// The GOP in which `time` falls; times before or after the timeline fall in its first or last GOP.
/// `None` for a timeline without spans.
#[must_use]
pub fn locate(sources: &[Source<'_>], time: Time) -> Option<Place> {
    let span = sources.partition_point(|source| source.span.start() <= time).saturating_sub(1);
    let source = sources.get(span)?;
    let range = source.gop_range();
    let gop = source.gops.at_pts(source.track_time(time)).clamp(range.start, range.end - 1);
    Some(Place { span, gop })
}

/// A frame boundary: just before frame `frame` (in order of presentation) of the GOP at `place`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Boundary {
    /// The GOP.
    pub place: Place,
    /// The frame's rank in its GOP. Equals the number of frames only at the very end of the timeline.
    pub frame: usize,
    /// The boundary's exact time on the timeline.
    pub time: Time,
}

impl Boundary {
    /// The frame boundary nearest to `time`; the later one of two equally near.
    ///
    /// `samples` are those of [`Source::samples_of`] the GOP that [`locate`] named.
    #[must_use]
    pub fn snap(sources: &[Source<'_>], place: Place, samples: &[Sample], time: Time) -> Self {
        let source = &sources[place.span];
        let mut bounds = presentation_order(samples);
        bounds.push(source.end_of(place.gop));
        // Twice the distance on the span's timescale, in 128 bits: exact for a time on any other scale.
        let scale = i128::from(source.span.timescale.get());
        let wanted = i128::from(time.ticks()) * scale;
        let distance = |pts: i64| {
            let here = i128::from(source.timeline_time(pts).ticks()) * i128::from(time.scale().get());
            (here - wanted).abs()
        };
        let frame = (0..bounds.len()).rev().min_by_key(|&i| distance(bounds[i])).unwrap_or(0);
        let time = source.timeline_time(bounds[frame]);
        if frame < samples.len() {
            return Self { place, frame, time };
        }
        let following = if place.gop + 1 < source.gop_range().end {
            Some(Place { gop: place.gop + 1, ..place })
        } else {
            sources
                .get(place.span + 1)
                .map(|next| Place { span: place.span + 1, gop: next.gop_range().start })
        };
        following.map_or(Self { place, frame, time }, |place| Self { place, frame: 0, time })
    }
}

/// Frames to be encoded anew: a function of the track and the two times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The track the frames are decoded from.
    pub track: TrackId,
    /// Its timescale.
    pub timescale: Timescale,
    /// The samples a decoder needs, the first an IDR.
    pub feed: Range<u32>,
    /// The frames to keep, by their times in the track, rising.
    pub frames: Vec<i64>,
    /// When the last kept frame ends.
    pub end_pts: i64,
}

impl Edge {
    /// How long the kept frames last, in ticks.
    #[must_use]
    pub fn duration(&self) -> i64 {
        self.end_pts - self.frames.first().copied().unwrap_or(self.end_pts)
    }
}

/// A stretch of the clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Samples shown as they are.
    Shared {
        /// The track they belong to.
        track: TrackId,
        /// Its timescale.
        timescale: Timescale,
        /// Which samples.
        samples: Range<u32>,
        /// How long they last, in ticks.
        duration: i64,
    },
    /// Frames encoded anew.
    Edge(Edge),
}

/// How a clip is made: its parts in order, and its place on the timeline it is cut from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Laid end to end.
    pub parts: Vec<Part>,
    /// Where it begins on the source's timeline.
    pub start: Time,
    /// Where it ends.
    pub end: Time,
}

impl Plan {
    /// The edges.
    pub fn edges(&self) -> impl Iterator<Item = &Edge> {
        self.parts.iter().filter_map(|part| match part {
            Part::Edge(edge) => Some(edge),
            Part::Shared { .. } => None,
        })
    }

    /// Frames that will be encoded.
    #[must_use]
    pub fn encoded_frames(&self) -> usize {
        self.edges().map(|edge| edge.frames.len()).sum()
    }

    /// Frames that are shown as they are.
    #[must_use]
    pub fn shared_frames(&self) -> usize {
        let shared = |part: &Part| match part {
            Part::Shared { samples, .. } => samples.len(),
            Part::Edge(_) => 0,
        };
        self.parts.iter().map(shared).sum()
    }
}

/// The plan for the frames from `start` up to, not including, `end`.
///
/// `start_samples` and `end_samples` are the samples of the GOPs at the two boundaries.
///
/// # Errors
/// [`CutError::Empty`] where `end` is not after `start`.
pub fn plan(
    sources: &[Source<'_>],
    start: &Boundary,
    start_samples: &[Sample],
    end: &Boundary,
    end_samples: &[Sample],
) -> Result<Plan, CutError> {
    if end.time <= start.time {
        return Err(CutError::Empty);
    }
    let mut parts = Vec::new();
    let first_shared = if start.frame == 0 {
        start.place
    } else {
        let stop = if start.place == end.place { end.frame } else { start_samples.len() };
        parts.push(Part::Edge(edge(sources, start.place, start_samples, start.frame..stop)));
        if start.place == end.place {
            return Ok(Plan { parts, start: start.time, end: end.time });
        }
        Place { gop: start.place.gop + 1, ..start.place }
    };
    let tail = if end.frame == 0 {
        Tail::default()
    } else {
        let source = &sources[end.place.span];
        let shortest = Time::new(SHORTEST_TAIL_MS, Timescale::MILLISECONDS).ceil_to(source.span.timescale);
        gop_tail(end_samples, end.frame, source.end_of(end.place.gop), shortest)
    };
    for (number, source) in sources.iter().enumerate().take(end.place.span + 1).skip(first_shared.span) {
        parts.extend(shared(source, number, first_shared, end, &tail));
    }
    if !tail.encoded.is_empty() {
        parts.push(Part::Edge(edge(sources, end.place, end_samples, tail.encoded)));
    }
    Ok(Plan { parts, start: start.time, end: end.time })
}

/// The samples of one span that the clip shows as they are, if any.
fn shared(source: &Source<'_>, number: usize, first: Place, end: &Boundary, tail: &Tail) -> Option<Part> {
    let range = source.gop_range();
    let first_gop = if number == first.span { first.gop } else { range.start };
    let from = if first_gop < range.end { source.samples_of(first_gop).start } else { return None };
    let start_pts = source.gops.gops[first_gop].pts;
    let (to, end_pts) = if number == end.place.span {
        let gop = source.gops.gops[end.place.gop];
        (gop.first_sample + tail.copied as u32, tail.copied_end_pts.unwrap_or(gop.pts))
    } else {
        (source.span.samples.end, source.end_pts())
    };
    let end_pts = end_pts.min(source.end_pts());
    (to > from).then(|| Part::Shared {
        track: source.span.track,
        timescale: source.span.timescale,
        samples: from..to,
        duration: end_pts - start_pts,
    })
}

fn edge(sources: &[Source<'_>], place: Place, samples: &[Sample], kept: Range<usize>) -> Edge {
    let source = &sources[place.span];
    let mut bounds = presentation_order(samples);
    bounds.push(source.end_of(place.gop));
    let end_pts = bounds[kept.end];
    // What is decoded after the last kept frame is not needed: references always come earlier.
    let needed = samples.iter().rposition(|s| s.pts >= bounds[kept.start] && s.pts < end_pts).unwrap_or(0);
    let first = source.samples_of(place.gop).start;
    Edge {
        track: source.span.track,
        timescale: source.span.timescale,
        feed: first..first + needed as u32 + 1,
        frames: bounds[kept].to_vec(),
        end_pts,
    }
}

/// How the first frames of a GOP are kept when the rest is dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tail {
    /// Samples that are copied: a prefix of the GOP in decode order.
    copied: usize,
    /// When the last copied frame ends; `None` when nothing is copied.
    copied_end_pts: Option<i64>,
    /// Frames, by rank, that must be encoded because they lean on dropped ones.
    encoded: Range<usize>,
}

/// Where a clip is joined by discontinuity, a tail that is encoded is a segment of its own, and players that look segments
/// up with a tolerance of a quarter of a second (hls.js) stall on one that is shorter: some frames more are encoded then.
const SHORTEST_TAIL_MS: i64 = 300;

/// Keeps the first `kept` frames of a GOP that ends at `gop_end`: copies the longest prefix in decode order that shows
/// exactly the first frames, and encodes the frames that are left, for `shortest` ticks at least. Without B-frames
/// nothing is left.
fn gop_tail(samples: &[Sample], kept: usize, gop_end: i64, shortest: i64) -> Tail {
    let order = presentation_order(samples);
    let end_pts = order.get(kept).copied().unwrap_or(gop_end);
    let rank = |pts: i64| order.partition_point(|&p| p < pts);
    let mut copied = 0;
    let mut highest = 0;
    for (count, sample) in (1..).zip(samples) {
        highest = highest.max(rank(sample.pts));
        if highest >= kept {
            break;
        }
        let left = order.get(count).map_or(0, |&next| end_pts - next);
        if highest + 1 == count && (count == kept || left >= shortest) {
            copied = count;
        }
    }
    let copied_end_pts = (copied > 0).then(|| order.get(copied).copied().unwrap_or(i64::MAX));
    Tail { copied, copied_end_pts, encoded: copied..kept }
}

fn presentation_order(samples: &[Sample]) -> Vec<i64> {
    let mut order: Vec<i64> = samples.iter().map(|s| s.pts).collect();
    order.sort_unstable();
    order
}

#[cfg(test)]
mod tests;
