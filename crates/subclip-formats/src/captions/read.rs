//! Files as they come: of any encoding that tells itself, WebVTT or SRT, bounded.

use std::borrow::Cow;

use super::error::CaptionsError;
use super::{Captions, srt, webvtt};

/// The most bytes that a file of captions may have: those of a day-long film are smaller.
pub const MOST_BYTES: usize = 2 << 20;
/// The most cues that it may have.
pub const MOST_CUES: usize = 50_000;

/// Reads a file of captions.
///
/// # Errors
/// [`CaptionsError`], where nothing of it can be shown. A WebVTT file may have no cue at all.
pub fn read(bytes: &[u8]) -> Result<Captions, CaptionsError> {
    if bytes.len() > MOST_BYTES {
        return Err(CaptionsError::TooLarge);
    }
    let text = decode(bytes)?;
    if text.trim().is_empty() {
        return Err(CaptionsError::Empty);
    }
    let text = lines_alike(&text);
    let captions = match webvtt::parse(&text) {
        Some(captions) => captions,
        None => srt::parse(&text),
    };
    if captions.cues.len() > MOST_CUES {
        return Err(CaptionsError::TooManyCues);
    }
    // What must be escaped grows.
    if captions.cues.iter().map(|cue| cue.text.len()).sum::<usize>() > 2 * MOST_BYTES {
        return Err(CaptionsError::TooLarge);
    }
    if captions.cues.is_empty() {
        let arrow = text.split('\n').position(|line| line.contains("-->"));
        match arrow {
            Some(line) => return Err(CaptionsError::NoCue { line: line + 1 }),
            None if webvtt::is_webvtt(&text) => {}
            None => return Err(CaptionsError::NoCaptions),
        }
    }
    Ok(captions)
}

/// UTF-8, with or without a byte order mark, or UTF-16 with one. Encodings of one byte a character don't say which they
/// are, and a guess would put wrong letters on the screen, so they are refused.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, CaptionsError> {
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return utf16(rest, u16::from_be_bytes);
    }
    let (mark, rest) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (3, rest),
        None => (0, bytes),
    };
    let text = std::str::from_utf8(rest);
    text.map(Cow::Borrowed).map_err(|error| CaptionsError::NotText { byte: mark + error.valid_up_to() })
}

fn utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, CaptionsError> {
    let mut byte = 2;
    let mut text = String::with_capacity(bytes.len());
    let pairs = bytes.chunks(2).map(|pair| match *pair {
        [first, second] => unit([first, second]),
        // Half a letter is none.
        _ => 0xD800,
    });
    for letter in char::decode_utf16(pairs) {
        let letter = letter.map_err(|_| CaptionsError::NotText { byte })?;
        byte += 2 * letter.len_utf16();
        text.push(letter);
    }
    Ok(Cow::Owned(text))
}

/// The same text with `\n` alone at the ends of lines, and no NUL (WebVTT, 6.1).
fn lines_alike(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{FFFD}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(bytes: &[u8]) -> Vec<String> {
        read(bytes).unwrap().cues.into_iter().map(|cue| cue.text).collect()
    }

    #[test]
    fn encodings_that_say_what_they_are() {
        let plain = "WEBVTT\r\n\r\n00:01.000 --> 00:02.000\r\nGrüße 🎬\r\n";
        let utf16 = |unit: fn(u16) -> [u8; 2]| {
            let mut bytes = unit(0xFEFF).to_vec();
            bytes.extend(plain.encode_utf16().flat_map(unit));
            bytes
        };
        let marked = [b"\xef\xbb\xbf", plain.as_bytes()].concat();
        let (little, big) = (utf16(u16::to_le_bytes), utf16(u16::to_be_bytes));
        for bytes in [plain.as_bytes(), &marked, &little, &big, plain.replace("\r\n", "\r").as_bytes()] {
            assert_eq!(texts(bytes), ["Grüße 🎬"]);
        }
        assert_eq!(
            read(b"WEBVTT\n\n00:01.000 --> 00:02.000\nGr\xfc\xdfe"),
            Err(CaptionsError::NotText { byte: 34 })
        );
        assert_eq!(read(b"\xff\xfeW"), Err(CaptionsError::NotText { byte: 2 }));
    }

    #[test]
    fn what_is_no_captions_is_refused_by_name() {
        for (text, expected) in [
            ("", CaptionsError::Empty),
            ("\u{feff} \r\n", CaptionsError::Empty),
            ("<!doctype html><p>Not found</p>", CaptionsError::NoCaptions),
            ("WEBVTTX\n\nhello", CaptionsError::NoCaptions),
            ("WEBVTT\n\n00:02.000 --> 00:01.000\nBackwards", CaptionsError::NoCue { line: 3 }),
            ("1\nlater --> never\nHm", CaptionsError::NoCue { line: 2 }),
        ] {
            assert_eq!(read(text.as_bytes()), Err(expected), "{text}");
        }
        assert_eq!(read(b"WEBVTT").unwrap(), Captions::default());
        assert_eq!(read(&vec![b' '; MOST_BYTES + 1]), Err(CaptionsError::TooLarge));
        let many = "00:01 --> 00:02\nx\n\n".repeat(MOST_CUES + 1);
        assert_eq!(read(format!("WEBVTT\n\n{many}").as_bytes()), Err(CaptionsError::TooManyCues));
        let swollen = format!("00:01 --> 00:02\n{}", "&".repeat(MOST_BYTES - 100));
        assert_eq!(read(swollen.as_bytes()), Err(CaptionsError::TooLarge));
    }
}
