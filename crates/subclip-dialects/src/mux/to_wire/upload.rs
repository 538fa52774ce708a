//! The upload object.

use subclip_app::{NewAsset, Upload, UploadStatus};

use super::{asset, input_info, policy, texts};
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
    // The first input is the file that is sent.
    let main = wire::InputSettings {
        name: new.settings.sound.name.clone(),
        language_code: new.settings.sound.language.clone(),
        generated_subtitles: texts::generated(&new.settings),
        ..wire::InputSettings::default()
    };
    let inputs: Vec<_> = std::iter::once(main).chain(input_info::further(&new.settings)).collect();
    let says_something = inputs.len() > 1 || inputs[0] != wire::InputSettings::default();
    wire::NewAssetSettings {
        playback_policies: new.policies.iter().copied().map(policy).collect(),
        passthrough: new.settings.passthrough.clone(),
        meta: asset::meta(&new.settings),
        video_quality: kept.video_quality,
        max_resolution_tier: kept.max_resolution_tier,
        mp4_support: kept.mp4_support,
        static_renditions: renditions
            .map(|one| wire::RenditionRequest {
                resolution: super::resolution(one.kind),
                passthrough: one.passthrough.clone(),
            })
            .collect(),
        master_access: asset::master_access(new.settings.master),
        test: new.settings.test,
        normalize_audio: new.settings.normalize_audio,
        inputs: if says_something { inputs } else { Vec::new() },
    }
}
