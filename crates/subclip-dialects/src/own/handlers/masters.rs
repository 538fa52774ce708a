//! `/v1/assets/{id}/master`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::wire::{Asset, Refusals};
use super::{Access, Path, wire_asset};

/// Give out an asset's master
///
/// The whole file in its best quality, for 24 hours from when it is ready, by a URL that needs no token. Where it is given
/// out already, nothing changes; withdraw it first to have another URL and another 24 hours.
#[utoipa::path(
    put, path = "/v1/assets/{id}/master", tag = "Assets", operation_id = "give_master",
    params(("id" = String, Path, description = "The asset's id")),
    responses((status = 200, description = "The asset, with its master", body = Asset), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn give(State(app): State<App>, who: Access, path: Path<String>) -> Answer<Json<Asset>> {
    let asset = app.assets().give_master(&who.caller, path.id()?).await?;
    Ok(Json(wire_asset(&app, &asset).await))
}

/// Withdraw an asset's master
///
/// Its URL answers no more, from now on.
#[utoipa::path(
    delete, path = "/v1/assets/{id}/master", tag = "Assets", operation_id = "withdraw_master",
    params(("id" = String, Path, description = "The asset's id")),
    responses((status = 204, description = "There is none any more"), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn withdraw(State(app): State<App>, who: Access, path: Path<String>) -> Answer<StatusCode> {
    app.assets().withdraw_master(&who.caller, path.id()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
