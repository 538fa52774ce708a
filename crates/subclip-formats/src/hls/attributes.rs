//! Text that is safe inside a playlist: the format has no escapes, so what it forbids is replaced.

use std::fmt::{self, Write};

/// A quoted-string (RFC 8216, 4.2): a double quote becomes a single one, a control character a space.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            f.write_char(match c {
                '"' => '\'',
                c if c.is_control() => ' ',
                c => c,
            })?;
        }
        f.write_char('"')
    }
}

/// A URI, on a line of its own or inside quotes: what neither can hold is percent-encoded.
pub(super) struct Uri<'a>(pub(super) &'a str);

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, c) in self.0.char_indices() {
            // A line that opens with a hash would be a tag or a comment.
            if c == '"' || c == ' ' || c.is_control() || (c == '#' && position == 0) {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    write!(f, "%{byte:02X}")?;
                }
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forbidden_characters_never_get_through() {
        assert_eq!(Quoted("a \"b\"\r\n#EXT, ü").to_string(), "\"a 'b'  #EXT, ü\"");
        assert_eq!(Uri("#x y\"\n/é?a=b#c").to_string(), "%23x%20y%22%0A/é?a=b#c");
    }
}
