//! `/system/v1/webhooks`: all webhooks of the workspace, whatever their format; those made here are told in Mux's.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path, Query, created, found};

pub(crate) async fn create_webhook(State(app): State<App>, who: Access, body: Body) -> Answer<Response> {
    let (webhook, secret) = app.webhooks().create(&who.caller, from_wire::create_webhook(&body.0)?).await?;
    Ok(created(to_wire::webhook(webhook, Some(secret))))
}

pub(crate) async fn list_webhooks(State(app): State<App>, who: Access, query: Query) -> Answer<Response> {
    let page = app.webhooks().list(&who.caller, from_wire::page(&query.0)?).await?;
    let webhooks: Vec<_> = page.webhooks.into_iter().map(|webhook| to_wire::webhook(webhook, None)).collect();
    Ok(found(webhooks))
}

pub(crate) async fn get_webhook(State(app): State<App>, who: Access, path: Path<String>) -> Answer<Response> {
    let webhook = app.webhooks().get(&who.caller, path.id()?).await?;
    Ok(found(to_wire::webhook(webhook, None)))
}

pub(crate) async fn update_webhook(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<Response> {
    let id = path.id()?;
    let webhook = app.webhooks().update(&who.caller, id, from_wire::update_webhook(&body.0)?).await?;
    Ok(found(to_wire::webhook(webhook, None)))
}

pub(crate) async fn delete_webhook(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<StatusCode> {
    app.webhooks().delete(&who.caller, path.id()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
