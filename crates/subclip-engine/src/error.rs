//! What can go wrong with a piece of media work, sorted by what the caller can do about it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Why a piece of work has no result. Every message is fit to be shown to a user: no temporary path, no
/// address, one sentence without its full stop.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A program is not installed where the configuration says.
    #[error("{} was not found: install FFmpeg, or set the path to it", program.display())]
    NotFound {
        /// The program, as configured.
        program: PathBuf,
    },
    /// The media can't be read, decoded or turned into what was asked for. Trying again gives the same.
    #[error("{reason}")]
    Refused {
        /// One sentence about the media.
        reason: String,
    },
    /// The work took longer than its limit.
    #[error("the media engine was stopped after {} s", limit.as_secs())]
    TimedOut {
        /// The limit that was reached.
        limit: Duration,
    },
    /// The caller's cancellation token was cancelled.
    #[error("the work was cancelled")]
    Cancelled,
    /// The engine died of a signal that was not ours.
    #[error("the media engine died of signal {signal}")]
    Killed {
        /// The signal's number.
        signal: i32,
    },
    /// The result is larger than its limit.
    #[error("the result would be larger than {limit_bytes} bytes")]
    OutputTooLarge {
        /// The limit that was reached.
        limit_bytes: u64,
    },
    /// The media needs more memory than the engine may use.
    #[error("the media needs more memory than the {limit_bytes} bytes that the engine may use")]
    OutOfMemory {
        /// The limit that was reached.
        limit_bytes: u64,
    },
    /// The disk is full.
    #[error("there is no space left for temporary files")]
    NoSpace,
    /// A program that is not ours says that another time may do.
    #[error("{reason}")]
    Unavailable {
        /// One sentence about it.
        reason: String,
    },
    /// Too much work is waiting already.
    #[error("too much media work is waiting; try again later")]
    Busy,
    /// The sandbox could not be entered, so nothing was run.
    #[error("the media engine's sandbox could not be entered: {reason}")]
    Sandbox {
        /// What the sandbox said.
        reason: String,
    },
    /// The request contradicts itself: a mistake of the calling code.
    #[error("wrong request to the media engine: {reason}")]
    Misused {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The system failed around the engine.
    #[error("the media engine failed while {doing}: {source}")]
    Io {
        /// What was going on, such as "starting a program".
        doing: &'static str,
        /// What the system said.
        source: Arc<io::Error>,
    },
}

impl Error {
    /// Whether the same request may succeed later with nothing changed but the circumstances.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Killed { .. } | Self::NoSpace | Self::Unavailable { .. } | Self::Busy | Self::Io { .. } => {
                true
            }
            Self::NotFound { .. }
            | Self::Refused { .. }
            | Self::TimedOut { .. }
            | Self::Cancelled
            | Self::OutputTooLarge { .. }
            | Self::OutOfMemory { .. }
            | Self::Sandbox { .. }
            | Self::Misused { .. } => false,
        }
    }

    /// Wraps a system error, telling a full disk from the rest.
    pub(crate) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace,
            _ => Self::Io { doing, source: Arc::new(source) },
        }
    }

    pub(crate) fn refused(reason: impl Into<String>) -> Self {
        Self::Refused { reason: reason.into() }
    }
}
