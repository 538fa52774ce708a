//! What playback sees of an asset: its timeline with the tracks at hand.

use std::sync::Arc;

use subclip_core::{AssetId, Medium, PlaybackId, Timeline, Track};
use subclip_db::span::{self, Role};
use subclip_db::{asset, playback_id};

use crate::access::Door;
use crate::app::App;
use crate::media::{MediaFile, View};
use crate::model::AssetSettings;
use crate::rows;
use crate::{Error, Kind, Result};

/// An asset that plays.
#[derive(Debug)]
pub struct Playable {
    /// What it is.
    pub asset: AssetId,
    /// What is made of this timeline is kept under this number. It stays the same when the asset is looked up anew and
    /// plays the same samples, by whichever playback id.
    pub generation: u64,
    /// What it plays.
    pub view: View,
    /// The constant composition delay of its pictures.
    pub delay: i64,
    /// The video track to announce.
    pub video: Option<Track>,
    /// The audio track to announce.
    pub audio: Option<Track>,
    /// Pictures per second, where they are evenly spaced.
    pub frame_rate: Option<f64>,
    /// Where pictures of it are taken when none is asked for, in seconds.
    pub thumbnail_time: Option<f64>,
}

impl Playable {
    /// What holding it costs, in bytes: mostly the heads of its tracks, which it keeps from being let go.
    #[must_use]
    pub fn weight_bytes(&self) -> usize {
        self.view.weight_bytes() + 1024
    }

    /// Width and height in square pixels.
    #[must_use]
    pub fn shown_size(&self) -> Option<(u32, u32)> {
        let format = self.video.as_ref()?.video()?;
        let (across, down) = format.pixel_aspect;
        let width = u64::from(format.width) * u64::from(across) / u64::from(down.max(1));
        Some((u32::try_from(width).ok()?, format.height))
    }
}

impl App {
    /// What a playback id plays, whoever may. Viewers are let in by [`App::admit`].
    ///
    /// # Errors
    /// `NotFound` for an unknown id and for an asset that failed; `NotReady` while the asset is preparing.
    pub async fn playable(&self, id: PlaybackId) -> Result<Arc<Playable>> {
        Ok(self.open(id).await?.1)
    }

    /// The same, with whom it is for.
    pub(crate) async fn open(&self, id: PlaybackId) -> Result<(Door, Arc<Playable>)> {
        let load = self.load_playable(id);
        self.playables().try_get_with(id, load).await.map_err(|error| (*error).clone())
    }

    /// Forgets what a playback id plays, because it turned out to be out of date.
    pub async fn forget_playable(&self, id: PlaybackId) {
        self.playables().invalidate(&id).await;
    }

    async fn load_playable(&self, id: PlaybackId) -> Result<(Door, Arc<Playable>)> {
        let not_found = || Error::not_found("playback id");
        let playback = playback_id::get(self.db(), id).await?.ok_or_else(not_found)?;
        let row = asset::get(self.db(), playback.asset).await?.ok_or_else(not_found)?;
        let door = Door { policy: playback.policy, workspace: row.workspace };
        match row.status {
            asset::Status::Preparing => {
                Err(Error::not_ready("The asset is still being prepared; try again soon."))
            }
            asset::Status::Errored => {
                Err(Error::new(Kind::NotFound, "What this playback id was to play could not be made."))
            }
            asset::Status::Ready => Ok((door, Arc::new(self.play(&row).await?))),
        }
    }

    /// What an asset plays by now, whatever is remembered of it.
    ///
    /// # Errors
    /// `NotFound` where the asset is gone or not ready.
    pub(crate) async fn playable_anew(&self, asset: AssetId) -> Result<Playable> {
        let row = asset::get(self.db(), asset).await?.filter(|row| row.status == asset::Status::Ready);
        self.play(&row.ok_or_else(|| Error::not_found("asset"))?).await
    }

    /// What a ready asset plays.
    ///
    /// # Errors
    /// `NotFound` where it was deleted since it was looked at.
    async fn play(&self, row: &asset::Asset) -> Result<Playable> {
        look_again(|| self.look_up(row)).await
    }

    async fn look_up(&self, row: &asset::Asset) -> Result<Playable> {
        let timeline = span::timeline(self.db(), row.id, Role::Plays).await?;
        if timeline == Timeline::default() {
            return Err(Error::not_found("asset"));
        }
        let view = self.view(self.db(), timeline).await?;
        let settings: AssetSettings = rows::parse(&row.settings)?;
        let delay = view.composition_delay();
        Ok(Playable {
            asset: row.id,
            generation: self.generations().of(row.id, &view.timeline, delay).await,
            delay,
            video: view.video_track()?,
            audio: view.audio_track().cloned(),
            frame_rate: view.frame_rate(),
            thumbnail_time: settings.thumbnail_time,
            view,
        })
    }

    /// The size of the file that a rendition of a ready asset stands for; `None` where the asset lacks its medium.
    ///
    /// # Errors
    /// `NotFound` where the asset is gone.
    pub(crate) async fn file_size(&self, asset: AssetId, media: &'static [Medium]) -> Result<Option<u64>> {
        if let Some(known) = self.file_sizes().get(&(asset, media)).await {
            return Ok(known);
        }
        let row = asset::get(self.db(), asset).await?.ok_or_else(|| Error::not_found("asset"))?;
        let playable = Arc::new(self.play(&row).await?);
        let has_all = media.iter().any(|medium| match medium {
            Medium::Video => playable.video.is_some(),
            Medium::Audio => media.len() == 1 && playable.audio.is_some(),
        });
        let size =
            if has_all { Some(MediaFile::new(playable, self.library(), media).await?.size()) } else { None };
        self.file_sizes().insert((asset, media), size).await;
        Ok(size)
    }
}

/// What `look` finds. Spans are read before their tracks, and in between a collection can move the samples and remove the
/// tracks: that is over then, so who looks once more finds them. Players don't ask again when they are refused.
async fn look_again<T, F: Future<Output = Result<T>>>(look: impl Fn() -> F) -> Result<T> {
    match look().await {
        Err(error) if matches!(error.kind, Kind::Conflict | Kind::NotFound) => look().await,
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn what_was_moved_is_looked_for_once_more() {
        for (kind, looks) in [
            (Kind::Conflict, 2),
            (Kind::NotFound, 2),
            (Kind::Busy, 1),
            (Kind::Internal, 1),
            (Kind::Invalid, 1),
        ] {
            for failures in [0, 1, 2] {
                let looked = Cell::new(0);
                let found = look_again(async || {
                    looked.set(looked.get() + 1);
                    if looked.get() > failures { Ok(()) } else { Err(Error::new(kind, "Moved.")) }
                })
                .await;
                assert_eq!(looked.get(), looks.min(failures + 1), "{kind:?}");
                assert_eq!(found.is_ok(), failures < looks, "{kind:?}");
            }
        }
    }
}
