//! `/video/v1/assets/{id}/static-renditions`, `…/mp4-support` and `…/master-access`

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use subclip_app::{App, AssetSettings, Error, RenditionKind};

use super::super::errors::Answer;
use super::super::kept::Kept;
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path, created, found, sizes, wire_asset};
use crate::common::Fault;

pub(crate) async fn create_static_rendition(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<Response> {
    let id = path.id()?;
    let rendition = from_wire::rendition(&body.0)?;
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
    let made = asset.settings.rendition(rendition.kind);
    let made = made.ok_or_else(|| Error::not_found("static rendition"))?;
    Ok(created(to_wire::static_rendition(&asset, made, &sizes)))
}

fn obstacle(settings: &AssetSettings, wanted: &subclip_app::Rendition) -> Option<&'static str> {
    if Kept::of(settings).wants_legacy_files() {
        return Some(
            "static_renditions can't be used together with mp4_support; set mp4_support to none first.",
        );
    }
    let is_size = |kind| matches!(kind, RenditionKind::Rung(_));
    let clashes = |other: &subclip_app::Rendition| match (other.kind, wanted.kind) {
        (RenditionKind::Highest, kind) | (kind, RenditionKind::Highest) => is_size(kind),
        _ => false,
    };
    if settings.renditions.iter().any(clashes) {
        return Some(
            "static_renditions can't ask for highest together with explicit sizes; delete these first.",
        );
    }
    let there = settings.rendition(wanted.kind);
    there.map(|_| "The asset has a static rendition of this resolution already.")
}

pub(crate) async fn delete_static_rendition(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
) -> Answer<StatusCode> {
    let asset = path.0.0.parse().map_err(|_| Fault::BadId)?;
    let mut known = false;
    let remove = |settings: &mut AssetSettings| {
        // Files asked for in the old way show no id, and go when mp4_support does.
        let kept = Kept::of(settings);
        let is_legacy = settings.renditions.iter().any(|one| one.id == path.0.1 && kept.is_legacy(one));
        known = !is_legacy && settings.remove_rendition(&path.0.1);
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
    let mut done = Ok(());
    let set = |settings: &mut AssetSettings| done = from_wire::set_legacy_files(settings, support);
    let asset = app.assets().update(&who.caller, id, set).await?;
    done.map_err(Fault::invalid)?;
    Ok(found(wire_asset(&app, &asset).await))
}

pub(crate) async fn update_master_access(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<Response> {
    let id = path.id()?;
    let asset = match from_wire::master_access(&body.0)? {
        true => app.assets().give_master(&who.caller, id).await?,
        false => app.assets().withdraw_master(&who.caller, id).await?,
    };
    Ok(found(wire_asset(&app, &asset).await))
}
