//! Why a file could not be read: always with the box and the byte.

/// Why a movie could not be read. Every sentence names the box (`moov/trak[1]/mdia/minf/stbl/stsz`, counted from
/// one) and the byte of the file where that box begins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The file ends before what its boxes describe.
    #[error("{path} at byte {offset}: {what}")]
    Truncated {
        /// The box that reaches beyond the end.
        path: String,
        /// Where that box begins.
        offset: u64,
        /// What is missing.
        what: String,
    },
    /// A box contradicts itself or another.
    #[error("{path} at byte {offset}: {what}")]
    Malformed {
        /// The box.
        path: String,
        /// Where it begins.
        offset: u64,
        /// What is wrong.
        what: String,
    },
    /// More than the reader's stated bounds.
    #[error("{path} at byte {offset}: {what}")]
    TooLarge {
        /// The box.
        path: String,
        /// Where it begins.
        offset: u64,
        /// Which bound.
        what: String,
    },
    /// A track has more samples than [`MAX_TRACK_SAMPLES`](super::MAX_TRACK_SAMPLES): so it has in any container.
    #[error("{path} at byte {offset}: {what}")]
    TooManySamples {
        /// The box that lists them.
        path: String,
        /// Where it begins.
        offset: u64,
        /// How many there are.
        what: String,
    },
    /// No `ftyp`, `moov` or `moof`: another demuxer may know the file.
    #[error("not an ISO base media file (MP4, MOV)")]
    NotIsoBmff,
    /// Well formed, but of a kind that is refused: encrypted, compressed, or with its media in other files.
    #[error("{path} at byte {offset}: {what}")]
    Unsupported {
        /// The box.
        path: String,
        /// Where it begins.
        offset: u64,
        /// What is refused.
        what: String,
    },
}

impl From<ReadError> for std::io::Error {
    fn from(error: ReadError) -> Self {
        Self::new(std::io::ErrorKind::InvalidData, error)
    }
}
