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
        let Error { kind, message, .. } = self.0;
        let (status, word) = match kind {
            Kind::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Kind::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            Kind::Invalid => (StatusCode::BAD_REQUEST, "invalid_parameters"),
            Kind::NotReady => (StatusCode::PRECONDITION_FAILED, "not_ready"),
            Kind::Conflict => (StatusCode::CONFLICT, "conflict"),
            Kind::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Kind::Full | Kind::Broken => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Kind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal_error"),
        };
        // What is missing is up to the operator, and none of a viewer's business.
        let told = if kind == Kind::Broken { BROKEN } else { message.as_str() };
        let mut response = say(status, word, told);
        // For the log, which tells refusals from faults by it.
        response.extensions_mut().insert(kind);
        match kind {
            Kind::Busy => retry_after(response, "2"),
            Kind::Full => retry_after(response, "10"),
            Kind::Broken => retry_after(response, "60"),
            _ => response,
        }
    }
}

const BROKEN: &str = "The server lacks what it needs for this; its log says what.";

fn retry_after(mut response: Response, seconds: &'static str) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
    response
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_up_to_the_server_may_be_asked_again() {
        for (kind, status, retry_after) in [
            (Kind::NotFound, 404, None),
            (Kind::Forbidden, 403, None),
            (Kind::Invalid, 400, None),
            (Kind::NotReady, 412, None),
            (Kind::Conflict, 409, None),
            (Kind::Busy, 503, Some("2")),
            (Kind::Full, 503, Some("10")),
            (Kind::Broken, 503, Some("60")),
            (Kind::Internal, 500, None),
        ] {
            let response = ViewerError(Error::new(kind, "Why.")).into_response();
            assert_eq!(response.status().as_u16(), status, "{kind:?}");
            let header = response.headers().get(header::RETRY_AFTER).map(|value| value.to_str().unwrap());
            assert_eq!(header, retry_after, "{kind:?}");
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store", "{kind:?}");
            assert_eq!(response.extensions().get(), Some(&kind));
        }
        assert_eq!(WrongMethod.into_response().headers()[header::CACHE_CONTROL], "no-store");
    }
}
