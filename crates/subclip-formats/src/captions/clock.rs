//! Times of cues: `00:01:02.500` in WebVTT, `00:01:02,500` in SRT, and what other programs write for them.

use std::fmt;

/// The highest number that any part of a time may have; more is no time of a video.
const MOST: i64 = 9_999;

/// Reads a time in ms: hours may be missing, a comma stands for a point, digits beyond the third are dropped.
pub(super) fn parse(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let mut parts = whole.split(':').map(number);
    let (first, second, third) = (parts.next()??, parts.next()??, parts.next());
    let seconds = match third {
        None => first * 60 + second,
        Some(third) => first * 3600 + second * 60 + third?,
    };
    let is_number = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !is_number {
        return None;
    }
    let thousandths =
        fraction.bytes().chain(*b"00").take(3).fold(0, |ms, digit| ms * 10 + i64::from(digit - b'0'));
    Some(seconds * 1000 + thousandths)
}

/// Reads a time in the midst of a cue's text, which is written as WebVTT has it (4.2.2) or is no time: other tags have
/// numbers and colons in them too.
pub(super) fn parse_in_text(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.')?;
    let has_digits =
        |part: &str, count: usize| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = whole.split(':').collect();
    let is_time = has_digits(fraction, 3)
        && match parts[..] {
            [minutes, seconds] => has_digits(minutes, 2) && has_digits(seconds, 2),
            [hours, minutes, seconds] => hours.len() >= 2 && has_digits(minutes, 2) && has_digits(seconds, 2),
            _ => false,
        };
    if is_time { parse(text) } else { None }
}

fn number(digits: &str) -> Option<i64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?.filter(|number| *number <= MOST)
}

/// A time range with what follows it on its line.
pub(super) struct Range<'a> {
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    pub(super) rest: &'a str,
}

/// Reads `start --> end rest`; `None` where that is no time range, or an empty one.
pub(super) fn parse_range(line: &str) -> Option<Range<'_>> {
    let (start, rest) = line.split_once("-->")?;
    let rest = rest.trim();
    let (end, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let (start_ms, end_ms) = (parse(start.trim())?, parse(end)?);
    (start_ms < end_ms).then_some(Range { start_ms, end_ms, rest })
}

/// A time in ms as WebVTT writes it, always with hours.
pub(super) struct Clock(pub(super) i64);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.max(0);
        let (seconds, ms) = (ms / 1000, ms % 1000);
        write!(f, "{:02}:{:02}:{:02}.{ms:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_make() {
        for (text, expected) in [
            ("00:00:00.000", Some(0)),
            ("00:01:02.500", Some(62_500)),
            ("01:02.500", Some(62_500)),
            ("1:2,5", Some(62_500)),
            ("00:01:02", Some(62_000)),
            ("100:00:00.001", Some(360_000_001)),
            ("00:00:01.2349", Some(1_234)),
            ("00:00:75.000", Some(75_000)),
            ("62.500", None),
            ("00:00:00:01", None),
            ("-1:00.000", None),
            ("+1:00.000", None),
            ("00:0a.000", None),
            ("00:01.", None),
            (":01.000", None),
            ("99999999999999999999:00.000", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn times_in_text_are_written_as_they_should_be() {
        for (text, expected) in [
            ("00:01.500", Some(1500)),
            ("00:00:01.500", Some(1500)),
            ("100:00:00.001", Some(360_000_001)),
            ("0:0", None),
            ("00:01", None),
            ("0:01.500", None),
            ("00:01,500", None),
            ("00:01.5", None),
            ("aa:00:01.500", None),
            ("1:00:01.500", None),
            ("v Anna", None),
        ] {
            assert_eq!(parse_in_text(text), expected, "{text}");
        }
    }

    #[test]
    fn ranges_have_a_length() {
        let range = |line| parse_range(line).map(|range| (range.start_ms, range.end_ms, range.rest));
        assert_eq!(
            range("00:01.000 --> 00:02.000 line:0 align:start"),
            Some((1000, 2000, "line:0 align:start"))
        );
        assert_eq!(range(" 00:00:01,000-->00:00:02,000 "), Some((1000, 2000, "")));
        assert_eq!(range("00:02.000 --> 00:02.000"), None);
        assert_eq!(range("00:02.000 --> 00:01.000"), None);
        assert_eq!(range("00:02.000 --> "), None);
        assert_eq!(range("from --> to"), None);
    }

    #[test]
    fn what_is_written_is_read() {
        for ms in [0, 1, 999, 59_999, 3_600_000, 43_200_000, 360_000_001] {
            assert_eq!(parse(&Clock(ms).to_string()), Some(ms));
        }
        assert_eq!(Clock(62_500).to_string(), "00:01:02.500");
    }
}
