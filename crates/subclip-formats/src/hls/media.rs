//! Media playlists of recordings: every segment is there from the start, and the list ends.

use std::fmt;

use subclip_core::{Time, Timescale};

use super::VERSION;
use super::attributes::Uri;

/// The playlist of one rendition, printed by its `Display`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaPlaylist {
    /// Its segments, in runs that share an init segment.
    pub sections: Vec<Section>,
}

/// The playlist of single key pictures, each a segment that lasts until the next one (RFC 8216, 4.3.3.6), printed by its
/// `Display`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IFramePlaylist {
    /// Its segments, in runs that share an init segment.
    pub sections: Vec<Section>,
}

/// A run of segments that share an init segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Where the init segment is, relative to the playlist.
    pub map_uri: String,
    /// Whether players must start their decoders anew here.
    pub discontinuity: bool,
    /// The segments, in order.
    pub segments: Vec<Segment>,
}

/// A media segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Where it is, relative to the playlist.
    pub uri: String,
    /// When it begins on the timeline.
    pub start: Time,
    /// When it ends on the timeline.
    pub end: Time,
}

impl Segment {
    /// Its length in microseconds. Both ends are rounded, not the length, so that the sum over a playlist is never
    /// more than a microsecond off, however many segments it has.
    pub(super) fn duration_us(&self) -> i64 {
        let microseconds = Timescale::new(1_000_000).expect("not zero");
        (self.end.round_to(microseconds) - self.start.round_to(microseconds)).max(0)
    }
}

impl MediaPlaylist {
    /// The least whole number of seconds that no rounded duration exceeds (RFC 8216, 4.3.3.1); at least 1.
    #[must_use]
    pub fn target_duration_s(&self) -> i64 {
        target_duration_s(&self.sections)
    }
}

fn target_duration_s(sections: &[Section]) -> i64 {
    let segments = sections.iter().flat_map(|section| &section.segments);
    let longest_us = segments.map(Segment::duration_us).max().unwrap_or(0);
    ((longest_us + 500_000) / 1_000_000).max(1)
}

impl fmt::Display for MediaPlaylist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, &self.sections, "")
    }
}

impl fmt::Display for IFramePlaylist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, &self.sections, "#EXT-X-I-FRAMES-ONLY\n")
    }
}

/// A playlist of `sections`; `kind` are the lines that say what its segments are, if they are not the usual ones.
fn write(f: &mut fmt::Formatter<'_>, sections: &[Section], kind: &str) -> fmt::Result {
    writeln!(f, "#EXTM3U")?;
    writeln!(f, "#EXT-X-VERSION:{VERSION}")?;
    writeln!(f, "#EXT-X-TARGETDURATION:{}", target_duration_s(sections))?;
    writeln!(f, "#EXT-X-MEDIA-SEQUENCE:0")?;
    writeln!(f, "#EXT-X-PLAYLIST-TYPE:VOD")?;
    write!(f, "{kind}")?;
    writeln!(f, "#EXT-X-INDEPENDENT-SEGMENTS")?;
    for section in sections {
        if section.discontinuity {
            writeln!(f, "#EXT-X-DISCONTINUITY")?;
        }
        writeln!(f, "#EXT-X-MAP:URI=\"{}\"", Uri(&section.map_uri))?;
        for segment in &section.segments {
            let us = segment.duration_us();
            writeln!(f, "#EXTINF:{}.{:06},", us / 1_000_000, us % 1_000_000)?;
            writeln!(f, "{}", Uri(&segment.uri))?;
        }
    }
    writeln!(f, "#EXT-X-ENDLIST")
}
