//! The route, and the handler that passes bytes on without keeping any.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use subclip_app::{App, Error, Received, Upload};
use subclip_core::UploadId;
use tokio::time::timeout;

use super::cors::Cors;
use super::errors::{invalid, refuse, too_large, wrong_method};
use super::patience::patient;
use super::range::sent;
use crate::common;

/// The most bytes read and dropped: the largest part that the vendors' uploaders send.
const MOST_DROPPED_BYTES: usize = 512_000 * 1024;
/// How long that may take in all.
const LONGEST_DROP: Duration = Duration::from_secs(600);
/// How long it may take where nobody was asked to send anything.
const LONGEST_LINGER: Duration = Duration::from_secs(30);

/// `PUT` and `OPTIONS` of `/uploads/{UPLOAD_ID}/{SECRET}`. The secret is all the permission needed.
pub fn router(app: App) -> Router {
    around(Router::new().route("/uploads/{id}/{secret}", put(receive).options(preflight))).with_state(app)
}

/// What holds for all of it.
fn around<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .method_not_allowed_fallback(async || wrong_method())
        .layer(middleware::from_fn(caught))
        .layer(middleware::from_fn(common::stamp))
}

/// What a request is told at which the server panics: to come back, as after any fault of the server's own.
async fn caught(request: Request, next: Next) -> Response {
    common::caught_by(request, next, |error| Cors::anybody().on(refuse(error))).await
}

/// The upload's id and its secret, unless the path is no text.
type UrlParts = Result<Path<(String, String)>, PathRejection>;

async fn preflight(State(app): State<App>, parts: UrlParts, headers: HeaderMap) -> Response {
    let nothing = StatusCode::NO_CONTENT.into_response();
    match find(&app, parts).await {
        Ok((_, upload)) => Cors::new(&upload.cors_origin, &headers).on_preflight(nothing),
        Err(_) => Cors::anybody().on_preflight(nothing),
    }
}

async fn receive(State(app): State<App>, parts: UrlParts, request: Request) -> Response {
    match find(&app, parts).await {
        Ok((id, upload)) => {
            let cors = Cors::new(&upload.cors_origin, request.headers());
            cors.on(take(&app, id, &upload, request).await)
        }
        Err(error) => {
            // Who asks before sending has not begun to send.
            if !request.headers().contains_key(header::EXPECT) {
                let _ = timeout(LONGEST_LINGER, drop_rest(chunks_of(request.into_body()))).await;
            }
            Cors::anybody().on(refuse(error))
        }
    }
}

fn chunks_of(body: Body) -> impl Stream<Item = io::Result<Bytes>> + Send + Unpin {
    patient(body.into_data_stream().map(|chunk| chunk.map_err(io::Error::other)).boxed())
}

async fn find(app: &App, parts: UrlParts) -> Result<(UploadId, Upload), Error> {
    let Path((id, secret)) = parts.map_err(|_| Error::not_found("upload"))?;
    let id = id.parse().map_err(|_| Error::not_found("upload"))?;
    Ok((id, app.uploads().by_secret(id, &secret).await?))
}

async fn take(app: &App, id: UploadId, upload: &Upload, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // What is no text is no range either, and must not pass for a request without one.
    let header =
        |name| parts.headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or("(not text)"));
    let length = header(header::CONTENT_LENGTH).and_then(|text| text.parse().ok());
    let sent = match sent(header(header::CONTENT_RANGE), length) {
        Ok(sent) => sent,
        Err(sentence) => return invalid(&sentence),
    };
    let mut chunks = chunks_of(body);
    let received = app.uploads().receive(id, &upload.secret, sent, &mut chunks).await;
    // Whether all of it came or not, the answer is the same.
    let _ = timeout(LONGEST_DROP, drop_rest(chunks)).await;
    received.map_or_else(refuse, answer)
}

/// Reads what was not wanted: bytes past a hole, or sent again after the upload was complete. A client that is cut
/// off in the middle of sending would not see the answer. One that fell silent is not waited for again.
async fn drop_rest(mut chunks: impl Stream<Item = io::Result<Bytes>> + Send + Unpin) {
    let mut dropped_bytes = 0;
    while let Some(Ok(chunk)) = chunks.next().await {
        dropped_bytes += chunk.len();
        if dropped_bytes > MOST_DROPPED_BYTES {
            break;
        }
    }
}

/// 308 without `Location`, the protocol's "go on": `Range` tells what is stored.
fn answer(received: Received) -> Response {
    let length = match received {
        Received::Stored { length } => length,
        Received::Complete { .. } => return StatusCode::OK.into_response(),
        Received::TooLarge { most_bytes } => return too_large(most_bytes),
    };
    let mut response = StatusCode::PERMANENT_REDIRECT.into_response();
    let stored = length.checked_sub(1).map(|last| format!("bytes=0-{last}"));
    if let Some(value) = stored.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(header::RANGE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::answer_to_panic;
    use subclip_core::AssetId;

    #[tokio::test]
    async fn who_sends_when_the_server_panics_comes_back() {
        let (response, body) = answer_to_panic(around).await;
        assert_eq!(response.status().as_u16(), 503);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
        assert!(response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
        assert!(body.contains(r#""type":"internal_error""#), "{body}");
    }

    #[test]
    fn tells_what_is_stored() {
        let check = |received, status, range: Option<&str>| {
            let response = answer(received);
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(response.headers().get(header::RANGE).map(|r| r.to_str().unwrap()), range);
            assert!(!response.headers().contains_key(header::LOCATION));
        };
        check(Received::Stored { length: 0 }, 308, None);
        check(Received::Stored { length: 262_144 }, 308, Some("bytes=0-262143"));
        check(Received::Complete { asset: AssetId::from_bytes([1; 16]) }, 200, None);
        check(Received::TooLarge { most_bytes: 10 }, 413, None);
    }
}
