//! A timeline made ready for streaming: its segments, worked out once and kept while it is watched.

use std::sync::Arc;

use subclip_app::{Library, Playable, Result};
use subclip_core::{Medium, Segment, Span, video_segments};

/// Segments are whole GOPs up to this length.
const TARGET_MS: u32 = 4_000;

/// The segments of a timeline.
pub(crate) struct Package {
    pub(crate) playable: Arc<Playable>,
    pub(crate) video: Vec<Segment>,
    pub(crate) audio: Vec<Segment>,
}

impl Package {
    pub(crate) async fn new(playable: Arc<Playable>, library: &Library) -> Result<Self> {
        let video = video_segments(&playable.view.sources(), TARGET_MS);
        let mut audio = Vec::new();
        for (number, span) in playable.view.timeline.audio.iter().enumerate() {
            audio_segments(&playable, library, number, span, &mut audio).await?;
        }
        Ok(Self { playable, video, audio })
    }

    /// How many segments a medium has.
    pub(crate) fn count(&self, medium: Medium) -> usize {
        match medium {
            Medium::Video => self.video.len(),
            Medium::Audio => self.audio.len(),
        }
    }
}

/// Divides a span of sound into segments of equally many packets.
async fn audio_segments(
    playable: &Playable,
    library: &Library,
    number: usize,
    span: &Span,
    segments: &mut Vec<Segment>,
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
    // Where pictures are joined by discontinuity, sound must be too (RFC 8216, 6.2.4): a segment begins at each join.
    let ticks_per_packet = (span.duration / count.max(1) as i64).max(1);
    for join in playable.view.timeline.video.iter().skip(1) {
        let packet =
            (join.start().ceil_to(span.timescale) - span.at).div_euclid(ticks_per_packet).max(0) as u64;
        if packet > 0 && packet < count {
            starts.push(span.samples.start + packet as u32);
        }
    }
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
