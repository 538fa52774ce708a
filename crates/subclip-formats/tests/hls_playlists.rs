//! HLS playlists: golden text, and what an independent parser makes of it.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]

use std::path::Path;

use m3u8_rs::{AlternativeMediaType, MediaPlaylistType, parse_master_playlist_res, parse_media_playlist_res};
use proptest::prelude::*;
use subclip_core::{Time, Timescale};
use subclip_formats::hls::{AudioRendition, MediaPlaylist, MultivariantPlaylist, Section, Segment, Variant};

/// Compares `text` with the golden file `name`; with `UPDATE_GOLDEN=1` in the environment, writes it instead.
fn check_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap(), "{name}");
}

fn time(ticks: i64, scale: u32) -> Time {
    Time::new(ticks, Timescale::new(scale).unwrap())
}

/// A section of segments with the given lengths in ticks of `scale`, from `start` on.
fn section(map: &str, start: i64, lengths: &[i64], scale: u32) -> Section {
    let mut at = start;
    let segments = (0..)
        .zip(lengths)
        .map(|(n, length)| {
            let start = time(at, scale);
            at += length;
            Segment { uri: format!("{map}-{n}.m4s"), start, end: time(at, scale) }
        })
        .collect();
    Section { map_uri: format!("{map}.mp4"), discontinuity: false, segments }
}

fn multivariant() -> MultivariantPlaylist {
    let audio = |name: &str, language: Option<&str>, default| AudioRendition {
        group: "audio".to_owned(),
        name: name.to_owned(),
        language: language.map(str::to_owned),
        default,
        channels: 2,
        uri: format!("audio/{name}.m3u8"),
    };
    let variant = |height: u32, rate: f64, bandwidth_bps| Variant {
        uri: format!("video/{height}.m3u8"),
        bandwidth_bps,
        average_bandwidth_bps: Some(bandwidth_bps / 2),
        codecs: vec!["avc1.64001F".to_owned(), "mp4a.40.2".to_owned()],
        resolution: Some((height * 16 / 9, height)),
        frame_rate: Some(rate),
        audio_group: Some("audio".to_owned()),
    };
    MultivariantPlaylist {
        audio: vec![audio("English", Some("en"), true), audio("Say \"hi\"\n", None, false)],
        variants: vec![variant(720, 30_000.0 / 1001.0, 4_000_000), variant(360, 25.0, 800_001)],
    }
}

#[test]
fn multivariant_reads_back() {
    let text = multivariant().to_string();
    check_golden("hls_multivariant.m3u8", &text);
    let read = parse_master_playlist_res(text.as_bytes()).unwrap();
    assert_eq!((read.version, read.independent_segments), (Some(7), true));
    let [english, quoted] = &read.alternatives[..] else { panic!() };
    assert_eq!(english.media_type, AlternativeMediaType::Audio);
    assert_eq!((english.name.as_str(), english.group_id.as_str()), ("English", "audio"));
    assert_eq!((english.language.as_deref(), english.channels.is_some()), (Some("en"), true));
    assert!(english.default && english.autoselect && !quoted.default);
    assert_eq!((quoted.name.as_str(), quoted.language.as_deref()), ("Say 'hi' ", None));
    assert_eq!(quoted.uri.as_deref(), Some("audio/Say%20%22hi%22%0A.m3u8"));
    let [hd, sd] = &read.variants[..] else { panic!() };
    assert_eq!(
        (hd.bandwidth, hd.average_bandwidth, hd.frame_rate),
        (4_000_000, Some(2_000_000), Some(29.97))
    );
    assert_eq!(hd.codecs.as_deref(), Some("avc1.64001F,mp4a.40.2"));
    assert_eq!(hd.resolution.map(|size| (size.width, size.height)), Some((1280, 720)));
    assert_eq!(
        (hd.audio.as_deref(), sd.frame_rate, sd.uri.as_str()),
        (Some("audio"), Some(25.0), "video/360.m3u8")
    );
}

