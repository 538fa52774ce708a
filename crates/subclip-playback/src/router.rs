//! The URLs that viewers fetch.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, Method, Response, header};
use axum::routing::get;
use serde::Deserialize;
use subclip_app::{App, Error, Kind, PictureFormat, Playable, Result};
use subclip_core::{Medium, PlaybackId};
use tower_http::cors::{Any, CorsLayer};

use crate::caches::Caches;
use crate::error::ViewerError;
use crate::package::Package;
use crate::picture::PictureQuery;
use crate::playlists::{self, JoinBy, SPLIT};
use crate::respond::{Content, Keep, Resource};
use crate::segment::{self, Role};

/// The routes of playback: `/{PLAYBACK_ID}.m3u8`, and everything under `/{PLAYBACK_ID}/`.
///
/// `join` is how clips are joined in playlists that are asked for without saying.
pub fn router(app: App, join: JoinBy) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers([header::RANGE, header::IF_RANGE, header::IF_NONE_MATCH])
        .expose_headers([
            header::CONTENT_LENGTH,
            header::CONTENT_RANGE,
            header::ACCEPT_RANGES,
            header::ETAG,
            HeaderName::from_static("date"),
        ]);
    Router::new()
        .route("/{file}", get(multivariant))
        .route("/{id}/{file}", get(named))
        .route("/{id}/video/{file}", get(video))
        .route("/{id}/audio/{file}", get(audio))
        .layer(cors)
        .with_state(Viewers { caches: Caches::new(), app, join })
}

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Viewers {
    pub(crate) app: App,
    pub(crate) caches: Caches,
    pub(crate) join: JoinBy,
}

type Answer = std::result::Result<Response<Body>, ViewerError>;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HlsQuery {
    join: Option<String>,
}

