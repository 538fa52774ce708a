//! The timeline of something whole: one span per medium, zero at the first picture.

use std::ops::Range;

use subclip_core::{Index, Span, Time, Timeline, Timescale, TrackId};

/// A track that is to be placed on a timeline.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placeable<'a> {
    pub(crate) id: TrackId,
    pub(crate) timescale: Timescale,
    pub(crate) index: &'a Index,
}

/// The timeline that plays all of a video and the sound that goes with it.
///
/// Zero is the start of the first picture. Sound begins with the first packet that starts at or after it (so packets
/// that only prime the decoder are left out), keeps its exact offset, and ends with the packet that sounds as the last
/// picture ends: a film lasts as long as its pictures, whoever plays it. For sound alone, zero is its first packet at or
/// after the source's own zero.
pub(crate) fn whole(video: Option<Placeable<'_>>, audio: Option<Placeable<'_>>) -> Timeline {
    let mut timeline = Timeline::default();
    let shown = match video {
        Some(video) => {
            let first = video.index.samples.iter().map(|s| s.pts).min().unwrap_or(0);
            timeline.video.push(Span {
                track: video.id,
                timescale: video.timescale,
                samples: 0..video.index.samples.len() as u32,
                at: 0,
                duration: video.index.end_pts - first,
            });
            let time = |ticks| Time::new(ticks, video.timescale);
            Some(time(first)..time(video.index.end_pts))
        }
        None => None,
    };
    if let Some(audio) = audio {
        timeline.audio.extend(sound(audio, shown));
    }
    timeline
}

/// The part of a sound between two times of its own, on a timeline that begins at the first of them: whole packets, none of
/// which sounds beyond the end. `None` where there are none.
pub(crate) fn part_of_sound(audio: Placeable<'_>, start: Time, end: Time) -> Option<Span> {
    let samples = &audio.index.samples;
    let (earliest, latest) = (start.ceil_to(audio.timescale), end.floor_to(audio.timescale));
    let from = samples.partition_point(|s| s.pts < earliest);
    let mut to = samples.partition_point(|s| s.pts < latest).max(from);
    let ends = |to: usize| samples.get(to).map_or(audio.index.end_pts, |next| next.pts);
    if to > from && ends(to) > latest {
        to -= 1;
    }
    let first = samples.get(from).filter(|_| to > from)?;
    Some(Span {
        track: audio.id,
        timescale: audio.timescale,
        samples: from as u32..to as u32,
        at: (first.pts - start.round_to(audio.timescale)).max(0),
        duration: ends(to) - first.pts,
    })
}

fn sound(audio: Placeable<'_>, shown: Option<Range<Time>>) -> Option<Span> {
    let samples = &audio.index.samples;
    let (zero, end) = shown.map(|shown| (shown.start, shown.end)).unzip();
    let earliest = zero.unwrap_or(Time::ZERO).ceil_to(audio.timescale);
    let from = samples.partition_point(|s| s.pts < earliest);
    let to = end.map_or(samples.len(), |end| {
        let latest = end.floor_to(audio.timescale);
        samples.partition_point(|s| s.pts < latest)
    });
    let first = samples.get(from).filter(|_| to > from)?;
    let at = zero.map_or(0, |zero| first.pts - zero.round_to(audio.timescale)).max(0);
    let end_pts = samples.get(to).map_or(audio.index.end_pts, |next| next.pts);
    Some(Span {
        track: audio.id,
        timescale: audio.timescale,
        samples: from as u32..to as u32,
        at,
        duration: end_pts - first.pts,
    })
}

#[cfg(test)]
mod tests {
    use subclip_core::Sample;

    use super::*;

    fn index(first: i64, step: i64, count: i64) -> Index {
        let at = |n: i64| first + n * step;
        let samples =
            (0..count).map(|n| Sample { offset: 0, size: 1, dts: at(n), pts: at(n), sync: true }).collect();
        Index { samples, end_pts: at(count) }
    }

    fn placeable(id: u8, scale: u32, index: &Index) -> Placeable<'_> {
        Placeable { id: TrackId::from_bytes([id; 16]), timescale: Timescale::new(scale).unwrap(), index }
    }

    #[test]
    fn priming_is_left_out_and_the_offset_kept() {
        let (video, audio) = (index(0, 512, 30), index(-1024, 1024, 50));
        let timeline = whole(Some(placeable(1, 15360, &video)), Some(placeable(2, 48000, &audio)));
        let span = &timeline.audio[0];
        // The packet at 47 × 21.3 ms sounds as the second ends; those after it are left out.
        assert_eq!((span.samples.clone(), span.at, span.duration), (1..48, 0, 47 * 1024));
        assert_eq!(timeline.duration(), Time::new(1, Timescale::new(1).unwrap()));
    }

    #[test]
    fn video_that_starts_late_is_zero() {
        // Pictures begin at 0.1 s; the packet at 4096 (85 ms) comes before them, that at 5120 (107 ms) is the first.
        let (video, audio) = (index(1536, 512, 30), index(0, 1024, 50));
        let timeline = whole(Some(placeable(1, 15360, &video)), Some(placeable(2, 48000, &audio)));
        let span = &timeline.audio[0];
        assert_eq!((span.samples.start, span.at), (5, 5120 - 4800));
    }

    #[test]
    fn sound_alone_starts_at_its_own_zero() {
        let audio = index(-1105, 1105, 4);
        let timeline = whole(None, Some(placeable(2, 44100, &audio)));
        assert_eq!((timeline.audio[0].samples.clone(), timeline.audio[0].at), (1..4, 0));
    }

    #[test]
    fn a_part_of_a_sound_is_whole_packets_within_it() {
        let audio = index(-1024, 1024, 50);
        let check = |start_ms: i64, end_ms: i64, expected: Option<(std::ops::Range<u32>, i64, i64)>| {
            let ms = |ms| Time::new(ms, Timescale::MILLISECONDS);
            let span = part_of_sound(placeable(2, 48000, &audio), ms(start_ms), ms(end_ms));
            let found = span.map(|span| (span.samples, span.at, span.duration));
            assert_eq!(found, expected, "{start_ms} {end_ms}");
        };
        // Packets begin at -21.3, 0, 21.3, 42.7, 64 ms…, and the last ends at 1045.3 ms.
        check(0, 64, Some((1..4, 0, 3072)));
        check(0, 65, Some((1..4, 0, 3072)));
        check(0, 63, Some((1..3, 0, 2048)));
        check(0, 5000, Some((1..50, 0, 49 * 1024)));
        check(64, 128, Some((4..7, 0, 3072)));
        check(50, 128, Some((4..7, 672, 3072)));
        check(65, 84, None);
        check(2000, 5000, None);
    }

    #[test]
    fn sound_that_ends_before_the_picture_is_none() {
        let (video, audio) = (index(15360, 512, 30), index(0, 1024, 10));
        let timeline = whole(Some(placeable(1, 15360, &video)), Some(placeable(2, 48000, &audio)));
        assert!(timeline.audio.is_empty());
    }
}
