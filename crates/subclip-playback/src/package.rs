//! A timeline made ready for streaming: its segments, worked out once and kept while it is watched.

use std::collections::BTreeSet;
use std::sync::Arc;

use subclip_app::{Library, Playable, Result};
use subclip_core::{Medium, Segment, Span, Time, video_segments};

/// Segments are whole GOPs up to this length.
const TARGET_MS: u32 = 4_000;

/// The segments of a timeline.
pub(crate) struct Package {
    pub(crate) playable: Arc<Playable>,
    pub(crate) video: Vec<Segment>,
    pub(crate) audio: Vec<Segment>,
    /// The segments of each medium that begin where the pictures' parameter sets change: where a join by discontinuity
    /// breaks both (RFC 8216, 6.2.4).
    video_breaks: BTreeSet<usize>,
    audio_breaks: BTreeSet<usize>,
}

impl Package {
    pub(crate) async fn new(playable: Arc<Playable>, library: &Library) -> Result<Self> {
        let timeline = &playable.view.timeline;
        let video = video_segments(&playable.view.sources(), TARGET_MS);
        let changes = changes(&playable);
        let begins = |change: &usize| video.iter().position(|segment| segment.span == *change);
        let video_breaks = changes.iter().filter_map(begins).collect();
        let times: Vec<Time> = changes.iter().map(|&span| timeline.video[span].start()).collect();
        let (mut audio, mut audio_breaks) = (Vec::new(), BTreeSet::new());
        for (number, span) in timeline.audio.iter().enumerate() {
            audio_segments(&playable, library, number, span, &times, &mut audio, &mut audio_breaks).await?;
        }
        Ok(Self { playable, video, audio, video_breaks, audio_breaks })
    }

    /// The segments of a medium, and which of them begin at a break.
    pub(crate) fn segments(&self, medium: Medium) -> (&[Segment], &BTreeSet<usize>) {
        match medium {
            Medium::Video => (&self.video, &self.video_breaks),
            Medium::Audio => (&self.audio, &self.audio_breaks),
        }
    }

    /// How many segments a medium has.
    pub(crate) fn count(&self, medium: Medium) -> usize {
        self.segments(medium).0.len()
    }
}

/// The spans of pictures whose parameter sets are not those of the span before.
fn changes(playable: &Playable) -> Vec<usize> {
    let spans = &playable.view.timeline.video;
    let config = |n: usize| playable.view.track(&spans[n]).head.track.video().map(|v| v.config.as_slice());
    (1..spans.len()).filter(|&n| config(n) != config(n - 1)).collect()
}

/// Divides a span of sound into segments of equally many packets, and begins one at each of `breaks`.
async fn audio_segments(
    playable: &Playable,
    library: &Library,
    number: usize,
    span: &Span,
    breaks: &[Time],
    segments: &mut Vec<Segment>,
    segment_breaks: &mut BTreeSet<usize>,
) -> Result<()> {
    let track = playable.view.track(span);
    let count = span.samples.len() as u64;
    let packets = (count * u64::from(TARGET_MS) * u64::from(span.timescale.get()))
        .checked_div(1000 * span.duration.max(1).unsigned_abs())
        .unwrap_or(count)
        .clamp(1, count.max(1)) as u32;
    let mut starts: Vec<u32> = span.samples.clone().step_by(packets as usize).collect();
    // A last segment of a packet or two would be a request for nothing.
    if starts.len() > 1 && span.samples.end - starts[starts.len() - 1] < packets / 2 {
        starts.pop();
    }
    let ticks_per_packet = (span.duration / count.max(1) as i64).max(1);
    let mut broken = BTreeSet::new();
    for time in breaks.iter().filter(|time| **time >= span.start() && **time < span.end()) {
        let packet = (time.ceil_to(span.timescale) - span.at).div_euclid(ticks_per_packet) as u64;
        if packet < count {
            broken.insert(span.samples.start + packet as u32);
        }
    }
    starts.extend(&broken);
    starts.sort_unstable();
    starts.dedup();
    let mut times = Vec::with_capacity(starts.len() + 1);
    for &start in &starts {
        times.push(match track.head.uniform_pts(start) {
            Some(pts) => pts,
            None => library.samples(track, start..start + 1).await?.first().map_or(0, |s| s.pts),
        });
    }
    let origin = times.first().copied().unwrap_or(0);
    times.push(origin + span.duration);
    let bytes_per_packet = track.size_bytes / u64::from(track.head.samples.max(1));
    for (n, &start) in starts.iter().enumerate() {
        if broken.contains(&start) {
            segment_breaks.insert(segments.len());
        }
        let end = starts.get(n + 1).copied().unwrap_or(span.samples.end);
        segments.push(Segment {
            span: number,
            samples: start..end,
            at: times[n] - origin + span.at,
            duration: times[n + 1] - times[n],
            size_bytes: bytes_per_packet * u64::from(end - start),
        });
    }
    Ok(())
}
