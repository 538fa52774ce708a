//! Static renditions: files that this server makes when they are fetched, and so has ready when the asset is.

use subclip_app::{Asset, Rendition, RenditionKind, Status};

use super::tracks::Shape;
use crate::mux::kept::Kept;
use crate::mux::wire;

/// Bytes of an asset's renditions, where they are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::mux) struct Sizes {
    pub(in crate::mux) highest: Option<u64>,
    pub(in crate::mux) audio_only: Option<u64>,
}

impl Sizes {
    fn of(self, kind: RenditionKind) -> Option<u64> {
        match kind {
            RenditionKind::Highest => self.highest,
            RenditionKind::AudioOnly => self.audio_only,
        }
    }
}

/// The asset's files, if any were asked for.
pub(super) fn static_renditions(asset: &Asset, kept: &Kept, sizes: &Sizes) -> Option<wire::StaticRenditions> {
    let asked = &asset.settings.renditions;
    if kept.wants_legacy_files() {
        return Some(legacy(asset, sizes));
    }
    let files = || asked.iter().map(|one| static_rendition(asset, one, sizes)).collect();
    (!asked.is_empty()).then(|| wire::StaticRenditions { files: files(), status: None })
}

/// What `mp4_support: audio-only` gives: one state for all files, which carry none of their own.
fn legacy(asset: &Asset, sizes: &Sizes) -> wire::StaticRenditions {
    let kind = RenditionKind::AudioOnly;
    let (files, status) = match state(asset, kind) {
        "ready" => (vec![file(asset, kind, sizes)], "ready"),
        "preparing" => (Vec::new(), "preparing"),
        _ => (Vec::new(), "errored"),
    };
    wire::StaticRenditions { files, status: Some(status) }
}

/// One file.
pub(in crate::mux) fn static_rendition(
    asset: &Asset,
    rendition: &Rendition,
    sizes: &Sizes,
) -> wire::StaticRendition {
    let status = state(asset, rendition.kind);
    let facts = if status == "ready" { file(asset, rendition.kind, sizes) } else { named(rendition.kind) };
    let tier = Shape::of(asset).map(|shape| shape.resolution_tier()).filter(|_| status == "ready");
    wire::StaticRendition {
        id: Some(rendition.id.clone()),
        kind: Some("standard"),
        status: Some(status),
        resolution: Some(match rendition.kind {
            RenditionKind::Highest => "highest",
            RenditionKind::AudioOnly => "audio-only",
        }),
        resolution_tier: match rendition.kind {
            RenditionKind::Highest => tier,
            RenditionKind::AudioOnly => Some("audio-only"),
        },
        passthrough: rendition.passthrough.clone(),
        ..facts
    }
}

/// A file is skipped when the asset has not the medium it is of.
fn state(asset: &Asset, kind: RenditionKind) -> &'static str {
    match asset.status {
        Status::Preparing => "preparing",
        Status::Errored => "errored",
        Status::Ready => {
            if asset.has_medium_of(kind) {
                "ready"
            } else {
                "skipped"
            }
        }
    }
}

fn named(kind: RenditionKind) -> wire::StaticRendition {
    let (name, ext) = match kind {
        RenditionKind::Highest => ("highest.mp4", "mp4"),
        RenditionKind::AudioOnly => ("audio.m4a", "m4a"),
    };
    wire::StaticRendition { name, ext, ..wire::StaticRendition::default() }
}

fn file(asset: &Asset, kind: RenditionKind, sizes: &Sizes) -> wire::StaticRendition {
    let size_bytes = sizes.of(kind);
    let seconds = asset.duration.map(subclip_core::Time::seconds).filter(|&seconds| seconds > 0.0);
    let bits_per_second = |bytes: u64, seconds: f64| (bytes as f64 * 8.0 / seconds).round() as u64;
    let (width, height) = match (kind, Shape::of(asset)) {
        (RenditionKind::Highest, Some(Shape::Pictures { width, height, .. })) => (Some(width), Some(height)),
        _ => (None, None),
    };
    wire::StaticRendition {
        width,
        height,
        bitrate: size_bytes.zip(seconds).map(|(bytes, seconds)| bits_per_second(bytes, seconds)),
        filesize: size_bytes.map(|bytes| bytes.to_string()),
        ..named(kind)
    }
}
