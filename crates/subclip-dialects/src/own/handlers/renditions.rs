//! `/v1/assets/{id}/renditions`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use subclip_app::{App, Asset, AssetSettings, Error};
use subclip_core::AssetId;

use super::super::errors::Answer;
use super::super::wire::{NewRendition, Refusals, Rendition};
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path};

/// Ask for a file of an asset
///
/// A file of the top quality or of sound alone is ready with the asset, and made anew whenever it is fetched. One of a
/// smaller size is `preparing` while its pictures are encoded. To have files from the start, name them in the `renditions`
/// of a new asset, clip or upload.
#[utoipa::path(
    post, path = "/v1/assets/{id}/renditions", tag = "Renditions", operation_id = "create_rendition",
    params(("id" = String, Path, description = "The asset's id")),
    request_body = NewRendition,
    responses((status = 201, description = "The rendition", body = Rendition), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<(StatusCode, Json<Rendition>)> {
    let asset = path.id()?;
    let new = from_wire::new_rendition(&body.0)?;
    let mut is_there = false;
    let add = |settings: &mut AssetSettings| {
        is_there = settings.rendition(new.kind).is_some();
        if !is_there {
            settings.renditions.push(new.clone());
        }
    };
    let asset = app.assets().update(&who.caller, asset, add).await?;
    if is_there {
        return Err(Error::conflict("The asset has a rendition of this type already.").into());
    }
    Ok((StatusCode::CREATED, shown(&app, &asset, |one| one.kind == new.kind).await?))
}

/// Get a file of an asset
#[utoipa::path(
    get, path = "/v1/assets/{id}/renditions/{rendition_id}", tag = "Renditions", operation_id = "get_rendition",
    params(
        ("id" = String, Path, description = "The asset's id"),
        ("rendition_id" = String, Path, description = "The rendition's id"),
    ),
    responses((status = 200, description = "The rendition", body = Rendition), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn get(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
) -> Answer<Json<Rendition>> {
    let (asset, rendition): (AssetId, String) = path.ids()?;
    let asset = app.assets().get(&who.caller, asset).await?;
    shown(&app, &asset, |one| one.id == rendition).await
}

/// Delete a file of an asset
///
/// Its URLs answer 404 from then on; the asset stays.
#[utoipa::path(
    delete, path = "/v1/assets/{id}/renditions/{rendition_id}", tag = "Renditions",
    operation_id = "delete_rendition",
    params(
        ("id" = String, Path, description = "The asset's id"),
        ("rendition_id" = String, Path, description = "The rendition's id"),
    ),
    responses((status = 204, description = "It is deleted"), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
) -> Answer<StatusCode> {
    let (asset, rendition): (AssetId, String) = path.ids()?;
    let mut known = false;
    let remove = |settings: &mut AssetSettings| known = settings.remove_rendition(&rendition);
    app.assets().update(&who.caller, asset, remove).await?;
    if known { Ok(StatusCode::NO_CONTENT) } else { Err(Error::not_found("rendition").into()) }
}

async fn shown(
    app: &App,
    asset: &Asset,
    is_it: impl Fn(&subclip_app::Rendition) -> bool,
) -> Answer<Json<Rendition>> {
    let found = asset.settings.renditions.iter().find(|one| is_it(one));
    let rendition = found.ok_or_else(|| Error::not_found("rendition"))?;
    Ok(Json(to_wire::rendition(asset, rendition, app.public_url(), &app.assets().file_sizes(asset).await)))
}
