//! The planner agrees with a frame-by-frame walk of the timeline, whatever the GOPs look like.

use proptest::prelude::*;

use super::*;
use crate::index::Index;

/// A GOP's presentation ranks in decode order.
const SHAPES: [&[i64]; 6] = [
    &[0],
    &[0, 1, 2, 3],
    &[0, 3, 1, 2, 6, 4, 5],
    &[0, 4, 2, 1, 3, 8, 6, 5, 7],
    &[0, 2, 1, 3],
    &[0, 1, 5, 3, 2, 4, 6],
];

/// A track whose frames last 10 ticks, or 10 and 7 in turn.
fn index(shapes: &[usize], uneven: bool) -> Index {
    let time = |frame: i64| frame * 10 - if uneven { frame / 2 * 3 } else { 0 };
    let (mut samples, mut first) = (Vec::new(), 0i64);
    for &shape in shapes {
        for (n, rank) in SHAPES[shape].iter().enumerate() {
            let number = samples.len() as i64;
            samples.push(Sample {
                offset: number as u64 * 5,
                size: 5,
                dts: time(number),
                pts: time(first + rank),
                sync: n == 0,
            });
        }
        first += SHAPES[shape].len() as i64;
    }
    Index { end_pts: time(first), samples }
}

fn scale() -> Timescale {
    Timescale::new(1000).unwrap()
}

fn id(n: u8) -> TrackId {
    TrackId::from_bytes([n; 16])
}

struct Fixture {
    indexes: Vec<Index>,
    maps: Vec<GopMap>,
    spans: Vec<Span>,
}

impl Fixture {
    /// A timeline that shows the whole of each track, one after the other.
    fn new(tracks: &[Vec<usize>], uneven: bool) -> Self {
        let indexes: Vec<Index> = tracks.iter().map(|shapes| index(shapes, uneven)).collect();
        let maps: Vec<GopMap> = indexes.iter().map(Index::gop_map).collect();
        let mut at = 0;
        let mut spans = Vec::new();
        for (n, index) in indexes.iter().enumerate() {
            let duration = index.end_pts - index.samples[0].pts;
            spans.push(Span {
                track: id(n as u8),
                timescale: scale(),
                samples: 0..index.samples.len() as u32,
                at,
                duration,
            });
            at += duration;
        }
        Self { indexes, maps, spans }
    }

    fn sources(&self) -> Vec<Source<'_>> {
        let map = |span: &Span| &self.maps[usize::from(span.track.bytes()[0])];
        self.spans.iter().map(|span| Source { span, gops: map(span) }).collect()
    }

    fn boundary(&self, time: Time) -> (Boundary, Vec<Sample>) {
        let sources = self.sources();
        let samples = |place: Place| {
            let range = sources[place.span].samples_of(place.gop);
            let track = usize::from(self.spans[place.span].track.bytes()[0]);
            self.indexes[track].samples[range.start as usize..range.end as usize].to_vec()
        };
        let place = locate(&sources, time).unwrap();
        let boundary = Boundary::snap(&sources, place, &samples(place), time);
        (boundary, samples(boundary.place))
    }

    fn plan(&self, from: Time, to: Time) -> Result<Plan, CutError> {
        let ((start, start_samples), (end, end_samples)) = (self.boundary(from), self.boundary(to));
        plan(&self.sources(), &start, &start_samples, &end, &end_samples)
    }

    /// Every frame of the timeline: its time on it, its track, its time in the track.
    fn frames(&self) -> Vec<(i64, TrackId, i64)> {
        let mut all = Vec::new();
        for span in &self.spans {
            let index = &self.indexes[usize::from(span.track.bytes()[0])];
            let shown = &index.samples[span.samples.start as usize..span.samples.end as usize];
            let origin = shown[0].pts;
            all.extend(shown.iter().map(|s| (s.pts - origin + span.at, span.track, s.pts)));
        }
        all.sort_unstable();
        all
    }

    /// The frames a plan shows, and the same frames' places on the clip's timeline.
    fn shown(&self, plan: &Plan) -> Vec<(i64, TrackId, i64)> {
        let (mut at, mut shown) = (0, Vec::new());
        for part in &plan.parts {
            let (track, mut times, duration) = match part {
                Part::Shared { track, samples, duration, .. } => {
                    let all = &self.indexes[usize::from(track.bytes()[0])].samples;
                    let run = &all[samples.start as usize..samples.end as usize];
                    assert!(run[0].sync, "a shared part begins with an IDR");
                    (*track, run.iter().map(|s| s.pts).collect::<Vec<_>>(), *duration)
                }
                Part::Edge(edge) => (edge.track, edge.frames.clone(), edge.duration()),
            };
            times.sort_unstable();
            let origin = times[0];
            shown.extend(times.iter().map(|&pts| (pts - origin + at, track, pts)));
            at += duration;
        }
        shown
    }
}

fn milliseconds(ticks: i64) -> Time {
    Time::new(ticks, scale())
}

