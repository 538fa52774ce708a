//! `/v1/health`

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use subclip_app::App;

use super::super::wire::Health;

/// See whether the server can work
///
/// Needs no token.
#[utoipa::path(
    get, path = "/v1/health", tag = "Health", operation_id = "health",
    responses(
        (status = 200, description = "It can", body = Health),
        (status = 503, description = "Its database does not answer", body = Health),
    ),
)]
pub(crate) async fn health(State(app): State<App>) -> (StatusCode, Json<Health>) {
    match app.health().await {
        Ok(()) => (StatusCode::OK, Json(Health { status: "ok" })),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "unavailable" })),
    }
}
