//! `/v1/webhooks`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::wire::{Delivery, MadeWebhook, NewWebhook, Refusals, UpdateWebhook, Webhook, WebhookList};
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path, Query};

/// Make a webhook
///
/// From then on it is told of every event it wants. Its secret is shown this once.
#[utoipa::path(
    post, path = "/v1/webhooks", tag = "Webhooks", operation_id = "create_webhook",
    request_body = NewWebhook,
    responses((status = 201, description = "The webhook and its secret", body = MadeWebhook), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    who: Access,
    body: Body,
) -> Answer<(StatusCode, Json<MadeWebhook>)> {
    let made = app.webhooks().create(&who.caller, from_wire::new_webhook(&body.0)?).await?;
    Ok((StatusCode::CREATED, Json(to_wire::made_webhook(made))))
}

/// List webhooks
///
/// Newest first, without their secrets.
#[utoipa::path(
    get, path = "/v1/webhooks", tag = "Webhooks", operation_id = "list_webhooks",
    params(
        ("limit" = Option<u32>, Query, description = "Webhooks on a page: 1 to 100, usually 25", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of webhooks", body = WebhookList), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn list(State(app): State<App>, who: Access, query: Query) -> Answer<Json<WebhookList>> {
    let page = app.webhooks().list(&who.caller, from_wire::cursor_page(&query.0)?).await?;
    let data = page.webhooks.into_iter().map(to_wire::webhook).collect();
    Ok(Json(WebhookList { data, next_cursor: page.next_cursor }))
}

/// Get a webhook
#[utoipa::path(
    get, path = "/v1/webhooks/{id}", tag = "Webhooks", operation_id = "get_webhook",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "The webhook", body = Webhook), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn get(State(app): State<App>, who: Access, path: Path<String>) -> Answer<Json<Webhook>> {
    let webhook = app.webhooks().get(&who.caller, path.id()?).await?;
    Ok(Json(to_wire::webhook(webhook)))
}

/// Change a webhook
#[utoipa::path(
    patch, path = "/v1/webhooks/{id}", tag = "Webhooks", operation_id = "update_webhook",
    params(("id" = String, Path, description = "The webhook's id")),
    request_body = UpdateWebhook,
    responses((status = 200, description = "The webhook as it is now", body = Webhook), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn update(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<Json<Webhook>> {
    let id = path.id()?;
    let webhook = app.webhooks().update(&who.caller, id, from_wire::update_webhook(&body.0)?).await?;
    Ok(Json(to_wire::webhook(webhook)))
}

/// Delete a webhook
///
/// What was to be sent to it, and the log of what was, go with it.
#[utoipa::path(
    delete, path = "/v1/webhooks/{id}", tag = "Webhooks", operation_id = "delete_webhook",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 204, description = "It is deleted"), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn delete(State(app): State<App>, who: Access, path: Path<String>) -> Answer<StatusCode> {
    app.webhooks().delete(&who.caller, path.id()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a webhook a new secret
///
/// It is shown this once. What is sent from now on is signed with it, and with it alone.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/rotate-secret", tag = "Webhooks", operation_id = "rotate_webhook_secret",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "The webhook and its new secret", body = MadeWebhook), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn rotate_secret(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<Json<MadeWebhook>> {
    let made = app.webhooks().rotate_secret(&who.caller, path.id()?).await?;
    Ok(Json(to_wire::made_webhook(made)))
}

/// Send a webhook a test event
///
/// It tells of nothing, and is sent whatever kinds of events the webhook wants: before all that waits, and once. Look at the
/// delivery to see what came of it.
#[utoipa::path(
    post, path = "/v1/webhooks/{id}/test", tag = "Webhooks", operation_id = "test_webhook",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 202, description = "The delivery, pending", body = Delivery), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn test(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
) -> Answer<(StatusCode, Json<Delivery>)> {
    let delivery = app.webhooks().test(&who.caller, path.id()?).await?;
    Ok((StatusCode::ACCEPTED, Json(to_wire::delivery(&delivery))))
}
