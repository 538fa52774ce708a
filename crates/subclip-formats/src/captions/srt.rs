//! Reading SRT: numbered blocks of a time range and lines, with a few of HTML's tags and of SSA's.

use super::clock::{Range, parse_range};
use super::{Captions, Cue};

/// Reads text whose lines end with `\n` alone. What has no time range is passed over, so of text of another kind nothing
/// is left.
pub(super) fn parse(text: &str) -> Captions {
    let lines: Vec<&str> = text.split('\n').map(str::trim).collect();
    let begins: Vec<usize> = (0..lines.len()).filter(|&n| looks_like_range(lines[n])).collect();
    let mut cues = Vec::new();
    for (n, &at) in begins.iter().enumerate() {
        let Some(range) = parse_range(lines[at]) else { continue };
        let end = begins.get(n + 1).map_or(lines.len(), |&next| end_before(&lines, at + 1, next));
        cues.extend(cue(&range, &lines[at + 1..end]));
    }
    cues.sort_by_key(|cue: &Cue| cue.start_ms);
    Captions { cues, ..Captions::default() }
}

/// Whether a line is meant to say when a cue is shown, readable or not. What people say may have an arrow in it too.
fn looks_like_range(line: &str) -> bool {
    let is_of_times = |b: u8| b.is_ascii_digit() || b":.,- ".contains(&b);
    line.split_once("-->").is_some_and(|(start, _)| start.contains(':') && start.bytes().all(is_of_times))
}

/// Where the text ends that stands before the time range on line `next`, which may have a number before it.
fn end_before(lines: &[&str], from: usize, next: usize) -> usize {
    let is_number = |line: &str| !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit());
    let numbered = next > from && is_number(lines[next - 1]);
    // A number right under text may be text too, where numbers are left out; but hardly any program leaves out both.
    if numbered { next - 1 } else { next }
}

fn cue(range: &Range<'_>, lines: &[&str]) -> Option<Cue> {
    let mut settings = String::new();
    let text: Vec<String> = lines
        .iter()
        .map(|line| retagged(line, &mut settings))
        .filter(|line| !line.trim().is_empty())
        .collect();
    let (start_ms, end_ms) = (range.start_ms, range.end_ms);
    (!text.is_empty()).then(|| Cue { id: String::new(), start_ms, end_ms, settings, text: text.join("\n") })
}

/// A line with WebVTT's tags in place of its own. Bold, italics and underlines stay, other tags go, and what is no tag
/// is escaped. Where SSA places the text at the top or in the middle, so do the settings.
fn retagged(line: &str, settings: &mut String) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let tag = match first {
            '<' => html(rest),
            '{' => ssa(rest, settings),
            _ => None,
        };
        if let Some((length, kept)) = tag {
            out.push_str(&kept);
            rest = &rest[length..];
            continue;
        }
        match first {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
        rest = &rest[first.len_utf8()..];
    }
    out
}

/// How far a tag looks for its end: none that means anything is longer.
const LONGEST_TAG: usize = 128;

/// The tag that text opens with: its length, and what stays of it.
fn html(text: &str) -> Option<(usize, String)> {
    let length = text.bytes().take(LONGEST_TAG).position(|b| b == b'>')? + 1;
    let inside = text[1..length - 1].trim_end().to_ascii_lowercase();
    match inside.as_str() {
        "b" | "i" | "u" | "/b" | "/i" | "/u" => Some((length, format!("<{inside}>"))),
        other => {
            let name = other.trim_start_matches('/').split_whitespace().next().unwrap_or_default();
            ["font", "s", "c", "span", "p", "br/", "br"].contains(&name).then(|| (length, String::new()))
        }
    }
}

/// `{\an8}` and the like.
fn ssa(text: &str, settings: &mut String) -> Option<(usize, String)> {
    let inside = text.strip_prefix("{\\")?;
    let length = inside.bytes().take(LONGEST_TAG).position(|b| b == b'}')?;
    let tag = &inside[..length];
    if settings.is_empty() {
        *settings = match tag.strip_prefix("an").unwrap_or_default() {
            "4" | "5" | "6" => "line:50%".into(),
            "7" | "8" | "9" => "line:0".into(),
            _ => String::new(),
        };
    }
    Some((length + 3, String::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(i64, i64, &str, &str)]) {
        let cues = parse(text).cues;
        let found: Vec<_> =
            cues.iter().map(|c| (c.start_ms, c.end_ms, c.settings.as_str(), c.text.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn blocks_as_programs_write_them() {
        check(
            "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n00:00:03,000 --> 00:00:04,000 X1:40 X2:600\nTwo\nlines\n",
            &[(1000, 2500, "", "Hello"), (3000, 4000, "", "Two\nlines")],
        );
        check(
            "1\n00:00:01,000 --> 00:00:02,000\nSee A --> B now\nor 1 --> 2\n",
            &[(1000, 2000, "", "See A --&gt; B now\nor 1 --&gt; 2")],
        );
        check("00:00:01.000 --> 00:00:02.500\nNo number\n", &[(1000, 2500, "", "No number")]);
        check(
            "1\n00:00:01,000 --> 00:00:02,000\nOne\n2\n00:00:02,000 --> 00:00:03,000\nNo blank line\n",
            &[(1000, 2000, "", "One"), (2000, 3000, "", "No blank line")],
        );
        check(
            "1\n00:00:01,000 --> 00:00:02,000\nWith\n\na gap\n\n2\n00:00:02,000 --> 00:00:03,000\n1999\n",
            &[(1000, 2000, "", "With\na gap"), (2000, 3000, "", "1999")],
        );
        check("1\n00:00:01,000 --> 00:00:01,000\nNever\n", &[]);
        check(
            "1\n00:00:01,000 --> 00:00:02,000\n\n2\n00:00:03,000 --> 00:00:04,000\nx",
            &[(3000, 4000, "", "x")],
        );
        check(
            "1\n00:00:05,000 --> 00:00:06,000\nb\n\n2\n00:00:01,000 --> 00:00:09,000\na",
            &[(1000, 9000, "", "a"), (5000, 6000, "", "b")],
        );
        check("nothing of the kind", &[]);
    }

    #[test]
    fn tags_become_those_of_webvtt() {
        let check = |line: &str, settings: &str, text: &str| {
            check(&format!("1\n00:00:01,000 --> 00:00:02,000\n{line}"), &[(1000, 2000, settings, text)]);
        };
        check("<i>Thin</i> & <B>thick</B>", "", "<i>Thin</i> &amp; <b>thick</b>");
        check("<font color=\"#fff\">white</font>", "", "white");
        check("{\\an8}On top", "line:0", "On top");
        check("{\\pos(1,2)}There", "", "There");
        check("a < b > c", "", "a &lt; b &gt; c");
        check("<script>alert(1)</script>", "", "&lt;script&gt;alert(1)&lt;/script&gt;");
        check("{not a mark}", "", "{not a mark}");
        check("<é", "", "&lt;é");
    }
}
