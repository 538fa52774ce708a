//! `/v1/health`

use axum::Json;

use super::super::wire::Health;

/// See whether the server answers
///
/// Needs no token.
#[utoipa::path(
    get, path = "/v1/health", tag = "Health", operation_id = "health",
    responses((status = 200, description = "It does", body = Health)),
)]
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "ok" })
}
