//! Changes of sounds beside the first that are told of.

use subclip_core::EventKind;
use subclip_db::sound_track::{self, Heard, SoundTrack, Status};

use super::About;
use super::changes::{Changes, Owned};
use super::outbox::tell;
use crate::Result;
use crate::sounds;

impl Changes<'_> {
    /// Makes a sound track. The spans of one that is ready are written in the same transaction.
    pub(crate) async fn create_sound(&self, track: &SoundTrack) -> Result<()> {
        sound_track::insert(self.tx, track).await?;
        self.tell_of_sound(EventKind::TrackCreated, track).await?;
        if track.status == Status::Ready {
            self.tell_of_sound(EventKind::TrackReady, track).await?;
        }
        Ok(())
    }

    /// Makes a sound track ready, whose spans are there; `false` if it is not preparing (deleted, say).
    pub(crate) async fn make_sound_ready(&self, track: &SoundTrack, heard: Heard) -> Result<bool> {
        let now = self.app.now_ms();
        if !sound_track::set_ready(self.tx, track.id, heard, now).await? {
            return Ok(false);
        }
        let (channels, sample_rate) = (Some(heard.channels), Some(heard.sample_rate));
        let track = SoundTrack { status: Status::Ready, channels, sample_rate, ..track.clone() };
        self.tell_of_sound(EventKind::TrackReady, &track).await?;
        Ok(true)
    }

    /// Makes a preparing sound track errored; `false` if it is not preparing.
    pub(crate) async fn make_sound_errored(
        &self,
        track: &SoundTrack,
        kind: &str,
        message: &str,
    ) -> Result<bool> {
        if !sound_track::set_errored(self.tx, track.id, kind, message, self.app.now_ms()).await? {
            return Ok(false);
        }
        let track = SoundTrack {
            status: Status::Errored,
            error_kind: Some(kind.to_owned()),
            error_message: Some(message.to_owned()),
            ..track.clone()
        };
        self.tell_of_sound(EventKind::TrackErrored, &track).await?;
        Ok(true)
    }

    /// Writes what is said of a sound track.
    pub(crate) async fn relabel_sound(&self, track: &SoundTrack) -> Result<()> {
        let track = SoundTrack { updated_ms: self.app.now_ms(), ..track.clone() };
        sound_track::update(self.tx, &track).await?;
        self.told(EventKind::AssetUpdated, track.asset).await.map(drop)
    }

    /// Deletes a sound track.
    pub(crate) async fn delete_sound(&self, track: &SoundTrack) -> Result<()> {
        sound_track::delete(self.tx, track.id).await?;
        self.tell_of_sound(EventKind::TrackDeleted, track).await
    }

    async fn tell_of_sound(&self, kind: EventKind, track: &SoundTrack) -> Result<()> {
        let Some(Owned { workspace, asset }) = self.loaded(track.asset).await? else { return Ok(()) };
        let about = About::Sound { asset: Box::new(asset), sound: sounds::sound_track(track.clone()) };
        tell(self.tx, self.app, workspace, kind, &about).await
    }
}
