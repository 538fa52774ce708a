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
    /// That of a medium of `playable`, whose pieces these are: each is sent as a segment, and so is each run of them.
    pub(crate) async fn of(
        playable: &Playable,
        library: &Library,
        medium: Medium,
        pieces: &[Segment],
        runs: &[Range<usize>],
    ) -> Result<Self> {
        let spans = match medium {
            Medium::Video => &playable.view.timeline.video,
            Medium::Audio => &playable.view.timeline.audio,
        };
        let mut sizes = Vec::with_capacity(pieces.len());
        for (number, span) in spans.iter().enumerate() {
            let samples = pieces.iter().filter(|segment| segment.span == number);
            let samples: Vec<Range<u32>> = samples.map(|segment| segment.samples.clone()).collect();
            sizes.extend(match medium {
                Medium::Video => sizes_of_pictures(playable, library, span, &samples).await?,
                Medium::Audio => library.sizes(playable.view.track(span), &samples).await?,
            });
        }
        let cost = |(piece, size_bytes): (&Segment, &u64)| {
            let overhead = SEGMENT_OVERHEAD_BYTES + SAMPLE_OVERHEAD_BYTES * piece.samples.len() as u64;
            let seconds = Time::new(piece.duration, spans[piece.span].timescale).seconds();
            Cost { bits: (size_bytes + overhead) as f64 * 8.0, seconds }
        };
        let costs: Vec<Cost> = pieces.iter().zip(&sizes).map(cost).collect();
        Ok(Self::of_costs(&costs, runs))
    }

    fn of_costs(pieces: &[Cost], runs: &[Range<usize>]) -> Self {
        let segments = || runs.iter().map(|run| Cost::of(&pieces[run.clone()])).chain(pieces.iter().copied());
        // The rate of a very short segment says nothing about what a player needs: RFC 8216, 4.3.4.2 looks at runs
        // of at least half the target duration.
        let longest = segments().map(|segment| segment.seconds).fold(0.0, f64::max);
        let of_one = |segment: Cost| segment.bits / segment.seconds.max(longest / 2.0).max(0.001);
        let peak = segments().map(of_one).fold(0.0, f64::max);
        let all = Cost::of(pieces);
        let average = all.bits / all.seconds.max(0.001);
        Self { peak_bps: peak.max(average).ceil() as u64, average_bps: average.ceil() as u64 }
    }
}

/// What is sent of a medium for so long.
#[derive(Debug, Clone, Copy)]
struct Cost {
    bits: f64,
    seconds: f64,
}

impl Cost {
    fn of(parts: &[Self]) -> Self {
        let sum = |one: fn(&Self) -> f64| parts.iter().map(one).sum();
        Self { bits: sum(|part| part.bits), seconds: sum(|part| part.seconds) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_that_are_sent_together_count_together() {
        let check = |pieces: &[(f64, f64)], runs: &[Range<usize>], expected: (u64, u64)| {
            let pieces: Vec<Cost> = pieces.iter().map(|&(bits, seconds)| Cost { bits, seconds }).collect();
            let rate = Rate::of_costs(&pieces, runs);
            assert_eq!((rate.peak_bps, rate.average_bps), expected, "{pieces:?} {runs:?}");
        };
        check(&[(400.0, 4.0), (100.0, 4.0)], &[0..1, 1..2], (100, 63));
        // The short one is not to be seen alone.
        check(&[(400.0, 0.4), (400.0, 4.0)], &[], (200, 182));
        check(&[(900.0, 0.4), (400.0, 3.6), (400.0, 4.0)], &[0..2, 2..3], (450, 213));
        check(&[(900.0, 0.4), (400.0, 3.6), (100.0, 4.0)], std::slice::from_ref(&(0..2)), (450, 175));
    }
}
