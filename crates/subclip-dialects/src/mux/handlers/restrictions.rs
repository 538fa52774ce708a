//! `/video/v1/playback-restrictions`

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path, Query, created, found};

pub(crate) async fn create_restriction(State(app): State<App>, who: Access, body: Body) -> Answer<Response> {
    let rules = from_wire::new_restriction(&body.0)?;
    Ok(created(to_wire::restriction(app.restrictions().create(&who.caller, rules).await?)))
}

pub(crate) async fn list_restrictions(State(app): State<App>, who: Access, query: Query) -> Answer<Response> {
    let restrictions = app.restrictions().list(&who.caller, from_wire::page(&query.0)?).await?;
    Ok(found(restrictions.into_iter().map(to_wire::restriction).collect::<Vec<_>>()))
}

pub(crate) async fn get_restriction(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<Response> {
    Ok(found(to_wire::restriction(app.restrictions().get(&who.caller, path.id()?).await?)))
}

pub(crate) async fn delete_restriction(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<StatusCode> {
    app.restrictions().delete(&who.caller, path.id()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn update_referrer(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<Response> {
    let (id, referrer) = (path.id()?, from_wire::referrer_rules(&body.0)?);
    let changed = app.restrictions().update(&who.caller, id, |rules| rules.referrer = referrer).await?;
    Ok(found(to_wire::restriction(changed)))
}

pub(crate) async fn update_user_agent(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<Response> {
    let (id, user_agent) = (path.id()?, from_wire::user_agent_rules(&body.0)?);
    let changed = app.restrictions().update(&who.caller, id, |rules| rules.user_agent = user_agent).await?;
    Ok(found(to_wire::restriction(changed)))
}
