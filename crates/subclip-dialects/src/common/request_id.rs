//! A name for every request, in the answer's `X-Request-Id` and in the log, so that the two can be matched.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use subclip_app::random_name;
use tracing::Instrument as _;

const NAME: HeaderName = HeaderName::from_static("x-request-id");
const MOST_CHARACTERS: usize = 64;

/// Middleware that names a request, or keeps the name a proxy in front gave it.
pub(crate) async fn stamp(request: Request, next: Next) -> Response {
    let id = given(request.headers()).unwrap_or_else(random_name);
    let span = tracing::info_span!("request", id, method = %request.method());
    let mut response = next.run(request).instrument(span).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(NAME, value);
    }
    response
}

fn given(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(NAME)?.to_str().ok()?;
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    (plain && (1..=MOST_CHARACTERS).contains(&text.len())).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_only_plain_names() {
        for (text, kept) in [("abc-1.2_3", true), ("", false), ("a b", false), ("a\"b", false)] {
            let headers = HeaderMap::from_iter([(NAME, HeaderValue::from_static(text))]);
            assert_eq!(given(&headers).is_some(), kept, "{text}");
        }
    }
}
