//! Captions: WebVTT and SRT read into cues with times in whole milliseconds, trimmed, and written as WebVTT.
//!
//! What comes from outside is taken as players take it: cues that make no sense are left out, the rest stays.

mod clock;
mod cues;
mod error;
mod plain;
mod read;
mod srt;
mod trim;
mod webvtt;
mod write;

pub use cues::{Captions, Cue};
pub use error::CaptionsError;
pub use read::{MOST_BYTES, MOST_CUES, read};
pub use webvtt::parse as parse_webvtt;
