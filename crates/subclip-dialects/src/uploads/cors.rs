//! Which web pages may send an upload's bytes (the Fetch standard's CORS protocol).

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};

/// What an upload says of origins, met with a request's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cors {
    allow: Option<HeaderValue>,
}

impl Cors {
    /// For an upload that takes bytes from `allowed`: an origin, or `*`.
    pub(super) fn new(allowed: &str, request: &HeaderMap) -> Self {
        let allow = if allowed.trim() == "*" {
            Some(HeaderValue::from_static("*"))
        } else {
            let asking = request.get(header::ORIGIN);
            asking.filter(|origin| origin.to_str().is_ok_and(|origin| same(allowed, origin))).cloned()
        };
        Self { allow }
    }

    /// For a request that finds no upload: its page may know that.
    pub(super) fn anybody() -> Self {
        Self { allow: Some(HeaderValue::from_static("*")) }
    }

    /// Puts the headers on an answer, so that the page can read it and its `Range`.
    pub(super) fn on(self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        if let Some(allow) = self.allow {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allow);
            let exposed = HeaderValue::from_static("Range, Retry-After");
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
        response
    }

    /// Puts the headers of a preflight's answer on `response`.
    pub(super) fn on_preflight(self, response: Response) -> Response {
        let mut response = self.on(response);
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "PUT, OPTIONS"),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type, Content-Range"),
            (header::ACCESS_CONTROL_MAX_AGE, "3600"),
        ] {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// Owners write origins with a path or a final slash, and in any case.
fn same(allowed: &str, origin: &str) -> bool {
    let allowed = allowed.trim().to_ascii_lowercase();
    let end = allowed.find("://").map_or(0, |scheme| scheme + 3);
    let host_end = allowed[end..].find('/').map_or(allowed.len(), |slash| end + slash);
    allowed[..host_end] == origin.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse as _;

    fn check(allowed: &str, origin: Option<&'static str>, expected: Option<&str>) {
        let mut request = HeaderMap::new();
        if let Some(origin) = origin {
            request.insert(header::ORIGIN, HeaderValue::from_static(origin));
        }
        let response = Cors::new(allowed, &request).on_preflight(().into_response());
        let allow = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!(allow.map(|value| value.to_str().unwrap()), expected, "{allowed} {origin:?}");
    }

    #[test]
    fn the_uploads_origin_and_no_other() {
        check("https://example.com", Some("https://example.com"), Some("https://example.com"));
        check("https://Example.com/", Some("https://example.com"), Some("https://example.com"));
        check("http://localhost:3000/up", Some("http://localhost:3000"), Some("http://localhost:3000"));
        check("https://example.com", Some("https://example.com.evil.test"), None);
        check("https://example.com", Some("http://example.com"), None);
        check("https://example.com", None, None);
        check("*", Some("https://anywhere.test"), Some("*"));
        check("*", None, Some("*"));
        check("", Some("https://example.com"), None);
    }
}
