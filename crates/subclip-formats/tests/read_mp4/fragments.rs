//! Movie fragments in all the forms their flags allow.

use subclip_core::Sample;
use subclip_formats::mp4::read::read_slice;

use crate::build::{TestTrack, boxed, ftyp, full, moov, plain_samples, progressive, words};

/// An initialisation segment with a video track 1 and an audio track 2, and `trex` defaults for both: 40 ticks,
/// 7 bytes, and flags saying not sync.
fn init() -> Vec<u8> {
    let traks = [TestTrack::video(Vec::new()), TestTrack::audio(Vec::new())].map(|track| track.trak(&[]));
    [ftyp(), moov(&traks, &mvex(), 0)].concat()
}

fn mvex() -> Vec<u8> {
    let trex = |number| full(b"trex", 0, 0, &words(&[number, 1, 40, 7, NOT_SYNC]));
    boxed(b"mvex", &[trex(1), trex(2)].concat())
}

const NOT_SYNC: u32 = 0x0001_0000;
const MOOF_BASE: u32 = 0x02_0000;

fn tfhd(flags: u32, fields: &[u32]) -> Vec<u8> {
    full(b"tfhd", 0, flags, &words(fields))
}

fn trun(version: u8, flags: u32, fields: &[u32]) -> Vec<u8> {
    full(b"trun", version, flags, &words(fields))
}

fn tfdt(time: u32) -> Vec<u8> {
    full(b"tfdt", 0, 0, &words(&[time]))
}

fn traf(children: &[Vec<u8>]) -> Vec<u8> {
    boxed(b"traf", &children.concat())
}

fn moof(trafs: &[Vec<u8>]) -> Vec<u8> {
    boxed(b"moof", &[full(b"mfhd", 0, 0, &words(&[1])), trafs.concat()].concat())
}

/// (offset from the first `moof`, size, dts, pts, sync)
type Row = (u64, u32, i64, i64, bool);

/// A file of the initialisation segment, `fragments` and 1000 bytes of media has these samples in its two tracks.
#[track_caller]
fn check(fragments: &[Vec<u8>], video: &[Row], audio: &[Row]) {
    let init = init();
    let media = boxed(b"mdat", &[0; 992]);
    let movie = read_slice(&[init.clone(), fragments.concat(), media].concat()).unwrap();
    assert!(movie.fragmented);
    let start = init.len() as u64;
    for (track, expected) in movie.tracks.iter().zip([video, audio]) {
        let expected: Vec<Sample> = expected
            .iter()
            .map(|&(offset, size, dts, pts, sync)| Sample { offset: start + offset, size, dts, pts, sync })
            .collect();
        assert_eq!(track.samples, expected);
    }
}

#[test]
fn defaults_of_the_movie_header() {
    let run = traf(&[tfhd(MOOF_BASE, &[1]), tfdt(900), trun(0, 1, &[3, 200])]);
    let rows = [(200, 7, 900, 900, false), (207, 7, 940, 940, false), (214, 7, 980, 980, false)];
    check(&[moof(&[run])], &rows, &[]);
}

#[test]
fn defaults_of_the_track_fragment() {
    let run =
        traf(&[tfhd(MOOF_BASE | 0x2 | 0x8 | 0x10 | 0x20, &[1, 1, 50, 9, 0]), tfdt(0), trun(0, 1, &[2, 200])]);
    check(&[moof(&[run])], &[(200, 9, 0, 0, true), (209, 9, 50, 50, true)], &[]);
}

#[test]
fn values_of_each_sample() {
    let table = [2, 200, 30, 5, 0, 60, 31, 6, NOT_SYNC, 0];
    let run = traf(&[tfhd(MOOF_BASE, &[1]), tfdt(0), trun(0, 0xf01, &table)]);
    check(&[moof(&[run])], &[(200, 5, 0, 60, true), (205, 6, 30, 30, false)], &[]);
    let table = [2, 200, 0, (-40i32) as u32];
    for version in [0, 1] {
        let run = traf(&[tfhd(MOOF_BASE, &[1]), tfdt(40), trun(version, 0x801, &table)]);
        check(&[moof(&[run])], &[(200, 7, 40, 40, false), (207, 7, 80, 40, false)], &[]);
    }
}

#[test]
fn flags_of_the_first_sample() {
    let rows = [(200, 7, 0, 0, true), (207, 7, 40, 40, false)];
    let run = traf(&[tfhd(MOOF_BASE, &[1]), tfdt(0), trun(0, 0x5, &[2, 200, 0])]);
    check(&[moof(&[run])], &rows, &[]);
    let sizes = traf(&[tfhd(MOOF_BASE, &[1]), tfdt(0), trun(0, 0x205, &[2, 200, 0x0200_0000, 7, 8])]);
    check(&[moof(&[sizes])], &[(200, 7, 0, 0, true), (207, 8, 40, 40, false)], &[]);
    let depends = traf(&[tfhd(MOOF_BASE, &[1]), tfdt(0), trun(0, 0x5, &[1, 200, 0x0100_0000])]);
    check(&[moof(&[depends])], &[(200, 7, 0, 0, false)], &[]);
}

