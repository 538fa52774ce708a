//! The URLs that viewers fetch.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::handler::Handler as _;
use axum::http::{HeaderMap, HeaderName, Method, Response, Uri, header};
use axum::response::IntoResponse as _;
use axum::routing::get;
use subclip_app::{AnimationFormat, App, Error, PictureFormat, Playable, Purpose, RenditionKind};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};

use crate::animation::AnimationQuery;
use crate::asked::{Asked, Manner};
use crate::caches::Caches;
use crate::error::{ViewerError, WrongMethod};
use crate::keys;
use crate::manifest::{self, Beside};
use crate::master::{self, MASTERS};
use crate::picture::PictureQuery;
use crate::playlists::{self, JoinBy};
use crate::representation::Representation;
use crate::scope::{PACKAGING, Scope};
use crate::sending::Sending;
use crate::storyboard::MapFormat;
use crate::text;
use crate::tiles::TILES;
use crate::url::{Path, Query};
use crate::viewers::{Viewers, allow, manifest, playlist};
use crate::wishes::Wishes;

/// The routes of playback: `/{PLAYBACK_ID}.m3u8` and `.mpd`, and everything under `/{PLAYBACK_ID}/`; what playlists name lies under
/// `/{PLAYBACK_ID}/p{PACKAGING}/{SCOPE}/`.
///
/// `join` is how clips are joined in playlists that are asked for without saying; `sending` is what answers may hold while
/// they are sent.
pub fn router(app: App, join: JoinBy, sending: Sending) -> Router {
    let routes = Router::new()
        .route("/{file}", get(top))
        .route("/{id}/{file}", get(named))
        .route(&format!("/{MASTERS}/{{file}}"), get(master::file))
        .route("/{id}/text/{file}", get(text_file))
        .route(&format!("/{{id}}/p{PACKAGING}/{{scope}}/{{file}}"), get(media_playlist))
        .route(&format!("/{{id}}/p{PACKAGING}/{{scope}}/{{representation}}/{{file}}"), get(media));
    around(routes).with_state(Viewers { caches: Caches::new(), app, join, sending })
}

/// What holds for all of it.
fn around<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .method_not_allowed_fallback(async || WrongMethod)
        .layer(CatchPanicLayer::custom(|_| {
            // Its message was printed when it happened.
            ViewerError(Error::internal("a request panicked")).into_response()
        }))
        .layer(cors())
}

/// The same at the root of a server, where it also answers for every path that nobody knows.
pub fn at_root(playback: Router) -> Router {
    playback.fallback(nothing_here.layer(cors()))
}

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers([header::RANGE, header::IF_RANGE, header::IF_MATCH, header::IF_NONE_MATCH])
        .expose_headers([
            header::CONTENT_LENGTH,
            header::CONTENT_RANGE,
            header::ACCEPT_RANGES,
            header::ETAG,
            HeaderName::from_static("date"),
        ])
}

async fn nothing_here() -> ViewerError {
    Error::not_found("path").into()
}

type Answer = std::result::Result<Response<Body>, ViewerError>;

