//! What a channel has to carry so that a playlist plays, from the bits and the lengths of its segments. Arithmetic alone.

use std::ops::Range;

/// Bits per second of a playlist: headers of segments are counted, as the specifications want it, and inits are not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Rate {
    /// The peak segment bit rate of HLS: see [`peak`].
    pub(crate) peak_bps: u64,
    /// Of all segments together (RFC 8216, 4.1).
    pub(crate) average_bps: u64,
    /// The `bandwidth` of DASH: see [`steady`].
    pub(crate) steady_bps: u64,
}

impl Rate {
    /// That of segments which follow each other; 0 where there are none.
    pub(crate) fn of(segments: &[Cost]) -> Self {
        let bps = |rate: f64| rate.ceil() as u64;
        let all = Cost::sum(segments);
        let average = all.bits / all.seconds.max(SHORTEST_S);
        // What is shorter than half its target duration has no peak by the definition, and is sent all the same.
        let peak = peak(segments).max(average);
        Self {
            peak_bps: bps(peak),
            average_bps: bps(average),
            steady_bps: bps(steady(segments, longest_s(segments))),
        }
    }
}

/// What pieces take at the most that are not made yet.
pub(crate) struct Bounds {
    /// Each for itself.
    pub(crate) each: Vec<Cost>,
    /// One with the other.
    pub(crate) on_average: Vec<Cost>,
}

impl Bounds {
    /// What a playlist may promise of them, if its segments consist of these runs.
    pub(crate) fn rate(&self, runs: &[Range<usize>]) -> Rate {
        let rate = |pieces| Rate::of(&Cost::of_runs(pieces, runs));
        Rate { average_bps: rate(&self.on_average).average_bps, ..rate(&self.each) }
    }
}

/// What is sent of a medium for so long.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cost {
    pub(crate) bits: f64,
    pub(crate) seconds: f64,
}

impl Cost {
    pub(crate) fn sum(parts: &[Self]) -> Self {
        let sum = |one: fn(&Self) -> f64| parts.iter().map(one).sum();
        Self { bits: sum(|part| part.bits), seconds: sum(|part| part.seconds) }
    }

    /// Those of segments that consist of these runs of pieces.
    pub(crate) fn of_runs(pieces: &[Self], runs: &[Range<usize>]) -> Vec<Self> {
        runs.iter().map(|run| Self::sum(&pieces[run.clone()])).collect()
    }
}

/// Nothing is divided by less.
const SHORTEST_S: f64 = 0.001;
/// Playlists tell lengths in microseconds.
const TOLD_S: f64 = 1e-6;

fn longest_s(segments: &[Cost]) -> f64 {
    segments.iter().map(|segment| segment.seconds).fold(0.0, f64::max)
}

/// The largest bit rate of segments that follow each other and last between a half and one and a half of the target duration,
/// taken together (RFC 8216, 4.1). So one that is shorter counts with its neighbours, and never alone. 0 where there is no
/// such set.
fn peak(segments: &[Cost]) -> f64 {
    // As media playlists tell it (4.3.3.1).
    let target_s = longest_s(segments).round().max(1.0);
    let (least_s, most_s) = (target_s / 2.0 - TOLD_S, target_s * 1.5 + TOLD_S);
    let mut peak = 0.0_f64;
    for first in 0..segments.len() {
        let mut set = Cost { bits: 0.0, seconds: 0.0 };
        for segment in &segments[first..] {
            set = Cost { bits: set.bits + segment.bits, seconds: set.seconds + segment.seconds };
            if set.seconds > most_s {
                break;
            }
            if set.seconds >= least_s {
                peak = peak.max(set.bits / set.seconds.max(SHORTEST_S));
            }
        }
    }
    peak
}

/// The least bit rate of a constant channel with which nobody starves who begins with whichever segment, and plays after he
/// has waited for so long (ISO/IEC 23009-1, 5.3.5.2): each segment is there as a whole when its first picture is due.
///
/// For every stretch of segments that is: their bits, over the wait and the lengths of all but the last. A stretch with the
/// largest quotient is found by taking a rate, looking for the stretch that misses it by most bits, and going on with the
/// rate of that one until none misses it: each time a larger one, and a few times only (Dinkelbach's method).
fn steady(segments: &[Cost], wait_s: f64) -> f64 {
    let mut rate = 0.0;
    loop {
        let (bits, seconds) = hardest(segments, wait_s, rate);
        let needed = bits / seconds.max(SHORTEST_S);
        if needed <= rate * (1.0 + f64::EPSILON) {
            return rate;
        }
        rate = needed;
    }
}

