//! XML 1.0 that says what it is told to and nothing else, whatever characters that holds.

use std::fmt::{self, Display, Write};

/// Writes elements, indented by how deep they lie.
pub(super) struct Xml<'a, 'b> {
    out: &'a mut fmt::Formatter<'b>,
    depth: usize,
}

/// An element's attributes, in order. Those without a value are left out.
pub(super) type Attributes<'a> = &'a [(&'a str, Option<&'a dyn Display>)];

impl<'a, 'b> Xml<'a, 'b> {
    pub(super) fn new(out: &'a mut fmt::Formatter<'b>) -> Self {
        Self { out, depth: 0 }
    }

    /// An element with others in it.
    pub(super) fn parent(
        &mut self,
        name: &str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self) -> fmt::Result,
    ) -> fmt::Result {
        self.open(name, attributes)?;
        self.out.write_str(">\n")?;
        self.depth += 1;
        inside(self)?;
        self.depth -= 1;
        self.indent()?;
        writeln!(self.out, "</{name}>")
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, name: &str, attributes: Attributes<'_>) -> fmt::Result {
        self.open(name, attributes)?;
        self.out.write_str("/>\n")
    }

    /// An element with text in it.
    pub(super) fn text(&mut self, name: &str, text: &str) -> fmt::Result {
        self.open(name, &[])?;
        self.out.write_char('>')?;
        write!(Escaped(self.out), "{text}")?;
        writeln!(self.out, "</{name}>")
    }

    fn open(&mut self, name: &str, attributes: Attributes<'_>) -> fmt::Result {
        self.indent()?;
        write!(self.out, "<{name}")?;
        for (name, value) in attributes {
            if let Some(value) = value {
                write!(self.out, " {name}=\"")?;
                write!(Escaped(self.out), "{value}")?;
                self.out.write_char('"')?;
            }
        }
        Ok(())
    }

    fn indent(&mut self) -> fmt::Result {
        write!(self.out, "{:width$}", "", width = self.depth * 2)
    }
}

/// Passes text on as character data: what would end it is written as a reference, what XML has no place for (2.2) as a
/// space.
struct Escaped<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            match c {
                '&' => self.0.write_str("&amp;")?,
                '<' => self.0.write_str("&lt;")?,
                '>' => self.0.write_str("&gt;")?,
                '"' => self.0.write_str("&quot;")?,
                c if c.is_control() || c == '\u{fffe}' || c == '\u{ffff}' => self.0.write_char(' ')?,
                c => self.0.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Said<'a>(&'a str);

    impl Display for Said<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            let mut xml = Xml::new(f);
            xml.parent("a", &[("b", Some(&self.0)), ("c", None)], |xml| {
                xml.empty("d", &[])?;
                xml.text("e", self.0)
            })
        }
    }

    #[test]
    fn nothing_breaks_out() {
        let check = |text: &str, written: &str| {
            let expected = format!("<a b=\"{written}\">\n  <d/>\n  <e>{written}</e>\n</a>\n");
            assert_eq!(Said(text).to_string(), expected);
        };
        check("plain 'ü'", "plain 'ü'");
        check("\"/><x y=\"&amp;", "&quot;/&gt;&lt;x y=&quot;&amp;amp;");
        check("]]>\r\n\t\0\u{1b}\u{ffff}", "]]&gt;      ");
    }
}
