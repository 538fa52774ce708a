//! `/v1/uploads`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use subclip_app::{self as app, App, Caller};

use super::super::errors::Answer;
use super::super::wire::{NewUpload, Refusals, Upload, UploadList};
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path, Query};
use crate::common::upload_url;

/// Prepare an upload
///
/// The answer names a `url`: `PUT` the file there, whole, or in parts with `Content-Range`. No token is needed for
/// that, so a browser can do it. The asset is made when all bytes are there.
#[utoipa::path(
    post, path = "/v1/uploads", tag = "Uploads", operation_id = "create_upload",
    request_body = NewUpload,
    responses((status = 201, description = "The upload, waiting", body = Upload), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    who: Access,
    body: Body,
) -> Answer<(StatusCode, Json<Upload>)> {
    let upload = app.uploads().create(&who.caller, from_wire::new_upload(&body.0)?).await?;
    Ok((StatusCode::CREATED, wire(&app, &who.caller, &upload)))
}

/// List uploads
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/uploads", tag = "Uploads", operation_id = "list_uploads",
    params(
        ("limit" = Option<u32>, Query, description = "Uploads on a page: 1 to 100, usually 25", minimum = 1, maximum = 100),
        ("page" = Option<u32>, Query, description = "The page, from 1", minimum = 1),
    ),
    responses((status = 200, description = "A page of uploads", body = UploadList), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn list(State(app): State<App>, who: Access, query: Query) -> Answer<Json<UploadList>> {
    let uploads = app.uploads().list(&who.caller, from_wire::page(&query.0)?).await?;
    let url = |upload: &app::Upload| upload_url(&app, &who.caller, upload);
    let data = uploads.iter().map(|upload| to_wire::upload(upload, url(upload))).collect();
    Ok(Json(UploadList { data }))
}

/// Get an upload
#[utoipa::path(
    get, path = "/v1/uploads/{id}", tag = "Uploads", operation_id = "get_upload",
    params(("id" = String, Path, description = "The upload's id")),
    responses((status = 200, description = "The upload", body = Upload), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn get(State(app): State<App>, who: Access, path: Path<String>) -> Answer<Json<Upload>> {
    let upload = app.uploads().get(&who.caller, path.id()?).await?;
    Ok(wire(&app, &who.caller, &upload))
}

/// Cancel an upload
///
/// Only while it is waiting.
#[utoipa::path(
    post, path = "/v1/uploads/{id}/cancel", tag = "Uploads", operation_id = "cancel_upload",
    params(("id" = String, Path, description = "The upload's id")),
    responses((status = 200, description = "The upload, cancelled", body = Upload), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn cancel(State(app): State<App>, who: Access, path: Path<String>) -> Answer<Json<Upload>> {
    let upload = app.uploads().cancel(&who.caller, path.id()?).await?;
    Ok(wire(&app, &who.caller, &upload))
}

fn wire(app: &App, caller: &Caller, upload: &app::Upload) -> Json<Upload> {
    Json(to_wire::upload(upload, upload_url(app, caller, upload)))
}
