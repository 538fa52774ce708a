//! `/v1/assets/{id}/playback-ids` and `/v1/playback-ids`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use subclip_app::App;
use subclip_core::AssetId;

use super::super::errors::Answer;
use super::super::wire::{NewPlaybackId, PlaybackId, Refusals};
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path};

/// Make a playback id
///
/// An asset has a hundred at the most.
#[utoipa::path(
    post, path = "/v1/assets/{id}/playback-ids", tag = "Playback ids", operation_id = "create_playback_id",
    params(("id" = String, Path, description = "The asset's id")),
    request_body = NewPlaybackId,
    responses((status = 201, description = "The playback id", body = PlaybackId), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<(StatusCode, Json<PlaybackId>)> {
    let asset: AssetId = path.id()?;
    let policy = from_wire::new_playback_id(&body.0)?;
    let playback = app.assets().add_playback(&who.caller, asset, policy).await?;
    Ok((StatusCode::CREATED, Json(to_wire::playback_id(playback, asset))))
}

/// Get a playback id of an asset
#[utoipa::path(
    get, path = "/v1/assets/{id}/playback-ids/{playback_id}", tag = "Playback ids", operation_id = "get_playback_id",
    params(
        ("id" = String, Path, description = "The asset's id"),
        ("playback_id" = String, Path, description = "The playback id"),
    ),
    responses((status = 200, description = "The playback id", body = PlaybackId), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn get(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
) -> Answer<Json<PlaybackId>> {
    let (asset, playback) = path.ids()?;
    let playback = app.assets().playback(&who.caller, asset, playback).await?;
    Ok(Json(to_wire::playback_id(playback, asset)))
}

/// Delete a playback id
///
/// Its URLs answer 404 from then on; the asset stays.
#[utoipa::path(
    delete, path = "/v1/assets/{id}/playback-ids/{playback_id}", tag = "Playback ids",
    operation_id = "delete_playback_id",
    params(
        ("id" = String, Path, description = "The asset's id"),
        ("playback_id" = String, Path, description = "The playback id"),
    ),
    responses((status = 204, description = "It is deleted"), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
) -> Answer<StatusCode> {
    let (asset, playback) = path.ids()?;
    app.assets().remove_playback(&who.caller, asset, playback).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Find what a playback id opens
#[utoipa::path(
    get, path = "/v1/playback-ids/{playback_id}", tag = "Playback ids", operation_id = "find_playback_id",
    params(("playback_id" = String, Path, description = "The playback id")),
    responses((status = 200, description = "The playback id and its asset", body = PlaybackId), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn find(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<Json<PlaybackId>> {
    let (playback, asset) = app.assets().find_playback(&who.caller, path.id()?).await?;
    Ok(Json(to_wire::playback_id(playback, asset)))
}
