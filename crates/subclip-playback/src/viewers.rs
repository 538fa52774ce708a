//! What the routes answer with: found, made or taken from the caches.

use std::sync::Arc;

use axum::http::HeaderMap;
use subclip_app::{App, Error, Kind, PictureFormat, Playable, Result};
use subclip_core::{Medium, PlaybackId};

use crate::admission::Admission;
use crate::asked::Asked;
use crate::caches::Caches;
use crate::package::Package;
use crate::picture::PictureQuery;
use crate::playlists::{JoinBy, SPLIT};
use crate::rate::Rates;
use crate::respond::{Content, Keep, Resource};
use crate::segment::{self, MediaSegment, Role};

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Viewers {
    pub(crate) app: App,
    pub(crate) caches: Caches,
    pub(crate) join: JoinBy,
}

/// The progressive files of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum File {
    /// Pictures, and sound if there is any.
    Film,
    /// Sound alone.
    Sound,
}

impl Viewers {
    /// Lets in who may have what is asked for.
    pub(crate) async fn admit(&self, asked: Asked<'_>, headers: &HeaderMap) -> Result<Admission> {
        Admission::new(&self.app, asked, headers).await
    }

    /// Makes something that is known to be there of `playable`, which is what the id plays. Deleting a source moves what
    /// its clips show; who looked just before looks again.
    async fn make<T, F>(
        &self,
        id: PlaybackId,
        playable: Arc<Playable>,
        make: impl Fn(Arc<Playable>) -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        match make(playable).await {
            Err(error) if error.kind == Kind::NotFound => {
                self.app.forget_playable(id).await;
                make(self.app.playable(id).await?).await
            }
            other => other,
        }
    }

    /// The segments of what an id plays.
    pub(crate) async fn package(&self, to: &Admission) -> Result<Arc<Package>> {
        let make = |playable| self.caches.package(playable, self.app.library());
        self.make(to.id, to.playable.clone(), make).await
    }

    /// The same, with what it takes to play it.
    pub(crate) async fn package_and_rates(&self, to: &Admission) -> Result<(Arc<Package>, Rates)> {
        let make = async |playable| {
            let package = self.caches.package(playable, self.app.library()).await?;
            let rates = package.rates(self.app.library()).await?;
            Ok((package, rates))
        };
        self.make(to.id, to.playable.clone(), make).await
    }

    /// An init or a segment.
    pub(crate) async fn media(&self, to: &Admission, medium: Medium, file: &str) -> Result<Resource> {
        let package = self.package(to).await?;
        let folder = if medium == Medium::Video { "video" } else { "audio" };
        let etag = etag(&package.playable, &format!("{folder}-{file}"));
        let content_type = if medium == Medium::Video { "video/mp4" } else { "audio/mp4" };
        let whole = |bytes| Ok(Resource::whole(content_type, etag.clone(), Keep::Forever, bytes));
        if file == "init.mp4" {
            return whole(segment::init(&package, medium)?);
        }
        if let Some(span) = number(file, "init-", ".mp4").filter(|_| medium == Medium::Video) {
            return whole(segment::span_init(&package, span)?);
        }
        let split = number(file, SPLIT, ".m4s").filter(|_| medium == Medium::Video).map(|n| (n, Role::Split));
        let (number, role) = split
            .or_else(|| number(file, "", ".m4s").map(|n| (n, Role::Shared)))
            .ok_or_else(|| Error::not_found("segment"))?;
        if package.segment(medium, number, role).is_none() {
            return Err(Error::not_found("segment"));
        }
        let library = self.app.library();
        let open = async |playable| {
            let package = self.caches.package(playable, library).await?;
            MediaSegment::open(&package, library, medium, number, role).await
        };
        let segment = self.make(to.id, package.playable.clone(), open).await?;
        Ok(Resource {
            content_type,
            size: segment.size_bytes(),
            etag,
            keep: Keep::Forever,
            save_as: None,
            content: Content::Ranged(Box::new(move |range| segment.stream(range))),
        })
    }

    /// A progressive file, to be saved under a name if one is given.
    pub(crate) async fn file(&self, to: &Admission, file: File, save_as: Option<String>) -> Result<Resource> {
        let playable = &to.playable;
        let (media, content_type, extension): (&'static [Medium], _, _) = match file {
            File::Film if playable.video.is_some() => (&[Medium::Video, Medium::Audio], "video/mp4", "mp4"),
            File::Sound if playable.audio.is_some() => (&[Medium::Audio], "audio/mp4", "m4a"),
            _ => return Err(Error::not_found("file")),
        };
        let lay_out = |playable| self.caches.file(playable, self.app.library(), media);
        let file = self.make(to.id, playable.clone(), lay_out).await?;
        let app = self.app.clone();
        Ok(Resource {
            content_type,
            size: file.size(),
            etag: etag(playable, extension),
            keep: Keep::Forever,
            save_as: save_as.map(|name| save_name(&name, extension)),
            content: Content::Ranged(Box::new(move |range| file.stream(app, range))),
        })
    }

    /// A picture.
    pub(crate) async fn picture(
        &self,
        to: &Admission,
        query: &PictureQuery,
        format: PictureFormat,
    ) -> Result<Resource> {
        let (request, time) = query.parse(format)?;
        let playable = &to.playable;
        if playable.video.is_none() {
            return Err(Error::not_found("picture"));
        }
        let request = &request;
        let make = async |playable: Arc<Playable>| self.app.picture(&playable, time, request).await;
        let picture = self.make(to.id, playable.clone(), make).await?;
        let content_type = match format {
            PictureFormat::Jpeg => "image/jpeg",
            PictureFormat::Png => "image/png",
            PictureFormat::Webp => "image/webp",
        };
        Ok(Resource::whole(content_type, etag(playable, &picture.name), Keep::Checked, picture.bytes))
    }
}

/// The answer to a playlist's URL; `folder` is the session's that it names, if any.
pub(crate) fn playlist(
    package: &Package,
    name: &str,
    join: JoinBy,
    folder: Option<&str>,
    text: String,
) -> Resource {
    // A playlist of a recording never changes, but its URL is what people pass on, so that it should be asked anew.
    let etag = etag(&package.playable, &format!("{name}-{}{}", join.name(), folder.unwrap_or_default()));
    Resource::whole("application/vnd.apple.mpegurl", etag, Keep::Checked, text)
}

/// A timeline never changes once it plays, and all bytes are functions of it, so the asset's id and the name say
/// everything. The number goes up when the packaging comes to write other bytes.
fn etag(playable: &Playable, name: &str) -> String {
    const PACKAGING: u32 = 3;
    format!("\"{}-{PACKAGING}-{name}\"", playable.asset)
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
