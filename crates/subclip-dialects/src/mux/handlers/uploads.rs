//! `/video/v1/uploads`

use axum::extract::State;
use axum::response::Response;
use subclip_app::{App, Caller, Upload};

use super::super::errors::Answer;
use super::super::wire;
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path, Query, created, found};
use crate::common::upload_url;

pub(crate) async fn create_upload(State(app): State<App>, who: Access, body: Body) -> Answer<Response> {
    let new = from_wire::create_upload(&body.0)?;
    let upload = app.uploads().create(&who.caller, new).await?;
    Ok(created(wire_upload(&app, &who.caller, &upload)))
}

pub(crate) async fn get_upload(State(app): State<App>, who: Access, path: Path<String>) -> Answer<Response> {
    let upload = app.uploads().get(&who.caller, path.id()?).await?;
    Ok(found(wire_upload(&app, &who.caller, &upload)))
}

pub(crate) async fn list_uploads(State(app): State<App>, who: Access, query: Query) -> Answer<Response> {
    let uploads = app.uploads().list(&who.caller, from_wire::page(&query.0)?).await?;
    let uploads: Vec<_> = uploads.iter().map(|upload| wire_upload(&app, &who.caller, upload)).collect();
    Ok(found(uploads))
}

pub(crate) async fn cancel_upload(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<Response> {
    let upload = app.uploads().cancel(&who.caller, path.id()?).await?;
    Ok(found(wire_upload(&app, &who.caller, &upload)))
}

fn wire_upload(app: &App, caller: &Caller, upload: &Upload) -> wire::Upload {
    to_wire::upload(upload, upload_url(app, caller, upload))
}
