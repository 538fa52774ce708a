//! DASH manifests: golden text, and what an independent parser makes of it.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]

mod golden;

use std::ops::Range;
use std::time::Duration;

use dash_mpd_core::{MPD, parse};
use proptest::prelude::*;
use subclip_core::{Time, Timescale};
use subclip_formats::dash::{
    AdaptationSet, Content, Form, Manifest, Media, Period, Representation, Role, Segments, literal,
};

use golden::check_golden;

fn time(ticks: i64, scale: u32) -> Time {
    Time::new(ticks, Timescale::new(scale).unwrap())
}

fn segments(folder: &str, scale: u32, offset: i64, first_number: usize, ends: &[i64]) -> Segments {
    let starts = std::iter::once(offset).chain(ends.iter().copied());
    let folder = literal(folder);
    Segments {
        initialization: Some(format!("{folder}/$RepresentationID$/init.mp4")),
        media: format!("{folder}/$RepresentationID$/$Number$.m4s"),
        first_number,
        timescale: Timescale::new(scale).unwrap(),
        presentation_time_offset: offset,
        times: starts.zip(ends).map(|(start, &end)| start..end).collect(),
    }
}

fn pictures(id: &str, size: (u32, u32), bandwidth_bps: u64, media: Segments) -> Representation {
    Representation {
        id: id.into(),
        bandwidth_bps,
        codec: Some("avc1.64001F".into()),
        form: Form::Pictures { size, pixel_aspect: (1, 1), frame_rate: Some((30_000, 1001)) },
        media: Media::Segments(media),
    }
}

fn sound(id: &str, media: Segments) -> Representation {
    Representation {
        id: id.into(),
        bandwidth_bps: 130_000,
        codec: Some("mp4a.40.2".into()),
        form: Form::Sound { sample_rate: 48_000, channels: 2 },
        media: Media::Segments(media),
    }
}

fn set(content: Content, role: Role, representations: Vec<Representation>) -> AdaptationSet {
    AdaptationSet { content, role, language: None, label: None, representations }
}

/// Two qualities, two sounds and a text.
fn one_period() -> Manifest {
    let video = || segments("a b/$&1", 30_000, 0, 0, &[120_120, 240_240, 360_360, 400_400]);
    let audio = || segments("a b/$&1", 48_000, 512, 0, &[192_512, 384_512, 640_000]);
    let text = Representation {
        id: "text-1".into(),
        bandwidth_bps: 200,
        codec: None,
        form: Form::Text,
        media: Media::File("x/text-1.vtt?a=1&b=2".into()),
    };
    let two = vec![
        pictures("video", (1280, 720), 4_000_000, video()),
        pictures("480p", (854, 480), 1_000_000, video()),
    ];
    let english = AdaptationSet {
        language: Some("en".into()),
        ..set(Content::Audio, Role::Main, vec![sound("audio", audio())])
    };
    let quoted = AdaptationSet {
        label: Some("Say \"hi\" <&>\n".into()),
        ..set(Content::Audio, Role::Alternate, vec![sound("audio-2", audio())])
    };
    let captions = AdaptationSet {
        language: Some("pt-BR".into()),
        label: Some("Português".into()),
        ..set(Content::Text, Role::Caption, vec![text])
    };
    let sets = vec![set(Content::Video, Role::Main, two), english, quoted, captions];
    Manifest { periods: vec![Period { start: Time::ZERO, sets }], end: time(400_400, 30_000) }
}

/// Three periods of pictures whose pixels are no squares, whose rate is none and whose segments are their own.
fn three_periods() -> Manifest {
    let period = |number: usize, ends: &[i64], offset: i64| {
        let mut media = segments("x", 30_000, offset, number * 10, ends);
        media.initialization = Some(format!("x/video/init-{number}.mp4"));
        let form = Form::Pictures { size: (720, 576), pixel_aspect: (16, 15), frame_rate: None };
        let one = Representation { form, ..pictures("video", (0, 0), 1, media) };
        let small = pictures("240p", (320, 240), 1, segments("y", 1000, offset / 30, 0, &[offset / 30 + 4]));
        let sets = vec![set(Content::Video, Role::Main, vec![one, small])];
        Period { start: time(offset, 30_000), sets }
    };
    let periods =
        vec![period(0, &[47_047], 0), period(1, &[107_107, 167_167], 47_047), period(2, &[184_184], 167_167)];
    Manifest { periods, end: time(184_184, 30_000) }
}

