//! Subclip's answers as bodies of `/v1`.

mod masters;
mod renditions;
mod sounds;
mod texts;
mod webhooks;

use subclip_app::{self as app, RenditionKind, TrackDetail, TrackFacts};
use subclip_core::{AssetId, Time};

use super::wire::{
    Asset, Cut, Failure, Input, InputFile, InputTrack, Join, Links, Origin, Overlay, PlaybackId, Policy,
    ReferrerRules, Restriction, SigningKey, Status, Token, Track, TrackKind, Upload, UploadStatus,
    UserAgentRules,
};
use crate::common::{PlaybackLinks, iso8601};

pub(super) use renditions::rendition;
pub(super) use sounds::audio_track;
pub(super) use texts::text_track;
pub(super) use webhooks::{delivery, delivery_log, event, event_data, made_webhook, webhook};

/// An asset, with links under `public_url`; `sizes` are the bytes of its renditions that are made when they are fetched.
pub(super) fn asset(asset: &app::Asset, public_url: &str, sizes: &[(RenditionKind, u64)]) -> Asset {
    let settings = &asset.settings;
    Asset {
        id: asset.id.to_string(),
        status: match asset.status {
            app::Status::Preparing => Status::Preparing,
            app::Status::Ready => Status::Ready,
            app::Status::Errored => Status::Errored,
        },
        progress: asset.progress_percent.min(100),
        origin: match asset.origin {
            app::Origin::Url => Origin::Url,
            app::Origin::Upload => Origin::Upload,
            app::Origin::Clip => Origin::Clip,
            app::Origin::File => Origin::File,
        },
        title: settings.title.clone(),
        passthrough: settings.passthrough.clone(),
        creator_id: settings.creator_id.clone(),
        external_id: settings.external_id.clone(),
        thumbnail_time: settings.thumbnail_time,
        overlays: settings.overlays.iter().map(overlay).collect(),
        normalize_audio: settings.normalize_audio,
        most_lines: settings.most_lines,
        rungs: renditions::rungs(settings.rungs),
        test: settings.test,
        expires_at: asset.ends_ms.map(iso8601),
        duration: asset.duration.map(Time::seconds),
        exact_duration: asset.duration.map(|time| format!("{}/{}", time.ticks(), time.scale().get())),
        master: masters::master(asset, public_url),
        renditions: settings.renditions.iter().map(|one| rendition(asset, one, public_url, sizes)).collect(),
        playback_ids: asset.playback.iter().map(|&one| playback_id(one, asset.id)).collect(),
        links: links(asset, public_url),
        source_asset_id: asset.source.map(|id| id.to_string()),
        upload_id: asset.upload.map(|id| id.to_string()),
        cut: asset.cut.as_ref().map(cut),
        tracks: asset.tracks.iter().map(track).collect(),
        audio_tracks: asset.sounds.iter().map(audio_track).collect(),
        text_tracks: asset.texts.iter().map(text_track).collect(),
        input: input(&asset.input),
        error: asset.failure.as_ref().map(failure),
        created_at: iso8601(asset.created_ms),
        updated_at: iso8601(asset.updated_ms),
    }
}

/// A playback id.
pub(super) fn playback_id(playback: app::Playback, asset: AssetId) -> PlaybackId {
    let policy = match playback.policy {
        app::Policy::Public => Policy::Public,
        app::Policy::Signed => Policy::Signed,
    };
    PlaybackId { id: playback.id.to_string(), policy, asset_id: asset.to_string() }
}

/// An upload; `url` is where its bytes go, for a caller who may know it.
pub(super) fn upload(upload: &app::Upload, url: Option<String>) -> Upload {
    Upload {
        id: upload.id.to_string(),
        status: match upload.status {
            app::UploadStatus::Waiting => UploadStatus::Waiting,
            app::UploadStatus::AssetCreated => UploadStatus::AssetCreated,
            app::UploadStatus::Errored => UploadStatus::Errored,
            app::UploadStatus::Cancelled => UploadStatus::Cancelled,
            app::UploadStatus::TimedOut => UploadStatus::TimedOut,
        },
        url,
        timeout: upload.timeout_s,
        cors_origin: upload.cors_origin.clone(),
        asset_id: upload.asset.map(|id| id.to_string()),
        error: upload.failure.as_ref().map(failure),
        created_at: iso8601(upload.created_ms),
    }
}

/// A token.
pub(super) fn token(token: app::Token) -> Token {
    Token {
        id: token.id,
        name: token.name,
        may_write: token.may_write,
        created_at: iso8601(token.created_ms),
        revoked_at: token.revoked_ms.map(iso8601),
    }
}

