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
    /// What happened inside, for the log alone.
    pub(crate) detail: Option<String>,
    /// It befell what this was to be made of.
    pub(crate) of_source: bool,
}

/// The result of everything this crate does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

tokio::task_local! {
    static TRIED_AGAIN: ();
}

/// Does work whose failure is not the end of it: whoever calls this tries again, or says in the log that it is.
pub(crate) async fn tried_again<T>(work: impl Future<Output = T>) -> T {
    TRIED_AGAIN.scope((), work).await
}

impl Error {
    /// An error of any kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), detail: None, of_source: false }
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

    /// A fault of ours: `detail` goes to the log. There it is an error only where nothing is done about it any more.
    pub fn internal(detail: impl fmt::Display) -> Self {
        if TRIED_AGAIN.try_with(|()| ()).is_ok() {
            tracing::warn!(%detail, "internal error");
        } else {
            tracing::error!(%detail, "internal error");
        }
        let error = Self::new(Kind::Internal, "Something went wrong inside the server; its log says what.");
        Self { detail: Some(detail.to_string()), ..error }
    }

    /// Whether it was refused for want of room before anything was done. What died on the way is `Busy` too, since who asks
    /// may ask again; its detail says what happened.
    pub(crate) fn is_refusal(&self) -> bool {
        self.kind == Kind::Busy && self.detail.is_none()
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
            Engine::Busy | Engine::Unavailable { .. } => Self::busy(sentence(&error.to_string())),
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
pub(crate) fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let rest = letters.as_str();
    let stop = if rest.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{rest}{stop}")
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Level, Metadata, Subscriber};

    use super::*;

    /// How loud the log was.
    #[derive(Debug, Clone, Default)]
    pub(crate) struct Levels(Arc<Mutex<Vec<Level>>>);

    impl Levels {
        pub(crate) fn take(&self) -> Vec<Level> {
            std::mem::take(&mut self.0.lock().unwrap())
        }
    }

    impl Subscriber for Levels {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target().starts_with("subclip")
        }
        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }
        fn record(&self, _: &Id, _: &Record<'_>) {}
        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn event(&self, event: &Event<'_>) {
            self.0.lock().unwrap().push(*event.metadata().level());
        }
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    #[tokio::test]
    async fn what_is_tried_again_is_no_error_in_the_log() {
        let levels = Levels::default();
        let _log = tracing::subscriber::set_default(levels.clone());
        assert_eq!(
            tried_again(async { Error::internal("no pipe") }).await.detail.as_deref(),
            Some("no pipe")
        );
        assert_eq!(levels.take(), [Level::WARN]);
        assert!(!Error::internal("no pipe").to_string().contains("pipe"));
        assert_eq!(levels.take(), [Level::ERROR]);
    }
}
