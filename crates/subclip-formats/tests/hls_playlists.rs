//! HLS playlists: golden text, and what an independent parser makes of it.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]

mod golden;

use m3u8_rs::{AlternativeMediaType, MediaPlaylistType, parse_master_playlist_res, parse_media_playlist_res};
use proptest::prelude::*;
use subclip_core::{Time, Timescale};
use subclip_formats::hls::{
    AudioRendition, IFramePlaylist, IFrameVariant, ImageVariant, MediaPlaylist, MultivariantPlaylist,
    Section, Segment, TextPlaylist, TextRendition, Variant,
};

use golden::check_golden;

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
        text: Vec::new(),
        variants: vec![variant(720, 30_000.0 / 1001.0, 4_000_000), variant(360, 25.0, 800_001)],
        i_frames: vec![IFrameVariant {
            uri: "keys \"1\".m3u8".to_owned(),
            bandwidth_bps: 300_000,
            average_bandwidth_bps: Some(200_000),
            codec: "avc1.64001F".to_owned(),
            resolution: (1280, 720),
        }],
        images: Vec::new(),
    }
}

#[test]
fn images_are_named_last() {
    let image =
        ImageVariant { uri: "tiles 1.m3u8".to_owned(), bandwidth_bps: 12_345, resolution: (256, 144) };
    let text = MultivariantPlaylist { images: vec![image], ..multivariant() }.to_string();
    let line =
        "#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=12345,RESOLUTION=256x144,CODECS=\"jpeg\",URI=\"tiles%201.m3u8\"";
    assert_eq!(text.lines().last(), Some(line));
    let read = parse_master_playlist_res(text.as_bytes()).unwrap();
    assert_eq!(read.variants.len(), 3, "who does not know them passes over them");
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
    let [hd, sd, keys] = &read.variants[..] else { panic!() };
    assert!(!hd.is_i_frame && !sd.is_i_frame && keys.is_i_frame);
    assert_eq!((keys.bandwidth, keys.average_bandwidth), (300_000, Some(200_000)));
    assert_eq!(keys.codecs.as_deref(), Some("avc1.64001F"));
    assert_eq!(keys.resolution.map(|size| (size.width, size.height)), Some((1280, 720)));
    assert_eq!(keys.uri, "keys%20%221%22.m3u8");
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
fn captions_go_with_every_quality() {
    let text = |name: &str, default, closed_captions| TextRendition {
        name: name.to_owned(),
        language: Some("en-GB".to_owned()),
        default,
        closed_captions,
        uri: format!("{name}.m3u8"),
    };
    let playlist = MultivariantPlaylist {
        text: vec![text("plain", false, false), text("deaf", true, true)],
        ..multivariant()
    };
    check_golden("hls_captions.m3u8", &playlist.to_string());
    let read = parse_master_playlist_res(playlist.to_string().as_bytes()).unwrap();
    let named: Vec<_> =
        read.alternatives.iter().filter(|a| a.media_type == AlternativeMediaType::Subtitles).collect();
    assert_eq!(named.len(), 2);
    assert!(named[1].default && named[1].autoselect && !named[0].default);
    assert!(named[1].characteristics.as_ref().unwrap().contains("transcribes-spoken-dialog"));
    assert!(
        read.variants
            .iter()
            .all(|variant| variant.is_i_frame || variant.subtitles.as_deref() == Some("text"))
    );
    let own = TextPlaylist { uri: "0.vtt".to_owned(), duration: time(300_300, 30_000) };
    check_golden("hls_captions_own.m3u8", &own.to_string());
    let own = parse_media_playlist_res(own.to_string().as_bytes()).unwrap();
    assert_eq!((own.target_duration, own.segments.len(), own.end_list), (10, 1, true));
    assert_eq!(own.playlist_type, Some(MediaPlaylistType::Vod));
}

#[test]
fn sound_alone_tells_no_picture() {
    let playlist = MultivariantPlaylist {
        audio: Vec::new(),
        text: Vec::new(),
        variants: vec![Variant {
            uri: "audio.m3u8".to_owned(),
            bandwidth_bps: 128_000,
            average_bandwidth_bps: None,
            codecs: vec!["mp4a.40.2".to_owned()],
            resolution: None,
            frame_rate: Some(f64::INFINITY),
            audio_group: None,
        }],
        i_frames: Vec::new(),
        images: Vec::new(),
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
fn key_pictures_read_back() {
    let mut middle = section("middle", 50_050, &[60_060, 45_045], 30_000);
    middle.discontinuity = true;
    let text = IFramePlaylist { sections: vec![section("head", 0, &[50_050], 30_000), middle] }.to_string();
    check_golden("hls_i_frames.m3u8", &text);
    let read = parse_media_playlist_res(text.as_bytes()).unwrap();
    assert!(read.i_frames_only && read.end_list);
    assert_eq!((read.version, read.target_duration), (Some(7), 2));
    let told: Vec<_> = read.segments.iter().map(|one| (one.discontinuity, one.map.is_some())).collect();
    assert_eq!(told, [(false, true), (true, true), (false, false)]);
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
