//! Audio tracks beside the primary one, and the inputs that they were asked for by.

use subclip_app::{Asset, AssetSettings, NewSound, SoundTrack, Status};
use subclip_core::Time;

use super::tracks::layout;
use crate::mux::wire;

/// An audio track beside the primary one of this asset.
pub(in crate::mux) fn sound_track(sound: &SoundTrack, asset: &Asset) -> wire::Track {
    let is_ready = sound.status == Status::Ready;
    wire::Track {
        id: sound.id.to_string(),
        kind: "audio",
        status: match sound.status {
            Status::Preparing => "preparing",
            Status::Ready => "ready",
            Status::Errored => "errored",
        },
        duration: asset.duration.filter(|_| is_ready).map(Time::seconds),
        max_channels: sound.channels,
        max_channel_layout: sound.channels.and_then(layout),
        primary: Some(false),
        name: Some(sound.name.clone()),
        language_code: Some(sound.language.clone()),
        passthrough: sound.passthrough.clone(),
        error: sound.failure.as_ref().map(|failure| wire::Errors {
            kind: failure.kind.clone(),
            messages: vec![failure.message.clone()],
        }),
        ..wire::Track::default()
    }
}

/// The inputs of audio tracks that were asked for with an asset.
pub(super) fn inputs(settings: &AssetSettings) -> Vec<wire::InputSettings> {
    let input = |sound: &NewSound| wire::InputSettings {
        url: Some(sound.url.clone()),
        kind: Some("audio"),
        name: sound.labels.name.clone(),
        language_code: sound.labels.language.clone(),
        passthrough: sound.labels.passthrough.clone(),
        ..wire::InputSettings::default()
    };
    settings.sounds.iter().map(input).collect()
}
