//! Everything that can go wrong, as one closed list of kinds: each face of the server maps it in one `match`.

use std::fmt;

/// What a caller can do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// There is no such thing, or it belongs to another workspace.
    NotFound,
    /// Who asks may not do this, or the thing no longer allows it.
    Forbidden,
    /// The request can't be carried out as it stands; the message says what to change.
    Invalid,
    /// The thing exists but is not ready yet; asking later will help.
    NotReady,
    /// The thing is in a state, or was changed meanwhile, so that this does not apply.
    Conflict,
    /// Too much at once; asking later will help.
    Busy,
    /// No room is left where media is kept.
    Full,
    /// Something that the server works with is missing or can't be used. Until its operator puts that right, asking
    /// again is of no use.
    Broken,
    /// A fault of ours; the detail is in the log and not in the message.
    Internal,
}

/// An error with a message for whoever asked. What happened inside is logged where the error is made, never sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What can be done about it.
    pub kind: Kind,
    /// A sentence for people.
    pub message: String,
}

/// The result of everything this crate does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// There is no such thing.
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("The {what} doesn't exist, or you don't have access to it."))
    }

    /// The request can't be carried out as it stands.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    /// Not allowed.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(Kind::Forbidden, message)
    }

    /// Not ready yet.
    pub fn not_ready(message: impl Into<String>) -> Self {
        Self::new(Kind::NotReady, message)
    }

    /// In another state.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// Too much at once.
    pub fn busy(message: impl Into<String>) -> Self {
        Self::new(Kind::Busy, message)
    }

    /// No room is left.
    pub(crate) fn full() -> Self {
        Self::new(Kind::Full, FULL)
    }

    /// A fault of ours: `detail` goes to the log.
    pub fn internal(detail: impl fmt::Display) -> Self {
        tracing::error!(%detail, "internal error");
        Self::new(Kind::Internal, "Something went wrong inside the server; its log says what.")
    }

    /// A fault of ours whose message may be seen.
    pub(crate) fn internal_quietly(message: &str) -> Self {
        Self::new(Kind::Internal, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

const FULL: &str = "The disk that media is kept on is full; free some space and try again.";

impl From<subclip_storage::Error> for Error {
    fn from(error: subclip_storage::Error) -> Self {
        match error {
            subclip_storage::Error::NotFound(_) => Self::not_found("media"),
            subclip_storage::Error::Full => Self::full(),
            subclip_storage::Error::Busy => {
                Self::busy("Another request is sending to this upload right now.")
            }
            subclip_storage::Error::TooLarge { most_bytes } => Self::invalid(format!(
                "The file has more than {most_bytes} bytes, which is the most that this server takes."
            )),
            other => Self::internal(other),
        }
    }
}

impl From<subclip_db::Error> for Error {
    fn from(error: subclip_db::Error) -> Self {
        match error {
            subclip_db::Error::Full => Self::full(),
            subclip_db::Error::Busy => Self::busy("The database is busy; try again."),
            subclip_db::Error::Reference(_) => {
                Self::conflict("Something this needs was deleted or changed at the same moment; try again.")
            }
            other => Self::internal(other),
        }
    }
}

impl From<subclip_engine::Error> for Error {
    fn from(error: subclip_engine::Error) -> Self {
        use subclip_engine::Error as Engine;
        match error {
            Engine::Refused { .. }
            | Engine::TimedOut { .. }
            | Engine::OutputTooLarge { .. }
            | Engine::OutOfMemory { .. } => Self::invalid(sentence(&error.to_string())),
            Engine::NoSpace => Self::full(),
            Engine::Busy => Self::busy(sentence(&error.to_string())),
            Engine::Cancelled => Self::conflict("The work was cancelled."),
            // Installing what is missing is up to the operator, so the message says it as it is.
            Engine::NotFound { .. } | Engine::Sandbox { .. } => {
                tracing::error!(%error, "the media engine can't be used");
                Self::new(Kind::Broken, sentence(&error.to_string()))
            }
            other => Self::internal(other),
        }
    }
}

impl From<crate::fetch::FetchError> for Error {
    fn from(error: crate::fetch::FetchError) -> Self {
        let message = sentence(&error.to_string());
        match error {
            crate::fetch::FetchError::Unavailable(_) => Self::busy(message),
            // A host that is down and a name that was mistyped look the same, so patience has its end.
            crate::fetch::FetchError::Unreachable(_) => Self::not_ready(message),
            _ => Self::invalid(message),
        }
    }
}

/// A clause as a sentence: a capital first, a full stop last.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let rest = letters.as_str();
    let stop = if rest.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{rest}{stop}")
}
