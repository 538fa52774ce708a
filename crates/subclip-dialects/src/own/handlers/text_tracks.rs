//! `/v1/assets/{id}/text-tracks`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use subclip_app::{App, Error};
use subclip_core::AssetId;

use super::super::errors::Answer;
use super::super::wire::{NewTextTrack, Refusals, SentTextTrack, TextTrack, UpdateTextTrack};
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path, Query, Raw};

/// Add captions to an asset
///
/// The server fetches a WebVTT or SRT file, or makes captions of the asset's sound. The answer comes at once, with the
/// text track `preparing`. The asset must be `ready`; to send captions with a new asset, name them in its `text_tracks`.
#[utoipa::path(
    post, path = "/v1/assets/{id}/text-tracks", tag = "Text tracks", operation_id = "create_text_track",
    params(("id" = String, Path, description = "The asset's id")),
    request_body = NewTextTrack,
    responses((status = 201, description = "The text track, preparing", body = TextTrack), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<(StatusCode, Json<TextTrack>)> {
    let asset: AssetId = path.id()?;
    let new = from_wire::new_text_track(&body.0)?;
    let made = app.text_tracks().ask(&who.caller, asset, &[new]).await?;
    let made = made.first().ok_or_else(|| Error::internal("a text track was not made"))?;
    Ok((StatusCode::CREATED, Json(to_wire::text_track(made))))
}

/// Send captions of an asset
///
/// The body is a WebVTT or SRT file, as it is, of at most 2 MiB. It is read at once, so the text track is `ready`.
#[utoipa::path(
    post, path = "/v1/assets/{id}/text-tracks/file", tag = "Text tracks", operation_id = "send_text_track",
    params(("id" = String, Path, description = "The asset's id"), SentTextTrack),
    request_body(content = String, content_type = "text/vtt"),
    responses((status = 201, description = "The text track, ready", body = TextTrack), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn send(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    query: Query,
    body: Raw,
) -> Answer<(StatusCode, Json<TextTrack>)> {
    let asset: AssetId = path.id()?;
    let labels = from_wire::text_labels(&query.0)?;
    let made = app.text_tracks().create_from_bytes(&who.caller, asset, &labels, body.0).await?;
    Ok((StatusCode::CREATED, Json(to_wire::text_track(&made))))
}

/// Get captions of an asset
#[utoipa::path(
    get, path = "/v1/assets/{id}/text-tracks/{text_track_id}", tag = "Text tracks", operation_id = "get_text_track",
    params(
        ("id" = String, Path, description = "The asset's id"),
        ("text_track_id" = String, Path, description = "The text track's id"),
    ),
    responses((status = 200, description = "The text track", body = TextTrack), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn get(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
) -> Answer<Json<TextTrack>> {
    let (asset, text) = path.ids()?;
    Ok(Json(to_wire::text_track(&app.text_tracks().get(&who.caller, asset, text).await?)))
}

/// Change what is said of captions
///
/// Their cues stay what they are: to replace those, add others and delete these.
#[utoipa::path(
    patch, path = "/v1/assets/{id}/text-tracks/{text_track_id}", tag = "Text tracks",
    operation_id = "update_text_track",
    params(
        ("id" = String, Path, description = "The asset's id"),
        ("text_track_id" = String, Path, description = "The text track's id"),
    ),
    request_body = UpdateTextTrack,
    responses((status = 200, description = "The text track", body = TextTrack), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn update(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
    body: Body,
) -> Answer<Json<TextTrack>> {
    let (asset, text) = path.ids()?;
    let change = from_wire::update_text_track(&body.0)?;
    Ok(Json(to_wire::text_track(&app.text_tracks().update(&who.caller, asset, text, change).await?)))
}

/// Delete captions of an asset
///
/// Clips keep what they have of them.
#[utoipa::path(
    delete, path = "/v1/assets/{id}/text-tracks/{text_track_id}", tag = "Text tracks",
    operation_id = "delete_text_track",
    params(
        ("id" = String, Path, description = "The asset's id"),
        ("text_track_id" = String, Path, description = "The text track's id"),
    ),
    responses((status = 204, description = "It is deleted"), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
) -> Answer<StatusCode> {
    let (asset, text) = path.ids()?;
    app.text_tracks().delete(&who.caller, asset, text).await?;
    Ok(StatusCode::NO_CONTENT)
}
