//! What viewers are told when there is nothing to play.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use subclip_app::{Error, Kind};

/// An error on its way to a viewer.
#[derive(Debug)]
pub(crate) struct ViewerError(pub(crate) Error);

impl From<Error> for ViewerError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for ViewerError {
    fn into_response(self) -> Response {
        let (status, word) = match self.0.kind {
            Kind::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Kind::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            Kind::Invalid => (StatusCode::BAD_REQUEST, "invalid_parameters"),
            Kind::NotReady => (StatusCode::PRECONDITION_FAILED, "not_ready"),
            Kind::Conflict => (StatusCode::CONFLICT, "conflict"),
            Kind::Busy => (StatusCode::TOO_MANY_REQUESTS, "busy"),
            Kind::Full => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Kind::Broken | Kind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
        };
        let body = Json(json!({ "error": { "type": word, "messages": [self.0.message] } }));
        let mut response = (status, body).into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(self.0.kind, Kind::Busy | Kind::Full) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}
