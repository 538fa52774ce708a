//! Dividing sound into segments, at whole packets.

use subclip_app::{Library, MediaTrack, Result};
use subclip_core::{Segment, Span, Time};

use crate::package::TARGET_MS;

/// A span of sound.
pub(crate) struct Sound<'a> {
    pub(crate) library: &'a Library,
    pub(crate) track: &'a MediaTrack,
    /// Which span of the timeline's sound it is.
    pub(crate) number: usize,
    pub(crate) span: &'a Span,
}

impl Sound<'_> {
    /// Segments of equally many packets, and one more that begins at each of `breaks`: these are marked.
    pub(crate) async fn segments(&self, breaks: &[Time]) -> Result<Vec<(Segment, bool)>> {
        let span = self.span;
        let broken = self.broken(breaks).await?;
        let mut starts = self.equal_starts();
        starts.extend(&broken);
        starts.sort_unstable();
        starts.dedup();
        let mut times = Vec::with_capacity(starts.len() + 1);
        for &start in &starts {
            times.push(self.pts(start).await?);
        }
        let origin = times.first().copied().unwrap_or(0);
        times.push(origin + span.duration);
        let segment = |n: usize, start: u32| {
            let end = starts.get(n + 1).copied().unwrap_or(span.samples.end);
            Segment {
                span: self.number,
                samples: start..end,
                at: times[n] - origin + span.at,
                duration: times[n + 1] - times[n],
            }
        };
        let marked = |(n, &start): (usize, &u32)| (segment(n, start), broken.contains(&start));
        Ok(starts.iter().enumerate().map(marked).collect())
    }

    /// The packets that segments of one length begin with.
    fn equal_starts(&self) -> Vec<u32> {
        let span = self.span;
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
        starts
    }

    /// For each break inside the span, the first packet that begins at or after it. Packets are looked up: where they
    /// are no whole number of ticks, a number worked out from their mean length is off by more and more.
    async fn broken(&self, breaks: &[Time]) -> Result<Vec<u32>> {
        let span = self.span;
        let mut broken = Vec::new();
        for time in breaks.iter().filter(|time| **time >= span.start() && **time < span.end()) {
            let pts = time.ceil_to(span.timescale) - span.at + self.pts(span.samples.start).await?;
            let packet = self.library.first_at_pts(self.track, pts).await?;
            if span.samples.contains(&packet) {
                broken.push(packet);
            }
        }
        Ok(broken)
    }

    /// When a packet begins, in the track's time.
    async fn pts(&self, packet: u32) -> Result<i64> {
        if let Some(pts) = self.track.head.uniform_pts(packet) {
            return Ok(pts);
        }
        let samples = self.library.samples(self.track, packet..packet + 1).await?;
        Ok(samples.first().map_or(0, |sample| sample.pts))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use subclip_core::{AudioFormat, Codec, Index, ObjectId, Sample, Timescale, Track, TrackId};
    use subclip_formats::stored;
    use subclip_storage::Storage;

    use super::*;

    const RATE: i64 = 44_100;

    /// Ten minutes of packets of 1024 samples at 44.1 kHz, whose times are rounded down to `timescale`; the span leaves
    /// the first and the last of them out and stands at 5 s. Breaks come at odd moments.
    async fn check(timescale: u32) {
        let scale = Timescale::new(timescale).unwrap();
        let pts = |n: i64| n * 1024 * i64::from(timescale) / RATE;
        let count: u32 = 25_840;
        let sample = |n: u32| {
            let at = pts(i64::from(n));
            Sample { offset: u64::from(n) * 10, size: 10, dts: at, pts: at, sync: true }
        };
        let index = Index { samples: (0..count).map(sample).collect(), end_pts: pts(i64::from(count)) };
        let format = AudioFormat { config: vec![0x12, 0x10], sample_rate: RATE as u32, channels: 2 };
        let description = Track { timescale: scale, codec: Codec::Aac(format), language: "und".into() };
        let (storage, id) = (Storage::memory(), TrackId::from_bytes([1; 16]));
        storage.put(id, Bytes::from(stored::encode(&description, &index, 0))).await.unwrap();
        let library = Library::new(storage);
        let size = u64::from(count) * 10;
        let track = library.track(id, ObjectId::from_bytes([2; 16]), size).await.unwrap();

        let (first, end) = (1, count - 1);
        let duration = pts(i64::from(end)) - pts(1);
        let span =
            Span { track: id, timescale: scale, samples: first..end, at: 5 * i64::from(timescale), duration };
        let breaks: Vec<Time> = (0..60)
            .map(|n| Time::new(5_000_000 + n * 9_876_543, Timescale::new(1_000_000).unwrap()))
            .collect();
        let sound = Sound { library: &library, track: &track, number: 3, span: &span };
        let segments = sound.segments(&breaks).await.unwrap();

        let at = |n: u32| Time::new(pts(i64::from(n)) - pts(1) + span.at, scale);
        let expected: Vec<u32> =
            breaks.iter().map(|time| (first..end).find(|&n| at(n) >= *time).unwrap()).collect();
        let marked = segments.iter().filter(|(_, broken)| *broken);
        assert_eq!(marked.map(|(s, _)| s.samples.start).collect::<Vec<_>>(), expected, "{timescale}");
        let mut next = first;
        for (segment, _) in &segments {
            assert_eq!((segment.span, segment.samples.start), (3, next));
            assert_eq!(Time::new(segment.at, scale), at(next));
            next = segment.samples.end;
            assert_eq!(Time::new(segment.at + segment.duration, scale), at(next));
        }
        assert_eq!(next, end);
    }

    #[tokio::test]
    async fn breaks_fall_on_the_first_packet_after_them() {
        for timescale in [44_100, 90_000, 1_000] {
            check(timescale).await;
        }
    }
}
