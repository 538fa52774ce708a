//! What can go wrong with stored bytes, by what the caller can do about it.

use std::io::{self, ErrorKind};

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why bytes could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There are no such bytes.
    #[error("{0} is not stored")]
    NotFound(String),
    /// No room is left, or the quota is used up.
    #[error("the disk is full")]
    Full,
    /// A range that is not wholly inside the object.
    #[error("bytes {start} to {end} are not all within the {size_bytes} there are")]
    OutOfRange {
        /// First byte asked for.
        start: u64,
        /// The byte after the last one asked for.
        end: u64,
        /// Bytes there are.
        size_bytes: u64,
    },
    /// Somebody else is adding to, truncating or finishing this upload.
    #[error("another transfer into this upload is going on")]
    Busy,
    /// Bytes that would leave a hole behind those that arrived before.
    #[error("bytes from {offset} on cannot follow the {length} that arrived")]
    Gap {
        /// Where the bytes were to go.
        offset: u64,
        /// Bytes that are there.
        length: u64,
    },
    /// A file from outside that is larger than is taken.
    #[error("a file may have {most_bytes} bytes at most")]
    TooLarge {
        /// The most bytes that are taken.
        most_bytes: u64,
    },
    /// The store itself failed.
    #[error("{action} failed: {source}")]
    Io {
        /// What was being done.
        action: &'static str,
        /// Whether the same may succeed later.
        retryable: bool,
        /// What the system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    /// Whether trying again later may help with nobody doing anything about it.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Full | Self::Busy => true,
            Self::Io { retryable, .. } => *retryable,
            Self::NotFound(_) | Self::OutOfRange { .. } | Self::Gap { .. } | Self::TooLarge { .. } => false,
        }
    }

    /// Sorts a system error that occurred while doing `action` to `what`.
    pub(crate) fn from_io(error: io::Error, action: &'static str, what: impl FnOnce() -> String) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::NotFound(what()),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            kind => Self::Io {
                action,
                retryable: !matches!(
                    kind,
                    ErrorKind::PermissionDenied
                        | ErrorKind::ReadOnlyFilesystem
                        | ErrorKind::NotADirectory
                        | ErrorKind::IsADirectory
                        | ErrorKind::InvalidInput
                        | ErrorKind::InvalidFilename
                        | ErrorKind::AlreadyExists
                        | ErrorKind::Unsupported
                ),
                source: error.into(),
            },
        }
    }

    /// Sorts an error of the object store library.
    pub(crate) fn from_store(error: object_store::Error, action: &'static str) -> Self {
        match error {
            object_store::Error::NotFound { path, .. } => Self::NotFound(path),
            other => {
                let retryable = !matches!(
                    other,
                    object_store::Error::NotImplemented { .. }
                        | object_store::Error::PermissionDenied { .. }
                        | object_store::Error::Unauthenticated { .. }
                        | object_store::Error::InvalidPath { .. }
                );
                Self::Io { action, retryable, source: other.into() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_errors_are_sorted_by_what_helps() {
        let sorted = |kind: ErrorKind| Error::from_io(kind.into(), "writing", || "x".into());
        assert!(matches!(sorted(ErrorKind::NotFound), Error::NotFound(what) if what == "x"));
        assert!(matches!(sorted(ErrorKind::StorageFull), Error::Full));
        assert!(matches!(sorted(ErrorKind::QuotaExceeded), Error::Full));
        assert!(sorted(ErrorKind::StorageFull).is_retryable());
        assert!(sorted(ErrorKind::TimedOut).is_retryable());
        assert!(!sorted(ErrorKind::PermissionDenied).is_retryable());
        assert_eq!(sorted(ErrorKind::StorageFull).to_string(), "the disk is full");
    }
}
