//! Init segments.

use mp4_atom::{Codec as Entry, Decode, Ftyp, Moov};
use subclip_core::{Codec, Track};
use subclip_formats::mp4::write::init_segment;

use super::fixtures::{ASC, AVCC, audio, video};
use super::golden;

#[test]
fn golden_bytes() {
    golden::check("write_init_video.txt", &init_segment(&video(30_000), 2002));
    golden::check("write_init_audio.txt", &init_segment(&audio(48_000), 0));
}

fn moov(init: &[u8]) -> Moov {
    let mut bytes = init;
    Ftyp::decode(&mut bytes).unwrap();
    let moov = Moov::decode(&mut bytes).unwrap();
    assert!(bytes.is_empty());
    moov
}

#[test]
fn one_edit_takes_the_delay_away() {
    let check = |delay: i64, expected: Option<(u64, Option<u64>)>| {
        let moov = moov(&init_segment(&video(30_000), delay));
        let edits = moov.trak[0].edts.as_ref().map(|edts| edts.elst.clone().unwrap().entries);
        let edits = edits.map(|edits| {
            assert_eq!(edits.len(), 1);
            (edits[0].segment_duration, edits[0].media_time)
        });
        assert_eq!(edits, expected, "delay {delay}");
    };
    check(0, None);
    check(1001, Some((0, Some(1001))));
    check(1 << 40, Some((0, Some(1 << 40))));
}

#[test]
fn configurations_are_written_as_they_came() {
    let contains = |track: &Track, config: &[u8]| {
        init_segment(track, 0).windows(config.len()).filter(|window| *window == config).count()
    };
    assert_eq!(contains(&video(90_000), AVCC), 1);
    assert_eq!(contains(&audio(44_100), &[&[5, ASC.len() as u8], ASC].concat()), 1);

    // Even one that no parser would accept, and one whose descriptors need longer sizes.
    let mut odd = video(90_000);
    let Codec::Avc(format) = &mut odd.codec else { panic!() };
    format.config = vec![0xff; 300];
    assert_eq!(contains(&odd, &[0xff; 300]), 1);
    let mut long = audio(48_000);
    let Codec::Aac(format) = &mut long.codec else { panic!() };
    format.config = vec![0x11; 200];
    assert_eq!(contains(&long, &[&[5, 0x81, 0x48][..], &[0x11; 200]].concat()), 1);
}

#[test]
fn pixels_that_are_not_square_are_told() {
    let check = |pixel_aspect: (u32, u32), pasp: Option<(u32, u32)>, shown_width: u16| {
        let mut track = video(90_000);
        let Codec::Avc(format) = &mut track.codec else { panic!() };
        format.pixel_aspect = pixel_aspect;
        let moov = moov(&init_segment(&track, 0));
        let Entry::Avc1(entry) = &moov.trak[0].mdia.minf.stbl.stsd.codecs[0] else { panic!() };
        assert_eq!(entry.pasp.as_ref().map(|pasp| (pasp.h_spacing, pasp.v_spacing)), pasp);
        assert_eq!((entry.visual.width, entry.visual.height), (1280, 720));
        assert_eq!(moov.trak[0].tkhd.width.integer(), shown_width, "{pixel_aspect:?}");
        assert_eq!(moov.trak[0].tkhd.height.integer(), 720);
    };
    check((1, 1), None, 1280);
    check((7, 7), None, 1280);
    check((0, 1), None, 1280);
    check((3, 0), None, 1280);
    check((4, 3), Some((4, 3)), 1706);
    check((u32::MAX, 1), Some((u32::MAX, 1)), u16::MAX);
}

#[test]
fn languages_are_packed_or_told_at_length() {
    let check = |language: &str, packed: &str, extended: bool| {
        let mut track = audio(48_000);
        track.language = language.to_owned();
        let init = init_segment(&track, 0);
        assert_eq!(moov(&init).trak[0].mdia.mdhd.language, packed, "{language}");
        let elng = [b"elng\0\0\0\0", language.as_bytes(), b"\0"].concat();
        assert_eq!(init.windows(elng.len()).any(|window| window == elng), extended, "{language}");
    };
    check("eng", "eng", false);
    check("und", "und", false);
    check("de", "und", true);
    check("pt-BR", "und", true);
    check("ENG", "und", true);
}

#[test]
fn rates_beyond_16_bits_are_left_to_the_configuration() {
    let check = |rate: u32, expected: u16| {
        let moov = moov(&init_segment(&audio(rate), 0));
        let Entry::Mp4a(entry) = &moov.trak[0].mdia.minf.stbl.stsd.codecs[0] else { panic!() };
        assert_eq!(entry.audio.sample_rate.integer(), expected);
        assert_eq!(entry.audio.channel_count, 2);
    };
    check(44_100, 44_100);
    check(96_000, 0);
}
