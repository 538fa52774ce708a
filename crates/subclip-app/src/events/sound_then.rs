//! Sounds beside the first as events show them: as they were then.

use serde::{Deserialize, Serialize};

use super::snapshot::{Word as _, id_of};
use crate::Result;
use crate::model::{Failure, Status};
use crate::sounds::SoundTrack;

#[derive(Serialize, Deserialize)]
pub(super) struct SoundThen {
    id: String,
    language: String,
    name: String,
    passthrough: Option<String>,
    status: String,
    failure: Option<(String, String)>,
    channels: Option<u16>,
    sample_rate: Option<u32>,
}

impl SoundThen {
    pub(super) fn of(sound: &SoundTrack) -> Self {
        Self {
            id: sound.id.to_string(),
            language: sound.language.clone(),
            name: sound.name.clone(),
            passthrough: sound.passthrough.clone(),
            status: sound.status.word().to_owned(),
            failure: sound.failure.clone().map(|failure| (failure.kind, failure.message)),
            channels: sound.channels,
            sample_rate: sound.sample_rate,
        }
    }

    pub(super) fn sound(self) -> Result<SoundTrack> {
        Ok(SoundTrack {
            id: id_of(&self.id)?,
            language: self.language,
            name: self.name,
            passthrough: self.passthrough,
            status: Status::of_word(&self.status)?,
            failure: self.failure.map(|(kind, message)| Failure { kind, message }),
            channels: self.channels,
            sample_rate: self.sample_rate,
        })
    }
}
