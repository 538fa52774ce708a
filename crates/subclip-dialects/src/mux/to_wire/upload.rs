//! The upload object.

use subclip_app::{NewAsset, RenditionKind, Upload, UploadStatus};

use super::{asset, policy};
use crate::mux::kept::Kept;
use crate::mux::wire;

/// An upload; `url` is where its bytes go, for a caller who may know it.
pub(in crate::mux) fn upload(upload: &Upload, url: Option<String>) -> wire::Upload {
    wire::Upload {
        id: upload.id.to_string(),
        status: status(upload.status),
        timeout: upload.timeout_s,
        cors_origin: upload.cors_origin.clone(),
        url,
        new_asset_settings: settings(&upload.new_asset),
        asset_id: upload.asset.map(|id| id.to_string()),
        error: upload.failure.as_ref().map(|failure| wire::UploadError {
            kind: failure.kind.clone(),
            message: failure.message.clone(),
        }),
        test: upload.test,
    }
}

fn status(status: UploadStatus) -> &'static str {
    match status {
        UploadStatus::Waiting => "waiting",
        UploadStatus::AssetCreated => "asset_created",
        UploadStatus::Errored => "errored",
        UploadStatus::Cancelled => "cancelled",
        UploadStatus::TimedOut => "timed_out",
    }
}

fn settings(new: &NewAsset) -> wire::NewAssetSettings {
    let kept = Kept::of(&new.settings);
    let legacy = kept.wants_legacy_files();
    let renditions = new.settings.renditions.iter().filter(|_| !legacy);
    let inputs = (kept.audio_name.is_some() || kept.audio_language.is_some()).then(|| wire::InputSettings {
        url: None,
        start_time: None,
        end_time: None,
        name: kept.audio_name.clone(),
        language_code: kept.audio_language.clone(),
    });
    wire::NewAssetSettings {
        playback_policies: new.policies.iter().copied().map(policy).collect(),
        passthrough: new.settings.passthrough.clone(),
        meta: asset::meta(&new.settings),
        video_quality: kept.video_quality,
        max_resolution_tier: kept.max_resolution_tier,
        mp4_support: kept.mp4_support,
        static_renditions: renditions
            .map(|one| wire::RenditionRequest {
                resolution: match one.kind {
                    RenditionKind::Highest => "highest",
                    RenditionKind::AudioOnly => "audio-only",
                },
                passthrough: one.passthrough.clone(),
            })
            .collect(),
        inputs: inputs.into_iter().collect(),
    }
}
