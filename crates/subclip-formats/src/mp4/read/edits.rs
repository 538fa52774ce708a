//! Edit lists (`elst`, 8.6.6): which are a plain shift of time, and what is odd about the others.

use std::fmt;

use subclip_core::{Sample, Time, Timescale};

use super::error::ReadError;
use super::movie::Edits;
use super::node::Node;
use super::track::TIME_LIMIT;

/// Why an edit list is more than a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OddEdit {
    /// More than one edit that shows something.
    Several,
    /// A rate other than 1: the media is slowed, hastened or frozen.
    Rate,
    /// An empty edit behind one that shows something.
    Gap,
    /// A start before the media's own.
    BeforeStart,
    /// Pictures before its start are hidden.
    HidesLeading,
    /// Pictures after its end are hidden.
    HidesTrailing,
    /// Empty edits only.
    ShowsNothing,
}

impl fmt::Display for OddEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Several => "the edit list shows several pieces of the track",
            Self::Rate => "the edit list changes the speed",
            Self::Gap => "the edit list leaves a gap",
            Self::BeforeStart => "the edit list starts before the media does",
            Self::HidesLeading => "the edit list hides pictures at the start",
            Self::HidesTrailing => "the edit list hides pictures at the end",
            Self::ShowsNothing => "the edit list shows nothing",
        })
    }
}

/// An edit list, folded as far as that goes without the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EditList {
    None,
    /// Wait `delay`, then show the media from `media_time` on for `duration`; `None` for all of it.
    One {
        delay: Time,
        media_time: i64,
        duration: Option<Time>,
    },
    Odd(OddEdit),
}

/// The edit list of a track; lengths are in the movie's timescale.
pub(super) fn parse(trak: &Node<'_>, movie: Timescale) -> Result<EditList, ReadError> {
    let Some(edts) = trak.find(b"edts")? else { return Ok(EditList::None) };
    let Some(elst) = edts.find(b"elst")? else { return Ok(EditList::None) };
    let mut fields = elst.fields();
    let (version, _) = fields.version_and_flags()?;
    let count = fields.u32()?;
    let width = if version == 1 { 20 } else { 12 };
    fields.table(count, width)?;
    let mut fields = elst.fields();
    fields.skip(8)?;

    let (mut delay, mut shown) = (0u64, None);
    for _ in 0..count {
        let duration = fields.u64_or_u32(version)?;
        let media_time = if version == 1 { fields.i64()? } else { i64::from(fields.i32()?) };
        let rate = fields.u32()?;
        if duration > TIME_LIMIT as u64 || media_time.unsigned_abs() > TIME_LIMIT as u64 {
            return Err(elst.malformed("has times beyond what can be counted"));
        }
        match (media_time, shown) {
            (-1, None) => delay = delay.saturating_add(duration),
            (-1, Some(_)) => return Ok(EditList::Odd(OddEdit::Gap)),
            (_, Some(_)) => return Ok(EditList::Odd(OddEdit::Several)),
            (..-1, None) => return Ok(EditList::Odd(OddEdit::BeforeStart)),
            (0.., None) if rate != 0x0001_0000 => return Ok(EditList::Odd(OddEdit::Rate)),
            (0.., None) => shown = Some((media_time, duration)),
        }
    }
    if delay > TIME_LIMIT as u64 {
        return Err(elst.malformed("has times beyond what can be counted"));
    }
    let on_movie = |ticks: u64| Time::new(ticks as i64, movie);
    Ok(match shown {
        Some((media_time, duration)) => EditList::One {
            delay: on_movie(delay),
            media_time,
            // A length of zero means all there is, as fragmented files have it (8.6.6.1).
            duration: (duration > 0).then(|| on_movie(duration)),
        },
        None if count == 0 => EditList::None,
        None => EditList::Odd(OddEdit::ShowsNothing),
    })
}

/// Shifts the samples of a track onto the movie's axis, and `end` with them.
///
/// An audio edit that ends more than a sample early drops the samples that begin at or after its end.
pub(super) fn apply(
    list: EditList,
    timescale: Timescale,
    pictures: bool,
    samples: &mut Vec<Sample>,
    end: &mut i64,
) -> Edits {
    let (delay, media_time, duration) = match list {
        EditList::None => return Edits::None,
        EditList::Odd(why) => return Edits::Odd(why),
        EditList::One { delay, media_time, duration } => (delay, media_time, duration),
    };
    let shown_end = duration.map(|length| media_time.saturating_add(length.round_to(timescale)));
    if let Some(span) = Span::of(samples, *end) {
        if pictures && (media_time - span.first).saturating_mul(2) > span.first_length {
            return Edits::Odd(OddEdit::HidesLeading);
        }
        // The edit's length was rounded to the movie's timescale: allow for one tick of that.
        let slack = duration.map_or(0, |length| Time::new(1, length.scale()).ceil_to(timescale));
        let least = span.end - span.last_length - if pictures { slack } else { 0 };
        if let Some(shown_end) = shown_end.filter(|&shown_end| shown_end < least) {
            if pictures {
                return Edits::Odd(OddEdit::HidesTrailing);
            }
            *end = samples.iter().map(|s| s.pts).filter(|&pts| pts >= shown_end).min().unwrap_or(*end);
            samples.retain(|sample| sample.pts < shown_end);
        }
    }
    let shift = delay.round_to(timescale).clamp(-TIME_LIMIT, TIME_LIMIT) - media_time;
    for sample in samples.iter_mut() {
        sample.pts += shift;
        sample.dts += shift;
    }
    *end += shift;
    Edits::Shift(shift)
}

/// Where the samples of a track lie on its own axis, and how long the first and the last one shown last.
struct Span {
    first: i64,
    first_length: i64,
    end: i64,
    last_length: i64,
}

impl Span {
    fn of(samples: &[Sample], end: i64) -> Option<Self> {
        let first = samples.iter().map(|s| s.pts).min()?;
        let last = samples.iter().map(|s| s.pts).max()?;
        let second = samples.iter().map(|s| s.pts).filter(|&pts| pts > first).min().unwrap_or(end);
        Some(Self { first, first_length: second - first, end, last_length: end - last })
    }
}
