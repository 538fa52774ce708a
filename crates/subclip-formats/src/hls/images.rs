//! Playlists of images to wind by, each of many small pictures side by side: the Image Media Playlist specification 0.4,
//! which Roku's players read.

use std::fmt;

use subclip_core::Time;

use super::VERSION;
use super::attributes::Uri;
use super::media::Segment;

/// What the codec of a JPEG is called.
const CODEC: &str = "jpeg";

/// Images, as the playlist that names all others names theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageVariant {
    /// Where their playlist is, relative to this one.
    pub uri: String,
    /// What they take at most while what they show is played, in bits per second.
    pub bandwidth_bps: u64,
    /// Width and height of a single picture.
    pub resolution: (u32, u32),
}

/// The playlist of images, printed by its `Display`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagePlaylist {
    /// Width and height of a single picture.
    pub resolution: (u32, u32),
    /// How long each picture is shown.
    pub each: Time,
    /// The images, in order.
    pub sheets: Vec<ImageSheet>,
}

/// One image of many pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSheet {
    /// Where it is, and from when to when its pictures are shown.
    pub segment: Segment,
    /// Pictures in a row, and rows.
    pub layout: (u32, u32),
}

impl fmt::Display for ImageVariant {
    /// `#EXT-X-IMAGE-STREAM-INF`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, height) = self.resolution;
        write!(f, "#EXT-X-IMAGE-STREAM-INF:BANDWIDTH={},RESOLUTION={width}x{height}", self.bandwidth_bps)?;
        write!(f, ",CODECS=\"{CODEC}\",URI=\"{}\"", Uri(&self.uri))
    }
}

impl fmt::Display for ImagePlaylist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest_us = self.sheets.iter().map(|sheet| sheet.segment.duration_us()).max().unwrap_or(0);
        writeln!(f, "#EXTM3U")?;
        writeln!(f, "#EXT-X-VERSION:{VERSION}")?;
        writeln!(f, "#EXT-X-TARGETDURATION:{}", ((longest_us + 500_000) / 1_000_000).max(1))?;
        writeln!(f, "#EXT-X-MEDIA-SEQUENCE:0")?;
        writeln!(f, "#EXT-X-PLAYLIST-TYPE:VOD")?;
        writeln!(f, "#EXT-X-IMAGES-ONLY")?;
        let (width, height) = self.resolution;
        for ImageSheet { segment, layout: (columns, rows) } in &self.sheets {
            let us = segment.duration_us();
            writeln!(f, "#EXTINF:{}.{:06},", us / 1_000_000, us % 1_000_000)?;
            write!(f, "#EXT-X-TILES:RESOLUTION={width}x{height},LAYOUT={columns}x{rows}")?;
            writeln!(f, ",DURATION={:.6}", self.each.seconds())?;
            writeln!(f, "{}", Uri(&segment.uri))?;
        }
        writeln!(f, "#EXT-X-ENDLIST")
    }
}
