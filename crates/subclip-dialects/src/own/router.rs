//! The URL tree and its description, which are made of the same list.

use axum::Router;
use axum::middleware;
use axum::routing::any;
use subclip_app::App;
use utoipa::OpenApi;
use utoipa::openapi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::docs;
use super::errors::{Own, Refused};
use super::handlers::{
    assets, audio_tracks, clips, deliveries, events, health, masters, playback_ids, renditions, restrictions,
    signing_keys, text_tracks, tokens, uploads, webhooks,
};
use super::wire::ProblemBody;
use crate::common::{self, Fault};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Subclip",
        description = "Exact video clips: take in a video, cut clips of it to the frame, hand out links that play.",
    ),
    modifiers(&TokenScheme),
    // Refusals are referred to only.
    components(schemas(ProblemBody)),
    tags(
        (name = "Assets", description = "Something playable, or on its way to be."),
        (name = "Clips", description = "Assets that are cut from others."),
        (name = "Renditions", description = "Files of an asset to download."),
        (name = "Text tracks", description = "Captions of an asset."),
        (name = "Audio tracks", description = "Sounds of an asset beside the first."),
        (name = "Playback ids", description = "What viewers' URLs carry."),
        (name = "Signing keys", description = "What tokens for signed playback ids are checked with."),
        (name = "Playback restrictions", description = "From where and with what signed playback ids play."),
        (name = "Uploads", description = "Sending a file to the server."),
        (name = "Events", description = "What happened."),
        (name = "Webhooks", description = "Endpoints that are told of it."),
        (name = "Tokens", description = "Who may use this API."),
        (name = "Health", description = "Whether the server can work."),
    ),
)]
struct Description;

struct TokenScheme;

impl utoipa::Modify for TokenScheme {
    fn modify(&self, api: &mut openapi::OpenApi) {
        let basic = Http::builder()
            .scheme(HttpAuthScheme::Basic)
            .description(Some("An access token: its id as the user name, its secret as the password."));
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(basic.build()));
    }
}

/// Subclip's own API: all of `/v1`, with its description at `/v1/openapi.json` and a page to read at `/v1/docs`.
pub fn router(app: App) -> Router {
    let (router, api) = described();
    let routes = router
        .merge(docs::router(&api))
        // Not a fallback, since this router shares its root with others.
        .route("/v1", any(async || Refused::new(Fault::NoRoute)))
        .route("/v1/", any(async || Refused::new(Fault::NoRoute)))
        .route("/v1/{*rest}", any(async || Refused::new(Fault::NoRoute)));
    around(routes).with_state(app)
}

/// What holds for all of it.
fn around<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .method_not_allowed_fallback(async || Refused::new(Fault::WrongMethod))
        .layer(middleware::from_fn(common::caught::<Own>))
        .layer(middleware::from_fn(common::stamp))
}

/// All that is described, and its description.
pub(super) fn described() -> (Router<App>, openapi::OpenApi) {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(assets::create, assets::list))
        .routes(routes!(assets::get, assets::update, assets::delete))
        .routes(routes!(clips::create))
        .routes(routes!(masters::give, masters::withdraw))
        .routes(routes!(renditions::create))
        .routes(routes!(renditions::get, renditions::delete))
        .routes(routes!(text_tracks::create))
        .routes(routes!(text_tracks::send))
        .routes(routes!(text_tracks::get, text_tracks::update, text_tracks::delete))
        .routes(routes!(audio_tracks::create))
        .routes(routes!(audio_tracks::get, audio_tracks::update, audio_tracks::delete))
        .routes(routes!(playback_ids::create))
        .routes(routes!(playback_ids::get, playback_ids::delete))
        .routes(routes!(playback_ids::find))
        .routes(routes!(signing_keys::create, signing_keys::list))
        .routes(routes!(signing_keys::get, signing_keys::delete))
        .routes(routes!(restrictions::create, restrictions::list))
        .routes(routes!(restrictions::get, restrictions::update, restrictions::delete))
        .routes(routes!(uploads::create, uploads::list))
        .routes(routes!(uploads::get))
        .routes(routes!(uploads::cancel))
        .routes(routes!(events::list))
        .routes(routes!(events::get))
        .routes(routes!(webhooks::create, webhooks::list))
        .routes(routes!(webhooks::get, webhooks::update, webhooks::delete))
        .routes(routes!(webhooks::rotate_secret))
        .routes(routes!(webhooks::test))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::get))
        .routes(routes!(deliveries::resend))
        .routes(routes!(tokens::create, tokens::list))
        .routes(routes!(tokens::revoke))
        .routes(routes!(health::health))
        .split_for_parts()
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
        assert_eq!(body, format!(r#"{{"error":{{"type":"internal","messages":["{message}"]}}}}"#));
    }
}
