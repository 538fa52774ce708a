//! Subclip's answers in this dialect's shapes. Pure: what must be looked up is handed in.

mod access;
mod asset;
mod input_info;
mod reasons;
mod renditions;
mod sounds;
#[cfg(test)]
mod tests;
mod texts;
mod tracks;
mod upload;
mod webhook;

use subclip_app::{Playback, Policy};
use subclip_core::AssetId;

use super::wire;

pub(super) use access::{new_signing_key, restriction, signing_key};
pub(super) use asset::asset;
pub(super) use input_info::input_info;
pub(super) use renditions::{Sizes, resolution, static_rendition};
pub(super) use sounds::sound_track;
pub(super) use texts::text_track;
pub(super) use upload::upload;
pub(super) use webhook::webhook;

/// A playback id.
pub(super) fn playback_id(playback: Playback) -> wire::PlaybackId {
    wire::PlaybackId { id: playback.id.to_string(), policy: policy(playback.policy) }
}

/// A playback id and what it opens.
pub(super) fn playback_target(playback: Playback, asset: AssetId) -> wire::PlaybackTarget {
    wire::PlaybackTarget {
        id: playback.id.to_string(),
        policy: policy(playback.policy),
        object: wire::Target { kind: "asset", id: asset.to_string() },
    }
}

/// Seconds since 1970, as text.
fn unix_s(unix_ms: i64) -> String {
    unix_ms.div_euclid(1000).to_string()
}

fn policy(policy: Policy) -> &'static str {
    match policy {
        Policy::Public => "public",
        Policy::Signed => "signed",
    }
}
