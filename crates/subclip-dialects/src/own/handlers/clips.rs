//! `/v1/clips`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::from_wire;
use super::super::wire::{Asset, NewClip, Refusals};
use super::{Access, Body, wire_asset};

/// Cut a clip
///
/// A clip is an asset of its own: it shows the frames from `start` up to, not including, `end`, each snapped to the
/// nearest frame boundary. One frame is enough. An `end` past the source's own is the source's own. A source that is
/// still preparing is waited for.
#[utoipa::path(
    post, path = "/v1/clips", tag = "Clips", operation_id = "create_clip",
    request_body = NewClip,
    responses((status = 201, description = "The clip, preparing", body = Asset), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    who: Access,
    body: Body,
) -> Answer<(StatusCode, Json<Asset>)> {
    let clip = from_wire::new_clip(&body.0)?;
    let asset = app.clips().create(&who.caller, clip, Duration::ZERO).await?;
    Ok((StatusCode::CREATED, Json(wire_asset(&app, &asset).await)))
}