/// A signing key; its private half is told by who has just made it.
pub(super) fn signing_key(key: app::SigningKey, private_key: Option<String>) -> SigningKey {
    SigningKey {
        id: key.id.to_string(),
        algorithms: key.algorithm.signatures(),
        public_key: key.public_key,
        private_key,
        created_at: iso8601(key.created_ms),
    }
}

/// A playback restriction.
pub(super) fn restriction(restriction: app::Restriction) -> Restriction {
    let app::ReferrerRules { allowed_domains, allow_no_referrer } = restriction.rules.referrer;
    let app::UserAgentRules { allow_no_user_agent, allow_high_risk_user_agent } =
        restriction.rules.user_agent;
    Restriction {
        id: restriction.id.to_string(),
        referrer: ReferrerRules { allowed_domains, allow_no_referrer },
        user_agent: UserAgentRules { allow_no_user_agent, allow_high_risk_user_agent },
        created_at: iso8601(restriction.created_ms),
        updated_at: iso8601(restriction.updated_ms),
    }
}

/// Links that would lead to a medium the asset has not are left out, as soon as that is known, and to files that its owner
/// took back.
fn links(asset: &app::Asset, public_url: &str) -> Option<Links> {
    let public = asset.playback.iter().find(|playback| playback.policy == app::Policy::Public)?;
    let links = PlaybackLinks::new(public_url, public.id);
    let has = |wanted: fn(&TrackDetail) -> bool| {
        asset.tracks.is_empty() || asset.tracks.iter().any(|track| wanted(&track.detail))
    };
    let pictures = has(|detail| matches!(detail, TrackDetail::Video { .. }));
    let sound = has(|detail| matches!(detail, TrackDetail::Audio { .. }));
    let is_there = |kind| !asset.settings.withdrawn.contains(&kind);
    Some(Links {
        hls: links.hls,
        dash: links.dash,
        mp4: (pictures && is_there(RenditionKind::Highest)).then_some(links.mp4),
        audio: (sound && is_there(RenditionKind::AudioOnly)).then_some(links.audio),
        thumbnail: pictures.then_some(links.thumbnail),
    })
}

fn cut(cut: &app::CutReport) -> Cut {
    Cut {
        copied_frames: cut.copied_frames,
        encoded_frames: cut.encoded_frames,
        join: match cut.join {
            app::Join::Seamless => Join::Seamless,
            app::Join::Identical => Join::Identical,
            app::Join::OneInit => Join::OneInit,
        },
    }
}

fn failure(failure: &app::Failure) -> Failure {
    Failure { kind: failure.kind.clone(), message: failure.message.clone() }
}

fn track(facts: &TrackFacts) -> Track {
    let common = Track {
        id: facts.id.to_string(),
        duration: facts.duration.seconds(),
        language: facts.language.clone(),
        ..Track::default()
    };
    match facts.detail {
        TrackDetail::Video { width, height, frame_rate, .. } => {
            let (width, height) = (Some(width), Some(height));
            Track { kind: TrackKind::Video, width, height, frame_rate, ..common }
        }
        TrackDetail::Audio { channels, sample_rate } => {
            let (channels, sample_rate) = (Some(channels), Some(sample_rate));
            Track { kind: TrackKind::Audio, channels, sample_rate, ..common }
        }
    }
}

fn overlay(overlay: &app::Overlay) -> Overlay {
    let (vertical, horizontal) = overlay.alignment();
    let placing = &overlay.placing;
    Overlay {
        url: overlay.url.clone(),
        vertical_align: Some(vertical.to_owned()),
        vertical_margin: Some(placing.vertical_margin.to_string()),
        horizontal_align: Some(horizontal.to_owned()),
        horizontal_margin: Some(placing.horizontal_margin.to_string()),
        width: placing.width.map(|width| width.to_string()),
        height: placing.height.map(|height| height.to_string()),
        opacity: Some(placing.opacity.to_string()),
    }
}

fn input(input: &app::Input) -> Input {
    let file = input.file.as_ref().map(|file| InputFile {
        container: file.container.clone(),
        tracks: file.tracks.iter().map(input_track).collect(),
        not_conforming: file.not_conforming.clone(),
    });
    Input { url: input.url.clone(), start: input.start_s, end: input.end_s, file }
}

fn input_track(track: &app::InputTrack) -> InputTrack {
    InputTrack {
        kind: track.medium.clone(),
        codec: track.codec.clone(),
        duration: track.duration_s,
        width: track.width,
        height: track.height,
        frame_rate: track.frame_rate,
        sample_rate: track.sample_rate,
        channels: track.channels,
    }
}

#[cfg(test)]
mod tests;
