//! `/v1/tokens`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::wire::{MadeToken, NewToken, Refusals, TokenList};
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path, Query};

/// Make an access token
///
/// Its secret is shown this once. There are a thousand at the most that are not revoked.
#[utoipa::path(
    post, path = "/v1/tokens", tag = "Tokens", operation_id = "create_token",
    request_body = NewToken,
    responses((status = 201, description = "The token and its secret", body = MadeToken), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    who: Access,
    body: Body,
) -> Answer<(StatusCode, Json<MadeToken>)> {
    let (name, may_write) = from_wire::new_token(&body.0)?;
    let made = app.tokens().create(&who.caller, &name, may_write).await?;
    Ok((StatusCode::CREATED, Json(MadeToken { id: made.id, secret: made.secret, name, may_write })))
}

/// List access tokens
///
/// Newest first, without their secrets.
#[utoipa::path(
    get, path = "/v1/tokens", tag = "Tokens", operation_id = "list_tokens",
    params(
        ("limit" = Option<u32>, Query, description = "Tokens on a page: 1 to 100, usually 25", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of tokens", body = TokenList), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn list(State(app): State<App>, who: Access, query: Query) -> Answer<Json<TokenList>> {
    let page = app.tokens().list(&who.caller, from_wire::cursor_page(&query.0)?).await?;
    let data = page.tokens.into_iter().map(to_wire::token).collect();
    Ok(Json(TokenList { data, next_cursor: page.next_cursor }))
}

/// Revoke an access token
///
/// It opens nothing from then on. Of those that are revoked, the last thousand stay in the list.
#[utoipa::path(
    delete, path = "/v1/tokens/{id}", tag = "Tokens", operation_id = "revoke_token",
    params(("id" = String, Path, description = "The token's id")),
    responses((status = 204, description = "It is revoked"), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn revoke(State(app): State<App>, who: Access, path: Path<String>) -> Answer<StatusCode> {
    app.tokens().revoke(&who.caller, &path.0).await?;
    Ok(StatusCode::NO_CONTENT)
}
