//! How a timeline is divided for streaming: into pieces of whole GOPs, each of one span, that are sent as segments alone or
//! with a neighbour.

use std::ops::Range;

use crate::cut::Source;
use crate::time::Timescale;

/// One media segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Which span of the timeline's list for this medium.
    pub span: usize,
    /// Which samples of that span's track.
    pub samples: Range<u32>,
    /// When it begins on the timeline, in the span's timescale.
    pub at: i64,
    /// How long it lasts, in the span's timescale.
    pub duration: i64,
}

/// Divides video into segments of whole GOPs, as long as they can be without being longer than `target_ms`
/// (a longer GOP is a segment of its own).
#[must_use]
pub fn video_segments(sources: &[Source<'_>], target_ms: u32) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let span = source.span;
        let longest = ticks(target_ms, span.timescale);
        let range = source.gop_range();
        let origin = source.gops.gops[range.start].pts;
        for gop in range {
            let samples = source.samples_of(gop);
            let at = source.gops.gops[gop].pts - origin + span.at;
            let duration = source.end_of(gop) - source.gops.gops[gop].pts;
            match segments.last_mut() {
                Some(last) if last.span == number && last.duration + duration <= longest => {
                    last.samples.end = samples.end;
                    last.duration += duration;
                }
                _ => segments.push(Segment { span: number, samples, at, duration }),
            }
        }
    }
    segments
}

fn ticks(milliseconds: u32, scale: Timescale) -> i64 {
    i64::from(milliseconds) * i64::from(scale.get()) / 1000
}
