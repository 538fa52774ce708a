//! Captions as viewers get them: of all that plays or of a part, read once and kept in memory for a while.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use subclip_core::{TextTrackId, Time};
use subclip_db::text_track as row;
use subclip_formats::captions::{Captions, parse_webvtt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::app::App;
use crate::aside::aside;
use crate::playable::Playable;
use crate::{Error, Result};

/// Room for captions that were read.
const ROOM_BYTES: u64 = 16 << 20;
/// Room for captions that are being cut for clips, in KiB.
const CUTTING_KIB: u32 = 64 << 10;
/// What nobody asked for in so long is let go.
const IDLE: Duration = Duration::from_secs(600);

/// Captions that were read lately: those that are ready never change.
pub(crate) struct Shown {
    cache: Cache<TextTrackId, Arc<Captions>>,
    cutting: Arc<Semaphore>,
}

/// How captions are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextForm {
    /// A WebVTT file.
    File,
    /// The WebVTT segment of an HLS playlist.
    Segment,
    /// A WebVTT file of those of a part, at their times on the whole.
    Part(Time, Time),
    /// What is said, a line for each cue.
    Transcript,
}

impl Shown {
    pub(crate) fn new() -> Self {
        let weigh = |_: &TextTrackId, captions: &Arc<Captions>| {
            let bytes: usize =
                captions.cues.iter().map(|cue| cue.text.len() + cue.settings.len() + 120).sum();
            u32::try_from(bytes + 256).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder().max_capacity(ROOM_BYTES).weigher(weigh).time_to_idle(IDLE).build();
        Self { cache, cutting: Arc::new(Semaphore::new(CUTTING_KIB as usize)) }
    }

    /// Waits for room to cut captions of so many bytes in.
    pub(super) async fn room_for(&self, bytes: u64) -> Result<OwnedSemaphorePermit> {
        let kib = u32::try_from(bytes >> 10).unwrap_or(u32::MAX).min(CUTTING_KIB);
        self.cutting.clone().acquire_many_owned(kib).await.map_err(Error::internal)
    }
}

impl App {
    /// The captions of what plays as viewers get them; see [`captions`](Self::captions).
    ///
    /// # Errors
    /// Those of [`captions`](Self::captions).
    pub async fn captions_as(&self, playable: &Playable, id: TextTrackId, form: TextForm) -> Result<String> {
        let captions = self.captions(playable, id).await?;
        aside(move || match form {
            TextForm::File => captions.webvtt(),
            TextForm::Segment => captions.hls_segment(),
            TextForm::Part(start, end) => captions.within(start, end).webvtt(),
            TextForm::Transcript => captions.transcript(),
        })
        .await
    }

    /// The captions of what plays, by one of its text tracks: on its own timeline, which begins at 0. Of a part of an asset
    /// they are the part of the asset's.
    ///
    /// # Errors
    /// `NotFound` where it has no such captions that are ready.
    pub async fn captions(&self, playable: &Playable, id: TextTrackId) -> Result<Arc<Captions>> {
        if !playable.texts.iter().any(|text| text.id == id) {
            return Err(not_found());
        }
        let captions = self.shown().cache.try_get_with(id, self.read_captions(id)).await;
        let captions = captions.map_err(|error| (*error).clone())?;
        match playable.part {
            None => Ok(captions),
            Some((start, end)) => Ok(Arc::new(aside(move || captions.trimmed(start, end)).await?)),
        }
    }

    async fn read_captions(&self, id: TextTrackId) -> Result<Arc<Captions>> {
        let webvtt = row::cues(self.db(), id).await?.ok_or_else(not_found)?;
        let captions = aside(move || parse_webvtt(&webvtt)).await?;
        captions.map(Arc::new).ok_or_else(|| Error::internal(format!("the text track {id} can't be read")))
    }
}

fn not_found() -> Error {
    Error::not_found("text track")
}
