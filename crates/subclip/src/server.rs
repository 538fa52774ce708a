//! Everything that is served, under one listener.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::routing::get;
use subclip_app::App;
use subclip_playback::JoinBy;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::TraceLayer;

/// All routes: the APIs, the upload URLs, and playback at the root and under each dialect's prefix.
pub(crate) fn router(app: &App, join: JoinBy) -> Router {
    let playback = subclip_playback::router(app.clone(), join);
    let mux = subclip_dialects::mux::router(app.clone()).merge(playback.clone());
    Router::new()
        .route("/health", get(health))
        .with_state(app.clone())
        .merge(subclip_dialects::own::router(app.clone()))
        .merge(subclip_dialects::uploads::router(app.clone()))
        .nest("/mux", mux)
        .merge(subclip_playback::at_root(playback))
        .layer(CatchPanicLayer::new())
        .layer(TraceLayer::new_for_http().make_span_with(|request: &Request| {
            tracing::debug_span!("request", method = %request.method(), path = shown_path(request.uri().path()))
        }))
}

async fn health(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.health().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}

/// A path as it may be logged: the queries of signed links are left out before, and so are the secret of an upload's URL
/// and what makes a signed one good.
fn shown_path(path: &str) -> &str {
    if let Some(rest) = path.strip_prefix("/uploads/") {
        return &path[..path.len() - rest.len() + rest.find('/').unwrap_or(rest.len())];
    }
    match path.find("/signed/") {
        Some(at) => &path[..at + "/signed".len()],
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_logged() {
        let check = |path: &str, expected: &str| assert_eq!(shown_path(path), expected);
        check("/uploads/abc/secret", "/uploads/abc");
        check("/uploads/abc", "/uploads/abc");
        check("/mux/video/v1/uploads/abc", "/mux/video/v1/uploads/abc");
        check("/abc/signed/key.expiry.-.signature/video/3.m4s", "/abc/signed");
        check("/mux/abc/signed/key.expiry.-.signature/video.m3u8", "/mux/abc/signed");
        check("/abc/signed", "/abc/signed");
        check("/health", "/health");
    }
}
