//! Text tracks, and the inputs that they were asked for by.

use subclip_app::{AssetSettings, LANGUAGE_AUTO, NewText, Status, TextFrom, TextSource, TextTrack};

use crate::mux::wire;

/// A text track.
pub(in crate::mux) fn text_track(text: &TextTrack) -> wire::Track {
    wire::Track {
        id: text.id.to_string(),
        kind: "text",
        status: match text.status {
            Status::Preparing => "preparing",
            Status::Ready => "ready",
            Status::Errored => "errored",
        },
        text_type: Some("subtitles"),
        text_source: Some(match text.source {
            TextSource::Uploaded => "uploaded",
            TextSource::Generated => "generated_vod",
        }),
        closed_captions: Some(text.closed_captions),
        passthrough: text.passthrough.clone(),
        name: Some(text.name.clone()),
        language_code: Some(text.language.clone()),
        error: text.failure.as_ref().map(|failure| wire::Errors {
            kind: failure.kind.clone(),
            messages: vec![failure.message.clone()],
        }),
        ..wire::Track::default()
    }
}

/// The inputs of text tracks that were asked for with an asset.
pub(super) fn inputs(settings: &AssetSettings) -> Vec<wire::InputSettings> {
    let input = |text: &NewText| match &text.from {
        TextFrom::Url(url) => Some(wire::InputSettings {
            url: Some(url.clone()),
            kind: Some("text"),
            text_type: Some("subtitles"),
            name: text.labels.name.clone(),
            language_code: text.labels.language.clone(),
            closed_captions: Some(text.labels.closed_captions),
            passthrough: text.labels.passthrough.clone(),
            ..wire::InputSettings::default()
        }),
        TextFrom::Sound => None,
    };
    settings.texts.iter().filter_map(input).collect()
}

/// What the main input says of subtitles to be generated.
pub(super) fn generated(settings: &AssetSettings) -> Vec<wire::GeneratedSubtitles> {
    let of_sound = settings.texts.iter().filter(|text| text.from == TextFrom::Sound);
    let one = |text: &NewText| wire::GeneratedSubtitles {
        language_code: text.labels.language.clone().unwrap_or_else(|| LANGUAGE_AUTO.to_owned()),
        name: text.labels.name.clone(),
        passthrough: text.labels.passthrough.clone(),
    };
    of_sound.map(one).collect()
}
