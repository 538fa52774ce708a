//! Cutting captions as a clip is cut: what lies outside goes, what lies across an end is shortened, and all of it moves so
//! that the clip begins at 0.

use subclip_core::{Time, Timescale};

use super::clock::{Clock, parse_in_text};
use super::{Captions, Cue};

impl Captions {
    /// The part from `start` to `end`, on a timeline that begins at `start`.
    ///
    /// Times of cues are whole milliseconds and cuts are not, so all cues move by the nearest millisecond to `start`:
    /// the distances between them stay what they are. Whether a cue is in the part is decided by the exact times.
    #[must_use]
    pub fn trimmed(&self, start: Time, end: Time) -> Self {
        self.part(start, end, start.round_to(Timescale::MILLISECONDS))
    }

    /// The part from `start` to `end`, where it stands.
    #[must_use]
    pub fn within(&self, start: Time, end: Time) -> Self {
        self.part(start, end, 0)
    }

    fn part(&self, start: Time, end: Time, shift_ms: i64) -> Self {
        let window = Window {
            start,
            end,
            shift_ms,
            first_ms: start.round_to(Timescale::MILLISECONDS) - shift_ms,
            last_ms: end.floor_to(Timescale::MILLISECONDS) - shift_ms,
        };
        let cues = self.cues.iter().filter_map(|cue| window.cut(cue)).collect();
        Self { language: self.language.clone(), head: self.head.clone(), cues }
    }
}

struct Window {
    start: Time,
    end: Time,
    /// How much earlier all is told.
    shift_ms: i64,
    /// When it begins and ends, so told.
    first_ms: i64,
    last_ms: i64,
}

impl Window {
    fn cut(&self, cue: &Cue) -> Option<Cue> {
        let time = |ms| Time::new(ms, Timescale::MILLISECONDS);
        if time(cue.end_ms) <= self.start || time(cue.start_ms) >= self.end {
            return None;
        }
        let start_ms = (cue.start_ms - self.shift_ms).max(self.first_ms);
        let end_ms = (cue.end_ms - self.shift_ms).min(self.last_ms);
        let text = self.moved(&cue.text, start_ms, end_ms);
        // Less than a millisecond of it is left.
        (start_ms < end_ms).then(|| Cue { start_ms, end_ms, text, ..cue.clone() })
    }

    /// The text with the times in it (WebVTT, 4.2.1: what follows one is yet to be said) moved too. One that is past is
    /// left out, and one that never comes is at the end.
    fn moved(&self, text: &str, start_ms: i64, end_ms: i64) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find('<') {
            let (before, tag) = rest.split_at(at);
            out.push_str(before);
            let Some(length) = tag.find('>') else {
                rest = tag;
                break;
            };
            match parse_in_text(&tag[1..length]) {
                None => out.push_str(&tag[..=length]),
                Some(ms) if ms - self.shift_ms > start_ms => {
                    let moved = Clock((ms - self.shift_ms).min(end_ms));
                    out.push_str(&format!("<{moved}>"));
                }
                Some(_) => {}
            }
            rest = &tag[length + 1..];
        }
        out + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captions(cues: &[(i64, i64, &str)]) -> Captions {
        let cue = |&(start_ms, end_ms, text): &(i64, i64, &str)| Cue {
            id: format!("of {text}"),
            start_ms,
            end_ms,
            settings: "line:0".into(),
            text: text.into(),
        };
        Captions { cues: cues.iter().map(cue).collect(), ..Captions::default() }
    }

    fn check(cue: (i64, i64, &str), start: Time, end: Time, expected: Option<(i64, i64, &str)>) {
        let trimmed = captions(&[cue]).trimmed(start, end);
        let expected = Captions {
            cues: expected
                .map(|(start_ms, end_ms, text)| Cue {
                    start_ms,
                    end_ms,
                    text: text.into(),
                    ..captions(&[cue]).cues.remove(0)
                })
                .into_iter()
                .collect(),
            ..Captions::default()
        };
        assert_eq!(trimmed, expected, "{cue:?} in {start} to {end}");
    }

    fn frames(count: i64, per_second: u32) -> Time {
        Time::new(count, Timescale::new(per_second).unwrap())
    }

    #[test]
    fn a_cue_lies_where_the_cut_says() {
        // By hand: a clip from 10 s to 20 s.
        let (start, end) = (frames(300, 30), frames(600, 30));
        for (cue, expected) in [
            ((1_000, 5_000, "before"), None),
            ((5_000, 10_000, "up to the start"), None),
            ((5_000, 10_001, "a millisecond into it"), Some((0, 1, "a millisecond into it"))),
            ((8_000, 12_500, "across the start"), Some((0, 2_500, "across the start"))),
            ((10_000, 12_000, "from the start"), Some((0, 2_000, "from the start"))),
            ((12_345, 13_456, "inside"), Some((2_345, 3_456, "inside"))),
            ((18_000, 20_000, "to the end"), Some((8_000, 10_000, "to the end"))),
            ((18_000, 25_000, "across the end"), Some((8_000, 10_000, "across the end"))),
            ((19_999, 25_000, "its last millisecond"), Some((9_999, 10_000, "its last millisecond"))),
            ((20_000, 25_000, "from the end"), None),
            ((25_000, 26_000, "after"), None),
            ((0, 60_000, "across all of it"), Some((0, 10_000, "across all of it"))),
        ] {
            check(cue, start, end, expected);
        }
    }

    #[test]
    fn cuts_between_milliseconds_are_exact() {
        // Frame 310 of 30 a second is at 10.3333… s, frame 331 at 11.0333… s.
        let (start, end) = (frames(310, 30), frames(331, 30));
        check((10_000, 10_333, "over"), start, end, None);
        check((10_000, 10_334, "just there"), start, end, Some((0, 1, "just there")));
        check((10_500, 11_033, "inside"), start, end, Some((167, 700, "inside")));
        check(
            (10_500, 11_034, "too long by less than one"),
            start,
            end,
            Some((167, 700, "too long by less than one")),
        );
        check((11_033, 12_000, "less than one is left"), start, end, None);
        check((11_034, 12_000, "not begun"), start, end, None);
        // Frame 311 of 24000/1001 is at 12.971291… s.
        let start = frames(311 * 1001, 24_000);
        check((13_000, 14_000, "x"), start, frames(20, 1), Some((29, 1_029, "x")));
    }

    #[test]
    fn a_clip_of_a_clip_is_the_clip_of_both() {
        let all = captions(&[(0, 2_000, "a"), (1_500, 4_000, "b"), (4_000, 6_000, "c"), (5_900, 9_000, "d")]);
        let twice = all.trimmed(frames(30, 30), frames(240, 30)).trimmed(frames(15, 30), frames(150, 30));
        assert_eq!(twice, all.trimmed(frames(45, 30), frames(180, 30)));
        assert_eq!(all.trimmed(Time::ZERO, frames(9, 1)), all);
        assert_eq!(all.trimmed(frames(9, 1), frames(9, 1)), Captions::default());
    }

    #[test]
    fn times_inside_the_text_move_with_it() {
        let (start, end) = (frames(10, 1), frames(20, 1));
        check(
            (
                8_000,
                25_000,
                "<c>one</c> <00:00:09.000>two <00:00:12.500>three <i>four</i> <00:00:22.000>five <3 & <",
            ),
            start,
            end,
            Some((0, 10_000, "<c>one</c> two <00:00:02.500>three <i>four</i> <00:00:10.000>five <3 & <")),
        );
        check((11_000, 12_000, "<00:11.500>x"), start, end, Some((1_000, 2_000, "<00:00:01.500>x")));
    }
}
