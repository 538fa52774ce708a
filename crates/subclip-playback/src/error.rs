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
        let mut response = say(status, word, &self.0.message);
        if matches!(self.0.kind, Kind::Busy | Kind::Full) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

/// Media can be read and nothing else.
#[derive(Debug)]
pub(crate) struct WrongMethod;

impl IntoResponse for WrongMethod {
    fn into_response(self) -> Response {
        let message = "This method is not available at this path.";
        say(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
    }
}

fn say(status: StatusCode, word: &str, message: &str) -> Response {
    let body = Json(json!({ "error": { "type": word, "messages": [message] } }));
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
