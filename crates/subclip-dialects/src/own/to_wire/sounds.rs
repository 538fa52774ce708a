//! Sounds beside the first.

use subclip_app as app;

use super::failure;
use crate::own::wire::{AudioTrack, Status};

/// A sound of an asset beside the first.
pub(in crate::own) fn audio_track(sound: &app::SoundTrack) -> AudioTrack {
    AudioTrack {
        id: sound.id.to_string(),
        status: match sound.status {
            app::Status::Preparing => Status::Preparing,
            app::Status::Ready => Status::Ready,
            app::Status::Errored => Status::Errored,
        },
        language: sound.language.clone(),
        name: sound.name.clone(),
        passthrough: sound.passthrough.clone(),
        channels: sound.channels,
        sample_rate: sound.sample_rate,
        error: sound.failure.as_ref().map(failure),
    }
}