impl HlsQuery {
    fn join(&self, default: JoinBy) -> Result<JoinBy> {
        match self.join.as_deref() {
            None | Some("") => Ok(default),
            Some("one-init") => Ok(JoinBy::OneInit),
            Some("discontinuity") => Ok(JoinBy::Discontinuity),
            Some(_) => Err(Error::invalid("join: write one-init or discontinuity")),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FileQuery {
    download: Option<String>,
}

async fn multivariant(
    State(viewers): State<Viewers>,
    Path(file): Path<String>,
    Query(query): Query<HlsQuery>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let id = file.strip_suffix(".m3u8").unwrap_or(&file);
    let package = viewers.package(id).await?;
    let join = query.join(viewers.join)?;
    let text = playlists::multivariant(&package, id, join)?.to_string();
    Ok(playlist(&package, "multivariant", join, text).respond(&method, &headers))
}

async fn named(
    State(viewers): State<Viewers>,
    Path((id, file)): Path<(String, String)>,
    Query(hls): Query<HlsQuery>,
    Query(files): Query<FileQuery>,
    Query(picture): Query<PictureQuery>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    let resource = match file.as_str() {
        "video.m3u8" | "audio.m3u8" => {
            let medium = if file.starts_with("video") { Medium::Video } else { Medium::Audio };
            let package = viewers.package(&id).await?;
            let join = hls.join(viewers.join)?;
            let text = playlists::media(&package, medium, join)?.to_string();
            playlist(&package, &file, join, text)
        }
        "highest.mp4" => viewers.file(&id, &[Medium::Video, Medium::Audio], "video/mp4", files).await?,
        "audio.m4a" => viewers.file(&id, &[Medium::Audio], "audio/mp4", files).await?,
        "thumbnail.jpg" => viewers.picture(&id, &picture, PictureFormat::Jpeg).await?,
        "thumbnail.png" => viewers.picture(&id, &picture, PictureFormat::Png).await?,
        "thumbnail.webp" => viewers.picture(&id, &picture, PictureFormat::Webp).await?,
        _ => return Err(Error::not_found("file").into()),
    };
    Ok(resource.respond(&method, &headers))
}

async fn video(
    State(viewers): State<Viewers>,
    Path((id, file)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    Ok(viewers.media(&id, Medium::Video, &file).await?.respond(&method, &headers))
}

async fn audio(
    State(viewers): State<Viewers>,
    Path((id, file)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Answer {
    Ok(viewers.media(&id, Medium::Audio, &file).await?.respond(&method, &headers))
}

fn playlist(package: &Package, name: &str, join: JoinBy, text: String) -> Resource {
    // A playlist of a recording never changes, but its URL is what people pass on, so that it should be asked anew.
    let etag = etag(&package.playable, &format!("{name}-{}", join.name()));
    Resource::whole("application/vnd.apple.mpegurl", etag, Keep::Checked, text)
}

/// A timeline never changes once it plays, and all bytes are functions of it, so the asset's id and the name say
/// everything. The number goes up when the packaging comes to write other bytes.
fn etag(playable: &Playable, name: &str) -> String {
    const PACKAGING: u32 = 1;
    format!("\"{}-{PACKAGING}-{name}\"", playable.asset)
}

impl Viewers {
    async fn playable(&self, id: &str) -> Result<Arc<Playable>> {
        let id: PlaybackId = id.parse().map_err(|_| Error::not_found("playback id"))?;
        self.app.playable(id).await
    }

    async fn package(&self, id: &str) -> Result<Arc<Package>> {
        let playable = self.playable(id).await?;
        self.caches.package(playable, self.app.library()).await
    }

    async fn media(&self, id: &str, medium: Medium, file: &str) -> Result<Resource> {
        let package = self.package(id).await?;
        let folder = if medium == Medium::Video { "video" } else { "audio" };
        let etag = etag(&package.playable, &format!("{folder}-{file}"));
        let bytes = if file == "init.mp4" {
            segment::init(&package, medium)?
        } else if let Some(span) = number(file, "init-", ".mp4").filter(|_| medium == Medium::Video) {
            segment::span_init(&package, span)?
        } else {
            let split =
                number(file, SPLIT, ".m4s").filter(|_| medium == Medium::Video).map(|n| (n, Role::Split));
            let (number, role) = split
                .or_else(|| number(file, "", ".m4s").map(|n| (n, Role::Shared)))
                .ok_or_else(|| Error::not_found("segment"))?;
            match self.caches.segment(&package, self.app.library(), medium, number, role).await {
                // Deleting a source moves what its clips show; who looked just before looks again.
                Err(error) if error.kind == Kind::NotFound && number < package.count(medium) => {
                    let known = id.parse().map_err(|_| Error::not_found("playback id"))?;
                    self.app.forget_playable(known).await;
                    let package = self.package(id).await?;
                    self.caches.segment(&package, self.app.library(), medium, number, role).await?
                }
                other => other?,
            }
        };
        let content_type = if medium == Medium::Video { "video/mp4" } else { "audio/mp4" };
        Ok(Resource::whole(content_type, etag, Keep::Forever, bytes))
    }

    async fn file(
        &self,
        id: &str,
        media: &'static [Medium],
        content_type: &'static str,
        query: FileQuery,
    ) -> Result<Resource> {
        let playable = self.playable(id).await?;
        if content_type == "video/mp4" && playable.video.is_none() {
            return Err(Error::not_found("file"));
        }
        let file = self.caches.file(playable.clone(), self.app.library(), media).await?;
        let extension = if content_type == "video/mp4" { "mp4" } else { "m4a" };
        let app = self.app.clone();
        let size = file.size();
        Ok(Resource {
            content_type,
            size,
            etag: etag(&playable, extension),
            keep: Keep::Forever,
            save_as: query.download.map(|name| save_name(&name, extension)),
            content: Content::Ranged(Box::new(move |range| file.stream(app, range))),
        })
    }

    async fn picture(&self, id: &str, query: &PictureQuery, format: PictureFormat) -> Result<Resource> {
        let (request, time) = query.parse(format)?;
        let playable = self.playable(id).await?;
        let picture = self.app.picture(&playable, time, &request).await?;
        let content_type = match format {
            PictureFormat::Jpeg => "image/jpeg",
            PictureFormat::Png => "image/png",
            PictureFormat::Webp => "image/webp",
        };
        Ok(Resource::whole(content_type, etag(&playable, &picture.name), Keep::Checked, picture.bytes))
    }
}

/// The number in a name like `12.m4s`: plain digits, none of them needless.
fn number(file: &str, prefix: &str, suffix: &str) -> Option<usize> {
    let digits = file.strip_prefix(prefix)?.strip_suffix(suffix)?;
    let number: usize = digits.parse().ok()?;
    (number.to_string() == digits).then_some(number)
}

/// `cats` becomes `cats.mp4`, and stays it.
fn save_name(name: &str, extension: &str) -> String {
    let stem = name.strip_suffix(&format!(".{extension}")).unwrap_or(name);
    let stem: String =
        stem.chars().filter(|c| !c.is_control() && *c != '/' && *c != '\\').take(200).collect();
    format!("{}.{extension}", if stem.is_empty() { "video" } else { &stem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segment_numbers_have_one_spelling() {
        assert_eq!(number("12.m4s", "", ".m4s"), Some(12));
        assert_eq!(number("init-3.mp4", "init-", ".mp4"), Some(3));
        for bad in ["-1.m4s", "+1.m4s", "01.m4s", "1.0.m4s", "99999999999999999999.m4s", ".m4s", "1"] {
            assert_eq!(number(bad, "", ".m4s"), None, "{bad}");
        }
    }

    #[test]
    fn download_names() {
        assert_eq!(save_name("cats", "mp4"), "cats.mp4");
        assert_eq!(save_name("cats.mp4", "mp4"), "cats.mp4");
        assert_eq!(save_name("../../x\n", "m4a"), "....x.m4a");
        assert_eq!(save_name("", "m4a"), "video.m4a");
    }
}
