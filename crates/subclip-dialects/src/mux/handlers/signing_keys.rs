//! `/system/v1/signing-keys`, and the same under its older name, `/video/v1/signing-keys`

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::{from_wire, to_wire};
use super::{Access, Path, Query, created, found};

pub(crate) async fn create_signing_key(State(app): State<App>, who: Access) -> Answer<Response> {
    Ok(created(to_wire::new_signing_key(app.keys().create(&who.caller).await?)))
}

pub(crate) async fn list_signing_keys(State(app): State<App>, who: Access, query: Query) -> Answer<Response> {
    let keys = app.keys().list(&who.caller, from_wire::page(&query.0)?).await?;
    Ok(found(keys.iter().map(to_wire::signing_key).collect::<Vec<_>>()))
}

pub(crate) async fn get_signing_key(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<Response> {
    Ok(found(to_wire::signing_key(&app.keys().get(&who.caller, path.id()?).await?)))
}

pub(crate) async fn delete_signing_key(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<StatusCode> {
    app.keys().delete(&who.caller, path.id()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
