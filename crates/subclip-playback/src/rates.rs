//! What it takes to play, from the sizes of the samples that are played and no others.
//!
//! A track may hold more than is played of it, and compaction takes that away; what is told of the rest must not change.

use std::ops::Range;
use std::sync::Arc;

use subclip_app::{Library, Mark, Playable, Result, RungPlan};
use subclip_core::{Medium, Segment, Span, Time};

use crate::rate::{Bounds, Cost, Rate};

/// Those of the pictures, of each sound, and of key pictures alone; 0 where there is none of it. And who makes the rungs,
/// where that must be told too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rates {
    pub(crate) video: Rate,
    /// What rungs take at the most, by their lines.
    pub(crate) rungs: Arc<[(u32, Rate)]>,
    /// By their numbers.
    pub(crate) sounds: Arc<[(u32, Rate)]>,
    pub(crate) keys: Rate,
    /// By their lines. Where this is known, rungs that are not in it can't be had.
    pub(crate) marks: Option<Arc<[(u32, Mark)]>>,
}

impl Rates {
    /// That of a sound.
    pub(crate) fn of_sound(&self, number: u32) -> Rate {
        numbered(&self.sounds, number)
    }

    /// That of a rung.
    pub(crate) fn of_rung(&self, lines: u32) -> Rate {
        numbered(&self.rungs, lines)
    }

    /// The marks, for the validator of what names them.
    pub(crate) fn marks_name(&self) -> String {
        self.marks
            .iter()
            .flat_map(|marks| marks.iter())
            .map(|(lines, mark)| format!("-{lines}-{mark}"))
            .collect()
    }

    /// What any of the sounds takes at the most: who is told of all of them may choose that one.
    pub(crate) fn most_of_sounds(&self) -> Rate {
        let most = |of: fn(&Rate) -> u64| self.sounds.iter().map(|(_, rate)| of(rate)).max().unwrap_or(0);
        Rate {
            peak_bps: most(|rate| rate.peak_bps),
            average_bps: most(|rate| rate.average_bps),
            steady_bps: most(|rate| rate.steady_bps),
        }
    }
}

fn numbered(rates: &[(u32, Rate)], number: u32) -> Rate {
    rates.iter().find(|(known, _)| *known == number).map_or_else(Rate::default, |(_, rate)| *rate)
}

/// A `moof` costs about this much, and a few more bytes per sample.
const SEGMENT_OVERHEAD_BYTES: u64 = 120;
const SAMPLE_OVERHEAD_BYTES: u64 = 16;

/// What pieces of spans of `playable` take, each in a segment of its own.
pub(crate) async fn of_pieces(
    playable: &Playable,
    library: &Library,
    spans: &[Span],
    pieces: &[Segment],
) -> Result<Vec<Cost>> {
    let mut sizes = Vec::with_capacity(pieces.len());
    for (number, span) in spans.iter().enumerate() {
        let samples = pieces.iter().filter(|segment| segment.span == number);
        let samples: Vec<Range<u32>> = samples.map(|segment| segment.samples.clone()).collect();
        sizes.extend(match playable.view.track(span).head.track.medium() {
            Medium::Video => sizes_of_pictures(playable, library, span, &samples).await?,
            Medium::Audio => library.sizes(playable.view.track(span), &samples).await?,
        });
    }
    Ok(pieces.iter().zip(&sizes).map(|(piece, &bytes)| cost(piece, spans, bytes as f64 * 8.0)).collect())
}

/// What pieces of a rung take at the most.
pub(crate) fn of_rung(plan: &RungPlan, spans: &[Span], pieces: &[Segment]) -> Bounds {
    let costs = |bits: fn(&RungPlan, f64) -> f64| {
        pieces.iter().map(|piece| cost(piece, spans, bits(plan, seconds(piece, spans)))).collect()
    };
    Bounds { each: costs(RungPlan::most_bits), on_average: costs(RungPlan::most_usual_bits) }
}

/// What single pictures of `playable` take, which are in order.
pub(crate) async fn of_single(
    playable: &Playable,
    library: &Library,
    pictures: &[Segment],
) -> Result<Vec<Cost>> {
    let spans = &playable.view.timeline.video;
    let mut costs = Vec::with_capacity(pictures.len());
    for own in pictures.chunk_by(|one, next| one.span == next.span) {
        // In turn with what lies between them: the index is gone through once.
        let mut ranges: Vec<Range<u32>> = Vec::with_capacity(own.len() * 2);
        for picture in own {
            if let Some(before) = ranges.last() {
                ranges.push(before.end..picture.samples.start);
            }
            ranges.push(picture.samples.clone());
        }
        let sizes = library.sizes(playable.view.track(&spans[own[0].span]), &ranges).await?;
        let sized = own.iter().zip(sizes.iter().step_by(2));
        costs.extend(sized.map(|(picture, &bytes)| cost(picture, spans, bytes as f64 * 8.0)));
    }
    Ok(costs)
}

/// That of a piece with so many bits of media.
fn cost(piece: &Segment, spans: &[Span], media_bits: f64) -> Cost {
    let overhead_bytes = SEGMENT_OVERHEAD_BYTES + SAMPLE_OVERHEAD_BYTES * piece.samples.len() as u64;
    Cost { bits: media_bits + overhead_bytes as f64 * 8.0, seconds: seconds(piece, spans) }
}

fn seconds(piece: &Segment, spans: &[Span]) -> f64 {
    Time::new(piece.duration, spans[piece.span].timescale).seconds()
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
    fn the_largest_of_the_sounds_counts() {
        let rate = |peak_bps, average_bps, steady_bps| Rate { peak_bps, average_bps, steady_bps };
        let sounds = [(1, rate(90, 80, 85)), (3, rate(100, 70, 75))];
        let rates = Rates { sounds: sounds.into(), ..Rates::default() };
        assert_eq!(rates.most_of_sounds(), rate(100, 80, 85));
        assert_eq!((rates.of_sound(3), rates.of_sound(2)), (sounds[1].1, Rate::default()));
        assert_eq!(Rates::default().most_of_sounds(), Rate::default());
    }
}
