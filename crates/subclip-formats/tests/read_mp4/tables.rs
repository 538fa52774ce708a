//! Every form of the sample tables, and of what stands around them.

use subclip_core::{AudioFormat, VideoFormat};
use subclip_formats::mp4::read::{Edits, FourCc, Kind, SampleEntry, read_slice};

use crate::build::{
    AVCC, Order, SizeForm, TestSample, TestTrack, aac_entry, avc_entry, boxed, esds, plain_samples,
    progressive, sound, visual, words,
};

const ORDERS: [Order; 4] = [Order::HeaderFirst, Order::HeaderLast, Order::OpenEnd, Order::Large];

/// The tracks, written in every order, are read with the samples they were written with.
fn check(tracks: &[TestTrack]) {
    for order in ORDERS {
        let (file, expected) = progressive(tracks, order);
        let movie = read_slice(&file).unwrap();
        assert!(!movie.fragmented);
        let found: Vec<_> = movie.tracks.iter().map(|track| track.samples.clone()).collect();
        assert_eq!(found, expected, "{order:?}");
    }
}

#[test]
fn size_forms() {
    let of_size = |sizes: &[u32]| -> Vec<TestSample> {
        plain_samples(sizes.len() as u32)
            .iter()
            .zip(sizes)
            .map(|(&sample, &size)| TestSample { size, ..sample })
            .collect()
    };
    for (sizes, form) in [
        (&[300, 1, 70_000][..], SizeForm::Table),
        (&[17, 17, 17], SizeForm::Constant),
        (&[15, 1, 7], SizeForm::Compact(4)),
        (&[255, 1, 7, 9], SizeForm::Compact(8)),
        (&[65_535, 1, 256], SizeForm::Compact(16)),
    ] {
        check(&[TestTrack { sizes: form, ..TestTrack::video(of_size(sizes)) }]);
    }
}

#[test]
fn chunk_forms() {
    for chunks in [&[][..], &[1; 7], &[3, 3], &[1, 2, 1], &[2, 2, 1, 1], &[5]] {
        for wide_offsets in [false, true] {
            let chunks = chunks.to_vec();
            check(&[TestTrack { chunks, wide_offsets, ..TestTrack::video(plain_samples(7)) }]);
        }
    }
}

#[test]
fn time_forms() {
    let reordered = |offsets: &[i32]| -> Vec<TestSample> {
        plain_samples(offsets.len() as u32)
            .iter()
            .zip(offsets)
            .map(|(&sample, &composition)| TestSample { composition, ..sample })
            .collect()
    };
    for (offsets, version) in [(&[80, 160, 0, 0][..], 0), (&[0, 80, -80, -80], 1), (&[0, 80, -80, -80], 0)] {
        check(&[TestTrack { composition_version: Some(version), ..TestTrack::video(reordered(offsets)) }]);
    }
    let mut variable = plain_samples(5);
    for (sample, duration) in variable.iter_mut().zip([33, 34, 33, 1, 5000]) {
        sample.duration = duration;
    }
    check(&[TestTrack { header_version: 1, ..TestTrack::video(variable.clone()) }]);
    let (file, _) = progressive(&[TestTrack::video(variable)], Order::HeaderFirst);
    assert_eq!(read_slice(&file).unwrap().tracks[0].end_pts, 5101);
}

#[test]
fn sync_forms() {
    let mut samples = plain_samples(6);
    samples[3].sync = true;
    check(&[TestTrack::video(samples.clone())]);
    check(&[TestTrack { sync_table: false, ..TestTrack::video(samples) }]);
    // Sound is sync throughout, even if a table says otherwise.
    check(&[TestTrack { sync_table: true, ..TestTrack::audio(plain_samples(3)) }]);
}

#[test]
fn several_tracks_interleaved() {
    let video = TestTrack { chunks: vec![2, 1, 2], ..TestTrack::video(plain_samples(6)) };
    let audio = TestTrack { chunks: vec![3, 3], ..TestTrack::audio(plain_samples(10)) };
    check(&[video, audio]);
}

#[test]
fn a_last_duration_of_zero_lasts_as_long_as_the_one_before() {
    let mut samples = plain_samples(3);
    samples[2].duration = 0;
    let (file, _) = progressive(&[TestTrack::video(samples)], Order::HeaderFirst);
    assert_eq!(read_slice(&file).unwrap().tracks[0].end_pts, 120);
}

