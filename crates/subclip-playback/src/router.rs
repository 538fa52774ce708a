//! The URLs that viewers fetch.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::handler::Handler as _;
use axum::http::{HeaderMap, HeaderName, Method, Response, header};
use axum::routing::get;
use serde::Deserialize;
use subclip_app::{App, Error, PictureFormat, Result};
use subclip_core::Medium;
use tower_http::cors::{Any, CorsLayer};

use crate::asked::{Asked, Manner};
use crate::caches::Caches;
use crate::error::{ViewerError, WrongMethod};
use crate::picture::PictureQuery;
use crate::playlists::{self, JoinBy};
use crate::url::{Path, Query};
use crate::viewers::{File, Viewers, playlist};

/// The routes of playback: `/{PLAYBACK_ID}.m3u8`, and everything under `/{PLAYBACK_ID}/`.
///
/// `join` is how clips are joined in playlists that are asked for without saying.
pub fn router(app: App, join: JoinBy) -> Router {
    Router::new()
        .route("/{file}", get(multivariant))
        .route("/{id}/{file}", get(named))
        .route("/{id}/video/{file}", get(video))
        .route("/{id}/audio/{file}", get(audio))
        .method_not_allowed_fallback(async || WrongMethod)
        .layer(cors())
        .with_state(Viewers { caches: Caches::new(), app, join })
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

/// What a query may wish for. Each URL looks at what concerns it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wishes {
    /// How a playlist joins the parts of a clip.
    join: Option<String>,
    /// The name a file is to be saved under.
    download: Option<String>,
}

impl Wishes {
    fn join(&self, default: JoinBy) -> Result<JoinBy> {
        match self.join.as_deref() {
            None | Some("") => Ok(default),
            Some("one-init") => Ok(JoinBy::OneInit),
            Some("discontinuity") => Ok(JoinBy::Discontinuity),
            Some(_) => Err(Error::invalid("join: write one-init or discontinuity")),
        }
    }
}

async fn multivariant(
    State(viewers): State<Viewers>,
    Path(file): Path<String>,
    Query(manner): Query<Manner>,
    Query(wishes): Query<Wishes>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let id = file.strip_suffix(".m3u8").unwrap_or(&file);
    // Whoever asks for `favicon.ico` asks for a file and misspells no id.
    if id.contains('.') {
        return Err(Error::not_found("file").into());
    }
    let (package, rates) = viewers.package_and_rates(Asked::new(id, &manner)?).await?;
    let join = wishes.join(viewers.join)?;
    let text = playlists::multivariant(&package, rates, id, join)?.to_string();
    Ok(playlist(&package, "multivariant", join, text).respond(&method, &headers))
}

async fn named(
    State(viewers): State<Viewers>,
    Path((id, file)): Path<(String, String)>,
    Query(manner): Query<Manner>,
    Query(wishes): Query<Wishes>,
    Query(picture): Query<PictureQuery>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    // A name that means nothing is not found, whatever stands before it: it may be another API's path.
    let asked = Asked::new(&id, &manner);
    let pictured = Asked::for_picture(&id, &manner);
    let resource = match file.as_str() {
        "video.m3u8" | "audio.m3u8" => {
            let medium = if file.starts_with("video") { Medium::Video } else { Medium::Audio };
            let package = viewers.package(asked?).await?;
            let join = wishes.join(viewers.join)?;
            let text = playlists::media(&package, medium, join)?.to_string();
            playlist(&package, &file, join, text)
        }
        "highest.mp4" => viewers.file(asked?, File::Film, wishes.download).await?,
        "audio.m4a" => viewers.file(asked?, File::Sound, wishes.download).await?,
        "thumbnail.jpg" => viewers.picture(pictured?, &picture, PictureFormat::Jpeg).await?,
        "thumbnail.png" => viewers.picture(pictured?, &picture, PictureFormat::Png).await?,
        "thumbnail.webp" => viewers.picture(pictured?, &picture, PictureFormat::Webp).await?,
        _ => return Err(Error::not_found("file").into()),
    };
    Ok(resource.respond(&method, &headers))
}

async fn video(
    State(viewers): State<Viewers>,
    Path((id, file)): Path<(String, String)>,
    Query(manner): Query<Manner>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let asked = Asked::new(&id, &manner)?;
    Ok(viewers.media(asked, Medium::Video, &file).await?.respond(&method, &headers))
}

async fn audio(
    State(viewers): State<Viewers>,
    Path((id, file)): Path<(String, String)>,
    Query(manner): Query<Manner>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let asked = Asked::new(&id, &manner)?;
    Ok(viewers.media(asked, Medium::Audio, &file).await?.respond(&method, &headers))
}