#[test]
fn sound_alone_tells_no_picture() {
    let playlist = MultivariantPlaylist {
        audio: Vec::new(),
        variants: vec![Variant {
            uri: "audio.m3u8".to_owned(),
            bandwidth_bps: 128_000,
            average_bandwidth_bps: None,
            codecs: vec!["mp4a.40.2".to_owned()],
            resolution: None,
            frame_rate: Some(f64::INFINITY),
            audio_group: None,
        }],
    };
    let expected = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n\
        #EXT-X-STREAM-INF:BANDWIDTH=128000,CODECS=\"mp4a.40.2\"\naudio.m3u8\n";
    assert_eq!(playlist.to_string(), expected);
}

#[test]
fn media_reads_back() {
    let mut middle = section("middle", 50_050, &[60_060, 60_060, 61_061], 30_000);
    middle.discontinuity = true;
    let playlist = MediaPlaylist { sections: vec![section("head", 0, &[50_050], 30_000), middle] };
    let text = playlist.to_string();
    check_golden("hls_media.m3u8", &text);

    let read = parse_media_playlist_res(text.as_bytes()).unwrap();
    assert_eq!((read.version, read.target_duration, read.media_sequence), (Some(7), 2, 0));
    assert_eq!(read.playlist_type, Some(MediaPlaylistType::Vod));
    assert!(read.independent_segments && read.end_list);
    let maps: Vec<Option<&str>> =
        read.segments.iter().map(|segment| segment.map.as_ref().map(|map| map.uri.as_str())).collect();
    assert_eq!(maps, [Some("head.mp4"), Some("middle.mp4"), None, None]);
    let starts_anew: Vec<bool> = read.segments.iter().map(|segment| segment.discontinuity).collect();
    assert_eq!(starts_anew, [false, true, false, false]);
    let uris: Vec<&str> = read.segments.iter().map(|segment| segment.uri.as_str()).collect();
    assert_eq!(uris, ["head-0.m4s", "middle-0.m4s", "middle-1.m4s", "middle-2.m4s"]);
}

#[test]
fn the_target_covers_every_rounded_duration() {
    let check = |lengths_ms: &[i64], expected: i64| {
        let playlist = MediaPlaylist { sections: vec![section("a", 0, lengths_ms, 1000)] };
        assert_eq!(playlist.target_duration_s(), expected, "{lengths_ms:?}");
    };
    check(&[2000, 2499], 2);
    check(&[2000, 2500, 1000], 3);
    check(&[40], 1);
    check(&[], 1);
}

proptest! {
    #[test]
    fn durations_never_drift(
        lengths in prop::collection::vec(1i64..400_000, 1..200),
        start in 0i64..1_000_000,
        scale in prop::sample::select(vec![24_000u32, 30_000, 44_100, 48_000, 90_000, 12_800, 7]),
    ) {
        let text = MediaPlaylist { sections: vec![section("a", start, &lengths, scale)] }.to_string();
        let target = text.lines().find_map(|line| line.strip_prefix("#EXT-X-TARGETDURATION:"));
        let target: f64 = target.unwrap().parse().unwrap();
        let (mut ticks, mut sum_us) = (0, 0i64);
        let told = text.lines().filter_map(|line| line.strip_prefix("#EXTINF:")?.strip_suffix(','));
        for (length, told) in lengths.iter().zip(told) {
            ticks += length;
            let (seconds, fraction) = told.split_once('.').unwrap();
            prop_assert_eq!(fraction.len(), 6);
            sum_us += seconds.parse::<i64>().unwrap() * 1_000_000 + fraction.parse::<i64>().unwrap();
            let exact_us = ticks as f64 * 1e6 / f64::from(scale);
            prop_assert!((sum_us as f64 - exact_us).abs() <= 1.001, "{} for {}", sum_us, exact_us);
            prop_assert!(told.parse::<f64>().unwrap().round() <= target);
        }
    }
}
