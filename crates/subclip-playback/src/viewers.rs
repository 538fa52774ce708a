//! What the routes answer with: found, made or taken from the caches.

use std::sync::Arc;

use axum::http::HeaderMap;
use bytes::Bytes;
use futures::future::join_all;
use subclip_app::{App, Error, Kind, PictureFormat, Playable, Result, RungPlan};
use subclip_core::Medium;

use crate::admission::Admission;
use crate::asked::Asked;
use crate::caches::Caches;
use crate::keys;
use crate::media_name::MediaName;
use crate::package::Package;
use crate::picture::{PictureQuery, content_type};
use crate::playlists::JoinBy;
use crate::quality::{Quality, all_lines, lines_of, qualities};
use crate::rates::Rates;
use crate::representation::{Representation, Stream};
use crate::respond::{Content, Keep, Resource, wants_content};
use crate::scope::{PACKAGING, Scope};
use crate::segment::{self, MediaSegment, Role, Rung};
use crate::sending::Sending;
use crate::text;
use crate::wishes::Choice;

/// Segments of a rung that are made ahead of a viewer: players hold about that many that they have not shown.
const AHEAD: usize = 2;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Viewers {
    pub(crate) app: App,
    pub(crate) caches: Caches,
    pub(crate) join: JoinBy,
    pub(crate) sending: Sending,
}

/// Lets a viewer have a representation, in whatever form, or refuses it as above what was signed for.
pub(crate) fn allow(to: &Admission, package: &Package, representation: Representation) -> Result<()> {
    match lines_of(package, representation) {
        Some(lines) => to.allow(lines, &all_lines(package)),
        None => Ok(()),
    }
}

impl Viewers {
    /// Lets in who may have what playlists name.
    pub(crate) async fn admit_in(&self, id: &str, scope: &Scope, headers: &HeaderMap) -> Result<Admission> {
        let admission = self.admit(Asked::in_scope(id, scope)?, headers).await?;
        if scope.is_of(&admission.playable) { Ok(admission) } else { Err(Error::not_found("path")) }
    }

    /// Lets in who may have what is asked for.
    pub(crate) async fn admit(&self, asked: Asked<'_>, headers: &HeaderMap) -> Result<Admission> {
        Admission::new(&self.app, asked, headers).await
    }

    /// Makes something that is known to be there of `playable`, which is what a viewer was let in to. Deleting a source
    /// moves what its clips show; who looked just before looks again.
    pub(crate) async fn make<T, F>(
        &self,
        to: &Admission,
        playable: Arc<Playable>,
        make: impl Fn(Arc<Playable>) -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        match make(playable).await {
            Err(error) if error.kind == Kind::NotFound => {
                let anew = to.playable_anew(&self.app).await?;
                // What was made anew by another build of the encoder lies elsewhere.
                if anew.mark() == to.playable.mark() { make(anew).await } else { Err(error) }
            }
            other => other,
        }
    }

    /// The same for what takes long to make: nothing, where whoever asks has it already, by its validator.
    pub(crate) async fn make_unless_held<F>(
        &self,
        to: &Admission,
        headers: &HeaderMap,
        etag: &str,
        make: impl Fn(Arc<Playable>) -> F,
    ) -> Result<Bytes>
    where
        F: Future<Output = Result<Bytes>>,
    {
        if wants_content(headers, etag) {
            self.make(to, to.playable.clone(), make).await
        } else {
            Ok(Bytes::new())
        }
    }

    /// The segments of what an id plays.
    pub(crate) async fn package(&self, to: &Admission) -> Result<Arc<Package>> {
        let make = |playable| self.caches.package(playable, self.app.library());
        self.make(to, to.playable.clone(), make).await
    }

    /// The same, with what it takes to play it.
    pub(crate) async fn package_and_rates(
        &self,
        to: &Admission,
        join: JoinBy,
    ) -> Result<(Arc<Package>, Rates)> {
        let make = async |playable| {
            let package = self.caches.package(playable, self.app.library()).await?;
            let rates = package.rates(self.app.library(), join.role()).await?;
            Ok((package, rates))
        };
        self.make(to, to.playable.clone(), make).await
    }