fn read(manifest: &Manifest) -> MPD {
    parse(&manifest.to_string()).unwrap()
}

#[test]
fn one_period_reads_back() {
    check_golden("dash_one_period.mpd", &one_period().to_string());
    let read = read(&one_period());
    assert_eq!(read.mpdtype.as_deref(), Some("static"));
    assert_eq!(read.profiles.as_deref(), Some("urn:mpeg:dash:profile:isoff-live:2011"));
    assert_eq!(read.mediaPresentationDuration, Some(Duration::from_micros(13_346_667)));
    let longest = Some(Duration::from_micros(5_322_667));
    assert_eq!((read.minBufferTime, read.maxSegmentDuration), (longest, longest));
    let [period] = &read.periods[..] else { panic!() };
    assert_eq!(period.start, Some(Duration::ZERO));
    let [video, english, quoted, captions] = &period.adaptations[..] else { panic!() };

    let template = video.SegmentTemplate.as_ref().unwrap();
    assert_eq!(template.media.as_deref(), Some("a b/$$&1/$RepresentationID$/$Number$.m4s"));
    assert_eq!((template.timescale, template.startNumber), (Some(30_000), Some(0)));
    assert_eq!(template.presentationTimeOffset, Some(0));
    let times = &template.SegmentTimeline.as_ref().unwrap().segments;
    let told: Vec<_> = times.iter().map(|s| (s.t, s.d, s.r)).collect();
    assert_eq!(told, [(Some(0), 120_120, Some(2)), (None, 40_040, None)]);
    let [hd, sd] = &video.representations[..] else { panic!() };
    assert_eq!((hd.id.as_deref(), hd.bandwidth), (Some("video"), Some(4_000_000)));
    assert_eq!((hd.width, hd.height, hd.sar.as_deref()), (Some(1280), Some(720), Some("1:1")));
    assert_eq!((hd.frameRate.as_deref(), hd.codecs.as_deref()), (Some("30000/1001"), Some("avc1.64001F")));
    assert!(hd.SegmentTemplate.is_none() && sd.id.as_deref() == Some("480p"));

    assert_eq!((english.lang.as_deref(), quoted.lang.as_deref()), (Some("en"), None));
    assert_eq!(quoted.Label[0].content, "Say \"hi\" <&> ");
    assert_eq!(
        (&english.Role[0].value, &quoted.Role[0].value),
        (&Some("main".into()), &Some("alternate".into()))
    );
    let offset = english.SegmentTemplate.as_ref().unwrap().presentationTimeOffset;
    assert_eq!(offset, Some(512));
    let stereo = &english.representations[0];
    assert_eq!(stereo.audioSamplingRate.as_deref(), Some("48000"));
    assert_eq!(stereo.AudioChannelConfiguration[0].value.as_deref(), Some("2"));

    assert_eq!(
        (captions.contentType.as_deref(), captions.mimeType.as_deref()),
        (Some("text"), Some("text/vtt"))
    );
    assert!(captions.SegmentTemplate.is_none());
    assert_eq!(captions.representations[0].BaseURL[0].base, "x/text-1.vtt?a=1&b=2");
}

