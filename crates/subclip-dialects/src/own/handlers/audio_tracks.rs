//! `/v1/assets/{id}/audio-tracks`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use subclip_app::App;
use subclip_core::AssetId;

use super::super::errors::Answer;
use super::super::wire::{AudioTrack, NewAudioTrack, Refusals, UpdateAudioTrack};
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path};

/// Add a sound to an asset
///
/// Viewers may choose it instead of the first: another language, a commentary. The server fetches the file; the answer comes
/// at once, with the audio track `preparing`. The asset must be `ready`; to send sounds with a new asset, name them in its
/// `audio_tracks`.
#[utoipa::path(
    post, path = "/v1/assets/{id}/audio-tracks", tag = "Audio tracks", operation_id = "create_audio_track",
    params(("id" = String, Path, description = "The asset's id")),
    request_body = NewAudioTrack,
    responses((status = 201, description = "The audio track, preparing", body = AudioTrack), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<(StatusCode, Json<AudioTrack>)> {
    let asset: AssetId = path.id()?;
    let new = from_wire::new_audio_track(&body.0)?;
    let made = app.sound_tracks().ask(&who.caller, asset, &new).await?;
    Ok((StatusCode::CREATED, Json(to_wire::audio_track(&made))))
}

/// Get a sound of an asset
#[utoipa::path(
    get, path = "/v1/assets/{id}/audio-tracks/{audio_track_id}", tag = "Audio tracks",
    operation_id = "get_audio_track",
    params(
        ("id" = String, Path, description = "The asset's id"),
        ("audio_track_id" = String, Path, description = "The audio track's id"),
    ),
    responses((status = 200, description = "The audio track", body = AudioTrack), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn get(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
) -> Answer<Json<AudioTrack>> {
    let (asset, sound) = path.ids()?;
    Ok(Json(to_wire::audio_track(&app.sound_tracks().get(&who.caller, asset, sound).await?)))
}

/// Change what is said of a sound
///
/// What is heard stays what it is: to replace it, add another and delete this one.
#[utoipa::path(
    patch, path = "/v1/assets/{id}/audio-tracks/{audio_track_id}", tag = "Audio tracks",
    operation_id = "update_audio_track",
    params(
        ("id" = String, Path, description = "The asset's id"),
        ("audio_track_id" = String, Path, description = "The audio track's id"),
    ),
    request_body = UpdateAudioTrack,
    responses((status = 200, description = "The audio track", body = AudioTrack), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn update(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
    body: Body,
) -> Answer<Json<AudioTrack>> {
    let (asset, sound) = path.ids()?;
    let change = from_wire::update_audio_track(&body.0)?;
    Ok(Json(to_wire::audio_track(&app.sound_tracks().update(&who.caller, asset, sound, change).await?)))
}

/// Delete a sound of an asset
///
/// Clips keep what they have of it. The first sound came with the pictures, and stays.
#[utoipa::path(
    delete, path = "/v1/assets/{id}/audio-tracks/{audio_track_id}", tag = "Audio tracks",
    operation_id = "delete_audio_track",
    params(
        ("id" = String, Path, description = "The asset's id"),
        ("audio_track_id" = String, Path, description = "The audio track's id"),
    ),
    responses((status = 204, description = "It is deleted"), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn delete(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
) -> Answer<StatusCode> {
    let (asset, sound) = path.ids()?;
    app.sound_tracks().delete(&who.caller, asset, sound).await?;
    Ok(StatusCode::NO_CONTENT)
}
