//! Placing the samples of a run on a timeline: from the times of their track to the times that are written.

use subclip_core::Sample;

/// A sample as it is written: its times are the timeline's, in ticks of its track's timescale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// When it is decoded; never negative.
    pub dts: i64,
    /// How long until the next one is decoded.
    pub duration: u32,
    /// How long after `dts` it is shown, the delay of [`Offsets::Delayed`] included.
    pub composition_offset: i32,
    /// How many bytes it has.
    pub size: u32,
    /// Whether decoding can begin here.
    pub sync: bool,
}

/// How the distance from decoding to showing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offsets {
    /// Never negative: everything is shown by the timeline's constant delay later, which an edit in the init takes
    /// away again. All players read it right. Where the delay is smaller than reordering would have it, pictures are
    /// decoded earlier.
    Delayed(i64),
    /// As it is, negative where reordering wants it. Nothing but the segment itself is needed to know when its
    /// pictures are shown, so each may stand after an init of its own. FFmpeg shows such pictures late.
    Signed,
}

/// Why samples cannot be placed. `sample` counts within the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// The run begins before the timeline does.
    #[error("a run cannot begin at {at}, before its timeline")]
    BeforeZero {
        /// Where it was to begin.
        at: i64,
    },
    /// A delay below 0: the run would be decoded before it begins.
    #[error("the run would be decoded from {ticks} ticks before its beginning on")]
    DelayTooSmall {
        /// How many.
        ticks: i64,
    },
    /// A duration that is negative or needs more than 32 bits: the run's end lies before its last picture, or its
    /// times are absurd.
    #[error("sample {sample} would last {ticks} ticks")]
    Duration {
        /// Which sample, in order of decoding.
        sample: usize,
        /// How long it would last.
        ticks: i64,
    },
    /// Times too far apart to be counted.
    #[error("sample {sample} lies too far from the others")]
    OutOfRange {
        /// Which sample.
        sample: usize,
    },
}

/// Places a run of samples so that its first presentation falls on `at` and its last ends on `end`.
///
/// The run is whole GOPs, or a prefix of them that is closed under presentation. The j-th sample is decoded at the
/// j-th smallest presentation time, so decode times rise by exact durations. One and the same delay for all runs of a
/// timeline makes every composition offset positive; where it is too small for that, a sample is decoded no later than
/// it is shown, and those before it earlier too, if only by a tick and where there is one. Sound has a delay of 0, which leaves decode and
/// presentation times equal. Two samples of one presentation time give a duration of 0.
///
/// # Errors
/// [`PlaceError`] where the delay is too small, or a time or duration cannot be written.
pub fn place(samples: &[Sample], at: i64, end: i64, offsets: Offsets) -> Result<Vec<Placed>, PlaceError> {
    if at < 0 {
        return Err(PlaceError::BeforeZero { at });
    }
    let Some(origin) = samples.iter().map(|sample| sample.pts).min() else { return Ok(Vec::new()) };
    let shown = |(sample, of): (usize, &Sample)| {
        plus(of.pts.checked_sub(origin), at).ok_or(PlaceError::OutOfRange { sample })
    };
    let shown: Vec<i64> = samples.iter().enumerate().map(shown).collect::<Result<_, _>>()?;
    let mut decoded = shown.clone();
    decoded.sort_unstable();
    let delay = match offsets {
        Offsets::Delayed(delay) => {
            let apart = decoded_in_time(&decoded, &shown, delay, 1);
            // On a coarse timescale there may be no tick for each; then some are decoded at once.
            decoded = if apart[0] < at { decoded_in_time(&decoded, &shown, delay, 0) } else { apart };
            delay
        }
        Offsets::Signed => 0,
    };
    if decoded[0] < at {
        return Err(PlaceError::DelayTooSmall { ticks: at.saturating_sub(decoded[0]) });
    }
    let mut placed = Vec::with_capacity(samples.len());
    for (number, sample) in samples.iter().enumerate() {
        let dts = decoded[number];
        let next = decoded.get(number + 1).copied().unwrap_or(end);
        let duration = next.checked_sub(dts).ok_or(PlaceError::OutOfRange { sample: number })?;
        let offset =
            plus(shown[number].checked_sub(dts), delay).ok_or(PlaceError::OutOfRange { sample: number })?;
        placed.push(Placed {
            dts,
            duration: u32::try_from(duration)
                .map_err(|_| PlaceError::Duration { sample: number, ticks: duration })?,
            composition_offset: i32::try_from(offset)
                .map_err(|_| PlaceError::OutOfRange { sample: number })?,
            size: sample.size,
            sync: sample.sync,
        });
    }
    Ok(placed)
}

/// Decode times, which don't fall, moved so that no sample is decoded later than `delay` after the time it is shown at, nor
/// less than `apart` ticks before one that was moved.
fn decoded_in_time(decoded: &[i64], shown: &[i64], delay: i64, apart: i64) -> Vec<i64> {
    let mut in_time = decoded.to_vec();
    let mut before_next = i64::MAX;
    for (dts, &pts) in in_time.iter_mut().zip(shown).rev() {
        let latest = pts.saturating_add(delay).min(before_next);
        before_next = if latest < *dts { latest.saturating_sub(apart) } else { i64::MAX };
        *dts = latest.min(*dts);
    }
    in_time
}

