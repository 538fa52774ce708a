//! Why a file holds no captions that can be read; the text is for whoever sent it.

use super::read::{MOST_BYTES, MOST_CUES};

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptionsError {
    /// There is nothing in it.
    #[error("The file is empty.")]
    Empty,
    /// It is larger than captions need to be.
    #[error("The file has more than {MOST_BYTES} bytes, which is the most that captions may have.")]
    TooLarge,
    /// It has more cues than anybody could read.
    #[error("The file has more than {MOST_CUES} cues, which is the most that captions may have.")]
    TooManyCues,
    /// Its bytes are no text in an encoding that says what it is.
    #[error(
        "Byte {byte} of the file is not UTF-8. Save the file as UTF-8, or as UTF-16 with a byte order mark."
    )]
    NotText {
        /// The first byte that makes no sense, from 0.
        byte: usize,
    },
    /// It is text of another kind.
    #[error("The file is neither WebVTT, which begins with the line WEBVTT, nor SRT.")]
    NoCaptions,
    /// It looks like captions, and not one cue can be read.
    #[error(
        "No cue of the file can be read. Line {line}, where the first should begin, is no time range like \"00:00:01.000 --> 00:00:02.500\" whose end is later than its start."
    )]
    NoCue {
        /// The line of the first arrow, from 1.
        line: usize,
    },
}
