//! What can go wrong with bytes on their way in, in codes that uploaders act on: they come back after 503 and give
//! up after anything else.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use subclip_app::{Error, Kind};

use crate::common::retry_after;

/// The answer to bytes that could not be taken.
pub(super) fn refuse(Error { kind, message }: Error) -> Response {
    match kind {
        Kind::NotFound => say(StatusCode::NOT_FOUND, "not_found", "There is no such upload."),
        Kind::Invalid => say(StatusCode::BAD_REQUEST, "invalid", &message),
        // Two senders that both came back would end each other for ever.
        Kind::Conflict => say(StatusCode::CONFLICT, "conflict", &message),
        Kind::Forbidden => say(StatusCode::GONE, "gone", &message),
        Kind::NotReady | Kind::Busy => later("busy", &message, 1),
        Kind::Full => later("storage_full", &message, 10),
        Kind::Broken | Kind::Internal => later("internal", &message, 1),
    }
}

/// The answer to headers that make no sense.
pub(super) fn invalid(message: &str) -> Response {
    say(StatusCode::BAD_REQUEST, "invalid", message)
}

/// The answer to a file that is larger than this server takes.
pub(super) fn too_large(most_bytes: u64) -> Response {
    let message =
        format!("The file has more than {most_bytes} bytes, which is the most that this server takes.");
    say(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &message)
}

/// The answer to any method but `PUT`.
pub(super) fn wrong_method() -> Response {
    say(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Bytes are sent by PUT.")
}

fn later(kind: &str, message: &str, seconds: u32) -> Response {
    retry_after(say(StatusCode::SERVICE_UNAVAILABLE, kind, message), seconds)
}

fn say(status: StatusCode, kind: &str, message: &str) -> Response {
    (status, Json(json!({"error": {"type": kind, "messages": [message]}}))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header;

    #[test]
    fn only_what_may_pass_invites_another_try() {
        for (kind, status) in [
            (Kind::NotFound, 404),
            (Kind::Forbidden, 410),
            (Kind::Invalid, 400),
            (Kind::Conflict, 409),
            (Kind::NotReady, 503),
            (Kind::Busy, 503),
            (Kind::Full, 503),
            (Kind::Broken, 503),
            (Kind::Internal, 503),
        ] {
            let response = refuse(Error { kind, message: String::new() });
            assert_eq!(response.status().as_u16(), status, "{kind:?}");
            assert_eq!(response.headers().contains_key(header::RETRY_AFTER), status == 503, "{kind:?}");
        }
    }
}