#[test]
fn a_base_of_its_own() {
    let start = init().len() as u32;
    let based = |fields: &[u32]| trun(0, u32::from(fields.len() > 1), fields);
    let run = |fields: &[u32]| traf(&[tfhd(0x1, &[1, 0, start + 300]), tfdt(0), based(fields)]);
    check(&[moof(&[run(&[1, 20])])], &[(320, 7, 0, 0, false)], &[]);
    check(&[moof(&[run(&[1])])], &[(300, 7, 0, 0, false)], &[]);
    check(&[moof(&[run(&[1, (-50i32) as u32])])], &[(250, 7, 0, 0, false)], &[]);
}

#[test]
fn no_base_goes_on_where_the_track_before_ended() {
    let video = traf(&[tfhd(0, &[1]), tfdt(0), trun(0, 1, &[2, 300])]);
    let audio = traf(&[tfhd(0, &[2]), tfdt(0), trun(0, 0, &[1])]);
    let rows = [(300, 7, 0, 0, false), (307, 7, 40, 40, false)];
    check(&[moof(&[video.clone(), audio])], &rows, &[(314, 7, 0, 0, true)]);
    let audio = traf(&[tfhd(0, &[2]), tfdt(0), trun(0, 1, &[1, 6])]);
    check(&[moof(&[video.clone(), audio])], &rows, &[(320, 7, 0, 0, true)]);
    let audio = traf(&[tfhd(MOOF_BASE, &[2]), tfdt(0), trun(0, 1, &[1, 406])]);
    check(&[moof(&[video, audio])], &rows, &[(406, 7, 0, 0, true)]);
}

#[test]
fn several_runs_follow_each_other() {
    let runs =
        [tfhd(MOOF_BASE, &[1]), tfdt(0), trun(0, 1, &[1, 300]), trun(0, 0, &[2]), trun(0, 1, &[1, 200])];
    let rows =
        [(300, 7, 0, 0, false), (307, 7, 40, 40, false), (314, 7, 80, 80, false), (200, 7, 120, 120, false)];
    check(&[moof(&[traf(&runs)])], &rows, &[]);
}

#[test]
fn without_a_decode_time_fragments_follow_each_other() {
    let run = |offset| moof(&[traf(&[tfhd(MOOF_BASE, &[1]), trun(0, 1, &[2, offset])])]);
    let first = run(400);
    let second = 400 + first.len() as u64;
    let rows = [
        (400, 7, 0, 0, false),
        (407, 7, 40, 40, false),
        (second, 7, 80, 80, false),
        (second + 7, 7, 120, 120, false),
    ];
    check(&[first.clone(), first], &rows, &[]);
}

#[test]
fn a_fragment_may_hold_a_track_twice() {
    let part = |time, offset| traf(&[tfhd(MOOF_BASE, &[2]), tfdt(time), trun(0, 1, &[1, offset])]);
    let rows = [(300, 7, 0, 0, true), (310, 7, 5000, 5000, true)];
    check(&[moof(&[part(0, 300), part(5000, 310)])], &[], &rows);
}

#[test]
fn other_boxes_are_passed_over() {
    let run =
        moof(&[traf(&[tfhd(MOOF_BASE, &[1]), full(b"tfdt", 1, 0, &words(&[1, 0])), trun(0, 1, &[1, 300])])]);
    let others = [b"styp", b"sidx", b"emsg", b"prft", b"zzzz"].map(|kind| boxed(kind, &[0; 20])).concat();
    let at = others.len() as u64;
    check(&[others, run, boxed(b"mfra", &[0; 40])], &[(at + 300, 7, 1 << 32, 1 << 32, false)], &[]);
}

#[test]
fn a_movie_header_may_have_samples_of_its_own() {
    let track = TestTrack::video(plain_samples(2));
    let (mut file, mut expected) = progressive(std::slice::from_ref(&track), crate::build::Order::HeaderLast);
    // The mvex goes to the end of the moov, which ends the file.
    let at = file.windows(4).position(|window| window == b"moov").unwrap() - 4;
    let old = u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
    assert_eq!(file.len(), at + old as usize);
    file[at..at + 4].copy_from_slice(&(old + mvex().len() as u32).to_be_bytes());
    file.extend(mvex());
    let fragment = file.len() as u64;
    file.extend(moof(&[traf(&[tfhd(MOOF_BASE, &[1]), trun(0, 1, &[1, 100])])]));
    file.extend(boxed(b"mdat", &[0; 200]));
    expected[0].push(Sample { offset: fragment + 100, size: 7, dts: 80, pts: 80, sync: false });
    let movie = read_slice(&file).unwrap();
    assert_eq!((movie.fragmented, &movie.tracks[0].samples), (true, &expected[0]));
    assert_eq!(movie.tracks[0].end_pts, 120);
}
