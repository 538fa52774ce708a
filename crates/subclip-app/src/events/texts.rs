//! Changes of captions that are told of.

use subclip_core::{AssetId, EventKind};
use subclip_db::text_track::{self, TextTrack};

use super::About;
use super::changes::{Changes, Owned};
use super::outbox::tell;
use crate::Result;
use crate::captions;

impl Changes<'_> {
    /// Makes text tracks of an asset, ready where they have their cues, and puts them after those that it has.
    pub(crate) async fn create_texts(
        &self,
        asset: AssetId,
        new: Vec<(TextTrack, Option<String>)>,
    ) -> Result<Vec<TextTrack>> {
        let first = text_track::next_position(self.tx, asset).await?;
        let mut made = Vec::with_capacity(new.len());
        for (position, (track, webvtt)) in (first..).zip(new) {
            let track = TextTrack { position, ..track };
            text_track::insert(self.tx, &track, webvtt.as_deref()).await?;
            made.push(track);
        }
        let Some(owned) = self.loaded(asset).await? else { return Ok(made) };
        for track in &made {
            self.tell_of_text(EventKind::TrackCreated, &owned, track).await?;
            if track.status == text_track::Status::Ready {
                self.tell_of_text(EventKind::TrackReady, &owned, track).await?;
            }
        }
        Ok(made)
    }

    /// Gives a text track its cues, and the language and name that it has by now; `false` if it is not preparing (deleted,
    /// say).
    pub(crate) async fn make_text_ready(&self, track: &TextTrack, webvtt: &str) -> Result<bool> {
        let now = self.app.now_ms();
        if !text_track::set_ready(self.tx, track.id, webvtt, now).await? {
            return Ok(false);
        }
        let track = TextTrack { status: text_track::Status::Ready, updated_ms: now, ..track.clone() };
        self.write_labels(&track).await?;
        self.tell_of_its_text(EventKind::TrackReady, &track).await?;
        Ok(true)
    }

    /// Makes a preparing text track errored; `false` if it is not preparing.
    pub(crate) async fn make_text_errored(
        &self,
        track: &TextTrack,
        kind: &str,
        message: &str,
    ) -> Result<bool> {
        let now = self.app.now_ms();
        if !text_track::set_errored(self.tx, track.id, kind, message, now).await? {
            return Ok(false);
        }
        let track = TextTrack {
            status: text_track::Status::Errored,
            error_kind: Some(kind.to_owned()),
            error_message: Some(message.to_owned()),
            ..track.clone()
        };
        self.tell_of_its_text(EventKind::TrackErrored, &track).await?;
        Ok(true)
    }

    /// Writes what is said of a text track.
    pub(crate) async fn relabel_text(&self, track: &TextTrack) -> Result<()> {
        self.write_labels(&TextTrack { updated_ms: self.app.now_ms(), ..track.clone() }).await?;
        self.told(EventKind::AssetUpdated, track.asset).await.map(drop)
    }

    /// Deletes a text track.
    pub(crate) async fn delete_text(&self, track: TextTrack) -> Result<()> {
        text_track::delete(self.tx, track.id).await?;
        self.tell_of_its_text(EventKind::TrackDeleted, &track).await
    }

    async fn write_labels(&self, track: &TextTrack) -> Result<()> {
        text_track::update(self.tx, track).await?;
        Ok(())
    }

    async fn tell_of_its_text(&self, kind: EventKind, track: &TextTrack) -> Result<()> {
        match self.loaded(track.asset).await? {
            Some(owned) => self.tell_of_text(kind, &owned, track).await,
            None => Ok(()),
        }
    }

    async fn tell_of_text(&self, kind: EventKind, owned: &Owned, track: &TextTrack) -> Result<()> {
        let Owned { workspace, asset } = owned;
        let about = About::Text { asset: Box::new(asset.clone()), text: captions::text_track(track.clone()) };
        tell(self.tx, self.app, *workspace, kind, &about).await
    }
}
