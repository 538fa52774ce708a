//! Captions as events show them: as they were then.

use serde::{Deserialize, Serialize};

use super::snapshot::{Word as _, id_of};
use crate::Result;
use crate::captions::{TextSource, TextTrack};
use crate::model::{Failure, Status};

#[derive(Serialize, Deserialize)]
pub(super) struct TextThen {
    id: String,
    language: String,
    name: String,
    closed_captions: bool,
    passthrough: Option<String>,
    source: String,
    status: String,
    failure: Option<(String, String)>,
}

impl TextThen {
    pub(super) fn of(text: &TextTrack) -> Self {
        Self {
            id: text.id.to_string(),
            language: text.language.clone(),
            name: text.name.clone(),
            closed_captions: text.closed_captions,
            passthrough: text.passthrough.clone(),
            source: text.source.word().to_owned(),
            status: text.status.word().to_owned(),
            failure: text.failure.clone().map(|failure| (failure.kind, failure.message)),
        }
    }

    pub(super) fn text(self) -> Result<TextTrack> {
        Ok(TextTrack {
            id: id_of(&self.id)?,
            language: self.language,
            name: self.name,
            closed_captions: self.closed_captions,
            passthrough: self.passthrough,
            source: TextSource::of_word(&self.source)?,
            status: Status::of_word(&self.status)?,
            failure: self.failure.map(|(kind, message)| Failure { kind, message }),
        })
    }
}
