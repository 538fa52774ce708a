//! Progressive files: one answer that holds all of a film with its sound (`.mp4`), or its sound alone (`.m4a`).

use std::sync::Arc;

use subclip_app::{
    App, Content as RenditionContent, MediaFile, Playable, RenditionFile, RenditionKind, Result,
};
use subclip_core::{Medium, rung_of};

use crate::admission::Admission;
use crate::quality::all_lines;
use crate::respond::{Content, Keep, Resource};
use crate::viewers::{Viewers, etag, save_name};

const FILM: &[Medium] = &[Medium::Video, Medium::Audio];
const SOUND: &[Medium] = &[Medium::Audio];

impl Viewers {
    /// The file of a rendition, to be saved under a name if one is given.
    pub(crate) async fn file(
        &self,
        to: &Admission,
        kind: RenditionKind,
        save_as: Option<&str>,
    ) -> Result<Resource> {
        let playable = &to.playable;
        if let (Some(most), Some(lines)) = (to.most_lines(), lines_of(playable, kind))
            && lines > most
        {
            to.allow(lines, &all_lines(&*self.package(to).await?))?;
        }
        let whole = async |media| {
            let lay_out = |playable| self.caches.file(playable, self.app.library(), media);
            let file = self.make(to, playable.clone(), lay_out).await?;
            Ok(progressive(&self.app, file, media, etag(playable, extension(media)), save_as))
        };
        match self.app.rendition_file(playable, kind).await? {
            RenditionFile::Film => whole(FILM).await,
            RenditionFile::Sound => whole(SOUND).await,
            RenditionFile::Prepared(prepared) => {
                let file = self.caches.file(prepared.clone(), self.app.library(), FILM).await?;
                // Asked for anew, it is encoded anew, and may come to have other bytes.
                let name = format!("{}-{}", kind.file_name(), prepared.generation_name());
                Ok(progressive(&self.app, file, FILM, etag(&prepared, &name), save_as))
            }
        }
    }
}

/// The lines of a file's pictures; `None` where it has none.
fn lines_of(playable: &Playable, kind: RenditionKind) -> Option<u32> {
    let size = playable.shown_size()?;
    match RenditionContent::of(kind, Some(size), playable.audio.is_some()) {
        RenditionContent::Film => Some(rung_of(size)),
        RenditionContent::Rung(lines) => Some(lines),
        RenditionContent::Sound | RenditionContent::Nothing => None,
    }
}

/// What the name of a file of these media ends in.
pub(crate) fn extension(media: &[Medium]) -> &'static str {
    if media.contains(&Medium::Video) { "mp4" } else { "m4a" }
}

/// The answer to a file's URL.
pub(crate) fn progressive(
    app: &App,
    file: Arc<MediaFile>,
    media: &[Medium],
    etag: String,
    save_as: Option<&str>,
) -> Resource {
    let app = app.clone();
    Resource {
        content_type: if media.contains(&Medium::Video) { "video/mp4" } else { "audio/mp4" },
        size: file.size(),
        etag,
        keep: Keep::ADay,
        save_as: save_as.map(|name| save_name(name, extension(media))),
        content: Content::Ranged(Box::new(move |range| file.stream(app, range))),
    }
}
