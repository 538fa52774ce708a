//! One function per endpoint: read the request, ask the application, word the answer.

mod assets;
mod playback_ids;
mod renditions;
mod restrictions;
mod signing_keys;
mod system;
mod tracks;
mod uploads;
mod webhooks;

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use subclip_app::{App, Asset};

use super::errors::Mux;
use super::to_wire::{self, Sizes};
use super::wire::{self, Data};
use crate::common;

pub(super) use assets::{
    clear_thumbnail_time, create_asset, delete_asset, get_asset, input_info, list_assets, update_asset,
};
pub(super) use playback_ids::{create_playback_id, delete_playback_id, find_playback_id, get_playback_id};
pub(super) use renditions::{
    create_static_rendition, delete_static_rendition, update_master_access, update_mp4_support,
};
pub(super) use restrictions::{
    create_restriction, delete_restriction, get_restriction, list_restrictions, update_referrer,
    update_user_agent,
};
pub(super) use signing_keys::{create_signing_key, delete_signing_key, get_signing_key, list_signing_keys};
pub(super) use system::whoami;
pub(super) use tracks::{create_track, delete_track, generate_subtitles, update_track};
pub(super) use uploads::{cancel_upload, create_upload, get_upload, list_uploads};
pub(super) use webhooks::{create_webhook, delete_webhook, get_webhook, list_webhooks, update_webhook};

type Access = common::Access<Mux>;
type Body = common::Body<Mux>;
type Path<T> = common::Path<Mux, T>;
type Query = common::Query<Mux>;

/// Something that was read or changed.
fn found<T: Serialize>(data: T) -> Response {
    Json(Data { data }).into_response()
}

/// Something that was made. The Python client reads bodies by their exact status, so this must be 201.
fn created<T: Serialize>(data: T) -> Response {
    (StatusCode::CREATED, Json(Data { data })).into_response()
}

async fn wire_asset(app: &App, asset: &Asset) -> wire::Asset {
    to_wire::asset(asset, &sizes(app, asset).await, app.public_url())
}

async fn wire_assets(app: &App, assets: &[Asset]) -> Vec<wire::Asset> {
    common::in_words(assets.iter().map(|asset| wire_asset(app, asset))).await
}

async fn sizes(app: &App, asset: &Asset) -> Sizes {
    Sizes::of(asset, &app.assets().file_sizes(asset).await)
}
