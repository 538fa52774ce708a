//! `/v1/playback-restrictions`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::wire::{NewRestriction, Refusals, Restriction, RestrictionList};
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path, Query};

/// Make a playback restriction
///
/// It says from which pages and with which programs may be played, and holds for tokens that name it as
/// `playback_restriction_id`. Without `referrer` no page may.
#[utoipa::path(
    post, path = "/v1/playback-restrictions", tag = "Playback restrictions", operation_id = "create_playback_restriction",
    request_body = NewRestriction,
    responses((status = 201, description = "The restriction", body = Restriction), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    who: Access,
    body: Body,
) -> Answer<(StatusCode, Json<Restriction>)> {
    let made = app.restrictions().create(&who.caller, from_wire::new_restriction(&body.0)?).await?;
    Ok((StatusCode::CREATED, Json(to_wire::restriction(made))))
}

/// List playback restrictions
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/playback-restrictions", tag = "Playback restrictions", operation_id = "list_playback_restrictions",
    params(
        ("limit" = Option<u32>, Query, description = "Restrictions on a page: 1 to 100, usually 25", minimum = 1, maximum = 100),
        ("page" = Option<u32>, Query, description = "The page, from 1", minimum = 1),
    ),
    responses((status = 200, description = "A page of restrictions", body = RestrictionList), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn list(State(app): State<App>, who: Access, query: Query) -> Answer<Json<RestrictionList>> {
    let found = app.restrictions().list(&who.caller, from_wire::page(&query.0)?).await?;
    Ok(Json(RestrictionList { data: found.into_iter().map(to_wire::restriction).collect() }))
}

/// Get a playback restriction
#[utoipa::path(
    get, path = "/v1/playback-restrictions/{id}", tag = "Playback restrictions", operation_id = "get_playback_restriction",
    params(("id" = String, Path, description = "The restriction's id")),
    responses((status = 200, description = "The restriction", body = Restriction), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn get(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<Json<Restriction>> {
    Ok(Json(to_wire::restriction(app.restrictions().get(&who.caller, path.id()?).await?)))
}

/// Change a playback restriction
///
/// A half that is sent takes the place of the one before.
#[utoipa::path(
    patch, path = "/v1/playback-restrictions/{id}", tag = "Playback restrictions",
    operation_id = "update_playback_restriction",
    params(("id" = String, Path, description = "The restriction's id")),
    request_body = NewRestriction,
    responses((status = 200, description = "The restriction as it is now", body = Restriction), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn update(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<Json<Restriction>> {
    let (id, change) = (path.id()?, from_wire::change_restriction(&body.0)?);
    Ok(Json(to_wire::restriction(app.restrictions().update(&who.caller, id, change).await?)))
}

/// Delete a playback restriction
///
/// Tokens that name it open nothing from then on.
#[utoipa::path(
    delete, path = "/v1/playback-restrictions/{id}", tag = "Playback restrictions",
    operation_id = "delete_playback_restriction",
    params(("id" = String, Path, description = "The restriction's id")),
    responses((status = 204, description = "It is deleted"), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn delete(State(app): State<App>, who: Access, path: Path<String>) -> Answer<StatusCode> {
    app.restrictions().delete(&who.caller, path.id()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
