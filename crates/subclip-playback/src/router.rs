//! The URLs that viewers fetch.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::handler::Handler as _;
use axum::http::{HeaderMap, HeaderName, Method, Response, header};
use axum::routing::get;
use subclip_app::{App, Error, PictureFormat, Purpose, Result};
use subclip_core::Medium;
use tower_http::cors::{Any, CorsLayer};

use crate::admission::Admission;
use crate::asked::{Asked, Manner};
use crate::caches::Caches;
use crate::error::{ViewerError, WrongMethod};
use crate::picture::PictureQuery;
use crate::playlists::{self, JoinBy};
use crate::respond::Resource;
use crate::url::{Path, Query};
use crate::viewers::{File, Viewers, playlist};
use crate::wishes::Wishes;

/// The routes of playback: `/{PLAYBACK_ID}.m3u8`, and everything under `/{PLAYBACK_ID}/`; what a signed id's playlists
/// name lies under `/{PLAYBACK_ID}/signed/{SESSION}/`.
///
/// `join` is how clips are joined in playlists that are asked for without saying.
pub fn router(app: App, join: JoinBy) -> Router {
    Router::new()
        .route("/{file}", get(multivariant))
        .route("/{id}/{file}", get(named))
        .route("/{id}/video/{file}", get(video))
        .route("/{id}/audio/{file}", get(audio))
        .route("/{id}/signed/{session}/{file}", get(signed_playlist))
        .route("/{id}/signed/{session}/video/{file}", get(signed_video))
        .route("/{id}/signed/{session}/audio/{file}", get(signed_audio))
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
    let admission = viewers.admit(Asked::new(id, Purpose::Video, &manner)?, &headers).await?;
    let (package, rates) = viewers.package_and_rates(&admission).await?;
    let join = admission.wishes(wishes)?.join(viewers.join)?;
    let folder = admission.folder(&viewers.app).await?;
    let base = folder.as_ref().map_or_else(|| id.to_owned(), |folder| format!("{id}/{folder}"));
    let text = playlists::multivariant(&package, rates, &base, join)?.to_string();
    let resource = playlist(&package, "multivariant", join, folder.as_deref(), text);
    Ok(resource.respond(&method, &headers, admission.audience))
}

/// What stands beside an id's media.
enum Named {
    Playlist(Medium),
    File(File),
    Picture(PictureFormat),
}

impl Named {
    fn read(file: &str) -> Option<Self> {
        Some(match file {
            "video.m3u8" => Self::Playlist(Medium::Video),
            "audio.m3u8" => Self::Playlist(Medium::Audio),
            "highest.mp4" => Self::File(File::Film),
            "audio.m4a" => Self::File(File::Sound),
            "thumbnail.jpg" => Self::Picture(PictureFormat::Jpeg),
            "thumbnail.png" => Self::Picture(PictureFormat::Png),
            "thumbnail.webp" => Self::Picture(PictureFormat::Webp),
            _ => return None,
        })
    }

    fn purpose(&self) -> Purpose {
        match self {
            Self::Playlist(_) | Self::File(_) => Purpose::Video,
            Self::Picture(_) => Purpose::Thumbnail,
        }
    }
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
    let named = Named::read(&file).ok_or_else(|| Error::not_found("file"))?;
    let admission = viewers.admit(Asked::new(&id, named.purpose(), &manner)?, &headers).await?;
    let resource = match named {
        Named::Playlist(medium) => media_playlist(&viewers, &admission, medium, wishes).await?,
        Named::File(file) => {
            let save_as = admission.wishes(wishes)?.download;
            viewers.file(&admission, file, save_as).await?
        }
        Named::Picture(format) => viewers.picture(&admission, &admission.picture(picture)?, format).await?,
    };
    Ok(resource.respond(&method, &headers, admission.audience))
}

async fn media_playlist(
    viewers: &Viewers,
    admission: &Admission,
    medium: Medium,
    wishes: Wishes,
) -> Result<Resource> {
    let package = viewers.package(admission).await?;
    let join = admission.wishes(wishes)?.join(viewers.join)?;
    let folder = admission.folder(&viewers.app).await?;
    let name = if medium == Medium::Video { "video" } else { "audio" };
    let base = folder.as_ref().map_or_else(|| name.to_owned(), |folder| format!("{folder}/{name}"));
    let text = playlists::media(&package, medium, &base, join)?.to_string();
    Ok(playlist(&package, &format!("{name}.m3u8"), join, folder.as_deref(), text))
}

async fn video(
    State(viewers): State<Viewers>,
    Path((id, file)): Path<(String, String)>,
    Query(manner): Query<Manner>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let asked = Asked::new(&id, Purpose::Video, &manner)?;
    media(&viewers, asked, Medium::Video, &file, &method, &headers).await
}

async fn audio(
    State(viewers): State<Viewers>,
    Path((id, file)): Path<(String, String)>,
    Query(manner): Query<Manner>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let asked = Asked::new(&id, Purpose::Video, &manner)?;
    media(&viewers, asked, Medium::Audio, &file, &method, &headers).await
}

async fn signed_playlist(
    State(viewers): State<Viewers>,
    Path((id, session, file)): Path<(String, String, String)>,
    Query(wishes): Query<Wishes>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let Some(Named::Playlist(medium)) = Named::read(&file) else {
        return Err(Error::not_found("file").into());
    };
    let admission = viewers.admit(Asked::in_session(&id, &session)?, &headers).await?;
    let resource = media_playlist(&viewers, &admission, medium, wishes).await?;
    Ok(resource.respond(&method, &headers, admission.audience))
}

async fn signed_video(
    State(viewers): State<Viewers>,
    Path((id, session, file)): Path<(String, String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let asked = Asked::in_session(&id, &session)?;
    media(&viewers, asked, Medium::Video, &file, &method, &headers).await
}

async fn signed_audio(
    State(viewers): State<Viewers>,
    Path((id, session, file)): Path<(String, String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let asked = Asked::in_session(&id, &session)?;
    media(&viewers, asked, Medium::Audio, &file, &method, &headers).await
}

async fn media(
    viewers: &Viewers,
    asked: Asked<'_>,
    medium: Medium,
    file: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Answer {
    let admission = viewers.admit(asked, headers).await?;
    let resource = viewers.media(&admission, medium, file).await?;
    Ok(resource.respond(method, headers, admission.audience))
}
