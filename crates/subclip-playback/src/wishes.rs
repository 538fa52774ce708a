//! What a query may wish for that is about the player, and not about the media.

use serde::Deserialize;
use subclip_app::{Error, Result};

use crate::playlists::JoinBy;

/// What a query may wish for. Each URL looks at what concerns it.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Wishes {
    /// How a playlist joins the parts of a clip.
    join: Option<String>,
    /// The name a file is to be saved under.
    pub(crate) download: Option<String>,
}

impl Wishes {
    /// These, and of others what these leave open.
    pub(crate) fn or(self, others: Self) -> Self {
        Self { join: self.join.or(others.join), download: self.download.or(others.download) }
    }

    pub(crate) fn join(&self, default: JoinBy) -> Result<JoinBy> {
        match self.join.as_deref() {
            None | Some("") => Ok(default),
            Some("one-init") => Ok(JoinBy::OneInit),
            Some("discontinuity") => Ok(JoinBy::Discontinuity),
            Some(_) => Err(Error::invalid("join: write one-init or discontinuity")),
        }
    }
}
