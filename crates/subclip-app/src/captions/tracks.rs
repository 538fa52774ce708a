//! What can be done with text tracks: asked for, brought, changed, deleted.

use bytes::Bytes;
use subclip_core::{AssetId, TextTrackId};
use subclip_db::text_track::{self as row, Source, Status};
use subclip_db::{Tx, asset};
use subclip_formats::captions;

use super::names::{NAMING, called_alike, check_labels, check_new, named};
use super::request::{Making, insert_new, names_of, new_row};
use super::settle::let_followers_go;
use super::written::Written;
use super::{NewText, TextChange, TextFrom, TextLabels, TextTrack, text_track};
use crate::app::App;
use crate::aside::aside;
use crate::assets::ready_asset;
use crate::events::Changes;
use crate::jobs::Lane;
use crate::labels::{LANGUAGE_AUTO, UNKNOWN, check_language};
use crate::model::Caller;
use crate::rows;
use crate::{Error, Result};

/// What can be done with text tracks.
pub struct TextTracks<'a>(pub(crate) &'a App);

impl TextTracks<'_> {
    /// Asks for captions of an asset that is ready. They come later: each is `preparing` at first.
    ///
    /// # Errors
    /// `NotFound`; `NotReady` while the asset is preparing; `Invalid` for labels that can't be, and where captions are to
    /// be generated and nothing is there to do it; `Conflict` where they were generated already; `Busy` where too many are on their way.
    pub async fn ask(&self, caller: &Caller, id: AssetId, new: &[NewText]) -> Result<Vec<TextTrack>> {
        caller.must_write()?;
        let app = self.0;
        let tx = app.db().begin().await?;
        ready_asset(&tx, caller, id, NAMING.thing).await?;
        check_new(app, new)?;
        app.limits().room_for_texts(&tx, caller.workspace).await?;
        let there = row::list(&tx, &[id]).await?;
        if let Some(again) = new.iter().find(|one| is_generated(one, &there)) {
            let language = again.labels.language.as_deref().unwrap_or(LANGUAGE_AUTO);
            return Err(Error::conflict(format!(
                "Captions in {language} were generated already; delete that text track first."
            )));
        }
        let made = insert_new(&tx, app, id, new).await?;
        self.commit(tx, id).await?;
        Ok(made.into_iter().map(text_track).collect())
    }

    /// Takes the captions that an owner sends: a WebVTT or SRT file.
    ///
    /// # Errors
    /// `NotFound`; `NotReady` while the asset is preparing; `Invalid` for a file or labels that can't be.
    pub async fn create_from_bytes(
        &self,
        caller: &Caller,
        id: AssetId,
        labels: &TextLabels,
        bytes: Bytes,
    ) -> Result<TextTrack> {
        caller.must_write()?;
        check_labels(labels, &TextFrom::Url(String::new()))?;
        let captions = read(bytes).await?;
        let app = self.0;
        let written = Written::of(captions, None).await?;
        let tx = app.db().begin().await?;
        ready_asset(&tx, caller, id, NAMING.thing).await?;
        written.must_fit(&tx, id).await?;
        let mut labels = labels.clone();
        let told = written.language.filter(|tag| check_language(tag).is_ok());
        let said = labels.language.take().or(told).unwrap_or_else(|| UNKNOWN.to_owned());
        tracing::debug!(asset = %id, language = said, bytes = written.webvtt.len(), "captions came");
        labels.language = Some(said);
        let name = named([&labels], &names_of(&tx, id).await?)?.swap_remove(0);
        let row = new_row(app, id, &labels, name, None)?;
        let made = Changes { tx: &tx, app }.create_texts(id, vec![(row, Some(written.webvtt))]).await?.pop();
        self.commit(tx, id).await?;
        made.map(text_track).ok_or_else(|| Error::internal("a text track was not made"))
    }

    /// One text track of an asset.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, caller: &Caller, id: AssetId, text: TextTrackId) -> Result<TextTrack> {
        let asset = asset::get_in(self.0.db(), caller.workspace, id).await?;
        asset.ok_or_else(|| Error::not_found("asset"))?;
        let row = row::get(self.0.db(), text).await?.filter(|row| row.asset == id);
        row.map(text_track).ok_or_else(|| Error::not_found("text track"))
    }

    /// Changes what is said of a text track; its cues stay what they are.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a name that is another's too, and for a language that is none.
    pub async fn update(
        &self,
        caller: &Caller,
        id: AssetId,
        text: TextTrackId,
        change: TextChange,
    ) -> Result<TextTrack> {
        caller.must_write()?;
        let app = self.0;
        let tx = app.db().begin().await?;
        let before = owned(&tx, caller, id, text).await?;
        if let Some(language) = &change.language {
            check_language(language)?;
        }
        let new = row::TextTrack {
            language: change.language.unwrap_or_else(|| before.language.clone()),
            name: change.name.unwrap_or_else(|| before.name.clone()),
            closed_captions: change.closed_captions.unwrap_or(before.closed_captions),
            passthrough: change.passthrough.unwrap_or_else(|| before.passthrough.clone()),
            ..before.clone()
        };
        if new != before {
            if new.name != before.name && names_of(&tx, id).await?.contains(&new.name) {
                return Err(called_alike(&new.name));
            }
            let new = if new.name == before.name { new } else { called(new)? };
            Changes { tx: &tx, app }.relabel_text(&new).await?;
        }
        self.commit(tx, id).await?;
        self.get(caller, id, text).await
    }

    /// Deletes a text track. Clips keep what they have of it.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete(&self, caller: &Caller, id: AssetId, text: TextTrackId) -> Result<()> {
        caller.must_write()?;
        let tx = self.0.db().begin().await?;
        let row = owned(&tx, caller, id, text).await?;
        let_followers_go(&tx, self.0, &row).await?;
        Changes { tx: &tx, app: self.0 }.delete_text(row).await?;
        self.commit(tx, id).await?;
        self.0.announce_deletion();
        Ok(())
    }

    async fn commit(&self, tx: Tx, asset: AssetId) -> Result<()> {
        let app = self.0;
        app.commit(tx).await?;
        app.forget_asset(asset).await;
        app.wake(Lane::Text);
        app.wake(Lane::Transcribe);
        Ok(())
    }
}

/// Reads a file of captions as it came.
///
/// # Errors
/// `Invalid`, in words for who sent it.
pub(crate) async fn read(bytes: Bytes) -> Result<captions::Captions> {
    let read = aside(move || captions::read(&bytes)).await?;
    read.map_err(|error| Error::invalid(error.to_string()))
}

async fn owned(tx: &Tx, caller: &Caller, id: AssetId, text: TextTrackId) -> Result<row::TextTrack> {
    asset::get_in(tx, caller.workspace, id).await?.ok_or_else(|| Error::not_found("asset"))?;
    let row = row::lock(tx, text).await?.filter(|row| row.asset == id);
    row.ok_or_else(|| Error::not_found("text track"))
}

/// The row of captions that their owner gave a name, which they keep whatever is found out.
fn called(row: row::TextTrack) -> Result<row::TextTrack> {
    let making = Making { unnamed: false, ..Making::of(&row)? };
    Ok(row::TextTrack { request: rows::json(&making)?, ..row })
}

/// Whether captions that are to be generated are there already, or on their way.
fn is_generated(new: &NewText, there: &[row::TextTrack]) -> bool {
    let language = new.labels.language.as_deref().unwrap_or(LANGUAGE_AUTO);
    let same = |row: &row::TextTrack| {
        row.source == Source::Generated && row.status != Status::Errored && row.language == language
    };
    new.from == TextFrom::Sound && there.iter().any(same)
}