/// The bits and the time of the stretch for which a channel of this rate is late by most bits.
fn hardest(segments: &[Cost], wait_s: f64, rate: f64) -> (f64, f64) {
    let (mut sent, mut played_s) = (0.0, 0.0);
    // Where the channel is furthest ahead, so that beginning there is hardest.
    let mut start = (0.0, 0.0);
    let mut hardest = (0.0, 0.0);
    let mut most_late = f64::NEG_INFINITY;
    for segment in segments {
        if sent - rate * played_s < start.0 - rate * start.1 {
            start = (sent, played_s);
        }
        sent += segment.bits;
        let (bits, seconds) = (sent - start.0, wait_s + played_s - start.1);
        let late = bits - rate * seconds;
        if late > most_late {
            (most_late, hardest) = (late, (bits, seconds));
        }
        played_s += segment.seconds;
    }
    hardest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn costs(segments: &[(f64, f64)]) -> Vec<Cost> {
        segments.iter().map(|&(bits, seconds)| Cost { bits, seconds }).collect()
    }

    #[test]
    fn a_peak_is_that_of_segments_of_about_the_target_duration() {
        let check = |segments: &[(f64, f64)], peak_bps: u64, average_bps: u64| {
            let rate = Rate::of(&costs(segments));
            assert_eq!((rate.peak_bps, rate.average_bps), (peak_bps, average_bps), "{segments:?}");
        };
        check(&[], 0, 0);
        check(&[(400.0, 4.0), (100.0, 4.0)], 100, 63);
        // Half a target duration is enough, and a set of one and a half is not too long.
        check(&[(400.0, 4.0), (400.0, 2.0)], 200, 134);
        check(&[(300.0, 1.9), (290.0, 2.0), (180.0, 2.0), (40.0, 4.0)], 152, 82);
        // One frame at the end counts with what is before it, and so does one at the start.
        check(&[(400.0, 4.0), (400.0, 0.04)], 199, 199);
        check(&[(400.0, 0.04), (400.0, 4.0)], 199, 199);
        check(&[(100.0, 4.0), (400.0, 4.0), (100.0, 0.04)], 124, 75);
        check(&[(100.0, 4.0), (100.0, 4.0), (100.0, 0.04)], 50, 38);
        // Amid others: with the neighbour that takes more.
        check(&[(100.0, 4.0), (300.0, 0.5), (200.0, 4.0)], 112, 71);
        // Half a second is half of the least target duration that can be told, and less than that is none of it.
        check(&[(100.0, 0.5)], 200, 200);
        check(&[(100.0, 0.04)], 2500, 2500);
    }

    #[test]
    fn whoever_waits_for_the_longest_segment_never_starves() {
        let check = |segments: &[(f64, f64)], expected: u64| {
            assert_eq!(Rate::of(&costs(segments)).steady_bps, expected, "{segments:?}");
        };
        check(&[], 0);
        check(&[(400.0, 4.0)], 100);
        check(&[(400.0, 4.0), (400.0, 4.0)], 100);
        check(&[(400.0, 4.0), (600.0, 4.0)], 150);
        // What is played last needs not be there before.
        check(&[(400.0, 4.0), (400.0, 0.04)], 100);
        // One frame as large as the rest: it has the time of the wait and of what is played before.
        check(&[(400.0, 4.0), (4000.0, 0.04)], 1000);
        // Short ones in a row take more than the wait is good for.
        check(&[(400.0, 4.0), (400.0, 0.5), (400.0, 0.5), (400.0, 0.5), (400.0, 4.0)], 291);
        check(&[(100.0, 0.04)], 2500);
    }

    #[test]
    fn one_frame_at_the_end_adds_little_to_what_is_promised_of_a_rung() {
        // A thousand bits a second, with half as many to draw on for each piece.
        let piece = |seconds: f64, part: f64| Cost { bits: 1000.0 * (seconds + 0.5 * part), seconds };
        let pieces = [4.0, 4.0, 0.04];
        let of = |part| pieces.map(|seconds| piece(seconds, part)).to_vec();
        let bounds = Bounds { each: of(1.0), on_average: of(0.2) };
        let check = |runs: &[Range<usize>], rate: (u64, u64, u64)| {
            let found = bounds.rate(runs);
            assert_eq!((found.peak_bps, found.average_bps, found.steady_bps), rate, "{runs:?}");
        };
        check(&[0..1, 1..2, 2..3], (1248, 1038, 1125));
        check(&[0..1, 1..3], (1248, 1038, 1248));
    }

    /// Whether a channel of this rate has each segment when it is due, wherever one begins.
    fn plays(segments: &[Cost], wait_s: f64, rate: f64) -> bool {
        (0..segments.len()).all(|first| {
            let (mut bits, mut due_s) = (0.0, wait_s);
            segments[first..].iter().all(|segment| {
                bits += segment.bits;
                let is_there = bits <= rate * due_s * (1.0 + 1e-9);
                due_s += segment.seconds;
                is_there
            })
        })
    }

    proptest! {
        #[test]
        fn steady_is_enough_and_less_is_not(
            segments in proptest::collection::vec((1.0..1e7, 0.03..10.0), 1..40),
            longer_s in 0.0..10.0,
        ) {
            let segments = costs(&segments);
            let wait_s = longest_s(&segments);
            let rate = steady(&segments, wait_s);
            prop_assert!(plays(&segments, wait_s, rate));
            prop_assert!(!plays(&segments, wait_s, rate * 0.999));
            // Manifests say how long the longest segment of all media is, and who waits longer has more.
            prop_assert!(plays(&segments, wait_s + longer_s, rate));
        }

        /// By the definition, set by set.
        #[test]
        fn no_set_takes_more_than_the_peak(
            segments in proptest::collection::vec((1.0..1e7, 0.03..10.0), 1..40),
        ) {
            let segments = costs(&segments);
            let target_s = longest_s(&segments).round().max(1.0);
            let sets = (0..segments.len()).flat_map(|from| (from..segments.len()).map(move |to| from..=to));
            let sets: Vec<Cost> = sets.map(|set| Cost::sum(&segments[set])).collect();
            let counts = |set: &&Cost| (target_s * 0.5..=target_s * 1.5).contains(&set.seconds);
            let most = sets.iter().filter(counts).map(|set| set.bits / set.seconds).fold(0.0, f64::max);
            let rate = Rate::of(&segments);
            prop_assert!(rate.peak_bps >= rate.average_bps);
            let expected = most.max(rate.average_bps as f64);
            prop_assert!((rate.peak_bps as f64 - expected).abs() <= 1.0 + 1e-6 * expected, "{rate:?} {expected}");
        }
    }
}
