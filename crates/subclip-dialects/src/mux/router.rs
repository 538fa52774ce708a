//! The URL tree.

use axum::Router;
use axum::middleware;
use axum::routing::{delete, get, patch, post, put};
use subclip_app::App;

use super::errors::{Mux, Refused};
use super::handlers as on;
use crate::common::{self, Fault};

/// The Mux dialect, with paths as after Mux's own host: `/video/v1/assets`. What lies outside it is answered with
/// Mux's own 404.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .route("/video/v1/assets", post(on::create_asset).get(on::list_assets))
        .route("/video/v1/assets/{id}", get(on::get_asset).patch(on::update_asset).delete(on::delete_asset))
        .route("/video/v1/assets/{id}/thumbnail-time", delete(on::clear_thumbnail_time))
        .route("/video/v1/assets/{id}/input-info", get(on::input_info))
        .route("/video/v1/assets/{id}/mp4-support", put(on::update_mp4_support))
        .route("/video/v1/assets/{id}/master-access", put(on::update_master_access))
        .route("/video/v1/assets/{id}/static-renditions", post(on::create_static_rendition))
        .route("/video/v1/assets/{id}/static-renditions/{rendition}", delete(on::delete_static_rendition))
        .route("/video/v1/assets/{id}/tracks", post(on::create_track))
        .route("/video/v1/assets/{id}/tracks/{track}", patch(on::update_track).delete(on::delete_track))
        .route("/video/v1/assets/{id}/tracks/{track}/generate-subtitles", post(on::generate_subtitles))
        .route("/video/v1/assets/{id}/playback-ids", post(on::create_playback_id))
        .route(
            "/video/v1/assets/{id}/playback-ids/{playback}",
            get(on::get_playback_id).delete(on::delete_playback_id),
        )
        .route("/video/v1/playback-ids/{playback}", get(on::find_playback_id))
        .route("/video/v1/uploads", post(on::create_upload).get(on::list_uploads))
        .route("/video/v1/uploads/{id}", get(on::get_upload))
        .route("/video/v1/uploads/{id}/cancel", put(on::cancel_upload))
        .route("/video/v1/playback-restrictions", post(on::create_restriction).get(on::list_restrictions))
        .route(
            "/video/v1/playback-restrictions/{id}",
            get(on::get_restriction).delete(on::delete_restriction),
        )
        .route("/video/v1/playback-restrictions/{id}/referrer", put(on::update_referrer))
        .route("/video/v1/playback-restrictions/{id}/user_agent", put(on::update_user_agent))
        .route("/video/v1/signing-keys", post(on::create_signing_key).get(on::list_signing_keys))
        .route("/video/v1/signing-keys/{id}", get(on::get_signing_key).delete(on::delete_signing_key))
        .route("/system/v1/signing-keys", post(on::create_signing_key).get(on::list_signing_keys))
        .route("/system/v1/signing-keys/{id}", get(on::get_signing_key).delete(on::delete_signing_key))
        .route("/system/v1/webhooks", post(on::create_webhook).get(on::list_webhooks))
        .route(
            "/system/v1/webhooks/{id}",
            get(on::get_webhook).patch(on::update_webhook).delete(on::delete_webhook),
        )
        .route("/system/v1/whoami", get(on::whoami));
    around(routes).with_state(app)
}

/// What holds for all that lies under the prefix.
fn around<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .method_not_allowed_fallback(async || Refused::new(Fault::WrongMethod))
        .fallback(async || Refused::new(Fault::NoRoute))
        .layer(middleware::from_fn(common::caught::<Mux>))
        .layer(middleware::from_fn(common::stamp))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::answer_to_panic;

    #[tokio::test]
    async fn a_panic_is_answered_in_the_envelope() {
        let (response, body) = answer_to_panic(around).await;
        assert_eq!(response.status().as_u16(), 500);
        assert!(response.headers().contains_key("x-request-id"));
        let message = "Something went wrong inside the server; its log says what.";
        assert_eq!(body, format!(r#"{{"error":{{"messages":["{message}"],"type":"internal_error"}}}}"#));
    }
}
