//! The playable forms of a timeline's media, as URLs name them.

use std::borrow::Cow;

use subclip_app::Mark;
use subclip_core::{LINES, Medium, rung_name};

/// One playable form of one medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Representation {
    /// Pictures as they are stored.
    Video,
    /// A sound as it is stored, by its number: 1 is the first.
    Sound(u32),
    /// Pictures in the quality of a rung.
    Rung {
        /// One of [`LINES`].
        lines: u32,
        /// By which build of the encoder. Media always say it; playlists are named before it is known.
        mark: Option<Mark>,
    },
    /// The pictures of [`Self::Video`] that can be decoded alone, a segment each.
    Keys,
}

impl Representation {
    /// What a folder or a playlist is called after; `None` for what is none.
    pub(crate) fn read(name: &str) -> Option<Self> {
        Some(match name {
            "video" => Self::Video,
            "audio" => Self::Sound(1),
            "keys" => Self::Keys,
            _ if name.starts_with(SOUND) => Self::Sound(number(name.strip_prefix(SOUND)?)?),
            _ => {
                let (rung, mark) = match name.split_once('-') {
                    Some((rung, mark)) => (rung, Some(mark.parse().ok()?)),
                    None => (name, None),
                };
                Self::Rung { lines: LINES.into_iter().find(|&lines| rung_name(lines) == rung)?, mark }
            }
        })
    }

    /// Its folder, and its playlist without `.m3u8`.
    pub(crate) fn name(self) -> Cow<'static, str> {
        match self {
            Self::Video => "video".into(),
            Self::Sound(1) => "audio".into(),
            Self::Sound(number) => format!("{SOUND}{number}").into(),
            Self::Rung { lines, mark: None } => rung_name(lines).into(),
            Self::Rung { lines, mark: Some(mark) } => format!("{}-{mark}", rung_name(lines)).into(),
            Self::Keys => "keys".into(),
        }
    }

    /// What it is a form of.
    pub(crate) fn stream(self) -> Stream {
        match self {
            Self::Video | Self::Rung { .. } | Self::Keys => Stream::Pictures,
            Self::Sound(number) => Stream::Sound(number),
        }
    }
}

/// What segments are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Stream {
    /// The pictures.
    Pictures,
    /// A sound, by its number: 1 is the first.
    Sound(u32),
}

impl Stream {
    pub(crate) fn medium(self) -> Medium {
        match self {
            Self::Pictures => Medium::Video,
            Self::Sound(_) => Medium::Audio,
        }
    }
}

/// What the names of sounds beside the first begin with, before their number.
const SOUND: &str = "audio-";

/// A number beside the first's, in its one spelling.
fn number(digits: &str) -> Option<u32> {
    let number: u32 = digits.parse().ok().filter(|&number| number > 1)?;
    (number.to_string() == digits).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        let marks = [None, Some("1a2b3c4d".parse().unwrap())];
        let rungs =
            LINES.into_iter().flat_map(|lines| marks.map(|mark| Representation::Rung { lines, mark }));
        let all = rungs
            .chain([Representation::Video, Representation::Keys])
            .chain([1, 2, 37].map(Representation::Sound));
        for one in all {
            assert_eq!(Representation::read(&one.name()), Some(one));
        }
        assert_eq!(Representation::read("480p-1a2b3c4d").unwrap().name(), "480p-1a2b3c4d");
        for other in [
            "480p-",
            "480p-1A2B3C4D",
            "480p-1a2b3c4d-",
            "video-1a2b3c4d",
            "",
            "480",
            "p",
            "0p",
            "481p",
            "Video",
            "0480p",
            "audio-",
            "audio-0",
            "audio-1",
            "audio-02",
            "audio-+2",
            "audio-x",
        ] {
            assert_eq!(Representation::read(other), None, "{other}");
        }
    }
}
