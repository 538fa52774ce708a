//! Reads MP4, MOV and fragmented MP4 (ISO/IEC 14496-12) into one model: tracks with every sample on one axis of
//! time. The reader asks for ranges and never for media; whatever it allocates it has first seen the bytes of.

mod audio_config;
mod conform;
mod edits;
mod entries;
mod error;
mod fragment;
mod matrix;
mod moov;
mod movie;
mod node;
mod reader;
mod tables;
mod track;

pub use audio_config::AudioConfig;
pub use conform::{
    KEY_FRAME_READ_BYTES, MAX_GOP_BYTES, MAX_GOP_SECONDS, Reason, conforming, into_conforming,
};
pub use edits::OddEdit;
pub use error::ReadError;
pub use moov::MAX_TRACKS;
pub use movie::{Edits, Kind, Movie, MovieTrack, SampleEntry};
pub use node::FourCc;
pub use reader::{MAX_INDEX_BOX_BYTES, MAX_READ_BYTES, MAX_TOP_LEVEL_BOXES, Reader, read_slice, read_with};
pub use track::{MAX_EMPTY_SAMPLES, MAX_SAMPLES, MAX_TRACK_SAMPLES};
