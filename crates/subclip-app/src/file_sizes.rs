//! How large the files of an asset are.

use subclip_core::Medium;

use crate::app::App;
use crate::assets::Assets;
use crate::model::{Asset, Outcome, RenditionKind, Status};
use crate::renditions::Content;
use crate::{Kind, Result};

/// Files by what they are, with their bytes.
pub(crate) type FileSizes = Vec<(RenditionKind, u64)>;

impl Assets<'_> {
    /// The bytes of those files that were asked for and can be fetched, which never change. One that can't be measured now
    /// is left out: who asks again is told.
    pub async fn file_sizes(&self, asset: &Asset) -> Vec<(RenditionKind, u64)> {
        let mut sizes = FileSizes::new();
        for kind in kinds(asset) {
            match size_bytes(self.0, asset, kind).await {
                Ok(size_bytes) => sizes.extend(size_bytes.map(|bytes| (kind, bytes))),
                Err(error) => {
                    tracing::warn!(asset = %asset.id, ?kind, %error, "a file is shown without its size");
                }
            }
        }
        sizes
    }
}

impl App {
    /// The same for who is told once and for all: nothing is left out but files that are gone with their asset.
    ///
    /// # Errors
    /// What keeps one from being measured now.
    pub(crate) async fn all_file_sizes(&self, asset: &Asset) -> Result<FileSizes> {
        let mut sizes = FileSizes::new();
        for kind in kinds(asset) {
            sizes.extend(size_bytes(self, asset, kind).await?.map(|bytes| (kind, bytes)));
        }
        Ok(sizes)
    }
}

/// The files that were asked for, once they can be there.
fn kinds(asset: &Asset) -> impl Iterator<Item = RenditionKind> {
    let files = asset.settings.renditions.iter().filter(|_| asset.status == Status::Ready);
    files.map(|file| file.kind)
}

/// The size of the file that a rendition of a ready asset stands for; `None` where the asset lacks what would be in it, or
/// is gone.
async fn size_bytes(app: &App, asset: &Asset, kind: RenditionKind) -> Result<Option<u64>> {
    let outcome = asset.settings.rendition(kind).and_then(|asked| asked.outcome.as_ref());
    let media: &'static [Medium] = match (asset.content_of(kind), outcome) {
        (Content::Film, _) => &[Medium::Video, Medium::Audio],
        (Content::Sound, _) => &[Medium::Audio],
        (Content::Rung(_), Some(Outcome::Made { size_bytes, .. })) => return Ok(Some(*size_bytes)),
        (Content::Rung(_) | Content::Nothing, _) => return Ok(None),
    };
    match app.file_size(asset.id, media).await {
        Err(error) if error.kind == Kind::NotFound => Ok(None),
        known => known,
    }
}
