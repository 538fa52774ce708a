//! What it takes to play: bits per second, from the sizes of the samples that are played and no others.
//!
//! A track may hold more than is played of it, and compaction takes that away; what is told of the rest must not change.

use std::ops::Range;

use subclip_app::{Library, Playable, Result};
use subclip_core::{Medium, Segment, Span, Time};

/// Bits per second of a medium.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Rate {
    /// Of the segment that has most (RFC 8216, 4.3.4.2).
    pub(crate) peak_bps: u64,
    /// Of all segments together.
    pub(crate) average_bps: u64,
}

/// Those of each medium; 0 where there is none of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Rates {
    pub(crate) video: Rate,
    pub(crate) audio: Rate,
}

/// A `moof` costs about this much, and a few more bytes per sample.
const SEGMENT_OVERHEAD_BYTES: u64 = 120;
const SAMPLE_OVERHEAD_BYTES: u64 = 16;

impl Rate {
    /// That of a medium of `playable`, whose segments these are.
    pub(crate) async fn of(
        playable: &Playable,
        library: &Library,
        medium: Medium,
        segments: &[Segment],
    ) -> Result<Self> {
        let spans = match medium {
            Medium::Video => &playable.view.timeline.video,
            Medium::Audio => &playable.view.timeline.audio,
        };
        let mut sizes = Vec::with_capacity(segments.len());
        for (number, span) in spans.iter().enumerate() {
            let samples = segments.iter().filter(|segment| segment.span == number);
            let samples: Vec<Range<u32>> = samples.map(|segment| segment.samples.clone()).collect();
            sizes.extend(match medium {
                Medium::Video => sizes_of_pictures(playable, library, span, &samples).await?,
                Medium::Audio => library.sizes(playable.view.track(span), &samples).await?,
            });
        }
        Ok(Self::of_sizes(segments, &sizes, spans))
    }

    fn of_sizes(segments: &[Segment], sizes: &[u64], spans: &[Span]) -> Self {
        let bits = |(segment, size_bytes): (&Segment, &u64)| {
            let overhead = SEGMENT_OVERHEAD_BYTES + SAMPLE_OVERHEAD_BYTES * segment.samples.len() as u64;
            (size_bytes + overhead) as f64 * 8.0
        };
        let seconds =
            |segment: &Segment| Time::new(segment.duration, spans[segment.span].timescale).seconds();
        // The rate of a very short segment says nothing about what a player needs: RFC 8216, 4.3.4.2 looks at runs
        // of at least half the target duration.
        let longest = segments.iter().map(seconds).fold(0.0, f64::max);
        let of_one = |(segment, size_bytes): (&Segment, &u64)| {
            bits((segment, size_bytes)) / seconds(segment).max(longest / 2.0).max(0.001)
        };
        let peak = segments.iter().zip(sizes).map(of_one).fold(0.0, f64::max);
        let total_seconds: f64 = segments.iter().map(seconds).sum();
        let average = segments.iter().zip(sizes).map(bits).sum::<f64>() / total_seconds.max(0.001);
        Self { peak_bps: peak.max(average).ceil() as u64, average_bps: average.ceil() as u64 }
    }
}

/// The bytes of segments of pictures. Those of whole GOPs are known without the index's pages; only the last GOP of a
/// span may be cut short.
async fn sizes_of_pictures(
    playable: &Playable,
    library: &Library,
    span: &Span,
    segments: &[Range<u32>],
) -> Result<Vec<u64>> {
    let track = playable.view.track(span);
    let mut sizes = Vec::with_capacity(segments.len());
    for samples in segments {
        let (whole_bytes, rest) = track.head.gops.whole_gops(samples.clone());
        let rest = library.samples(track, rest).await?;
        sizes.push(whole_bytes + rest.iter().map(|sample| u64::from(sample.size)).sum::<u64>());
    }
    Ok(sizes)
}
