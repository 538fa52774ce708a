//! Reading WebVTT, as its parser is specified (W3C WebVTT, 6.1 and 6.3), but for times, which may be of other programs'
//! making too.

use super::clock::parse_range;
use super::{Captions, Cue};

/// The settings that a cue may have (WebVTT, 4.4).
const SETTINGS: [&str; 6] = ["vertical", "line", "position", "size", "align", "region"];

/// Whether text begins as WebVTT must.
pub(super) fn is_webvtt(text: &str) -> bool {
    text.strip_prefix("WEBVTT").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n']))
}

/// Reads text whose lines end with `\n` alone; `None` where it is no WebVTT. Comments are left out: they are nobody's to
/// see, least of all beside a clip.
#[must_use]
pub fn parse(text: &str) -> Option<Captions> {
    if !is_webvtt(text) {
        return None;
    }
    let mut lines = Lines { left: text.split('\n').skip(1).peekable() };
    let mut captions = Captions { language: language(&lines.run()), ..Captions::default() };
    while let Some(block) = lines.block() {
        match block {
            Block::Cue(cue) => captions.cues.extend(cue),
            Block::Other(lines) => {
                let is_head = ["STYLE", "REGION"].contains(&lines[0].trim_end());
                if is_head && captions.cues.is_empty() {
                    captions.head.push(lines.join("\n"));
                }
            }
        }
    }
    captions.cues.sort_by_key(|cue| cue.start_ms);
    Some(captions)
}

fn language(header: &[&str]) -> Option<String> {
    let told = header.iter().find_map(|line| line.strip_prefix("Language:"))?.trim();
    (!told.is_empty()).then(|| told.to_owned())
}

struct Lines<'a, I: Iterator<Item = &'a str>> {
    left: std::iter::Peekable<I>,
}

enum Block<'a> {
    /// A cue, unless its times make no sense.
    Cue(Option<Cue>),
    /// Lines without times, one at least.
    Other(Vec<&'a str>),
}

impl<'a, I: Iterator<Item = &'a str>> Lines<'a, I> {
    /// The lines up to an empty one, or one with an arrow.
    fn run(&mut self) -> Vec<&'a str> {
        let mut run = Vec::new();
        while let Some(line) = self.left.next_if(|line| !line.is_empty() && !line.contains("-->")) {
            run.push(line);
        }
        run
    }

    fn block(&mut self) -> Option<Block<'a>> {
        while self.left.next_if(|line| line.is_empty()).is_some() {}
        self.left.peek()?;
        let before = self.run();
        match self.left.next_if(|line| line.contains("-->")) {
            None => Some(Block::Other(before)),
            Some(times) if before.len() <= 1 => {
                let text = self.run();
                Some(Block::Cue(cue(before.first().copied().unwrap_or_default(), times, &text)))
            }
            // Lines too many for an identifier: they are no part of the cue that begins here.
            Some(times) => {
                let text = self.run();
                Some(Block::Cue(cue("", times, &text)))
            }
        }
    }
}

fn cue(id: &str, times: &str, text: &[&str]) -> Option<Cue> {
    let range = parse_range(times)?;
    let text = text.join("\n");
    let (start_ms, end_ms) = (range.start_ms, range.end_ms);
    let cue = Cue { id: id.to_owned(), start_ms, end_ms, settings: settings(range.rest), text };
    (!cue.text.trim().is_empty()).then_some(cue)
}

/// The settings among the words after a time range.
fn settings(words: &str) -> String {
    let known = |word: &&str| {
        let named = word.split_once(':');
        named.is_some_and(|(name, value)| SETTINGS.contains(&name) && !value.is_empty())
    };
    words.split_whitespace().filter(known).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(start_ms: i64, end_ms: i64, text: &str) -> Cue {
        Cue { start_ms, end_ms, text: text.to_owned(), ..Cue::default() }
    }

    fn cues(body: &str) -> Vec<Cue> {
        parse(&format!("WEBVTT\n\n{body}")).unwrap().cues
    }

    #[test]
    fn cues_of_every_form() {
        let check = |body: &str, expected: &[Cue]| assert_eq!(cues(body), expected, "{body}");
        check("00:01.000 --> 00:02.000\nOne", &[cue(1000, 2000, "One")]);
        check("\n\n\n00:01.000 --> 00:02.000\nTwo\nlines\n\n\n", &[cue(1000, 2000, "Two\nlines")]);
        check("intro\n00:01.000 --> 00:02.000\nOne", &[Cue { id: "intro".into(), ..cue(1000, 2000, "One") }]);
        check(
            "00:01.000 --> 00:02.000 line:0 X1:40 align:start foo region:\n<v Anna>Hi &amp; <i>bye</i>",
            &[Cue {
                settings: "line:0 align:start".into(),
                ..cue(1000, 2000, "<v Anna>Hi &amp; <i>bye</i>")
            }],
        );
        check("NOTE secret\nmore\n\n00:01.000 --> 00:02.000\nOne\n\nNOTE end", &[cue(1000, 2000, "One")]);
        check("nonsense --> 00:02.000\nGone\n\n00:01.000 --> 00:02.000\nOne", &[cue(1000, 2000, "One")]);
        check("00:01.000 --> 00:02.000\n\n00:03.000 --> 00:04.000\nx", &[cue(3000, 4000, "x")]);
        check(
            "00:01.000 --> 00:02.000\nOne\n00:02.000 --> 00:03.000\nTwo",
            &[cue(1000, 2000, "One"), cue(2000, 3000, "Two")],
        );
        check("a\nb\n00:01.000 --> 00:02.000\nOne", &[cue(1000, 2000, "One")]);
        check(
            "00:01.000 --> 00:05.000\nLong\n\n00:02.000 --> 00:03.000\nOver it",
            &[cue(1000, 5000, "Long"), cue(2000, 3000, "Over it")],
        );
        check(
            "00:03.000 --> 00:04.000\nLater\n\n00:01.000 --> 00:02.000\nOne",
            &[cue(1000, 2000, "One"), cue(3000, 4000, "Later")],
        );
    }

    #[test]
    fn styles_and_regions_come_before_cues() {
        let captions = parse(
            "WEBVTT - A film\nLanguage: pt-BR\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:a\nlines:3\n\nNOTE x\n\n\
             00:01.000 --> 00:02.000 region:a\nOne\n\nSTYLE\n::cue { color: blue }",
        );
        let captions = captions.unwrap();
        assert_eq!(captions.language.as_deref(), Some("pt-BR"));
        assert_eq!(captions.head, ["STYLE\n::cue { color: red }", "REGION\nid:a\nlines:3"]);
        assert_eq!(captions.cues.len(), 1);
    }
}
