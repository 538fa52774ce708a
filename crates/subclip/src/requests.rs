//! What the log tells of requests: where they led at debug, and what failed as an error.

use axum::http::{Request, Response};
use subclip_app::Kind;
use tower_http::classify::{
    ClassifiedResponse, ClassifyResponse, NeverClassifyEos, ServerErrorsAsFailures, ServerErrorsFailureClass,
    SharedClassifier,
};
use tower_http::trace::{MakeSpan, TraceLayer};
use tracing::Span;

/// Tells the log of requests.
pub(crate) fn told() -> TraceLayer<SharedClassifier<Failures>, Spans> {
    TraceLayer::new(SharedClassifier::new(Failures)).make_span_with(Spans)
}

/// Takes answers of the server's own faults for failures. Who is refused because there is too much to do at once comes
/// back; under load that is an answer like others, and a line for each would bury those that tell of faults.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failures;

impl ClassifyResponse for Failures {
    type FailureClass = ServerErrorsFailureClass;
    type ClassifyEos = NeverClassifyEos<ServerErrorsFailureClass>;

    fn classify_response<B>(
        self,
        response: &Response<B>,
    ) -> ClassifiedResponse<Self::FailureClass, Self::ClassifyEos> {
        match response.extensions().get::<Kind>() {
            Some(Kind::Busy | Kind::NotReady) => ClassifiedResponse::Ready(Ok(())),
            _ => ServerErrorsAsFailures::new().classify_response(response),
        }
    }

    fn classify_error<E: std::fmt::Display + 'static>(self, error: &E) -> Self::FailureClass {
        ServerErrorsAsFailures::new().classify_error(error)
    }
}

/// Names a request by its method and path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spans;

impl<B> MakeSpan<B> for Spans {
    fn make_span(&mut self, request: &Request<B>) -> Span {
        tracing::debug_span!("request", method = %request.method(), path = shown_path(request.uri().path()))
    }
}

/// A path as it may be logged: the queries of signed links are left out before, and so are the secret of an upload's URL
/// and what makes a signed one good.
fn shown_path(path: &str) -> &str {
    if let Some(rest) = path.strip_prefix("/uploads/") {
        return &path[..path.len() - rest.len() + rest.find('/').unwrap_or(rest.len())];
    }
    let mut at = 0;
    let mut follows_packaging = false;
    for segment in path.split('/') {
        if let Some(dot) = segment.find('.').filter(|_| follows_packaging) {
            return &path[..at + dot];
        }
        follows_packaging = segment
            .strip_prefix('p')
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
        at += segment.len() + 1;
    }
    path
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[test]
    fn secrets_are_not_logged() {
        let check = |path: &str, expected: &str| assert_eq!(shown_path(path), expected);
        check("/uploads/abc/secret", "/uploads/abc");
        check("/uploads/abc", "/uploads/abc");
        check("/mux/video/v1/uploads/abc", "/mux/video/v1/uploads/abc");
        check("/abc/p5/all.key.expiry.-.signature/video/3.m4s", "/abc/p5/all");
        check("/mux/abc/p5/all.key.expiry.-.signature/video.m3u8", "/mux/abc/p5/all");
        check("/abc/p5/all.key.expiry.-.480p.signature/480p-1a2b3c4d.m3u8", "/abc/p5/all");
        check("/abc/p5/all/video/3.m4s", "/abc/p5/all/video/3.m4s");
        check("/abc/p5/1000-2000.key.expiry.-.signature/video.m3u8", "/abc/p5/1000-2000");
        check("/p5/x", "/p5/x");
        check("/health", "/health");
    }

    #[test]
    fn who_is_refused_is_no_failure() {
        let check = |status: StatusCode, kind: Option<Kind>, fails: bool| {
            let mut response = Response::builder().status(status).body(()).unwrap();
            if let Some(kind) = kind {
                response.extensions_mut().insert(kind);
            }
            let classified = Failures.classify_response(&response);
            let failed = matches!(classified, ClassifiedResponse::Ready(Err(_)));
            assert_eq!(failed, fails, "{status} {kind:?}");
        };
        let (later, fault) = (StatusCode::SERVICE_UNAVAILABLE, StatusCode::INTERNAL_SERVER_ERROR);
        check(StatusCode::OK, None, false);
        check(StatusCode::TOO_MANY_REQUESTS, None, false);
        check(later, Some(Kind::Busy), false);
        check(later, Some(Kind::NotReady), false);
        check(later, Some(Kind::Full), true);
        check(later, Some(Kind::Broken), true);
        check(later, None, true);
        check(fault, Some(Kind::Internal), true);
        check(fault, None, true);
    }
}
