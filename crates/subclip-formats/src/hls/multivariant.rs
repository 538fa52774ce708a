//! Multivariant playlists: the qualities of a video, and the sound that goes with them.

use std::fmt;

use super::VERSION;
use super::attributes::{Quoted, Uri};
use super::images::ImageVariant;
use super::text::{TEXT_GROUP, TextRendition};

/// The playlist that names all others, printed by its `Display`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MultivariantPlaylist {
    /// Sound with playlists of its own.
    pub audio: Vec<AudioRendition>,
    /// Captions with playlists of their own. They go with every quality.
    pub text: Vec<TextRendition>,
    /// The qualities; players try the first one first.
    pub variants: Vec<Variant>,
    /// Key pictures alone, to wind by.
    pub i_frames: Vec<IFrameVariant>,
    /// Images to wind by, for players that read no key pictures.
    pub images: Vec<ImageVariant>,
}

/// Sound with a playlist of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioRendition {
    /// The group that variants name.
    pub group: String,
    /// What a player shows in its menu.
    pub name: String,
    /// BCP 47 language, if known.
    pub language: Option<String>,
    /// Whether it is played unless another is chosen.
    pub default: bool,
    /// Channels.
    pub channels: u16,
    /// Where its media playlist is, relative to this one.
    pub uri: String,
}

/// One quality of the video, or sound alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// Where its media playlist is, relative to this one.
    pub uri: String,
    /// The most that any of its segments takes, sound included, in bits per second.
    pub bandwidth_bps: u64,
    /// What its segments take on average, sound included, in bits per second.
    pub average_bandwidth_bps: Option<u64>,
    /// Its codecs (RFC 6381), those of its audio group included.
    pub codecs: Vec<String>,
    /// Width and height as shown, if there are pictures.
    pub resolution: Option<(u32, u32)>,
    /// Pictures per second at the most, if there are pictures.
    pub frame_rate: Option<f64>,
    /// The group its sound is in, if that has playlists of its own.
    pub audio_group: Option<String>,
}

/// Key pictures alone (RFC 8216, 4.3.4.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IFrameVariant {
    /// Where their playlist is, relative to this one.
    pub uri: String,
    /// The most that any of them takes until the next one is shown, in bits per second.
    pub bandwidth_bps: u64,
    /// What they take on average, in bits per second.
    pub average_bandwidth_bps: Option<u64>,
    /// Their codec (RFC 6381).
    pub codec: String,
    /// Width and height as shown.
    pub resolution: (u32, u32),
}

impl fmt::Display for MultivariantPlaylist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "#EXTM3U")?;
        writeln!(f, "#EXT-X-VERSION:{VERSION}")?;
        writeln!(f, "#EXT-X-INDEPENDENT-SEGMENTS")?;
        for rendition in &self.audio {
            writeln!(f, "{rendition}")?;
        }
        for rendition in &self.text {
            writeln!(f, "{rendition}")?;
        }
        for variant in &self.variants {
            variant.write(f, !self.text.is_empty())?;
        }
        for variant in &self.i_frames {
            writeln!(f, "{variant}")?;
        }
        for variant in &self.images {
            writeln!(f, "{variant}")?;
        }
        Ok(())
    }
}

impl fmt::Display for AudioRendition {
    /// `#EXT-X-MEDIA` (RFC 8216, 4.3.4.1).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID={},NAME={}", Quoted(&self.group), Quoted(&self.name))?;
        if let Some(language) = &self.language {
            write!(f, ",LANGUAGE={}", Quoted(language))?;
        }
        let default = if self.default { "YES" } else { "NO" };
        write!(f, ",DEFAULT={default},AUTOSELECT=YES,CHANNELS=\"{}\"", self.channels)?;
        write!(f, ",URI=\"{}\"", Uri(&self.uri))
    }
}

impl Variant {
    /// `#EXT-X-STREAM-INF` and the line with the URI (RFC 8216, 4.3.4.2).
    fn write(&self, f: &mut fmt::Formatter<'_>, has_text: bool) -> fmt::Result {
        write!(f, "#EXT-X-STREAM-INF:BANDWIDTH={}", self.bandwidth_bps)?;
        if let Some(average) = self.average_bandwidth_bps {
            write!(f, ",AVERAGE-BANDWIDTH={average}")?;
        }
        if !self.codecs.is_empty() {
            write!(f, ",CODECS={}", Quoted(&self.codecs.join(",")))?;
        }
        if let Some((width, height)) = self.resolution {
            write!(f, ",RESOLUTION={width}x{height}")?;
        }
        // An attribute's number is decimal: infinity and its like cannot be told.
        if let Some(rate) = self.frame_rate.filter(|rate| rate.is_finite() && *rate > 0.0) {
            write!(f, ",FRAME-RATE={rate:.3}")?;
        }
        if let Some(group) = &self.audio_group {
            write!(f, ",AUDIO={}", Quoted(group))?;
        }
        if has_text {
            write!(f, ",SUBTITLES={}", Quoted(TEXT_GROUP))?;
        }
        writeln!(f, "\n{}", Uri(&self.uri))
    }
}

impl fmt::Display for IFrameVariant {
    /// `#EXT-X-I-FRAME-STREAM-INF`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={}", self.bandwidth_bps)?;
        if let Some(average) = self.average_bandwidth_bps {
            write!(f, ",AVERAGE-BANDWIDTH={average}")?;
        }
        let (width, height) = self.resolution;
        write!(f, ",CODECS={},RESOLUTION={width}x{height}", Quoted(&self.codec))?;
        write!(f, ",URI=\"{}\"", Uri(&self.uri))
    }
}
