//! Static renditions: files that this server makes when they are fetched, or prepares where they must be encoded.

use subclip_app::{Asset, Content, Outcome, Rendition, RenditionKind, RenditionState};

use super::tracks::Shape;
use crate::mux::kept::Kept;
use crate::mux::wire;

/// Bytes of those files of an asset that are made when they are fetched, where they are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::mux) struct Sizes {
    pub(in crate::mux) highest: Option<u64>,
    pub(in crate::mux) audio_only: Option<u64>,
}

impl Sizes {
    /// Those among the files of an asset whose bytes are known.
    pub(in crate::mux) fn of(asset: &Asset, known: &[(RenditionKind, u64)]) -> Self {
        let mut sizes = Self::default();
        for &(kind, size_bytes) in known {
            match asset.content_of(kind) {
                Content::Film => sizes.highest = Some(size_bytes),
                Content::Sound => sizes.audio_only = Some(size_bytes),
                Content::Rung(_) | Content::Nothing => {}
            }
        }
        sizes
    }
}

/// The asset's files, if any were asked for.
pub(super) fn static_renditions(asset: &Asset, kept: &Kept, sizes: &Sizes) -> Option<wire::StaticRenditions> {
    let asked = &asset.settings.renditions;
    if kept.wants_legacy_files() {
        return Some(legacy(asset, kept, sizes));
    }
    let files = || asked.iter().map(|one| static_rendition(asset, one, sizes)).collect();
    (!asked.is_empty()).then(|| wire::StaticRenditions { files: files(), status: None })
}

/// What `mp4_support` gives: one state for all files, which carry none of their own. Beside them, what was asked for
/// elsewhere.
fn legacy(asset: &Asset, kept: &Kept, sizes: &Sizes) -> wire::StaticRenditions {
    let (asked, others): (Vec<_>, Vec<_>) =
        asset.settings.renditions.iter().partition(|one| kept.is_legacy(one));
    let states: Vec<RenditionState> = asked.iter().map(|one| asset.rendition_state(one)).collect();
    let ready = |one: &&&Rendition| asset.rendition_state(one) == RenditionState::Ready;
    let mut files: Vec<_> = asked.iter().filter(ready).map(|one| file(asset, one, sizes)).collect();
    // Of sound alone both files are the same.
    files.dedup_by_key(|file| file.name);
    let status = if states.contains(&RenditionState::Preparing) {
        "preparing"
    } else if states.contains(&RenditionState::Errored) || files.is_empty() {
        "errored"
    } else {
        "ready"
    };
    let mut files = if status == "preparing" { Vec::new() } else { files };
    files.extend(others.iter().map(|one| static_rendition(asset, one, sizes)));
    wire::StaticRenditions { files, status: Some(status) }
}

/// One file.
pub(in crate::mux) fn static_rendition(
    asset: &Asset,
    rendition: &Rendition,
    sizes: &Sizes,
) -> wire::StaticRendition {
    let state = asset.rendition_state(rendition);
    let is_ready = state == RenditionState::Ready;
    let facts = if is_ready { file(asset, rendition, sizes) } else { named(asset, rendition.kind) };
    let pictures = facts.width.zip(facts.height).map(|size| Shape::of_size(size).resolution_tier());
    wire::StaticRendition {
        id: Some(rendition.id.clone()),
        kind: Some(if matches!(rendition.kind, RenditionKind::Rung(_)) { "advanced" } else { "standard" }),
        status: Some(match state {
            RenditionState::Preparing => "preparing",
            RenditionState::Ready => "ready",
            RenditionState::Skipped => "skipped",
            RenditionState::Errored => "errored",
        }),
        resolution: Some(resolution(rendition.kind)),
        resolution_tier: match rendition.kind {
            RenditionKind::AudioOnly => Some("audio-only"),
            _ => pictures,
        },
        passthrough: rendition.passthrough.clone(),
        ..facts
    }
}

/// What a rendition is asked for by.
pub(in crate::mux) fn resolution(kind: RenditionKind) -> &'static str {
    match kind {
        RenditionKind::AudioOnly => "audio-only",
        RenditionKind::Rung(lines) => subclip_core::rung_name(lines),
        // Files of `mp4_support` have no resolution; whoever sees one here sees what they are.
        _ => "highest",
    }
}

fn named(asset: &Asset, kind: RenditionKind) -> wire::StaticRendition {
    let kind = if asset.content_of(kind) == Content::Sound { RenditionKind::AudioOnly } else { kind };
    let ext = if kind == RenditionKind::AudioOnly { "m4a" } else { "mp4" };
    wire::StaticRendition { name: kind.file_name(), ext, ..wire::StaticRendition::default() }
}

fn file(asset: &Asset, rendition: &Rendition, sizes: &Sizes) -> wire::StaticRendition {
    let (size, size_bytes) = match (asset.content_of(rendition.kind), &rendition.outcome) {
        (Content::Rung(_), Some(Outcome::Made { width, height, size_bytes })) => {
            (Some((*width, *height)), Some(*size_bytes))
        }
        (Content::Film, _) => (Shape::of(asset).and_then(|shape| shape.size()), sizes.highest),
        (Content::Sound, _) => (None, sizes.audio_only),
        _ => (None, None),
    };
    let seconds = asset.duration.map(subclip_core::Time::seconds).filter(|&seconds| seconds > 0.0);
    let bits_per_second = |bytes: u64, seconds: f64| (bytes as f64 * 8.0 / seconds).round() as u64;
    wire::StaticRendition {
        width: size.map(|(width, _)| width),
        height: size.map(|(_, height)| height),
        bitrate: size_bytes.zip(seconds).map(|(bytes, seconds)| bits_per_second(bytes, seconds)),
        filesize: size_bytes.map(|bytes| wire::Figure::Text(i64::try_from(bytes).unwrap_or(i64::MAX))),
        ..named(asset, rendition.kind)
    }
}
