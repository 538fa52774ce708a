//! `/video/v1/assets`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::from_wire::{self, AssetList, NewMedia};
use super::super::to_wire;
use super::super::wire::CursorList;
use super::{Access, Body, Path, Query, created, found, wire_asset, wire_assets};

/// Mux makes no shorter clip.
const SHORTEST_CLIP: Duration = Duration::from_millis(500);

pub(crate) async fn create_asset(State(app): State<App>, who: Access, body: Body) -> Answer<Response> {
    let asset = match from_wire::create_asset(&body.0)? {
        NewMedia::Fetch { url, new } => app.assets().create_from_url(&who.caller, &url, new).await?,
        NewMedia::Clip(clip) => app.clips().create(&who.caller, clip, SHORTEST_CLIP).await?,
    };
    Ok(created(wire_asset(&app, &asset).await))
}

pub(crate) async fn list_assets(State(app): State<App>, who: Access, query: Query) -> Answer<Response> {
    let list = match from_wire::asset_list(&query.0)? {
        AssetList::Nothing => CursorList { data: Vec::new(), next_cursor: None },
        AssetList::Of(query) => {
            let page = app.assets().list(&who.caller, query).await?;
            CursorList { data: wire_assets(&app, &page.assets).await, next_cursor: page.next_cursor }
        }
    };
    Ok(Json(list).into_response())
}

pub(crate) async fn get_asset(State(app): State<App>, who: Access, path: Path<String>) -> Answer<Response> {
    let asset = app.assets().get(&who.caller, path.id()?).await?;
    Ok(found(wire_asset(&app, &asset).await))
}

pub(crate) async fn update_asset(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<Response> {
    let id = path.id()?;
    let change = from_wire::update(&body.0)?;
    let asset = app.assets().update(&who.caller, id, |settings| change.apply(settings)).await?;
    Ok(found(wire_asset(&app, &asset).await))
}

pub(crate) async fn delete_asset(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<StatusCode> {
    app.assets().delete(&who.caller, path.id()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn clear_thumbnail_time(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<StatusCode> {
    app.assets().update(&who.caller, path.id()?, |settings| settings.thumbnail_time = None).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn input_info(State(app): State<App>, who: Access, path: Path<String>) -> Answer<Response> {
    let asset = app.assets().get(&who.caller, path.id()?).await?;
    let source = match asset.source {
        Some(id) => app.assets().get(&who.caller, id).await.ok(),
        None => None,
    };
    Ok(found(to_wire::input_info(&asset, source.as_ref())))
}
