//! The segments of a representation: how their URLs are made, and when each begins and ends (5.3.9.4 and 5.3.9.6).

use std::ops::Range;

use subclip_core::{Time, Timescale};

/// Numbered segments and how long each lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segments {
    /// The URL of the init segment relative to the manifest: a template in which `$RepresentationID$` stands for the id.
    /// What is to be taken as it is has gone through [`literal`].
    pub initialization: Option<String>,
    /// The same for media segments, in which `$Number$` stands for the number.
    pub media: String,
    /// The number of the first.
    pub first_number: usize,
    /// Ticks per second of all times here.
    pub timescale: Timescale,
    /// The time in the segments that is played as the period begins, as presentation times are told by the container:
    /// after its edit list.
    pub presentation_time_offset: i64,
    /// When each begins and ends.
    pub times: Vec<Range<i64>>,
}

/// Text that stands for itself in a template: `$` is doubled (table 16).
#[must_use]
pub fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

/// Segments that last equally long and follow each other: one `S` element (5.3.9.6.2).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repeated {
    /// When they begin, where the one before did not end then.
    pub(super) start: Option<i64>,
    pub(super) duration: i64,
    /// How many follow the first.
    pub(super) repeats: usize,
}

impl Segments {
    pub(super) fn longest(&self) -> Option<Time> {
        let ticks = self.times.iter().map(|time| time.end - time.start).max()?;
        Some(Time::new(ticks, self.timescale))
    }

    pub(super) fn repeated(&self) -> Vec<Repeated> {
        let mut all: Vec<Repeated> = Vec::new();
        let mut reached = None;
        for time in &self.times {
            let duration = time.end - time.start;
            let follows = reached == Some(time.start);
            match all.last_mut() {
                Some(last) if follows && last.duration == duration => last.repeats += 1,
                _ => {
                    let start = (!follows).then_some(time.start);
                    all.push(Repeated { start, duration, repeats: 0 });
                }
            }
            reached = Some(time.end);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(times: &[Range<i64>], expected: &[(Option<i64>, i64, usize)]) {
        let segments = Segments {
            initialization: None,
            media: String::new(),
            first_number: 0,
            timescale: Timescale::MILLISECONDS,
            presentation_time_offset: 0,
            times: times.to_vec(),
        };
        let expected =
            expected.iter().map(|&(start, duration, repeats)| Repeated { start, duration, repeats });
        assert_eq!(segments.repeated(), expected.collect::<Vec<_>>(), "{times:?}");
    }

    #[test]
    fn equal_lengths_are_told_once() {
        check(&[], &[]);
        check(std::slice::from_ref(&(0..4)), &[(Some(0), 4, 0)]);
        check(&[7..11, 11..15, 15..19], &[(Some(7), 4, 2)]);
        check(&[0..4, 4..8, 8..9, 9..10, 10..14], &[(Some(0), 4, 1), (None, 1, 1), (None, 4, 0)]);
        check(&[0..4, 5..9, 9..13], &[(Some(0), 4, 0), (Some(5), 4, 1)]);
    }

    #[test]
    fn dollars_stand_for_themselves() {
        assert_eq!(literal("a$b$$"), "a$$b$$$$");
    }
}
