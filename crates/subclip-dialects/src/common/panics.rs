//! A request at which the server panics is answered like any other: in the words of the face it came to.

use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt as _;
use subclip_app::Error;

use super::Face;

/// Middleware that lets face `F` answer for what panicked.
pub(crate) async fn caught<F: Face>(request: Request, next: Next) -> Response {
    caught_by(request, next, |error| F::refuse(error.into())).await
}

/// The same where something else than a face answers.
pub(crate) async fn caught_by(
    request: Request,
    next: Next,
    refuse: impl FnOnce(Error) -> Response,
) -> Response {
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    // Its message was printed when it happened.
    answer.unwrap_or_else(|_| refuse(Error::internal("a request panicked")))
}

/// The answer of a router that is laid around one whose handler panics.
#[cfg(test)]
pub(crate) async fn answer_to_panic(around: impl FnOnce(axum::Router) -> axum::Router) -> (Response, String) {
    use axum::body::Body;
    use tower::ServiceExt as _;

    let panics = async || -> () { panic!("as it should here") };
    let router = around(axum::Router::new().route("/", axum::routing::any(panics)));
    let (parts, body) = router.oneshot(Request::new(Body::empty())).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, 10_000).await.unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    (Response::from_parts(parts, Body::empty()), text)
}
