//! The asset object.

use subclip_app::{Asset, AssetSettings, MasterState, Origin, Stage, Status};

use super::{Sizes, playback_id, reasons, renditions, tracks};
use crate::common::master_url;
use crate::mux::kept::Kept;
use crate::mux::wire;

/// An asset with URLs under `public_url`; `sizes` are those of the renditions it has.
pub(in crate::mux) fn asset(asset: &Asset, sizes: &Sizes, public_url: &str) -> wire::Asset {
    let kept = Kept::of(&asset.settings);
    let shape = tracks::Shape::of(asset);
    let quality = kept.video_quality.clone().unwrap_or_else(|| "plus".to_owned());
    wire::Asset {
        id: asset.id.to_string(),
        created_at: wire::Figure::Text(asset.created_ms.div_euclid(1000)),
        status: status(asset.status),
        progress: progress(asset),
        playback_ids: asset.playback.iter().copied().map(playback_id).collect(),
        encoding_tier: encoding_tier(&quality),
        video_quality: quality,
        max_resolution_tier: max_resolution_tier(&asset.settings, &kept),
        master_access: master_access(asset.master.is_some()),
        mp4_support: kept.mp4_support.clone().unwrap_or_else(|| "none".to_owned()),
        normalize_audio: asset.settings.normalize_audio,
        test: asset.settings.test,
        ingest_type: ingest_type(asset.origin),
        source_asset_id: asset.source.map(|id| id.to_string()),
        upload_id: asset.upload.map(|id| id.to_string()),
        passthrough: asset.settings.passthrough.clone(),
        meta: meta(&asset.settings),
        thumbnail_time: asset.settings.thumbnail_time,
        duration: asset.duration.map(subclip_core::Time::seconds),
        aspect_ratio: shape.as_ref().and_then(tracks::Shape::aspect_ratio),
        resolution_tier: shape.as_ref().map(tracks::Shape::resolution_tier),
        max_stored_resolution: shape.as_ref().map(tracks::Shape::stored_resolution),
        max_stored_frame_rate: shape.as_ref().and_then(tracks::Shape::frame_rate),
        tracks: tracks::tracks(asset),
        errors: asset.failure.as_ref().map(|failure| wire::Errors {
            kind: failure.kind.clone(),
            messages: vec![failure.message.clone()],
        }),
        non_standard_input_reasons: reasons::non_standard(&asset.input),
        static_renditions: renditions::static_renditions(asset, &kept, sizes),
        master: asset.master.as_ref().map(|master| wire::Master {
            status: match master.state {
                MasterState::Preparing => "preparing",
                MasterState::Ready { .. } => "ready",
                MasterState::Errored { .. } => "errored",
            },
            url: master_url(asset, public_url),
        }),
    }
}

/// The word for whether a master is asked for.
pub(super) fn master_access(asked: bool) -> &'static str {
    if asked { "temporary" } else { "none" }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Preparing => "preparing",
        Status::Ready => "ready",
        Status::Errored => "errored",
    }
}

/// While an asset is taken in, Mux promises a progress of 0.
fn progress(asset: &Asset) -> wire::Progress {
    let (state, progress) = match asset.stage {
        Stage::Ingesting => ("ingesting", 0),
        Stage::Transcoding => ("transcoding", i16::from(asset.progress_percent.min(100))),
        Stage::Completed => ("completed", 100),
        Stage::Errored => ("errored", -1),
    };
    wire::Progress { state, progress }
}

/// The old name of a quality, which the Node client's types require.
fn encoding_tier(quality: &str) -> &'static str {
    match quality {
        "basic" => "baseline",
        "premium" => "premium",
        _ => "smart",
    }
}

fn max_resolution_tier(settings: &AssetSettings, kept: &Kept) -> String {
    let by_lines = || match settings.most_lines {
        Some(lines) if lines > 1440 => "2160p",
        Some(lines) if lines > 1080 => "1440p",
        _ => "1080p",
    };
    kept.max_resolution_tier.clone().unwrap_or_else(|| by_lines().to_owned())
}

/// Files from the server's own machine have no word in Mux.
fn ingest_type(origin: Origin) -> Option<&'static str> {
    match origin {
        Origin::Url => Some("on_demand_url"),
        Origin::Upload => Some("on_demand_direct_upload"),
        Origin::Clip => Some("on_demand_clip"),
        Origin::File => None,
    }
}

/// Titles and ids, if there are any.
pub(super) fn meta(settings: &AssetSettings) -> Option<wire::Meta> {
    let meta = wire::Meta {
        title: settings.title.clone(),
        creator_id: settings.creator_id.clone(),
        external_id: settings.external_id.clone(),
    };
    let any = meta.title.is_some() || meta.creator_id.is_some() || meta.external_id.is_some();
    any.then_some(meta)
}
