//! How many rungs an owner wants.

use serde::{Deserialize, Serialize};
use subclip_core::Ladder;

/// How many rungs a quality ladder has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rungs {
    /// A few, far apart.
    Few,
    /// As most videos are served.
    #[default]
    Usual,
    /// All there are.
    All,
}

impl Rungs {
    pub(crate) fn are_usual(&self) -> bool {
        *self == Self::Usual
    }
}

impl From<Rungs> for Ladder {
    fn from(rungs: Rungs) -> Self {
        match rungs {
            Rungs::Few => Self::Sparse,
            Rungs::Usual => Self::Usual,
            Rungs::All => Self::Dense,
        }
    }
}