    /// The same, with the marks of the rungs that are chosen: for what names their media and no playlists of theirs. Those
    /// that can't be made now are left out.
    pub(crate) async fn package_and_marks(
        &self,
        to: &Admission,
        join: JoinBy,
        choice: &Choice,
    ) -> Result<(Arc<Package>, Rates)> {
        let (package, rates) = self.package_and_rates(to, join).await?;
        let chosen = qualities(&package, &rates, choice)?;
        let rung = async |quality: &Quality| match quality.representation {
            Representation::Rung { lines, .. } => Some((lines, self.rung(to, &package, lines).await)),
            _ => None,
        };
        let rungs: Vec<_> = join_all(chosen.iter().map(rung)).await.into_iter().flatten().collect();
        let (mut marks, mut fault) = (Vec::new(), None);
        let needs_none = rungs.len() < chosen.len() || chosen.is_empty();
        for (lines, rung) in rungs {
            match rung {
                Ok(rung) => marks.push((lines, rung.mark())),
                Err(error) => fault = Some(error),
            }
        }
        match fault {
            Some(error) if marks.is_empty() && !needs_none => Err(error),
            _ => Ok((package, Rates { marks: Some(marks.into()), ..rates })),
        }
    }

    /// A rung as it is made today. `NotFound` where the ladder has none.
    async fn rung(&self, to: &Admission, package: &Package, lines: u32) -> Result<Rung> {
        package.rung(lines)?;
        let learn = async |playable| {
            let package = self.caches.package(playable, self.app.library()).await?;
            let plan = package.rung(lines)?.clone();
            let config = self.app.rung_config(&package.playable, &plan).await?;
            Ok(Rung { plan, config })
        };
        self.make(to, package.playable.clone(), learn).await
    }

    /// A representation that a playlist is named after, as its media are named. `NotFound` where there is none.
    pub(crate) async fn marked(
        &self,
        to: &Admission,
        package: &Package,
        representation: Representation,
    ) -> Result<Representation> {
        match representation {
            Representation::Rung { lines, mark: None } => {
                let mark = Some(self.rung(to, package, lines).await?.mark());
                Ok(Representation::Rung { lines, mark })
            }
            Representation::Rung { .. } => Err(Error::not_found("playlist")),
            other => Ok(other),
        }
    }

    /// An init or a segment.
    pub(crate) async fn media(
        &self,
        to: &Admission,
        representation: Representation,
        file: &str,
    ) -> Result<Resource> {
        let medium = representation.stream().medium();
        let name = MediaName::read(file, medium).ok_or_else(|| Error::not_found("segment"))?;
        let package = self.package(to).await?;
        allow(to, &package, representation)?;
        // What was never there is told from what was there before samples moved, which is looked for anew.
        if !is_there(&package, representation, name) {
            return Err(Error::not_found("segment"));
        }
        let rung = match representation {
            Representation::Rung { lines, mark } => {
                let rung = self.rung(to, &package, lines).await?;
                if mark != Some(rung.mark()) {
                    return Err(Error::not_found("segment"));
                }
                Some(rung)
            }
            _ => None,
        };
        let rung = rung.as_ref();
        let etag =
            |content: &str| etag(&package.playable, &format!("{}-{name}{content}", representation.name()));
        let content_type = if medium == Medium::Video { "video/mp4" } else { "audio/mp4" };
        let MediaName::Segment(number, role) = name else {
            let bytes = init(&package, representation.stream(), rung, name)?;
            return Ok(Resource::whole(content_type, etag(""), Keep::Forever, bytes));
        };
        let open = async |playable| {
            let package = self.caches.package(playable, self.app.library()).await?;
            self.segment(&package, representation, rung, number, role).await
        };
        let segment = self.make(to, package.playable.clone(), open).await?;
        Ok(Resource {
            content_type,
            size: segment.size_bytes(),
            etag: etag(&segment.content()),
            keep: Keep::Forever,
            save_as: None,
            content: Content::Ranged(Box::new(move |range| segment.stream(range))),
        })
    }

