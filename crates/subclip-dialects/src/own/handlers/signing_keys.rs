//! `/v1/signing-keys`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use subclip_app::App;

use super::super::errors::Answer;
use super::super::wire::{NewSigningKey, Refusals, SigningKey, SigningKeyList};
use super::super::{from_wire, to_wire};
use super::{Access, Body, Path, Query};

/// Make a signing key, or bring one
///
/// A token that the key has signed lets a viewer play a signed playback id: a JWT with `sub` (the playback id), `aud`
/// (`v` for video and audio, `t` for thumbnails), `exp`, and `kid`. Without a body an RSA pair is made, and its private
/// key shown this once.
#[utoipa::path(
    post, path = "/v1/signing-keys", tag = "Signing keys", operation_id = "create_signing_key",
    request_body = NewSigningKey,
    responses((status = 201, description = "The key", body = SigningKey), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn create(
    State(app): State<App>,
    who: Access,
    body: Body,
) -> Answer<(StatusCode, Json<SigningKey>)> {
    let made = match from_wire::new_signing_key(&body.0)? {
        Some(public) => to_wire::signing_key(app.keys().import(&who.caller, &public).await?, None),
        None => {
            let made = app.keys().create(&who.caller).await?;
            to_wire::signing_key(made.key, Some(made.private_key))
        }
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// List signing keys
///
/// Newest first, without their private keys.
#[utoipa::path(
    get, path = "/v1/signing-keys", tag = "Signing keys", operation_id = "list_signing_keys",
    params(
        ("limit" = Option<u32>, Query, description = "Keys on a page: 1 to 100, usually 25", minimum = 1, maximum = 100),
        ("page" = Option<u32>, Query, description = "The page, from 1", minimum = 1),
    ),
    responses((status = 200, description = "A page of keys", body = SigningKeyList), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn list(State(app): State<App>, who: Access, query: Query) -> Answer<Json<SigningKeyList>> {
    let keys = app.keys().list(&who.caller, from_wire::page(&query.0)?).await?;
    let data = keys.into_iter().map(|key| to_wire::signing_key(key, None)).collect();
    Ok(Json(SigningKeyList { data }))
}

/// Get a signing key
#[utoipa::path(
    get, path = "/v1/signing-keys/{id}", tag = "Signing keys", operation_id = "get_signing_key",
    params(("id" = String, Path, description = "The key's id")),
    responses((status = 200, description = "The key", body = SigningKey), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn get(State(app): State<App>, who: Access, path: Path<String>) -> Answer<Json<SigningKey>> {
    Ok(Json(to_wire::signing_key(app.keys().get(&who.caller, path.id()?).await?, None)))
}

/// Delete a signing key
///
/// What it signed opens nothing from then on.
#[utoipa::path(
    delete, path = "/v1/signing-keys/{id}", tag = "Signing keys", operation_id = "delete_signing_key",
    params(("id" = String, Path, description = "The key's id")),
    responses((status = 204, description = "It is deleted"), Refusals),
    security(("token" = [])),
)]
pub(crate) async fn delete(State(app): State<App>, who: Access, path: Path<String>) -> Answer<StatusCode> {
    app.keys().delete(&who.caller, path.id()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
