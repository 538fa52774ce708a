//! Which tracks can be indexed in place, and every reason why one can't.

use subclip_core::{Codec, Sample};
use subclip_formats::mp4::read::{
    Edits, FourCc, MAX_GOP_BYTES, MovieTrack, OddEdit, Reason, SampleEntry, conforming, into_conforming,
    read_slice,
};

use crate::build::{
    AVCC, Order, TestSample, TestTrack, aac_entry, avc_entry, boxed, esds, plain_samples, progressive, sound,
    visual,
};
use crate::golden::data;

fn read(track: TestTrack) -> MovieTrack {
    let (file, _) = progressive(&[track], Order::HeaderFirst);
    read_slice(&file).unwrap().tracks.remove(0)
}

/// Six pictures, two GOPs, one picture shown before the one it is decoded after.
fn video() -> MovieTrack {
    let offsets = [(0, true), (40, false), (-40, false), (0, true), (0, false), (0, false)];
    let samples = offsets.map(|(composition, sync)| TestSample { size: 10, duration: 40, composition, sync });
    read(TestTrack { composition_version: Some(1), ..TestTrack::video(samples.to_vec()) })
}

fn audio() -> MovieTrack {
    read(TestTrack { timescale: 48_000, ..TestTrack::audio(plain_samples(4)) })
}

#[test]
fn plain_tracks_conform() {
    let (track, index) = conforming(&video()).unwrap();
    assert!(matches!(&track.codec, Codec::Avc(format) if format.config == AVCC));
    assert_eq!((track.timescale.get(), index.end_pts, index.samples.len()), (1000, 240, 6));
    let (track, index) = conforming(&audio()).unwrap();
    assert_eq!(track.audio().map(|format| (format.channels, format.sample_rate)), Some((2, 48_000)));
    assert_eq!(index.samples, audio().samples);
    assert_eq!(into_conforming(audio()), Ok((track, index)));
    let turned = MovieTrack { rotation_degrees: 90, ..video() };
    assert_eq!(into_conforming(turned), Err(vec![Reason::Orientation(90, false)]));
}

#[test]
fn real_files_conform_but_for_other_codecs() {
    for name in
        ["progressive.mp4", "bframes.mp4", "fragmented.mp4", "fragments_av.mp4", "hybrid.mp4", "wave.mov"]
    {
        for track in read_slice(&data(name)).unwrap().tracks {
            assert_eq!(conforming(&track).err(), None, "{name}");
        }
    }
    let tracks = read_slice(&data("pcm.mov")).unwrap().tracks;
    assert_eq!(conforming(&tracks[0]).err(), None);
    assert_eq!(conforming(&tracks[1]).err(), Some(vec![Reason::Codec(FourCc(*b"sowt"), "")]));
}

#[test]
fn reasons_of_the_description() {
    let check = |change: &dyn Fn(&mut MovieTrack), expected: Reason| {
        let mut track = video();
        change(&mut track);
        assert_eq!(conforming(&track).unwrap_err(), [expected]);
    };
    check(&|track| track.rotation_degrees = 90, Reason::Orientation(90, false));
    check(&|track| track.mirrored = true, Reason::Orientation(0, true));
    check(&|track| track.edits = Edits::Odd(OddEdit::Several), Reason::EditList(OddEdit::Several));
    check(&|track| track.entries.push(track.entries[0].clone()), Reason::SampleEntries(2));
    check(&|track| track.entries.clear(), Reason::SampleEntries(0));
    let hevc = SampleEntry::Other { fourcc: FourCc(*b"hvc1"), detail: "" };
    check(&|track| track.entries = vec![hevc.clone()], Reason::Codec(FourCc(*b"hvc1"), ""));
}

#[test]
fn reasons_of_the_times() {
    let check = |change: &dyn Fn(&mut Vec<Sample>), expected: &[Reason]| {
        let mut track = video();
        change(&mut track.samples);
        assert_eq!(conforming(&track).unwrap_err(), expected);
    };
    check(&|samples| samples.clear(), &[Reason::Empty]);
    check(&|samples| samples[0].sync = false, &[Reason::NoFirstSync]);
    check(&|samples| samples[4].size = 0, &[Reason::EmptySample(4)]);
    check(&|samples| samples[4].dts = samples[3].dts, &[Reason::DecodeTimes(4)]);
    check(&|samples| samples[2].dts = 0, &[Reason::DecodeTimes(2)]);
    check(&|samples| samples[2].pts = -1, &[Reason::LeadingPicture(2)]);
    check(&|samples| samples[4].pts = 119, &[Reason::LeadingPicture(4)]);
    check(&|samples| samples[2].pts = 120, &[Reason::TrailingPicture(2)]);
    check(&|samples| samples[2].pts = 0, &[Reason::SameTime(2)]);
    check(&|samples| samples[5].pts = 160, &[Reason::SameTime(5)]);
}

#[test]
fn groups_of_pictures_last_ten_seconds_at_the_most() {
    let mut track = video();
    let move_second_group = |track: &mut MovieTrack, to: i64| {
        for (number, sample) in (0..).zip(&mut track.samples[3..]) {
            (sample.dts, sample.pts) = (to + 40 * number, to + 40 * number);
        }
        track.end_pts = to + 120;
    };
    move_second_group(&mut track, 10_000);
    assert_eq!(conforming(&track).err(), None);
    move_second_group(&mut track, 10_001);
    assert_eq!(conforming(&track).unwrap_err(), [Reason::LongGop(0)]);
    move_second_group(&mut track, 120);
    track.end_pts = 10_121;
    assert_eq!(conforming(&track).unwrap_err(), [Reason::LongGop(3)]);
}

