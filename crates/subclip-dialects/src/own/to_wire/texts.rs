//! Captions.

use subclip_app as app;

use super::failure;
use crate::own::wire::{Status, TextSource, TextTrack};

/// Captions of an asset.
pub(in crate::own) fn text_track(text: &app::TextTrack) -> TextTrack {
    TextTrack {
        id: text.id.to_string(),
        status: match text.status {
            app::Status::Preparing => Status::Preparing,
            app::Status::Ready => Status::Ready,
            app::Status::Errored => Status::Errored,
        },
        source: match text.source {
            app::TextSource::Uploaded => TextSource::Uploaded,
            app::TextSource::Generated => TextSource::Generated,
        },
        language: text.language.clone(),
        name: text.name.clone(),
        closed_captions: text.closed_captions,
        passthrough: text.passthrough.clone(),
        error: text.failure.as_ref().map(failure),
    }
}
