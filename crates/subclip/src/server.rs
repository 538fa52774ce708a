//! Everything that is served, under one listener.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use subclip_app::App;
use subclip_playback::{JoinBy, Sending};
use tower_http::catch_panic::CatchPanicLayer;

use crate::requests;

/// All routes: the APIs, the upload URLs, and playback at the root and under each dialect's prefix.
pub(crate) fn router(app: &App, join: JoinBy) -> Router {
    let playback = subclip_playback::router(app.clone(), join, Sending::default());
    let mux = subclip_dialects::mux::router(app.clone()).merge(playback.clone());
    Router::new()
        .route("/health", get(health))
        .with_state(app.clone())
        .merge(subclip_dialects::own::router(app.clone()))
        .merge(subclip_dialects::uploads::router(app.clone()))
        .nest("/mux", mux)
        .merge(subclip_playback::at_root(playback))
        // What the faces do not answer for themselves: each tells of a panic in its own words.
        .layer(CatchPanicLayer::new())
        .layer(requests::told())
}

async fn health(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.health().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