proptest! {
    #[test]
    fn agrees_with_a_walk(
        tracks in prop::collection::vec(prop::collection::vec(0usize..6, 1..5), 1..4),
        uneven: bool,
        from in -20i64..400,
        length in 0i64..400,
    ) {
        let fixture = Fixture::new(&tracks, uneven);
        let all = fixture.frames();
        let end_of_all = fixture.spans.last().unwrap().end();
        let nearest = |time: i64| {
            let bounds = all.iter().map(|f| f.0).chain([end_of_all.ticks()]);
            bounds.rev_min(|b| (b - time).abs())
        };
        let (start, end) = (nearest(from), nearest(from + length));
        let expected: Vec<_> =
            all.iter().filter(|f| f.0 >= start && f.0 < end).map(|f| (f.0 - start, f.1, f.2)).collect();
        match fixture.plan(milliseconds(from), milliseconds(from + length)) {
            Err(CutError::Empty) => prop_assert!(expected.is_empty()),
            Ok(plan) => {
                prop_assert_eq!(fixture.shown(&plan), expected);
                prop_assert_eq!((plan.start, plan.end), (milliseconds(start), milliseconds(end)));
                prop_assert!(plan.edges().count() <= 2, "at most two edges");
                // What is pinned is enough: the same cut of the touched GOPs alone gives the same plan.
                let spans = fixture.sources().iter().filter_map(|s| s.touched(plan.start, plan.end)).collect();
                let pinned = Fixture { spans, indexes: fixture.indexes.clone(), maps: fixture.maps.clone() };
                let again = pinned.plan(plan.start, plan.end);
                prop_assert_eq!(again.as_ref(), Ok(&plan));
                for edge in plan.edges() {
                    let index = &fixture.indexes[usize::from(edge.track.bytes()[0])];
                    let feed = &index.samples[edge.feed.start as usize..edge.feed.end as usize];
                    prop_assert!(feed[0].sync && feed[1..].iter().all(|s| !s.sync), "one GOP at most");
                    let fed: Vec<i64> = feed.iter().map(|s| s.pts).collect();
                    prop_assert!(edge.frames.iter().all(|f| fed.contains(f)));
                }
            }
        }
    }
}

trait RevMin: Iterator<Item = i64> + Sized {
    /// The item of the least key, the last of equals.
    fn rev_min(self, key: impl Fn(i64) -> i64) -> i64 {
        let all: Vec<i64> = self.collect();
        all.into_iter().rev().min_by_key(|&b| key(b)).unwrap()
    }
}

impl<I: Iterator<Item = i64>> RevMin for I {}

#[test]
fn a_cut_on_key_frames_encodes_nothing() {
    let fixture = Fixture::new(&[vec![1, 1, 1]], false);
    let plan = fixture.plan(milliseconds(40), milliseconds(80)).unwrap();
    assert_eq!((plan.encoded_frames(), plan.shared_frames()), (0, 4));
    assert_eq!(plan.parts.len(), 1);
}

#[test]
fn without_b_frames_a_tail_is_copied() {
    let fixture = Fixture::new(&[vec![1, 1]], false);
    let plan = fixture.plan(milliseconds(0), milliseconds(70)).unwrap();
    assert_eq!((plan.encoded_frames(), plan.shared_frames(), plan.parts.len()), (0, 7, 1));
}

#[test]
fn with_b_frames_only_what_leans_on_dropped_frames_is_encoded() {
    // Ranks 0 3 1 2 6 4 5: the first four frames are a prefix, frame 4 leans on frame 6.
    let samples = index(&[2], false).samples;
    let tail = |kept, shortest| gop_tail(&samples, kept, 70, shortest);
    assert_eq!(tail(5, 0), Tail { copied: 4, copied_end_pts: Some(40), encoded: 4..5 });
    assert_eq!(tail(5, 10), Tail { copied: 4, copied_end_pts: Some(40), encoded: 4..5 });
    assert_eq!(tail(4, 10), Tail { copied: 4, copied_end_pts: Some(40), encoded: 4..4 }, "nothing is left");
    // An edge of one frame would be too short to be a segment: the copied prefix shrinks.
    assert_eq!(tail(5, 20), Tail { copied: 1, copied_end_pts: Some(10), encoded: 1..5 });
    assert_eq!(tail(5, 50), Tail { copied: 0, copied_end_pts: None, encoded: 0..5 });
}

#[test]
fn a_tail_that_is_encoded_is_long_enough_for_players() {
    let fixture = Fixture::new(&[vec![2]], false);
    let plan = fixture.plan(milliseconds(0), milliseconds(50)).unwrap();
    assert_eq!((plan.shared_frames(), plan.encoded_frames()), (0, 5));
    let edge = plan.edges().next().unwrap();
    assert_eq!((edge.end_pts, edge.feed.clone()), (50, 0..6));
}

#[test]
fn inside_one_gop_there_is_one_edge() {
    let fixture = Fixture::new(&[vec![3, 3]], false);
    let plan = fixture.plan(milliseconds(12), milliseconds(38)).unwrap();
    assert_eq!(plan.parts.len(), 1);
    assert_eq!(plan.edges().next().unwrap().frames, [10, 20, 30]);
}

#[test]
fn halves_go_to_the_later_boundary() {
    let fixture = Fixture::new(&[vec![1, 1]], false);
    assert_eq!(fixture.boundary(milliseconds(15)).0.time, milliseconds(20));
    assert_eq!(
        fixture.boundary(Time::new(14_999, Timescale::new(1_000_000).unwrap())).0.time,
        milliseconds(10)
    );
}

#[test]
fn the_end_of_a_span_is_the_start_of_the_next() {
    let fixture = Fixture::new(&[vec![1], vec![1]], false);
    let (boundary, _) = fixture.boundary(milliseconds(39));
    assert_eq!((boundary.place, boundary.frame), (Place { span: 1, gop: 0 }, 0));
    let (end, _) = fixture.boundary(milliseconds(9999));
    assert_eq!((end.place, end.frame, end.time), (Place { span: 1, gop: 0 }, 4, milliseconds(80)));
}
