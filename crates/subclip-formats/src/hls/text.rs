//! Captions in HLS: how the playlist that names all others tells of them, and their own playlist.

use std::fmt;

use subclip_core::{Time, Timescale};

use super::VERSION;
use super::attributes::{Quoted, Uri};

/// The group that all captions are in.
pub(super) const TEXT_GROUP: &str = "text";

/// Captions with a playlist of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextRendition {
    /// What a player shows in its menu; no two of a group are equal.
    pub name: String,
    /// BCP 47 language, if known.
    pub language: Option<String>,
    /// Whether they are shown unless the viewer says otherwise.
    pub default: bool,
    /// Whether they also tell what is heard and not said: for those who can't hear it.
    pub closed_captions: bool,
    /// Where their playlist is, relative to the one that names them.
    pub uri: String,
}

impl fmt::Display for TextRendition {
    /// `#EXT-X-MEDIA` (RFC 8216, 4.3.4.1). The characteristics are those that Apple's authoring rules ask of captions for
    /// the deaf and hard of hearing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID={},NAME={}", Quoted(TEXT_GROUP), Quoted(&self.name))?;
        if let Some(language) = &self.language {
            write!(f, ",LANGUAGE={}", Quoted(language))?;
        }
        let default = if self.default { "YES" } else { "NO" };
        write!(f, ",DEFAULT={default},AUTOSELECT=YES,FORCED=NO")?;
        if self.closed_captions {
            let says = "public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound";
            write!(f, ",CHARACTERISTICS=\"{says}\"")?;
        }
        write!(f, ",URI=\"{}\"", Uri(&self.uri))
    }
}

/// The playlist of captions that are one file for a whole timeline, printed by its `Display`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPlaylist {
    /// Where the file is, relative to the playlist.
    pub uri: String,
    /// How long the timeline lasts.
    pub duration: Time,
}

impl fmt::Display for TextPlaylist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = self.duration.round_to(Timescale::new(1_000_000).expect("not zero")).max(0);
        writeln!(f, "#EXTM3U")?;
        writeln!(f, "#EXT-X-VERSION:{VERSION}")?;
        writeln!(f, "#EXT-X-TARGETDURATION:{}", ((us + 500_000) / 1_000_000).max(1))?;
        writeln!(f, "#EXT-X-MEDIA-SEQUENCE:0")?;
        writeln!(f, "#EXT-X-PLAYLIST-TYPE:VOD")?;
        writeln!(f, "#EXTINF:{}.{:06},", us / 1_000_000, us % 1_000_000)?;
        writeln!(f, "{}", Uri(&self.uri))?;
        writeln!(f, "#EXT-X-ENDLIST")
    }
}
