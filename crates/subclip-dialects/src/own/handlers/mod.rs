//! One function per endpoint, each beside its description.

pub(super) mod assets;
pub(super) mod audio_tracks;
pub(super) mod clips;
pub(super) mod deliveries;
pub(super) mod events;
pub(super) mod health;
pub(super) mod masters;
pub(super) mod playback_ids;
pub(super) mod renditions;
pub(super) mod restrictions;
pub(super) mod signing_keys;
pub(super) mod text_tracks;
pub(super) mod tokens;
pub(super) mod uploads;
pub(super) mod webhooks;

use subclip_app::{App, Asset};

use super::errors::Own;
use super::{to_wire, wire};
use crate::common;

type Access = common::Access<Own>;
type Body = common::Body<Own>;
type Path<T> = common::Path<Own, T>;
type Query = common::Query<Own>;
type Raw = common::Raw<Own>;

async fn wire_asset(app: &App, asset: &Asset) -> wire::Asset {
    to_wire::asset(asset, app.public_url(), &app.assets().file_sizes(asset).await)
}

async fn wire_assets(app: &App, assets: &[Asset]) -> Vec<wire::Asset> {
    common::in_words(assets.iter().map(|asset| wire_asset(app, asset))).await
}
