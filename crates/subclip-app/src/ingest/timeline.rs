//! The timeline of something whole: one span per medium, zero at the first picture.

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
/// that only prime the decoder are left out), and keeps its exact offset. For sound alone, zero is its first packet
/// at or after the source's own zero.
pub(crate) fn whole(video: Option<Placeable<'_>>, audio: Option<Placeable<'_>>) -> Timeline {
    let mut timeline = Timeline::default();
    let zero = match video {
        Some(video) => {
            let first = video.index.samples.iter().map(|s| s.pts).min().unwrap_or(0);
            timeline.video.push(Span {
                track: video.id,
                timescale: video.timescale,
                samples: 0..video.index.samples.len() as u32,
                at: 0,
                duration: video.index.end_pts - first,
            });
            Some(Time::new(first, video.timescale))
        }
        None => None,
    };
    if let Some(audio) = audio {
        timeline.audio.extend(sound(audio, zero));
    }
    timeline
}

fn sound(audio: Placeable<'_>, zero: Option<Time>) -> Option<Span> {
    let samples = &audio.index.samples;
    let earliest = zero.unwrap_or(Time::ZERO).ceil_to(audio.timescale);
    let from = samples.partition_point(|s| s.pts < earliest);
    let first = samples.get(from)?;
    let at = zero.map_or(0, |zero| first.pts - zero.round_to(audio.timescale)).max(0);
    Some(Span {
        track: audio.id,
        timescale: audio.timescale,
        samples: from as u32..samples.len() as u32,
        at,
        duration: audio.index.end_pts - first.pts,
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
        assert_eq!((span.samples.clone(), span.at, span.duration), (1..50, 0, 49 * 1024));
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
    fn sound_that_ends_before_the_picture_is_none() {
        let (video, audio) = (index(15360, 512, 30), index(0, 1024, 10));
        let timeline = whole(Some(placeable(1, 15360, &video)), Some(placeable(2, 48000, &audio)));
        assert!(timeline.audio.is_empty());
    }
}
