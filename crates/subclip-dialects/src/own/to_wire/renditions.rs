//! Renditions and the ladder as `/v1` answers with them.

use subclip_app::{self as app, Asset, Content, Outcome, RenditionKind, RenditionState, TrackDetail};

use crate::own::wire::{Rendition, RenditionStatus, RenditionType, Rungs};

/// A file of an asset, under `public_url`; `sizes` are the bytes of those that are made when they are fetched.
pub(in crate::own) fn rendition(
    asset: &Asset,
    rendition: &app::Rendition,
    public_url: &str,
    sizes: &[(RenditionKind, u64)],
) -> Rendition {
    let state = asset.rendition_state(rendition);
    let content = asset.content_of(rendition.kind);
    let is_ready = state == RenditionState::Ready;
    let (size, size_bytes) = match (content, &rendition.outcome) {
        _ if !is_ready => (None, None),
        (Content::Rung(_), Some(Outcome::Made { width, height, size_bytes })) => {
            (Some((*width, *height)), Some(*size_bytes))
        }
        (Content::Film, _) => (shown_size(asset), None),
        _ => (None, None),
    };
    let noted = sizes.iter().find(|(kind, _)| *kind == rendition.kind).map(|(_, bytes)| *bytes);
    let public = asset.playback.iter().find(|playback| playback.policy == app::Policy::Public);
    let name = if content == Content::Sound { RenditionKind::AudioOnly } else { rendition.kind }.file_name();
    Rendition {
        id: rendition.id.clone(),
        kind: kind(rendition.kind),
        status: match state {
            RenditionState::Preparing => RenditionStatus::Preparing,
            RenditionState::Ready => RenditionStatus::Ready,
            RenditionState::Skipped => RenditionStatus::Skipped,
            RenditionState::Errored => RenditionStatus::Errored,
        },
        name,
        url: public.filter(|_| is_ready).map(|playback| format!("{public_url}/{}/{name}", playback.id)),
        width: size.map(|(width, _)| width),
        height: size.map(|(_, height)| height),
        size: size_bytes.or(noted),
        passthrough: rendition.passthrough.clone(),
        error: match &rendition.outcome {
            Some(Outcome::Failed { message }) if state == RenditionState::Errored => Some(message.clone()),
            _ => None,
        },
    }
}

/// How many rungs the ladder of an asset has.
pub(super) fn rungs(rungs: app::Rungs) -> Rungs {
    match rungs {
        app::Rungs::Few => Rungs::Few,
        app::Rungs::Usual => Rungs::Usual,
        app::Rungs::All => Rungs::All,
    }
}

fn shown_size(asset: &Asset) -> Option<(u32, u32)> {
    asset.tracks.iter().find_map(|track| match track.detail {
        TrackDetail::Video { width, height, .. } => Some((width, height)),
        TrackDetail::Audio { .. } => None,
    })
}

fn kind(kind: RenditionKind) -> RenditionType {
    match kind {
        RenditionKind::Highest => RenditionType::Highest,
        RenditionKind::AudioOnly => RenditionType::Audio,
        RenditionKind::Low => RenditionType::Low,
        RenditionKind::Medium => RenditionType::Medium,
        RenditionKind::High => RenditionType::High,
        RenditionKind::Capped => RenditionType::Capped,
        RenditionKind::Rung(2160) => RenditionType::P2160,
        RenditionKind::Rung(1440) => RenditionType::P1440,
        RenditionKind::Rung(1080) => RenditionType::P1080,
        RenditionKind::Rung(720) => RenditionType::P720,
        RenditionKind::Rung(540) => RenditionType::P540,
        RenditionKind::Rung(480) => RenditionType::P480,
        RenditionKind::Rung(360) => RenditionType::P360,
        RenditionKind::Rung(_) => RenditionType::P270,
    }
}
