//! HLS playlists (RFC 8216) over fragmented MP4: written as text, with durations that never drift.

mod attributes;
mod codecs;
mod images;
mod media;
mod multivariant;
mod text;

pub use codecs::{aac_codec_string, avc_codec_string};
pub use images::{ImagePlaylist, ImageSheet, ImageVariant};
pub use media::{IFramePlaylist, MediaPlaylist, Section, Segment};
pub use multivariant::{AudioRendition, IFrameVariant, MultivariantPlaylist, Variant};
pub use text::{TextPlaylist, TextRendition};

/// The protocol version: 7, the first with fragmented MP4 in all its forms (RFC 8216, 7).
const VERSION: u32 = 7;