/// The address of an id: everything there is to choose from, for HLS or for DASH.
async fn top(
    State(viewers): State<Viewers>,
    Path(file): Path<String>,
    Query(manner): Query<Manner>,
    Query(wishes): Query<Wishes>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let (id, dash) = match file.strip_suffix(".mpd") {
        Some(id) => (id, true),
        None => (file.strip_suffix(".m3u8").unwrap_or(&file), false),
    };
    // Whoever asks for `favicon.ico` asks for a file and misspells no id.
    if id.contains('.') {
        return Err(Error::not_found("file").into());
    }
    let admission = viewers.admit(Asked::new(id, Purpose::Video, &manner)?, &headers).await?;
    let wishes = admission.wishes(wishes)?;
    let (join, choice) = (wishes.join(viewers.join)?, wishes.choice()?);
    let (package, rates) = if dash {
        viewers.package_and_marks(&admission, join, &choice).await?
    } else {
        viewers.package_and_rates(&admission, join).await?
    };
    let folder = admission.scope(&viewers.app).await?.folder();
    let base = format!("{id}/{folder}");
    let shown = wishes.default_subtitles_lang.as_deref();
    // Captions come and go while the package stays, and sounds get other names, so they are those of what was looked up now.
    let Playable { sounds, texts, .. } = &*admission.playable;
    let captions = text::renditions(&admission.playable, &base, shown);
    let name = format!("{}{}{}", choice.name(), rates.marks_name(), text::fingerprint(&captions, sounds));
    let resource = if dash {
        let beside = Beside { sounds, texts };
        let text = manifest::manifest(&package, &rates, &base, join, &choice, beside)?.to_string();
        manifest(&package, &format!("manifest{name}"), join, &folder, text)
    } else {
        let mut multivariant = playlists::multivariant(&package, &rates, &base, join, &choice, sounds)?;
        multivariant.text = captions;
        if choice.images {
            multivariant.images.extend(viewers.tiles_variant(&admission.playable, &base));
        }
        playlist(&package, &format!("multivariant{name}"), join, &folder, multivariant.to_string())
    };
    Ok(resource.respond(&method, &headers, admission.audience, &viewers.sending)?)
}

/// What stands beside an id's media.
enum Named {
    File(RenditionKind),
    Picture(PictureFormat),
    Animation(AnimationFormat),
    Storyboard(PictureFormat),
    StoryboardMap(MapFormat),
}

impl Named {
    fn read(file: &str) -> Option<Self> {
        Some(match file {
            "thumbnail.jpg" => Self::Picture(PictureFormat::Jpeg),
            "thumbnail.png" => Self::Picture(PictureFormat::Png),
            "thumbnail.webp" => Self::Picture(PictureFormat::Webp),
            "animated.gif" => Self::Animation(AnimationFormat::Gif),
            "animated.webp" => Self::Animation(AnimationFormat::Webp),
            "storyboard.jpg" => Self::Storyboard(PictureFormat::Jpeg),
            "storyboard.png" => Self::Storyboard(PictureFormat::Png),
            "storyboard.webp" => Self::Storyboard(PictureFormat::Webp),
            "storyboard.vtt" => Self::StoryboardMap(MapFormat::Vtt),
            "storyboard.json" => Self::StoryboardMap(MapFormat::Json),
            _ => Self::File(RenditionKind::all().find(|kind| kind.file_name() == file)?),
        })
    }

    fn purpose(&self) -> Purpose {
        match self {
            Self::File(_) => Purpose::Video,
            Self::Picture(_) => Purpose::Thumbnail,
            Self::Animation(_) => Purpose::Animation,
            Self::Storyboard(_) | Self::StoryboardMap(_) => Purpose::Storyboard,
        }
    }
}

async fn named(
    State(viewers): State<Viewers>,
    Path((id, file)): Path<(String, String)>,
    Query(manner): Query<Manner>,
    uri: Uri,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    // A name that means nothing is not found, whatever stands before it: it may be another API's path.
    let named = Named::read(&file).ok_or_else(|| Error::not_found("file"))?;
    let admission = viewers.admit(Asked::new(&id, named.purpose(), &manner)?, &headers).await?;
    let resource = match named {
        Named::File(kind) => {
            let save_as = admission.wishes(Query::of(&uri)?.0)?.download;
            viewers.file(&admission, kind, save_as.as_deref()).await?
        }
        Named::Picture(format) => {
            let query: PictureQuery = admission.image(Query::of(&uri)?.0)?;
            viewers.picture(&admission, &query, format).await?
        }
        Named::Animation(format) => {
            let query: AnimationQuery = admission.image(Query::of(&uri)?.0)?;
            viewers.animation(&admission, &query.parse(format)?, &headers).await?
        }
        Named::Storyboard(format) => viewers.storyboard(&admission, format, &headers).await?,
        Named::StoryboardMap(map) => {
            let format = admission.map_query(Query::of(&uri)?.0)?.picture()?;
            viewers.storyboard_map(&admission, map, format, &manner)?
        }
    };
    Ok(resource.respond(&method, &headers, admission.audience, &viewers.sending)?)
}

