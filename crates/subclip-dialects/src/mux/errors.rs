//! What can go wrong, in Mux's envelope: `{"error": {"type": …, "messages": […]}}`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use subclip_app::{Error, Kind};

use crate::common::{Face, Fault, retry_after};

const UNKNOWN: &str = "The requested resource either doesn't exist or you don't have access to it.";

/// This dialect, as far as refusals go.
pub(super) struct Mux;

/// A refusal of this dialect.
pub(super) type Refused = crate::common::Refused<Mux>;

/// The result of every handler.
pub(super) type Answer<T> = Result<T, Refused>;

impl Face for Mux {
    fn refuse(fault: Fault) -> Response {
        match fault {
            Fault::Unauthorized => {
                let mut response = say(StatusCode::UNAUTHORIZED, "unauthorized", ["Unauthorized request"]);
                let challenge = HeaderValue::from_static("Basic realm=\"api\"");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
                response
            }
            Fault::ReadOnly => {
                say(StatusCode::FORBIDDEN, "forbidden", ["This access token has no permission to write."])
            }
            Fault::Invalid(messages) => say(StatusCode::BAD_REQUEST, "invalid_parameters", messages),
            Fault::BadId => say(StatusCode::BAD_REQUEST, "invalid_parameters", ["Failed to parse ID"]),
            Fault::TooLarge => {
                say(StatusCode::PAYLOAD_TOO_LARGE, "invalid_parameters", ["The request body is too large."])
            }
            Fault::NoRoute => say(StatusCode::NOT_FOUND, "not_found", [UNKNOWN]),
            Fault::WrongMethod => {
                let message = "This method is not available at this path.";
                say(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", [message])
            }
            Fault::App(error) => refuse_by_app(error),
        }
    }
}

/// Never 409, which the Node client takes as an invitation to send the same request again.
fn refuse_by_app(Error { kind, message, .. }: Error) -> Response {
    match kind {
        Kind::NotFound => say(StatusCode::NOT_FOUND, "not_found", [UNKNOWN]),
        Kind::Forbidden => say(StatusCode::FORBIDDEN, "forbidden", [message]),
        Kind::Invalid | Kind::NotReady | Kind::Conflict => {
            say(StatusCode::BAD_REQUEST, "invalid_parameters", [message])
        }
        Kind::Busy => retry_after(say(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", [message]), 1),
        Kind::Full => retry_after(say(StatusCode::SERVICE_UNAVAILABLE, "storage_full", [message]), 10),
        Kind::Broken | Kind::Internal => say(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", [message]),
    }
}

fn say<M: Into<String>>(status: StatusCode, kind: &str, messages: impl IntoIterator<Item = M>) -> Response {
    let messages: Vec<String> = messages.into_iter().map(Into::into).collect();
    (status, Json(json!({"error": {"type": kind, "messages": messages}}))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(fault: Fault, status: u16, body: &str, retry_after: Option<&str>) {
        let response = Mux::refuse(fault);
        assert_eq!(response.status().as_u16(), status, "{body}");
        let header = response.headers().get(header::RETRY_AFTER).cloned();
        assert_eq!(header.as_ref().map(|h| h.to_str().unwrap()), retry_after, "{body}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        let bytes = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        assert_eq!(String::from_utf8(bytes.to_vec()).unwrap(), body);
    }

    #[tokio::test]
    async fn every_fault_has_its_code_and_envelope() {
        let unknown = format!(r#"{{"error":{{"messages":["{UNKNOWN}"],"type":"not_found"}}}}"#);
        check(Error::not_found("asset").into(), 404, &unknown, None).await;
        check(Fault::NoRoute, 404, &unknown, None).await;
        let said =
            |kind: &str, text: &str| format!(r#"{{"error":{{"messages":["{text}"],"type":"{kind}"}}}}"#);
        check(Fault::BadId, 400, &said("invalid_parameters", "Failed to parse ID"), None).await;
        check(Fault::Unauthorized, 401, &said("unauthorized", "Unauthorized request"), None).await;
        check(Error::forbidden("No.").into(), 403, &said("forbidden", "No."), None).await;
        for error in [Error::invalid("No."), Error::not_ready("No."), Error::conflict("No.")] {
            check(error.into(), 400, &said("invalid_parameters", "No."), None).await;
        }
        check(Error::busy("Later.").into(), 429, &said("too_many_requests", "Later."), Some("1")).await;
        let full = Error::new(Kind::Full, "Full.");
        check(full.into(), 503, &said("storage_full", "Full."), Some("10")).await;
        let two = Fault::Invalid(vec!["One.".to_owned(), "Two.".to_owned()]);
        check(two, 400, r#"{"error":{"messages":["One.","Two."],"type":"invalid_parameters"}}"#, None).await;
    }
}
