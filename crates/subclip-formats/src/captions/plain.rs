//! Captions as text to read: no times, no tags.

use super::Captions;

/// What WebVTT calls letters that mean something in it (4.2.2), and the letters.
const ESCAPES: [(&str, char); 6] = [
    ("&amp;", '&'),
    ("&lt;", '<'),
    ("&gt;", '>'),
    ("&nbsp;", '\u{a0}'),
    ("&lrm;", '\u{200e}'),
    ("&rlm;", '\u{200f}'),
];

impl Captions {
    /// What is said, a line for each cue. One that repeats the one before it, as captions do that roll, is left out.
    #[must_use]
    pub fn transcript(&self) -> String {
        let mut out = String::new();
        let mut last = String::new();
        for cue in &self.cues {
            let line = plain(&cue.text);
            if line.is_empty() || line == last {
                continue;
            }
            out.push_str(&line);
            out.push('\n');
            last = line;
        }
        out
    }
}

/// The letters of text with tags, on one line.
fn plain(text: &str) -> String {
    let mut letters = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, special) = rest.split_at(at);
        letters.push_str(before);
        if let Some((name, letter)) = ESCAPES.iter().find(|(name, _)| special.starts_with(name)) {
            letters.push(*letter);
            rest = &special[name.len()..];
        } else if special.starts_with('<') {
            // A tag that does not end goes on to the end of the cue (WebVTT, 6.4).
            rest = special.find('>').map_or("", |end| &special[end + 1..]);
        } else {
            letters.push('&');
            rest = &special[1..];
        }
    }
    letters.push_str(rest);
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::Cue;
    use super::*;

    #[test]
    fn only_what_is_said_is_left() {
        let said = |texts: &[&str]| {
            let cue = |text: &&str| Cue { end_ms: 1, text: (*text).to_owned(), ..Cue::default() };
            Captions { cues: texts.iter().map(cue).collect(), ..Captions::default() }.transcript()
        };
        assert_eq!(
            said(&["<v Anna>Hello,\n<i>world</i>!", "R&amp;D &lt;3 & co"]),
            "Hello, world!\nR&D <3 & co\n"
        );
        assert_eq!(said(&["Again", "Again", "New", "Again"]), "Again\nNew\nAgain\n");
        assert_eq!(said(&["<c>", "a <b", "<00:01.000>x&nbsp;y"]), "a\nx y\n");
        assert_eq!(said(&[]), "");
    }
}
