//! `/video/v1/assets/{id}/playback-ids` and `/video/v1/playback-ids`

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path, created, found};

pub(crate) async fn create_playback_id(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<Response> {
    let id = path.id()?;
    let policy = from_wire::playback_policy(&body.0)?;
    let playback = app.assets().add_playback(&who.caller, id, policy).await?;
    Ok(created(to_wire::playback_id(playback)))
}

pub(crate) async fn get_playback_id(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
) -> Answer<Response> {
    let (asset, playback) = path.ids()?;
    let playback = app.assets().playback(&who.caller, asset, playback).await?;
    Ok(found(to_wire::playback_id(playback)))
}

pub(crate) async fn delete_playback_id(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
) -> Answer<StatusCode> {
    let (asset, playback) = path.ids()?;
    app.assets().remove_playback(&who.caller, asset, playback).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn find_playback_id(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<Response> {
    let (playback, asset) = app.assets().find_playback(&who.caller, path.id()?).await?;
    Ok(found(to_wire::playback_target(playback, asset)))
}