#[test]
fn periods_begin_no_later_than_their_pictures() {
    check_golden("dash_three_periods.mpd", &three_periods().to_string());
    let read = read(&three_periods());
    let starts: Vec<_> = read.periods.iter().map(|period| period.start.unwrap().as_micros()).collect();
    // 47047/30000 and 167167/30000 s, rounded down.
    assert_eq!(starts, [0, 1_568_233, 5_572_233]);
    let sets = read.periods.iter().map(|period| &period.adaptations[0]);
    for (number, set) in sets.enumerate() {
        assert!(set.SegmentTemplate.is_none(), "what differs is told by each");
        let [video, small] = &set.representations[..] else { panic!() };
        assert_eq!((video.sar.as_deref(), video.frameRate.as_deref()), (Some("16:15"), None));
        let template = video.SegmentTemplate.as_ref().unwrap();
        assert_eq!(template.startNumber, Some(number as u64 * 10));
        assert_eq!(template.initialization, Some(format!("x/video/init-{number}.mp4")));
        assert_eq!(template.presentationTimeOffset, template.SegmentTimeline.as_ref().unwrap().segments[0].t);
        assert_eq!(small.SegmentTemplate.as_ref().unwrap().timescale, Some(1000));
    }
}

#[test]
fn an_empty_manifest_is_still_one() {
    let read =
        read(&Manifest { periods: vec![Period { start: Time::ZERO, sets: Vec::new() }], end: Time::ZERO });
    assert_eq!(read.mediaPresentationDuration, Some(Duration::ZERO));
    assert!(read.minBufferTime.is_some(), "it must be there");
}

/// Times as a reader of the manifest works them out.
fn times_of(read: &MPD) -> Vec<Range<i64>> {
    let template = read.periods[0].adaptations[0].SegmentTemplate.as_ref().unwrap();
    let mut times: Vec<Range<i64>> = Vec::new();
    for s in &template.SegmentTimeline.as_ref().unwrap().segments {
        let mut at = s.t.map_or_else(|| times.last().unwrap().end, |t| t as i64);
        for _ in 0..=s.r.unwrap_or(0) {
            times.push(at..at + s.d as i64);
            at += s.d as i64;
        }
    }
    times
}

proptest! {
    #[test]
    fn every_segment_keeps_its_exact_time(
        lengths in prop::collection::vec((0..3i64, prop::sample::select(vec![1i64, 4000, 4000, 3999])), 1..40),
        offset in 0..100_000i64,
    ) {
        let mut at = offset;
        let times: Vec<Range<i64>> = lengths
            .into_iter()
            .map(|(gap, length)| {
                let start = at + gap / 2;
                at = start + length;
                start..at
            })
            .collect();
        let media = Segments { times: times.clone(), ..segments("x", 1000, offset, 0, &[]) };
        let sets = vec![set(Content::Video, Role::Main, vec![pictures("video", (2, 2), 1, media)])];
        let manifest = Manifest { periods: vec![Period { start: Time::ZERO, sets }], end: time(at, 1000) };
        prop_assert_eq!(times_of(&read(&manifest)), times);
    }

    #[test]
    fn any_name_reads_back(label in any::<String>().prop_map(|text| format!("<{text}>")), id in "[a-z0-9-]{1,9}") {
        // (The reader leaves out spaces at both ends.)
        let one = AdaptationSet {
            label: Some(label.clone()),
            ..set(Content::Video, Role::Main, vec![pictures(&id, (2, 2), 1, segments(&label, 1, 0, 0, &[1]))])
        };
        let read = read(&Manifest { periods: vec![Period { start: Time::ZERO, sets: vec![one] }], end: Time::ZERO });
        let set = &read.periods[0].adaptations[0];
        prop_assert_eq!(set.representations[0].id.as_deref(), Some(&id[..]));
        let forbidden = |c: char| c.is_control() || c == '\u{fffe}' || c == '\u{ffff}';
        let clean: String = label.chars().map(|c| if forbidden(c) { ' ' } else { c }).collect();
        prop_assert_eq!(&set.Label[0].content, &clean);
        let media = set.SegmentTemplate.as_ref().unwrap().media.as_ref().unwrap();
        prop_assert_eq!(media.replace("$$", "$"), format!("{clean}/$RepresentationID$/$Number$.m4s"));
    }
}