    async fn segment(
        &self,
        package: &Package,
        representation: Representation,
        rung: Option<&Rung>,
        number: usize,
        role: Role,
    ) -> Result<MediaSegment> {
        if let Some(rung) = rung {
            self.fetch_ahead(package, &rung.plan, number, role);
            return MediaSegment::open_rung(package, &self.app, rung, number, role).await;
        }
        let library = self.app.library();
        match representation {
            Representation::Keys => keys::open(package, library, number, role).await,
            _ => MediaSegment::open(package, library, representation.stream(), number, role).await,
        }
    }

    /// Has the next segments of a rung made before they are asked for.
    fn fetch_ahead(&self, package: &Package, plan: &Arc<RungPlan>, number: usize, role: Role) {
        let next = number + 1..=number + AHEAD;
        let pieces =
            next.filter_map(|number| package.segment(Stream::Pictures, number, role)).flatten().cloned();
        self.app.rung_ahead(&package.playable, plan, pieces.collect());
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
        let picture = self.make(to, playable.clone(), make).await?;
        let etag = etag(playable, &picture.name);
        Ok(Resource::whole(content_type(format), etag, Keep::Checked, picture.bytes))
    }
}

/// The answer to a playlist's URL; `folder` is where what it names lies.
pub(crate) fn playlist(package: &Package, name: &str, join: JoinBy, folder: &str, text: String) -> Resource {
    listing("application/vnd.apple.mpegurl", package, name, join, folder, text)
}

/// The same for a DASH manifest.
pub(crate) fn manifest(package: &Package, name: &str, join: JoinBy, folder: &str, text: String) -> Resource {
    listing("application/dash+xml", package, name, join, folder, text)
}

fn listing(
    content_type: &'static str,
    package: &Package,
    name: &str,
    join: JoinBy,
    folder: &str,
    text: String,
) -> Resource {
    // A playlist of a recording never changes, but its URL is what people pass on, so that it should be asked anew; and
    // another release may tell more of the same, or tell it better.
    let told = text::digest([&text]);
    let etag = etag(&package.playable, &format!("{name}-{}-{folder}-{told}", join.name()));
    Resource::whole(content_type, etag, Keep::Checked, text)
}

/// An init, as the segments with its role follow it.
fn init(package: &Package, stream: Stream, rung: Option<&Rung>, name: MediaName) -> Result<Bytes> {
    if let Some(rung) = rung {
        return segment::rung_init(package, rung, name.role());
    }
    match name {
        MediaName::SplitInit => segment::split_init(package),
        MediaName::SpanInit(span) => segment::span_init(package, span),
        MediaName::Init | MediaName::Segment(..) => segment::init(package, stream),
    }
}

/// Whether a package has such a file.
fn is_there(package: &Package, representation: Representation, name: MediaName) -> bool {
    let stream = representation.stream();
    let has_quality = match representation {
        Representation::Rung { lines, mark } => mark.is_some() && package.rung(lines).is_ok(),
        _ => true,
    };
    let has_file = match name {
        MediaName::Init | MediaName::SplitInit => !package.spans(stream).is_empty(),
        MediaName::SpanInit(span) => span < package.spans(stream).len(),
        MediaName::Segment(number, role) => match representation {
            Representation::Keys => number < keys::pictures(&package.playable).len(),
            _ => package.segment(stream, number, role).is_some(),
        },
    };
    has_quality && has_file
}

/// A timeline never changes once it plays, and all bytes are functions of it, so what is played and the name say
/// everything, beside the version of what writes them.
pub(crate) fn etag(playable: &Playable, name: &str) -> String {
    format!("\"{}-{PACKAGING}-{name}\"", playable.name())
}

/// `cats` becomes `cats.mp4`, and stays it.
pub(crate) fn save_name(name: &str, extension: &str) -> String {
    let stem = name.strip_suffix(&format!(".{extension}")).unwrap_or(name);
    let stem: String =
        stem.chars().filter(|c| !c.is_control() && *c != '/' && *c != '\\').take(200).collect();
    format!("{}.{extension}", if stem.is_empty() { "video" } else { &stem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn download_names() {
        assert_eq!(save_name("cats", "mp4"), "cats.mp4");
        assert_eq!(save_name("cats.mp4", "mp4"), "cats.mp4");
        assert_eq!(save_name("../../x\n", "m4a"), "....x.m4a");
        assert_eq!(save_name("", "m4a"), "video.m4a");
    }
}
