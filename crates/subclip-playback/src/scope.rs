//! Where media lie under a playback id: the part of it that is played, and the session that lets a viewer have it.

use std::fmt;

use subclip_app::{Error, Excerpt, Mark, Playable, Result};

/// What the packaging writes is a function of this number too: it goes up when segments or inits come to be other bytes
/// than they were, so that what caches hold for ever of the old ones is never mixed with the new.
pub(crate) const PACKAGING: u32 = 5;

/// All of what an id plays.
const ALL: &str = "all";

/// One path segment: `all` or a part in microseconds, where edges of that were made the mark of who made them, and for who
/// has a session that behind it.
///
/// ```text
/// /{PLAYBACK_ID}/p5/all/video/3.m4s
/// /{PLAYBACK_ID}/p5/all.{key}.{expiry}.{restriction}.{signature}/video/3.m4s
/// /{PLAYBACK_ID}/p5/10000000-20000000/video/0.m4s
/// /{PLAYBACK_ID}/p5/10333333-20000000-1a2b3c4d/video/0.m4s
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    excerpt: Option<Excerpt>,
    mark: Option<Mark>,
    session: Option<String>,
}

impl Scope {
    /// The scope of what a viewer was let in to.
    pub(crate) fn new(playable: &Playable, session: Option<String>) -> Self {
        Self { excerpt: playable.excerpt, mark: playable.mark(), session }
    }

    /// What was written by its `Display`.
    ///
    /// # Errors
    /// `NotFound` for anything else.
    pub(crate) fn read(text: &str) -> Result<Self> {
        let (part, session) = match text.split_once('.') {
            Some((part, session)) => (part, Some(session)),
            None => (text, None),
        };
        let (excerpt, mark) = read_part(part).ok_or_else(|| Error::not_found("path"))?;
        Ok(Self { excerpt, mark, session: session.map(str::to_owned) })
    }

    /// Whether it is where the media of this lie, of which some may have been made by another build of the encoder.
    pub(crate) fn is_of(&self, playable: &Playable) -> bool {
        self.mark == playable.mark()
    }

    pub(crate) fn excerpt(&self) -> Option<Excerpt> {
        self.excerpt
    }

    pub(crate) fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// What leads to the media of this scope from the folder of the playback id.
    pub(crate) fn folder(&self) -> String {
        format!("p{PACKAGING}/{self}")
    }
}

/// What is played, and by whom of it what was made.
fn read_part(part: &str) -> Option<(Option<Excerpt>, Option<Mark>)> {
    if part == ALL {
        return Some((None, None));
    }
    match part.rsplit_once('-') {
        Some((times, mark)) if times.contains('-') => {
            Some((Some(times.parse().ok()?), Some(mark.parse().ok()?)))
        }
        _ => Some((Some(part.parse().ok()?), None)),
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.excerpt {
            None => f.write_str(ALL)?,
            Some(excerpt) => write!(f, "{excerpt}")?,
        }
        if let Some(mark) = self.mark {
            write!(f, "-{mark}")?;
        }
        match &self.session {
            Some(session) => write!(f, ".{session}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let part = Some("0-40000".parse().unwrap());
        for (excerpt, mark) in [(None, None), (part, None), (part, Some("1a2b3c4d".parse().unwrap()))] {
            for session in [None, Some("key.1700000000.-.mac".to_owned())] {
                let scope = Scope { excerpt, mark, session };
                assert_eq!(Scope::read(&scope.to_string()), Ok(scope));
            }
        }
        let others = ["", "v1", "ALL", "all-", "all-1a2b3c4d", "p5", "2-1", "1-", "00-1"];
        for other in others.into_iter().chain(["0-1-", "0-1-1a2b3c4", "0-1-1A2B3C4D", "0-1-1a2b3c4d-"]) {
            assert!(Scope::read(other).is_err(), "{other}");
        }
    }
}