#[test]
fn describes_tracks() {
    let quarter_turn = [0, 0x10000, 0, 0xffff_0000, 0, 0, 0, 0, 0x4000_0000];
    let video = TestTrack { matrix: quarter_turn, language: 0x15c7, ..TestTrack::video(plain_samples(2)) };
    let audio = TestTrack { timescale: 48_000, language: 0, ..TestTrack::audio(plain_samples(2)) };
    let text = TestTrack {
        number: 9,
        handler: *b"text",
        entries: vec![boxed(b"tx3g", &[0; 8])],
        ..TestTrack::audio(plain_samples(2))
    };
    let (file, _) = progressive(&[video, audio, text], Order::HeaderLast);
    let tracks = read_slice(&file).unwrap().tracks;
    let facts: Vec<_> = tracks
        .iter()
        .map(|t| {
            (t.number, t.kind, t.timescale.get(), t.language.as_str(), t.rotation_degrees, t.samples.len())
        })
        .collect();
    assert_eq!(
        facts,
        [
            (1, Kind::Video, 1000, "eng", 90, 2),
            (2, Kind::Audio, 48_000, "und", 0, 2),
            (9, Kind::Other(FourCc(*b"text")), 1000, "und", 0, 0),
        ]
    );
    assert!(tracks.iter().all(|track| track.enabled && !track.mirrored && track.edits == Edits::None));
}

/// What one sample entry of a track with this handler is read as.
fn entry(handler: &[u8; 4], entry: Vec<u8>) -> SampleEntry {
    let track = TestTrack { handler: *handler, entries: vec![entry], ..TestTrack::video(plain_samples(1)) };
    let (file, _) = progressive(&[track], Order::HeaderFirst);
    read_slice(&file).unwrap().tracks.remove(0).entries.remove(0)
}

#[test]
fn video_entries() {
    let avc = |pixel_aspect| {
        SampleEntry::Avc(VideoFormat { config: AVCC.to_vec(), width: 64, height: 36, pixel_aspect })
    };
    assert_eq!(entry(b"vide", avc_entry()), avc((1, 1)));
    let pasp = boxed(b"pasp", &words(&[64, 48]));
    assert_eq!(entry(b"vide", visual(b"avc1", &[boxed(b"avcC", &AVCC), pasp].concat())), avc((4, 3)));
    let unknown_aspect = boxed(b"pasp", &words(&[0, 0]));
    let children = [unknown_aspect, boxed(b"avcC", &AVCC), vec![0; 4]].concat();
    assert_eq!(entry(b"vide", visual(b"avc1", &children)), avc((1, 1)));
    for (kind, children, named) in [
        (b"avc3", boxed(b"avcC", &AVCC), "H.264 with its parameter sets in band"),
        (b"avc1", Vec::new(), "H.264 without its configuration"),
        (b"hvc1", Vec::new(), ""),
    ] {
        let expected = SampleEntry::Other { fourcc: FourCc(*kind), detail: named };
        assert_eq!(entry(b"vide", visual(kind, &children)), expected);
    }
}

#[test]
fn audio_entries() {
    let aac = |config: &[u8], channels, sample_rate| {
        SampleEntry::Aac(AudioFormat { config: config.to_vec(), channels, sample_rate })
    };
    let stereo = aac(&[0x11, 0x90], 2, 48_000);
    assert_eq!(entry(b"soun", aac_entry()), stereo);
    let wave = boxed(
        b"wave",
        &[
            boxed(b"frma", b"mp4a"),
            boxed(b"mp4a", &[0; 4]),
            esds(0x40, &[0x11, 0x90]),
            vec![0, 0, 0, 8, 0, 0, 0, 0],
        ]
        .concat(),
    );
    for version in [0, 1, 2] {
        assert_eq!(entry(b"soun", sound(b"mp4a", version, &wave)), stereo, "version {version}");
        let bare = sound(b"mp4a", version, &esds(0x40, &[0x11, 0x90]));
        assert_eq!(entry(b"soun", bare), stereo, "version {version}");
    }
    assert_eq!(entry(b"soun", sound(b"mp4a", 0, &esds(0x67, &[0x12, 0x08]))), aac(&[0x12, 0x08], 1, 44_100));
    for (kind, children, named) in [
        (b"mp4a", esds(0x6b, &[]), "MPEG layer 3 audio"),
        (b"mp4a", esds(0xa5, &[]), "audio of an unknown object type"),
        (b"mp4a", Vec::new(), "audio without its configuration"),
        (b"sowt", Vec::new(), ""),
    ] {
        let expected = SampleEntry::Other { fourcc: FourCc(*kind), detail: named };
        assert_eq!(entry(b"soun", sound(kind, 0, &children)), expected);
    }
}
