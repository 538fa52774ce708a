//! Layouts, and where tiles are taken from.

use subclip_core::{Gop, GopMap, Span, TrackId};

use super::*;

fn ms(ticks: i64) -> Time {
    Time::new(ticks, Timescale::MILLISECONDS)
}

#[test]
fn tiles_are_as_many_as_help() {
    let minutes = |n: i64| n * 60_000;
    for (duration_ms, frames, expected) in [
        (10_000, 300, 50),
        (minutes(15), 27_000, 50),
        (minutes(15) + 1, 27_000, 100),
        (minutes(120), 216_000, 100),
        (1_000, 30, 30),
        (33, 1, 1),
        (minutes(60), 7, 7),
    ] {
        let board = Storyboard::new(ms(duration_ms), frames, (640, 360));
        assert_eq!(board.tiles, expected, "{duration_ms} ms of {frames} frames");
    }
}

#[test]
fn tiles_keep_their_shape_and_never_bleed() {
    for (shown, expected) in [
        ((1920, 1080), (256, 144)),
        ((640, 480), (256, 192)),
        ((1080, 1920), (144, 256)),
        ((1920, 800), (256, 108)),
        ((256, 107), (256, 108)),
        ((4096, 2), (256, 2)),
        ((2, 4096), (2, 256)),
        ((100, 100), (256, 256)),
    ] {
        let board = Storyboard::new(ms(1_000), 30, shown);
        assert_eq!((board.tile_width, board.tile_height), expected, "{shown:?}");
    }
}

#[test]
fn tiles_lie_end_to_end_and_in_rows() {
    let board = Storyboard::new(Time::new(126, Timescale::new(30).unwrap()), 126, (640, 360));
    let starts: Vec<f64> = (0..=50).map(|n| board.start(n).seconds()).collect();
    assert_eq!([starts[0], starts[1], starts[25], starts[50]], [0.0, 0.084, 2.1, 4.2]);
    assert!(starts.is_sorted());
    let corners = [0, 1, 4, 5, 49].map(|n| board.corner(n));
    assert_eq!(corners, [(0, 0), (256, 0), (1024, 0), (0, 144), (1024, 1296)]);
    let thirds = Storyboard::new(Time::new(1, Timescale::new(1).unwrap()), 3, (640, 360));
    assert!(thirds.start(1) >= Time::new(1, Timescale::new(3).unwrap()), "the second frame has begun");
}

/// Spans of whole GOPs of `frames` frames each, on a clock of one tick a frame and `rate` frames a second.
struct Film(Vec<(Span, GopMap)>);

impl Film {
    fn new(rate: u32, spans: &[(u32, u32)]) -> Self {
        let timescale = Timescale::new(rate).unwrap();
        let mut at = 0;
        Self(
            (0u8..)
                .zip(spans)
                .map(|(n, &(gops, frames))| {
                    let gop = |n| Gop { first_sample: n * frames, pts: i64::from(n * frames), size_bytes: 1 };
                    let samples = gops * frames;
                    let map =
                        GopMap { gops: (0..gops).map(gop).collect(), samples, end_pts: i64::from(samples) };
                    let track = TrackId::from_bytes([n; 16]);
                    let duration = i64::from(samples);
                    let span = Span { track, timescale, samples: 0..samples, at, duration };
                    at += duration;
                    (span, map)
                })
                .collect(),
        )
    }

    fn sources(&self) -> Vec<Source<'_>> {
        self.0.iter().map(|(span, gops)| Source { span, gops }).collect()
    }

    fn board(&self) -> Storyboard {
        let frames = self.0.iter().map(|(span, _)| span.samples.len() as u32).sum();
        Storyboard::new(self.0.last().unwrap().0.end(), frames, (1920, 1080))
    }

    fn takes(&self, pixels: u64) -> Vec<Take> {
        takes(&self.sources(), &self.board(), pixels)
    }
}

const FULL_HD: u64 = 1920 * 1080;

#[test]
fn what_is_short_is_exact() {
    // Ten seconds of five GOPs.
    let takes = Film::new(30, &[(5, 60)]).takes(FULL_HD);
    let expected = (0..50).map(|n| Take::Shown(Place { span: 0, gop: n / 10 }, ms(n as i64 * 200)));
    assert_eq!(takes, expected.collect::<Vec<_>>());
}

#[test]
fn what_is_long_is_taken_from_key_frames() {
    // Two hours and a bit of GOPs of two seconds: a tile every 72.14 s.
    let takes = Film::new(30, &[(3607, 60)]).takes(FULL_HD);
    let expected = (0..100).map(|n: usize| Take::Key(Place { span: 0, gop: (n * 3607).div_ceil(100) }));
    assert_eq!(takes, expected.collect::<Vec<_>>());
}

#[test]
fn key_frames_are_shown_while_their_tiles_are() {
    // A minute of GOPs of two seconds: a tile every 1.2 s, so that not every tile has one.
    let film = Film::new(30, &[(30, 60)]);
    let (sources, board) = (film.sources(), film.board());
    let takes = film.takes(FULL_HD);
    let mut keys = 0;
    for (number, take) in (0..).zip(takes) {
        match take {
            Take::Key(place) => {
                let time = key_frames(&sources).iter().find(|(_, p)| *p == place).unwrap().0;
                assert!(board.start(number) <= time && time < board.start(number + 1), "tile {number}");
                keys += 1;
            }
            Take::Shown(_, time) => assert_eq!(time, board.start(number)),
        }
    }
    assert_eq!(keys, 30);
}

#[test]
fn what_would_take_too_long_to_decode_is_near_enough() {
    // A quarter of an hour of GOPs of ten seconds, in 8K: tiles every 18 s are key frames; two minutes and a half have
    // three tiles for each key frame.
    let large = 16 * FULL_HD;
    assert!(Film::new(60, &[(90, 600)]).takes(large).iter().all(|take| matches!(take, Take::Key(_))));
    let takes = Film::new(60, &[(15, 600)]).takes(large);
    assert!(takes.iter().all(|take| matches!(take, Take::Key(_))));
    assert!(takes.is_sorted_by_key(|take| take.place()));
    assert_eq!(takes.chunk_by(|a, b| a == b).count(), 15);
}

#[test]
fn tiles_come_from_every_span() {
    let takes = Film::new(30, &[(1, 20), (2, 60), (1, 10)]).takes(FULL_HD);
    let spans: Vec<_> = takes.chunk_by(|a, b| a.place().span == b.place().span).map(<[_]>::len).collect();
    assert_eq!(spans, [7, 40, 3]);
}

#[test]
fn work_is_counted_by_gop() {
    let film = Film::new(30, &[(2, 60)]);
    let place = |gop| Place { span: 0, gop };
    let shown = |gop, tenths: i64| Take::Shown(place(gop), ms(tenths * 100));
    let check = |takes: &[Take], expected| assert_eq!(decoded(&film.sources(), takes), expected, "{takes:?}");
    check(&[], 0);
    check(&[Take::Key(place(0)), Take::Key(place(1))], 2);
    check(&[shown(0, 0)], 1);
    check(&[shown(0, 5), shown(0, 10)], 31);
    check(&[shown(0, 10), shown(1, 30)], 62);
    check(&[shown(1, 39)], 58);
}
