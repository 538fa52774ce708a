//! `/v1/events`

use axum::Json;
use axum::extract::State;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::wire::{Event, EventList, Refusals};
use super::super::{from_wire, to_wire};
use super::{Access, Path, Query};

/// List what happened
///
/// Newest first. Events are kept for 30 days, whether or not there is a webhook that is told of them. An event that this
/// version of the server can't read is left out.
#[utoipa::path(
    get, path = "/v1/events", tag = "Events", operation_id = "list_events",
    params(
        ("limit" = Option<u32>, Query, description = "Events on a page: 1 to 100, usually 25", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
        ("type" = Option<String>, Query, description = "Only events of this kind"),
        ("subject_id" = Option<String>, Query, description = "Only events of the asset, upload or webhook with this id"),
    ),
    responses((status = 200, description = "A page of events", body = EventList), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn list(State(app): State<App>, who: Access, query: Query) -> Answer<Json<EventList>> {
    let page = app.events().list(&who.caller, from_wire::event_list(&query.0)?).await?;
    let data = page.events.iter().map(|event| to_wire::event(event, app.public_url())).collect();
    Ok(Json(EventList { data, next_cursor: page.next_cursor }))
}

/// Get an event
///
/// By the id that webhooks get as `webhook-id`.
#[utoipa::path(
    get, path = "/v1/events/{id}", tag = "Events", operation_id = "get_event",
    params(("id" = String, Path, description = "The event's id")),
    responses((status = 200, description = "The event", body = Event), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn get(State(app): State<App>, who: Access, path: Path<String>) -> Answer<Json<Event>> {
    let event = app.events().get(&who.caller, path.id()?).await?;
    Ok(Json(to_wire::event(&event, app.public_url())))
}
