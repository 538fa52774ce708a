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

/// The pictures that can be decoded alone, for players to show while a viewer winds or drags. Each lasts until the next
/// one, or for the last of a span until that ends. Those that come less than `apart_ms` after one that is told are passed
/// over, unless a span begins with them.
#[must_use]
pub fn key_pictures(sources: &[Source<'_>], apart_ms: u32) -> Vec<Segment> {
    let mut pictures: Vec<Segment> = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        let span = source.span;
        let apart = ticks(apart_ms, span.timescale);
        let range = source.gop_range();
        let origin = source.gops.gops[range.start].pts;
        for gop in range {
            let first = source.samples_of(gop).start;
            let at = source.gops.gops[gop].pts - origin + span.at;
            let end = source.end_of(gop) - origin + span.at;
            match pictures.last_mut().filter(|last| last.span == number) {
                Some(last) if at - last.at < apart => last.duration = end - last.at,
                _ => {
                    pictures.push(Segment {
                        span: number,
                        samples: first..first + 1,
                        at,
                        duration: end - at,
                    });
                }
            }
        }
    }
    pictures
}

fn ticks(milliseconds: u32, scale: Timescale) -> i64 {
    i64::from(milliseconds) * i64::from(scale.get()) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::TrackId;
    use crate::index::{Gop, GopMap};
    use crate::timeline::Span;

    /// A track in milliseconds whose GOPs begin at these times and whose frames last 10 ms.
    fn gops(starts: &[i64], end: i64) -> GopMap {
        let gop = |&pts: &i64| Gop { first_sample: (pts / 10) as u32, pts, size_bytes: 1 };
        GopMap { gops: starts.iter().map(gop).collect(), samples: (end / 10) as u32, end_pts: end }
    }

    /// The frames from `from` to `to` milliseconds of a track, at `at` on the timeline.
    fn span(from: i64, to: i64, at: i64) -> Span {
        let samples = (from / 10) as u32..(to / 10) as u32;
        let track = TrackId::from_bytes([1; 16]);
        Span { track, timescale: Timescale::MILLISECONDS, samples, at, duration: to - from }
    }

    #[test]
    fn key_pictures_last_until_the_next_one() {
        let check = |parts: &[(&GopMap, Span)], expected: &[(usize, u32, i64, i64)]| {
            let sources: Vec<Source<'_>> = parts.iter().map(|(gops, span)| Source { span, gops }).collect();
            let told = key_pictures(&sources, 500);
            assert!(told.iter().all(|picture| picture.samples.len() == 1));
            let told = told.iter().map(|one| (one.span, one.samples.start, one.at, one.at + one.duration));
            assert_eq!(told.collect::<Vec<_>>(), expected);
        };
        let even = gops(&[0, 2000, 4000], 5000);
        check(&[(&even, span(0, 5000, 0))], &[(0, 0, 0, 2000), (0, 200, 2000, 4000), (0, 400, 4000, 5000)]);
        // From a key frame into the middle of a GOP.
        check(&[(&even, span(2000, 4100, 0))], &[(0, 200, 0, 2000), (0, 400, 2000, 2100)]);
        let every = gops(&[0, 100, 499, 500, 700, 1100], 1200);
        check(&[(&every, span(0, 1200, 0))], &[(0, 0, 0, 500), (0, 50, 500, 1100), (0, 110, 1100, 1200)]);
        // An edge, a middle, an edge: each begins with a picture that is told.
        let edge = gops(&[0], 300);
        check(
            &[(&edge, span(0, 300, 0)), (&every, span(500, 1200, 300)), (&edge, span(0, 40, 1000))],
            &[(0, 0, 0, 300), (1, 50, 300, 900), (1, 110, 900, 1000), (2, 0, 1000, 1040)],
        );
        check(&[], &[]);
    }
}
