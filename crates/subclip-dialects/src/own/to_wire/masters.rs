//! Masters as `/v1` answers with them.

use subclip_app::{Asset, MasterState};

use crate::common::{iso8601, master_url};
use crate::own::wire::{Master, MasterStatus};

/// The master of an asset, under `public_url`.
pub(super) fn master(asset: &Asset, public_url: &str) -> Option<Master> {
    let master = asset.master.as_ref()?;
    let (status, error) = match &master.state {
        MasterState::Preparing => (MasterStatus::Preparing, None),
        MasterState::Ready { .. } => (MasterStatus::Ready, None),
        MasterState::Errored { message } => (MasterStatus::Errored, Some(message.clone())),
    };
    let expires_at = master.until_ms.map(iso8601);
    Some(Master { status, url: master_url(asset, public_url), expires_at, error })
}