/// Captions as files of their own: `text/{TEXT_TRACK}.vtt`, and what is said as `.txt`.
async fn text_file(
    State(viewers): State<Viewers>,
    Path((id, file)): Path<(String, String)>,
    Query(manner): Query<Manner>,
    Query(wishes): Query<Wishes>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let admission = viewers.admit(Asked::new(&id, Purpose::Video, &manner)?, &headers).await?;
    let save_as = admission.wishes(wishes)?.download;
    let resource = text::file(&viewers, &admission, &file, save_as).await?;
    Ok(resource.respond(&method, &headers, admission.audience, &viewers.sending)?)
}

async fn media_playlist(
    State(viewers): State<Viewers>,
    Path((id, scope, file)): Path<(String, String, String)>,
    Query(wishes): Query<Wishes>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let scope = Scope::read(&scope)?;
    if let Some(text) = file.strip_suffix(".m3u8").and_then(text::read_name) {
        let admission = viewers.admit_in(&id, &scope, &headers).await?;
        let resource = text::playlist(&admission, text)?;
        return Ok(resource.respond(&method, &headers, admission.audience, &viewers.sending)?);
    }
    if file.strip_suffix(".m3u8") == Some(TILES) {
        let admission = viewers.admit(Asked::in_scope(&id, &scope)?, &headers).await?;
        let text = viewers.tiles_playlist(&admission)?.to_string();
        let package = viewers.package(&admission).await?;
        let resource = playlist(&package, &file, viewers.join, &scope.folder(), text);
        return Ok(resource.respond(&method, &headers, admission.audience, &viewers.sending)?);
    }
    let representation = file
        .strip_suffix(".m3u8")
        .and_then(Representation::read)
        .ok_or_else(|| Error::not_found("playlist"))?;
    let admission = viewers.admit_in(&id, &scope, &headers).await?;
    let package = viewers.package(&admission).await?;
    allow(&admission, &package, representation)?;
    let join = wishes.join(viewers.join)?;
    let representation = viewers.marked(&admission, &package, representation).await?;
    let text = match representation {
        Representation::Keys => keys::playlist(&package, join)?.to_string(),
        _ => playlists::media(&package, representation, join)?.to_string(),
    };
    let resource = playlist(&package, &representation.name(), join, &scope.folder(), text);
    Ok(resource.respond(&method, &headers, admission.audience, &viewers.sending)?)
}

async fn media(
    State(viewers): State<Viewers>,
    Path((id, scope, representation, file)): Path<(String, String, String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let scope = Scope::read(&scope)?;
    if let Some(text) = text::read_name(&representation) {
        let admission = viewers.admit_in(&id, &scope, &headers).await?;
        let resource = text::segment(&viewers, &admission, text, &file).await?;
        return Ok(resource.respond(&method, &headers, admission.audience, &viewers.sending)?);
    }
    if representation == TILES {
        let admission = viewers.admit(Asked::in_scope(&id, &scope)?, &headers).await?;
        let resource = viewers.tiles(&admission, &file, &headers).await?;
        return Ok(resource.respond(&method, &headers, admission.audience, &viewers.sending)?);
    }
    let representation = Representation::read(&representation).ok_or_else(|| Error::not_found("path"))?;
    let admission = viewers.admit_in(&id, &scope, &headers).await?;
    let resource = viewers.media(&admission, representation, &file).await?;
    Ok(resource.respond(&method, &headers, admission.audience, &viewers.sending)?)
}

#[cfg(test)]
mod tests {
    use axum::extract::Request;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_viewer_is_told_of_a_panic_as_of_any_fault() {
        let panics = async || -> () { panic!("as it should here") };
        let router = around(Router::new().route("/", get(panics)));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status().as_u16(), 500);
        assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"]["type"], "internal_error");
    }
}
