//! Edit lists: which are a shift of time, what they hide, and which are odd.

use subclip_formats::mp4::read::{Edits, MovieTrack, OddEdit, read_slice};

use crate::build::{Edit, Order, TestSample, TestTrack, plain_samples, progressive};

const NORMAL: u32 = 0x0001_0000;

/// A track with these edits, read; in both versions of the box.
fn read(track: &TestTrack, edits: &[Edit]) -> MovieTrack {
    let [narrow, wide] = [0, 1].map(|header_version| {
        let track = TestTrack { edits: edits.to_vec(), header_version, ..track.clone() };
        let (file, _) = progressive(&[track], Order::HeaderFirst);
        let mut track = read_slice(&file).unwrap().tracks.remove(0);
        // The longer boxes of version 1 only move the media.
        track.samples.iter_mut().for_each(|sample| sample.offset = 0);
        track
    });
    assert_eq!(narrow, wide);
    narrow
}

/// Four pictures of 40 ms, shown from 80 on: as x264 with B-frames is muxed.
fn delayed_video() -> TestTrack {
    let offsets = [80, 160, 40, 40];
    let samples = plain_samples(4)
        .iter()
        .zip(offsets)
        .map(|(&sample, composition)| TestSample { composition, ..sample })
        .collect();
    TestTrack { composition_version: Some(0), ..TestTrack::video(samples) }
}

#[test]
fn plain_edits_shift_video() {
    let check = |edits: &[Edit], expected: Edits, first: i64, end: i64| {
        let track = read(&delayed_video(), edits);
        assert_eq!((track.edits, track.samples[0].pts, track.end_pts), (expected, first, end), "{edits:?}");
        assert_eq!(track.samples[0].dts, track.samples[0].pts - 80, "shifted equally");
        assert_eq!(track.samples.len(), 4);
    };
    check(&[], Edits::None, 80, 240);
    check(&[(160, 80, NORMAL)], Edits::Shift(-80), 0, 160);
    check(&[(0, 80, NORMAL)], Edits::Shift(-80), 0, 160);
    check(&[(500, -1, NORMAL), (160, 80, NORMAL)], Edits::Shift(420), 500, 660);
    check(&[(500, -1, 0), (0, -1, 0), (250, -1, 0), (160, 80, NORMAL)], Edits::Shift(670), 750, 910);
    check(&[(240, 0, NORMAL)], Edits::Shift(0), 80, 240);
    check(&[(160, 100, NORMAL)], Edits::Shift(-100), -20, 140);
    check(&[(121, 80, NORMAL)], Edits::Shift(-80), 0, 160);
}

#[test]
fn odd_edits_leave_times_alone() {
    let check = |edits: &[Edit], why: OddEdit| {
        let track = read(&delayed_video(), edits);
        assert_eq!(
            (track.edits, track.samples[0].pts, track.end_pts),
            (Edits::Odd(why), 80, 240),
            "{edits:?}"
        );
    };
    check(&[(80, 80, NORMAL), (80, 160, NORMAL)], OddEdit::Several);
    check(&[(80, 80, NORMAL), (80, -1, NORMAL)], OddEdit::Gap);
    check(&[(160, 80, 0)], OddEdit::Rate);
    check(&[(160, 80, 2 * NORMAL)], OddEdit::Rate);
    check(&[(160, -2, NORMAL)], OddEdit::BeforeStart);
    check(&[(160, -1, NORMAL)], OddEdit::ShowsNothing);
    check(&[(160, 101, NORMAL)], OddEdit::HidesLeading);
    check(&[(118, 80, NORMAL)], OddEdit::HidesTrailing);
}

#[test]
fn delays_are_rounded_to_the_track() {
    let track = TestTrack { timescale: 90_000, ..delayed_video() };
    assert_eq!(read(&track, &[(333, -1, NORMAL), (0, 80, NORMAL)]).edits, Edits::Shift(29_970 - 80));
    let track = TestTrack { timescale: 30, ..delayed_video() };
    assert_eq!(read(&track, &[(51, -1, NORMAL), (0, 80, NORMAL)]).edits, Edits::Shift(2 - 80));
}

#[test]
fn audio_keeps_priming_and_drops_what_comes_after_the_end() {
    let check = |edits: &[Edit], expected: &[i64], end: i64| {
        let track = read(&TestTrack::audio(plain_samples(5)), edits);
        let times: Vec<i64> = track.samples.iter().map(|sample| sample.pts).collect();
        assert_eq!((times.as_slice(), track.end_pts), (expected, end), "{edits:?}");
    };
    check(&[], &[0, 40, 80, 120, 160], 200);
    check(&[(160, 40, NORMAL)], &[-40, 0, 40, 80, 120], 160);
    check(&[(60, 140, NORMAL)], &[-140, -100, -60, -20, 20], 60);
    check(&[(130, 40, NORMAL)], &[-40, 0, 40, 80, 120], 160);
    check(&[(110, 40, NORMAL)], &[-40, 0, 40, 80], 120);
    check(&[(80, 40, NORMAL)], &[-40, 0, 40], 80);
    check(&[(100, -1, NORMAL), (80, 40, NORMAL)], &[60, 100, 140], 180);
}
