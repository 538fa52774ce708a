//! Masters.

use serde::Serialize;
use utoipa::ToSchema;

/// The whole file of an asset in its best quality, which is given out for 24 hours.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Master {
    pub(in crate::own) status: MasterStatus,
    /// Where it is fetched, once it is ready: an MP4 file, or an M4A file of sound alone. Whoever has this URL may fetch it;
    /// add `&download=NAME` to have it saved under a name.
    pub(in crate::own) url: Option<String>,
    /// When it ends by itself: ISO 8601. Not known while it is preparing.
    #[schema(format = DateTime)]
    pub(in crate::own) expires_at: Option<String>,
    /// Why it can't be made.
    pub(in crate::own) error: Option<String>,
}

/// How far a master is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::own) enum MasterStatus {
    Preparing,
    Ready,
    Errored,
}
