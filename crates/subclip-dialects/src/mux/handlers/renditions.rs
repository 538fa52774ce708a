//! `/video/v1/assets/{id}/static-renditions`, `…/mp4-support` and `…/master-access`

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use subclip_app::{App, AssetSettings, Error};

use super::super::errors::Answer;
use super::super::kept::Kept;
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path, created, found, sizes, wire_asset};
use crate::common::{Fault, fresh_id};

pub(crate) async fn create_static_rendition(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<Response> {
    let id = path.id()?;
    let mut rendition = from_wire::rendition(&body.0)?;
    rendition.id = fresh_id();
    let mut refusal = None;
    let add = |settings: &mut AssetSettings| match obstacle(settings, &rendition) {
        None => settings.renditions.push(rendition.clone()),
        some => refusal = some,
    };
    let asset = app.assets().update(&who.caller, id, add).await?;
    if let Some(sentence) = refusal {
        return Err(Fault::invalid(sentence).into());
    }
    let sizes = sizes(&app, &asset).await;
    Ok(created(to_wire::static_rendition(&asset, &rendition, &sizes)))
}

fn obstacle(settings: &AssetSettings, wanted: &subclip_app::Rendition) -> Option<&'static str> {
    if Kept::of(settings).wants_legacy_files() {
        return Some(
            "static_renditions can't be used together with mp4_support; set mp4_support to none first.",
        );
    }
    let there = settings.renditions.iter().any(|other| other.kind == wanted.kind);
    there.then_some("The asset has a static rendition of this resolution already.")
}

pub(crate) async fn delete_static_rendition(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
) -> Answer<StatusCode> {
    let asset = path.0.0.parse().map_err(|_| Fault::BadId)?;
    let mut known = false;
    let remove = |settings: &mut AssetSettings| {
        // Files asked for in the old way have no id, and go when mp4_support does.
        if !Kept::of(settings).wants_legacy_files() {
            let before = settings.renditions.len();
            settings.renditions.retain(|rendition| rendition.id != path.0.1);
            known = settings.renditions.len() < before;
        }
    };
    app.assets().update(&who.caller, asset, remove).await?;
    if known { Ok(StatusCode::NO_CONTENT) } else { Err(Error::not_found("static rendition").into()) }
}

pub(crate) async fn update_mp4_support(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<Response> {
    let id = path.id()?;
    let support = from_wire::legacy_files(&body.0)?;
    let mut done = false;
    let set = |settings: &mut AssetSettings| done = from_wire::set_legacy_files(settings, support);
    let asset = app.assets().update(&who.caller, id, set).await?;
    if !done {
        let sentence = "mp4_support can't be used together with static_renditions; delete these first.";
        return Err(Fault::invalid(sentence).into());
    }
    Ok(found(wire_asset(&app, &asset).await))
}

pub(crate) async fn update_master_access(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<Response> {
    let id = path.id()?;
    from_wire::master_access(&body.0)?;
    let asset = app.assets().get(&who.caller, id).await?;
    Ok(found(wire_asset(&app, &asset).await))
}
