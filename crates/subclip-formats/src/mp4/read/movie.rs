//! What a file turned out to hold: tracks with every sample, on one axis of time.

use subclip_core::{AudioFormat, Sample, Timescale, VideoFormat};

use super::edits::OddEdit;
use super::node::FourCc;

/// A file's tracks; all their times lie on one presentation axis that begins at 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movie {
    /// In the order of the file.
    pub tracks: Vec<MovieTrack>,
    /// Whether samples may lie in movie fragments (there is an `mvex` or a `moof`).
    pub fragmented: bool,
    /// Ticks per second of the movie header and of edit lengths.
    pub timescale: Timescale,
}

/// What a track's handler says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `vide`.
    Video,
    /// `soun`.
    Audio,
    /// Timecode, text, metadata, hints.
    Other(FourCc),
}

/// One track of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovieTrack {
    /// `track_ID`.
    pub number: u32,
    /// What its handler says it is.
    pub kind: Kind,
    /// Whether players are to play it (`tkhd` flag 1).
    pub enabled: bool,
    /// Ticks per second of all times in the track.
    pub timescale: Timescale,
    /// The extended language tag if there is one, else the three-letter ISO 639-2 code, `und` when not said.
    pub language: String,
    /// Clockwise turn to be applied for display, in degrees, 0 to 359.
    pub rotation_degrees: u16,
    /// Whether the picture is to be mirrored left to right before it is turned.
    pub mirrored: bool,
    /// The sample descriptions.
    pub entries: Vec<SampleEntry>,
    /// What the edit list does.
    pub edits: Edits,
    /// Every sample in decode order. `dts` and `pts` lie on the movie's axis, edits applied; priming before the
    /// axis' zero has negative times and stays. With [`Edits::Odd`] times are the media's own, unshifted.
    ///
    /// Empty for tracks with neither H.264 nor AAC in them: nothing here reads those (and PCM would list hundreds
    /// of millions).
    pub samples: Vec<Sample>,
    /// When the last sample shown ends; for tracks whose samples are not listed, the duration their header claims.
    pub end_pts: i64,
}

/// A sample description, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SampleEntry {
    /// H.264 with its parameter sets in the sample entry (`avc1`).
    Avc(VideoFormat),
    /// AAC of any profile; channels and rate come from the `AudioSpecificConfig`, channels being 0 when that names
    /// no standard layout, and the rate what a decoder puts out.
    Aac(AudioFormat),
    /// Anything else.
    Other {
        /// The sample entry's name.
        fourcc: FourCc,
        /// What is known beyond the name, a phrase; empty if nothing.
        detail: &'static str,
    },
}

/// What an edit list does to a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edits {
    /// There is none.
    None,
    /// All times are shifted by so many ticks of the track's timescale, and nothing is hidden but audio samples
    /// that begin at or after the edit's end, which are dropped here.
    Shift(i64),
    /// Something that a shift can't say.
    Odd(OddEdit),
}
