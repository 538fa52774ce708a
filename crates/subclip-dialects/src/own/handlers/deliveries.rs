//! `/v1/deliveries` and `/v1/webhooks/{id}/deliveries`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::wire::{Delivery, DeliveryList, DeliveryLog, Refusals};
use super::super::{from_wire, to_wire};
use super::{Access, Path, Query};

/// List what was sent to a webhook, or is to be
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/webhooks/{id}/deliveries", tag = "Webhooks", operation_id = "list_deliveries",
    params(
        ("id" = String, Path, description = "The webhook's id"),
        ("limit" = Option<u32>, Query, description = "Deliveries on a page: 1 to 100, usually 25", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
        ("state" = Option<String>, Query, description = "Only `pending`, `delivered`, `given_up` or `skipped` ones"),
    ),
    responses((status = 200, description = "A page of deliveries", body = DeliveryList), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn list(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    query: Query,
) -> Answer<Json<DeliveryList>> {
    let (state, page) = from_wire::delivery_list(&query.0)?;
    let page = app.webhooks().deliveries(&who.caller, path.id()?, state, page).await?;
    let data = page.deliveries.iter().map(to_wire::delivery).collect();
    Ok(Json(DeliveryList { data, next_cursor: page.next_cursor }))
}

/// Get a delivery, with all that was tried
#[utoipa::path(
    get, path = "/v1/deliveries/{id}", tag = "Webhooks", operation_id = "get_delivery",
    params(("id" = String, Path, description = "The delivery's id")),
    responses((status = 200, description = "The delivery", body = DeliveryLog), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn get(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<Json<DeliveryLog>> {
    let found = app.webhooks().delivery(&who.caller, path.id()?).await?;
    Ok(Json(to_wire::delivery_log(found)))
}

/// Send a delivery again
///
/// At once: the same event under the same id. Of a delivery that was settled, one attempt is made and no more.
#[utoipa::path(
    post, path = "/v1/deliveries/{id}/resend", tag = "Webhooks", operation_id = "resend_delivery",
    params(("id" = String, Path, description = "The delivery's id")),
    responses((status = 202, description = "The delivery, pending", body = Delivery), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn resend(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<(StatusCode, Json<Delivery>)> {
    let delivery = app.webhooks().resend(&who.caller, path.id()?).await?;
    Ok((StatusCode::ACCEPTED, Json(to_wire::delivery(&delivery))))
}
