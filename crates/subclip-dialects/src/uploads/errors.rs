//! What can go wrong with bytes on their way in, in codes that uploaders act on (they come back after 503 and give up
//! after anything else) and in Mux's envelope and types, since the uploaders that read it are Mux's.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use subclip_app::{Error, Kind};

use crate::common::retry_after;

/// The answer to bytes that could not be taken.
pub(super) fn refuse(Error { kind, message, .. }: Error) -> Response {
    let mut response = match kind {
        Kind::NotFound => say(StatusCode::NOT_FOUND, "not_found", "There is no such upload."),
        Kind::Invalid => invalid(&message),
        // Two senders that both came back would end each other for ever.
        Kind::Conflict => say(StatusCode::CONFLICT, "conflict", &message),
        Kind::Forbidden => say(StatusCode::GONE, "forbidden", &message),
        Kind::NotReady | Kind::Busy => later("service_unavailable", &message, 1),
        Kind::Full => later("storage_full", &message, 10),
        Kind::Broken | Kind::Internal => later("internal_error", &message, 1),
    };
    // For the log, which tells refusals from faults by it.
    response.extensions_mut().insert(kind);
    response
}

/// The answer to a request that makes no sense.
pub(super) fn invalid(message: &str) -> Response {
    say(StatusCode::BAD_REQUEST, "invalid_parameters", message)
}

/// The answer to a file that is larger than this server takes.
pub(super) fn too_large(most_bytes: u64) -> Response {
    let message =
        format!("The file has more than {most_bytes} bytes, which is the most that this server takes.");
    say(StatusCode::PAYLOAD_TOO_LARGE, "invalid_parameters", &message)
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

    #[tokio::test]
    async fn only_what_may_pass_invites_another_try() {
        for (kind, status, word) in [
            (Kind::NotFound, 404, "not_found"),
            (Kind::Forbidden, 410, "forbidden"),
            (Kind::Invalid, 400, "invalid_parameters"),
            (Kind::Conflict, 409, "conflict"),
            (Kind::NotReady, 503, "service_unavailable"),
            (Kind::Busy, 503, "service_unavailable"),
            (Kind::Full, 503, "storage_full"),
            (Kind::Broken, 503, "internal_error"),
            (Kind::Internal, 503, "internal_error"),
        ] {
            let response = refuse(Error::new(kind, "Why."));
            assert_eq!(response.status().as_u16(), status, "{kind:?}");
            assert_eq!(response.headers().contains_key(header::RETRY_AFTER), status == 503, "{kind:?}");
            assert_eq!(response.extensions().get(), Some(&kind));
            let expected_message = if kind == Kind::NotFound { "There is no such upload." } else { "Why." };
            let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
            let expected = format!(r#"{{"error":{{"messages":["{expected_message}"],"type":"{word}"}}}}"#);
            assert_eq!(String::from_utf8(body.to_vec()).unwrap(), expected, "{kind:?}");
        }
    }
}
