//! What can go wrong, as `{"error": {"type": …, "messages": […]}}`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use subclip_app::{Error, Kind};

use super::wire::{Problem, ProblemBody};
use crate::common::{Face, Fault, retry_after};

/// This face, as far as refusals go.
pub(super) struct Own;

/// A refusal of this face.
pub(super) type Refused = crate::common::Refused<Own>;

/// The result of every handler.
pub(super) type Answer<T> = Result<T, Refused>;

impl Face for Own {
    fn refuse(fault: Fault) -> Response {
        match fault {
            Fault::Unauthorized => {
                let message = "Send an access token's id and secret as HTTP Basic credentials.";
                let mut response = say(StatusCode::UNAUTHORIZED, "unauthorized", [message]);
                let challenge = HeaderValue::from_static("Basic realm=\"subclip\"");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
                response
            }
            Fault::ReadOnly => say(StatusCode::FORBIDDEN, "forbidden", ["This access token may only read."]),
            Fault::Invalid(messages) => say(StatusCode::BAD_REQUEST, "invalid", messages),
            Fault::BadId => say(StatusCode::BAD_REQUEST, "invalid", ["What stands in the path is no id."]),
            Fault::TooLarge => {
                say(StatusCode::PAYLOAD_TOO_LARGE, "too_large", ["The body of the request is too large."])
            }
            Fault::NoRoute => say(StatusCode::NOT_FOUND, "not_found", ["There is nothing at this path."]),
            Fault::WrongMethod => {
                let message = "This path knows no such method.";
                say(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", [message])
            }
            Fault::App(error) => refuse_by_app(error),
        }
    }
}

fn refuse_by_app(Error { kind, message, .. }: Error) -> Response {
    match kind {
        Kind::NotFound => say(StatusCode::NOT_FOUND, "not_found", [message]),
        Kind::Forbidden => say(StatusCode::FORBIDDEN, "forbidden", [message]),
        Kind::Invalid => say(StatusCode::BAD_REQUEST, "invalid", [message]),
        Kind::NotReady => say(StatusCode::CONFLICT, "not_ready", [message]),
        Kind::Conflict => say(StatusCode::CONFLICT, "conflict", [message]),
        Kind::Busy => retry_after(say(StatusCode::TOO_MANY_REQUESTS, "busy", [message]), 1),
        Kind::Full => retry_after(say(StatusCode::SERVICE_UNAVAILABLE, "storage_full", [message]), 10),
        Kind::Broken | Kind::Internal => say(StatusCode::INTERNAL_SERVER_ERROR, "internal", [message]),
    }
}

fn say<M: Into<String>>(status: StatusCode, kind: &str, messages: impl IntoIterator<Item = M>) -> Response {
    let messages = messages.into_iter().map(Into::into).collect();
    (status, Json(ProblemBody { error: Problem { kind: kind.to_owned(), messages } })).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_code() {
        for (kind, status) in [
            (Kind::NotFound, 404),
            (Kind::Forbidden, 403),
            (Kind::Invalid, 400),
            (Kind::NotReady, 409),
            (Kind::Conflict, 409),
            (Kind::Busy, 429),
            (Kind::Full, 503),
            (Kind::Broken, 500),
            (Kind::Internal, 500),
        ] {
            let response = Own::refuse(Error::new(kind, "").into());
            assert_eq!(response.status().as_u16(), status, "{kind:?}");
        }
    }
}
