//! `/v1/assets`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::from_wire;
use super::super::wire::{Asset, AssetList, NewAsset, Refusals, UpdateAsset};
use super::{Access, Body, Path, Query, wire_asset, wire_assets};

/// Make an asset of a file
///
/// The server fetches the file. The answer comes at once, with the asset `preparing`; ask for it again to see it
/// `ready`.
#[utoipa::path(
    post, path = "/v1/assets", tag = "Assets", operation_id = "create_asset",
    request_body = NewAsset,
    responses((status = 201, description = "The asset, preparing", body = Asset), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    who: Access,
    body: Body,
) -> Answer<(StatusCode, Json<Asset>)> {
    let (url, new) = from_wire::new_asset(&body.0)?;
    let asset = app.assets().create_from_url(&who.caller, &url, new).await?;
    Ok((StatusCode::CREATED, Json(wire_asset(&app, &asset).await)))
}

/// List assets and clips
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/assets", tag = "Assets", operation_id = "list_assets",
    params(
        ("limit" = Option<u32>, Query, description = "Assets on a page: 1 to 100, usually 25", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
        ("page" = Option<u32>, Query, description = "The page, from 1; `cursor` wins over it", minimum = 1),
        ("upload_id" = Option<String>, Query, description = "Only the asset that this upload brought"),
    ),
    responses((status = 200, description = "A page of assets", body = AssetList), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn list(State(app): State<App>, who: Access, query: Query) -> Answer<Json<AssetList>> {
    let page = app.assets().list(&who.caller, from_wire::asset_list(&query.0)?).await?;
    let data = wire_assets(&app, &page.assets).await;
    Ok(Json(AssetList { data, next_cursor: page.next_cursor }))
}

/// Get an asset or clip
#[utoipa::path(
    get, path = "/v1/assets/{id}", tag = "Assets", operation_id = "get_asset",
    params(("id" = String, Path, description = "The asset's id")),
    responses((status = 200, description = "The asset", body = Asset), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn get(State(app): State<App>, who: Access, path: Path<String>) -> Answer<Json<Asset>> {
    let asset = app.assets().get(&who.caller, path.id()?).await?;
    Ok(Json(wire_asset(&app, &asset).await))
}

/// Change an asset's texts
#[utoipa::path(
    patch, path = "/v1/assets/{id}", tag = "Assets", operation_id = "update_asset",
    params(("id" = String, Path, description = "The asset's id")),
    request_body = UpdateAsset,
    responses((status = 200, description = "The asset as it is now", body = Asset), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn update(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<Json<Asset>> {
    let id = path.id()?;
    let asset = app.assets().update(&who.caller, id, from_wire::update(&body.0)?).await?;
    Ok(Json(wire_asset(&app, &asset).await))
}

/// Delete an asset
///
/// Its clips stay whole. What no clip shows is gone from disk.
#[utoipa::path(
    delete, path = "/v1/assets/{id}", tag = "Assets", operation_id = "delete_asset",
    params(("id" = String, Path, description = "The asset's id")),
    responses((status = 204, description = "It is deleted"), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn delete(State(app): State<App>, who: Access, path: Path<String>) -> Answer<StatusCode> {
    app.assets().delete(&who.caller, path.id()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