fn plus(left: Option<i64>, right: i64) -> Option<i64> {
    left?.checked_add(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(pts: &[i64]) -> Vec<Sample> {
        (0..)
            .zip(pts)
            .map(|(n, &pts)| Sample { offset: n * 10, size: 10 + n as u32, dts: n as i64, pts, sync: n == 0 })
            .collect()
    }

    fn check(pts: &[i64], at: i64, end: i64, delay: i64, expected: Result<&[(i64, u32, i32)], PlaceError>) {
        check_offsets(pts, at, end, Offsets::Delayed(delay), expected);
    }

    fn check_offsets(
        pts: &[i64],
        at: i64,
        end: i64,
        offsets: Offsets,
        expected: Result<&[(i64, u32, i32)], PlaceError>,
    ) {
        let got = place(&samples(pts), at, end, offsets).map(|placed| {
            placed.iter().map(|p| (p.dts, p.duration, p.composition_offset)).collect::<Vec<_>>()
        });
        assert_eq!(got, expected.map(<[_]>::to_vec), "{pts:?} at {at}..{end}, {offsets:?}");
    }

    #[test]
    fn decode_times_are_the_sorted_presentation_times() {
        // I P B B with frames of 10, shown I B B P.
        check(&[100, 130, 110, 120], 0, 40, 10, Ok(&[(0, 10, 10), (10, 10, 30), (20, 10, 0), (30, 10, 0)]));
        check(&[5, 15, 25], 50, 80, 0, Ok(&[(50, 10, 0), (60, 10, 0), (70, 10, 0)]));
    }

    #[test]
    fn signed_offsets_leave_the_first_picture_where_it_is_decoded() {
        check_offsets(
            &[100, 130, 110, 120],
            50,
            90,
            Offsets::Signed,
            Ok(&[(50, 10, 0), (60, 10, 20), (70, 10, -10), (80, 10, -10)]),
        );
    }

    #[test]
    fn variable_durations_are_kept_and_the_last_reaches_the_end() {
        check(&[0, 1024, 2000], 7, 3031, 0, Ok(&[(7, 1024, 0), (1031, 976, 0), (2007, 1024, 0)]));
        check(&[-20, 20, -10], 0, 41, 30, Ok(&[(0, 10, 30), (10, 30, 60), (40, 1, 0)]));
    }

    #[test]
    fn pictures_are_decoded_in_time_where_the_delay_is_small() {
        // I P B B with frames of 10, shown I B B P.
        check(&[0, 30, 10, 20], 5, 45, 9, Ok(&[(5, 10, 9), (15, 9, 29), (24, 10, 0), (34, 11, 0)]));
        check(&[0, 30, 10, 20], 5, 45, 1, Ok(&[(5, 10, 1), (15, 1, 21), (16, 10, 0), (26, 19, 0)]));
        check(&[0, 30, 10, 20], 5, 45, 0, Ok(&[(5, 9, 0), (14, 1, 21), (15, 10, 0), (25, 20, 0)]));
        // One tick a picture: B is decoded with P.
        check(&[0, 3, 1, 2], 0, 4, 0, Ok(&[(0, 1, 0), (1, 0, 2), (1, 1, 0), (2, 2, 0)]));
        check(&[10, 0], 0, 20, 0, Ok(&[(0, 0, 10), (0, 20, 0)]));
        // A pyramid: I P B b b.
        check(
            &[0, 40, 20, 10, 30],
            0,
            50,
            0,
            Ok(&[(0, 8, 0), (8, 1, 32), (9, 1, 11), (10, 20, 0), (30, 20, 0)]),
        );
    }

    #[test]
    fn one_sample_and_none() {
        check(&[1000], 3, 5, 4, Ok(&[(3, 2, 4)]));
        check(&[], 3, 5, 4, Ok(&[]));
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        check(&[0, 10], 0, 20, -1, Err(PlaceError::DelayTooSmall { ticks: 1 }));
        check(&[0, 10], 0, 9, 0, Err(PlaceError::Duration { sample: 1, ticks: -1 }));
        check(&[0, 1 << 40], 0, 1 << 41, 0, Err(PlaceError::Duration { sample: 0, ticks: 1 << 40 }));
        check(&[0], -1, 9, 0, Err(PlaceError::BeforeZero { at: -1 }));
        check(&[i64::MIN, i64::MAX], 0, 9, 0, Err(PlaceError::OutOfRange { sample: 1 }));
        check(&[0, 1], i64::MAX, i64::MAX, 0, Err(PlaceError::OutOfRange { sample: 1 }));
        check(&[0], 0, 9, 1 << 33, Err(PlaceError::OutOfRange { sample: 0 }));
    }
}
