//! What playback keeps in memory: all of it can be worked out again.

use std::sync::Arc;

use moka::future::Cache;
use subclip_app::{Library, MediaFile, Playable, Result, newest};
use subclip_core::Medium;

use crate::package::Package;

/// Room for layouts of progressive files: a two-hour film's takes some 4 MB, and one of four million samples of each
/// medium, the most that there can be, some 80.
const FILES_BYTES: u64 = 24 << 20;
/// Room for segment lists.
const PACKAGES_BYTES: u64 = 16 << 20;

/// A playable is known by its generation: one that was resolved anew has another if it plays other samples.
type Generation = u64;

/// The caches. Cheap to clone; clones share them. Equal requests at the same time are one.
#[derive(Clone)]
pub(crate) struct Caches {
    packages: Cache<Generation, Arc<Package>>,
    files: Cache<(Generation, &'static [Medium]), Arc<MediaFile>>,
}

impl Caches {
    pub(crate) fn new() -> Self {
        Self {
            packages: newest(PACKAGES_BYTES, |package: &Arc<Package>| {
                package.count() * 64 + 512 + package.playable.weight_bytes()
            })
            .build(),
            files: newest(FILES_BYTES, |file: &Arc<MediaFile>| file.weight_bytes()).build(),
        }
    }

    pub(crate) async fn package(&self, playable: Arc<Playable>, library: &Library) -> Result<Arc<Package>> {
        let make = async { Package::new(playable.clone(), library).await.map(Arc::new) };
        self.packages.try_get_with(playable.generation, make).await.map_err(|error| (*error).clone())
    }

    pub(crate) async fn file(
        &self,
        playable: Arc<Playable>,
        library: &Library,
        media: &'static [Medium],
    ) -> Result<Arc<MediaFile>> {
        let key = (playable.generation, media);
        let make = async { MediaFile::new(playable, library, media).await.map(Arc::new) };
        self.files.try_get_with(key, make).await.map_err(|error| (*error).clone())
    }
}