/// Six samples of so many bytes each, one behind the other.
fn of_sizes(sizes: [u32; 6]) -> MovieTrack {
    let mut track = video();
    let mut offset = 48;
    for (sample, size) in track.samples.iter_mut().zip(sizes) {
        (sample.offset, sample.size) = (offset, size);
        offset += u64::from(size);
    }
    track
}

#[test]
fn groups_of_pictures_have_so_many_bytes_at_the_most() {
    let quarter = u32::try_from(MAX_GOP_BYTES / 4).unwrap();
    let check = |sizes: [u32; 6], expected: Option<Reason>| {
        assert_eq!(conforming(&of_sizes(sizes)).err(), expected.map(|reason| vec![reason]), "{sizes:?}");
    };
    check([quarter * 2, quarter, quarter, quarter * 2, quarter, quarter], None);
    check([quarter * 2, quarter, quarter + 1, 9, 9, 9], Some(Reason::HeavyGop(0)));
    check([9, 9, 9, 9, 9, 4 * quarter], Some(Reason::HeavyGop(3)));
}

#[test]
fn samples_have_bytes_of_their_own() {
    let check = |change: &dyn Fn(&mut [Sample]), expected: Option<Reason>| {
        let mut track = of_sizes([10; 6]);
        change(&mut track.samples);
        assert_eq!(conforming(&track).err(), expected.map(|reason| vec![reason]));
    };
    check(&|samples| samples[4].offset += 1, Some(Reason::Overlap(5)));
    check(&|samples| samples[2].size += 1, Some(Reason::Overlap(3)));
    check(&|samples| samples[5].offset = samples[0].offset, Some(Reason::Overlap(5)));
    // Later ones may lie before earlier ones, as they do where a file was put together out of order.
    check(&|samples| samples[0].offset = 200, None);
    check(&|samples| samples[3].offset = 38, None);
    check(&|samples| samples[3].offset = 39, Some(Reason::Overlap(0)));
}

#[test]
fn a_small_file_can_not_claim_a_huge_group() {
    // One chunk for each sample, all of them at the same place.
    let mut track = video();
    let sample = Sample { offset: 48, size: 1 << 20, dts: 0, pts: 0, sync: false };
    track.samples = (0..9_999).map(|n| Sample { dts: n, pts: n, sync: n == 0, ..sample }).collect();
    track.end_pts = 9_999;
    assert_eq!(conforming(&track).unwrap_err(), [Reason::Overlap(1), Reason::HeavyGop(0)]);
}

#[test]
fn profiles_of_h264() {
    let check = |config: &[u8], expected: Option<Reason>| {
        let entries = vec![visual(b"avc1", &boxed(b"avcC", config))];
        let track = read(TestTrack { entries, ..TestTrack::video(plain_samples(2)) });
        let found = conforming(&track).err().map(|reasons| reasons[0].clone());
        assert_eq!(found, expected, "{config:?}");
    };
    let with_profile = |profile: u8, more: &[u8]| {
        let mut config = AVCC.to_vec();
        config[1] = profile;
        config.extend(more);
        config
    };
    for profile in [66, 77, 88, 100] {
        check(&with_profile(profile, &[]), None);
    }
    check(&with_profile(100, &[0xfd, 0xf8, 0xf8, 0]), None);
    check(&with_profile(100, &[0xfc, 0xf8, 0xf8, 0]), Some(Reason::Profile(100)));
    check(&with_profile(100, &[0xfd, 0xfa, 0xf8, 0]), Some(Reason::Profile(100)));
    check(&with_profile(110, &[0xfd, 0xfa, 0xfa, 0]), Some(Reason::Profile(110)));
    check(&with_profile(244, &[0xff, 0xf8, 0xf8, 0]), Some(Reason::Profile(244)));
    check(&[1, 66, 0xc0, 30, 0xff, 0xe0, 0], Some(Reason::AvcConfiguration));
    check(&AVCC[..13], Some(Reason::AvcConfiguration));
    check(&AVCC[..16], Some(Reason::AvcConfiguration));
}

#[test]
fn profiles_of_aac() {
    let check = |config: &[u8], expected: Option<Reason>| {
        let entries = vec![sound(b"mp4a", 0, &esds(0x40, config))];
        let track = read(TestTrack { entries, ..TestTrack::audio(plain_samples(2)) });
        let found = conforming(&track).err().map(|reasons| reasons[0].clone());
        assert_eq!(found, expected, "{config:?}");
    };
    check(&[0x11, 0x90], None);
    check(&[0x11, 0x94], Some(Reason::AudioProfile(2)));
    check(&[0x11, 0x80], Some(Reason::ChannelLayout));
    check(&[0x09, 0x90], Some(Reason::AudioProfile(1)));
    check(&[0xf9, 0x46, 0x40], Some(Reason::AudioProfile(42)));
    check(&[0x13, 0x10, 0x56, 0xe5, 0x98], Some(Reason::HighEfficiency));
}

#[test]
fn several_reasons_are_all_told() {
    let entries = vec![avc_entry()];
    let mut track = read(TestTrack { entries, ..TestTrack::video(plain_samples(3)) });
    track.rotation_degrees = 180;
    track.samples[1].size = 0;
    track.samples[0].sync = false;
    let sentences: Vec<String> = conforming(&track).unwrap_err().iter().map(Reason::to_string).collect();
    assert_eq!(
        sentences,
        ["the picture is turned by 180 degrees", "the first picture is not a key frame", "sample 1 is empty"]
    );
    let mixed = TestTrack { entries: vec![aac_entry(), aac_entry()], ..TestTrack::audio(plain_samples(3)) };
    assert_eq!(conforming(&read(mixed)).unwrap_err(), [Reason::SampleEntries(2)]);
}
