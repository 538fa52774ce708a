//! What the files in the folder of a representation are called: written and read here alone.

use std::fmt;

use subclip_core::Medium;

use crate::playlists::{SPLIT, SPLIT_INIT};
use crate::segment::Role;

/// A file in the folder of a representation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaName {
    /// The init that all segments with [`Role::Shared`] follow.
    Init,
    /// The init that all pictures with [`Role::Split`] can follow.
    SplitInit,
    /// The init of the pictures of one span.
    SpanInit(usize),
    /// A segment, by its number.
    Segment(usize, Role),
}

impl MediaName {
    /// What a file of this name is; `None` for what is none. Only pictures are split.
    pub(crate) fn read(file: &str, medium: Medium) -> Option<Self> {
        if file == INIT {
            return Some(Self::Init);
        }
        if medium == Medium::Video {
            if file == SPLIT_INIT {
                return Some(Self::SplitInit);
            }
            if let Some(span) = number(file, SPAN_INIT, ".mp4") {
                return Some(Self::SpanInit(span));
            }
            if let Some(segment) = number(file, SPLIT, SEGMENT) {
                return Some(Self::Segment(segment, Role::Split));
            }
        }
        number(file, "", SEGMENT).map(|segment| Self::Segment(segment, Role::Shared))
    }

    /// What it is made for, or what follows it.
    pub(crate) fn role(self) -> Role {
        match self {
            Self::Init => Role::Shared,
            Self::SplitInit | Self::SpanInit(_) => Role::Split,
            Self::Segment(_, role) => role,
        }
    }
}

const INIT: &str = "init.mp4";
const SPAN_INIT: &str = "init-";
const SEGMENT: &str = ".m4s";

impl fmt::Display for MediaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Init => f.write_str(INIT),
            Self::SplitInit => f.write_str(SPLIT_INIT),
            Self::SpanInit(span) => write!(f, "{SPAN_INIT}{span}.mp4"),
            Self::Segment(number, Role::Shared) => write!(f, "{number}{SEGMENT}"),
            Self::Segment(number, Role::Split) => write!(f, "{SPLIT}{number}{SEGMENT}"),
        }
    }
}

/// The number in a name like `12.m4s`: plain digits, none of them needless.
fn number(file: &str, prefix: &str, suffix: &str) -> Option<usize> {
    let digits = file.strip_prefix(prefix)?.strip_suffix(suffix)?;
    let number: usize = digits.parse().ok()?;
    (number.to_string() == digits).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_spelling() {
        for (text, name) in [
            ("init.mp4", MediaName::Init),
            ("split-init.mp4", MediaName::SplitInit),
            ("init-3.mp4", MediaName::SpanInit(3)),
            ("12.m4s", MediaName::Segment(12, Role::Shared)),
            ("split-0.m4s", MediaName::Segment(0, Role::Split)),
        ] {
            assert_eq!(name.to_string(), text);
            assert_eq!(MediaName::read(text, Medium::Video), Some(name));
            let plain = matches!(name, MediaName::Init | MediaName::Segment(_, Role::Shared));
            assert_eq!(MediaName::read(text, Medium::Audio), plain.then_some(name), "{text}: of sound");
        }
        for bad in [
            "-1.m4s",
            "+1.m4s",
            "01.m4s",
            "1.0.m4s",
            "99999999999999999999.m4s",
            ".m4s",
            "1",
            "init-.mp4",
            "init-03.mp4",
            "split-.m4s",
            "split-01.m4s",
            "Init.mp4",
            "",
        ] {
            assert_eq!(MediaName::read(bad, Medium::Video), None, "{bad}");
        }
    }
}
