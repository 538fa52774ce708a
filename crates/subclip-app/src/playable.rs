//! What playback sees of an asset: its timeline with the tracks at hand.

use std::sync::Arc;

use subclip_core::{AssetId, Ladder, Medium, PlaybackId, Time, Timeline, Track};
use subclip_db::span::{self, Role};
use subclip_db::{asset, playback_id, sound_track, text_track};

use crate::access::Door;
use crate::app::App;
use crate::captions::{self, TextTrack};
use crate::excerpt::{Excerpt, Made};
use crate::mark::Mark;
use crate::media::{MediaFile, View};
use crate::model::{AssetSettings, RenditionKind};
use crate::rows;
use crate::sounds::{PlayedSound, played};
use crate::{Error, Kind, Result};

/// An asset that plays.
#[derive(Debug, Clone)]
pub struct Playable {
    /// What it is.
    pub asset: AssetId,
    /// The part of the asset's timeline that it is; nothing where it is all of it.
    pub excerpt: Option<Excerpt>,
    /// What was encoded of it for viewers, and is stored with no asset.
    pub made: Option<Made>,
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
    /// Pictures in so many seconds, where they are evenly spaced.
    pub frame_rate: Option<(u32, u32)>,
    /// Where pictures of it are taken when none is asked for, in seconds.
    pub thumbnail_time: Option<f64>,
    /// From where to where on the asset's timeline an excerpt is, exactly: what is kept with the asset and not with its
    /// samples is cut to this.
    pub part: Option<(Time, Time)>,
    /// Its captions that are ready, in their order. They may come to be others while the timeline stays the same.
    pub texts: Arc<[TextTrack]>,
    /// Its sounds, the first one first. What they are called may change while the timeline stays the same.
    pub sounds: Arc<[PlayedSound]>,
    /// How closely the rungs below it follow each other.
    pub ladder: Ladder,
    /// The highest rung that is made of it.
    pub most_lines: u32,
    /// Files that it would have, and that its owner took back.
    pub(crate) withdrawn: Vec<RenditionKind>,
    /// The rung that its pictures are of, for a file of one that was prepared.
    pub(crate) file_lines: Option<u32>,
}

impl Playable {
    /// What it is, in letters, digits and dashes. It plays the same under this name whenever it plays.
    #[must_use]
    pub fn name(&self) -> String {
        let part = self.excerpt.map_or_else(String::new, |excerpt| format!("-{excerpt}"));
        let made = self.made.map_or_else(String::new, |made| format!("-{}", made.name()));
        format!("{}{part}{made}", self.asset)
    }

    /// By which build of the encoder it was made, where some of it was made to be played.
    #[must_use]
    pub fn mark(&self) -> Option<Mark> {
        self.made.map(|made| made.mark)
    }

    /// The track of its first pictures: another whenever they were encoded anew.
    #[must_use]
    pub fn generation_name(&self) -> String {
        self.view.timeline.video.first().map_or_else(String::new, |span| span.track.to_string())
    }

    /// Whether its owner took this file back, which it would have.
    pub(crate) fn is_withdrawn(&self, kind: RenditionKind) -> bool {
        self.withdrawn.contains(&kind)
    }

    /// What holding it costs, in bytes: mostly the heads of its tracks, which it keeps from being let go.
    #[must_use]
    pub fn weight_bytes(&self) -> usize {
        self.view.weight_bytes() + 1024
    }

    /// Width and height in square pixels.
    #[must_use]
    pub fn shown_size(&self) -> Option<(u32, u32)> {
        self.video.as_ref()?.video()?.shown_size()
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
        self.playables().get(id, || self.load_playable(id)).await
    }

    /// Forgets what a playback id plays, because it turned out to be out of date.
    pub async fn forget_playable(&self, id: PlaybackId) {
        self.playables().drop_value(&id).await;
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

    /// What an asset, or the part of it, plays by now, whatever is remembered of it.
    ///
    /// # Errors
    /// `NotFound` where the asset is gone or not ready.
    pub(crate) async fn playable_anew(&self, stale: &Playable) -> Result<Arc<Playable>> {
        if let Some(lines) = stale.file_lines {
            return self.prepared(stale.asset, lines).await;
        }
        let whole = self.playable_of(stale.asset).await?;
        match stale.excerpt {
            None => Ok(whole),
            Some(excerpt) => self.excerpt_of(&whole, excerpt.into()).await,
        }
    }

    /// What an asset plays.
    ///
    /// # Errors
    /// `NotFound` where the asset is gone or not ready.
    pub(crate) async fn playable_of(&self, asset: AssetId) -> Result<Arc<Playable>> {
        let row = asset::get(self.db(), asset).await?.filter(|row| row.status == asset::Status::Ready);
        Ok(Arc::new(self.play(&row.ok_or_else(|| Error::not_found("asset"))?).await?))
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
        let texts = text_track::list(self.db(), &[row.id]).await?;
        let sounds = sound_track::list(self.db(), &[row.id]).await?;
        Ok(Playable {
            asset: row.id,
            excerpt: None,
            made: None,
            generation: self.generations().of(row.id, &view.timeline, delay).await,
            delay,
            video: view.video_track()?,
            audio: view.audio_track().cloned(),
            frame_rate: view.frame_rate(),
            thumbnail_time: settings.thumbnail_time,
            // Captions are kept as they came, and of a test the first seconds are played.
            part: settings.test.then(|| (Time::ZERO, view.timeline.duration())),
            texts: ready_texts(texts),
            sounds: played(&view, &settings.sound, &sounds),
            ladder: settings.rungs.into(),
            most_lines: settings.most_lines.unwrap_or(u32::MAX),
            withdrawn: settings.withdrawn,
            file_lines: None,
            view,
        })
    }

    /// The size of the file that a rendition of a ready asset stands for; `None` where the asset lacks its medium.
    ///
    /// # Errors
    /// `NotFound` where the asset is gone; those of [`MediaFile::measure`].
    pub(crate) async fn file_size(&self, asset: AssetId, media: &'static [Medium]) -> Result<Option<u64>> {
        let measured = self.file_sizes().try_get_with((asset, media), self.measure(asset, media)).await;
        measured.map_err(|error| (*error).clone())
    }

    async fn measure(&self, asset: AssetId, media: &[Medium]) -> Result<Option<u64>> {
        let row = asset::get(self.db(), asset).await?.ok_or_else(|| Error::not_found("asset"))?;
        let playable = Arc::new(self.play(&row).await?);
        let has_all = media.iter().any(|medium| match medium {
            Medium::Video => playable.video.is_some(),
            Medium::Audio => media.len() == 1 && playable.audio.is_some(),
        });
        if !has_all {
            return Ok(None);
        }
        MediaFile::measure(playable, self.library(), media).await.map(Some)
    }
}

fn ready_texts(rows: Vec<text_track::TextTrack>) -> Arc<[TextTrack]> {
    let ready = rows.into_iter().filter(|row| row.status == text_track::Status::Ready);
    ready.map(captions::text_track).collect()
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
