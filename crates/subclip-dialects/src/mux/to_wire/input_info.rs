//! What an asset was made from.

use subclip_app::{Asset, AssetSettings, InputFile, InputTrack, Overlay, TrackDetail, TrackFacts};

use super::{sounds, texts};
use crate::mux::wire;

/// The asset's inputs: the main one, further audio tracks, captions, and images that lie over it. A clip's file is its
/// source's, as far as that is still there: `source`.
pub(in crate::mux) fn input_info(asset: &Asset, source: Option<&Asset>) -> Vec<wire::InputInfo> {
    let url = match asset.source {
        Some(source) => Some(format!("mux://assets/{source}")),
        None => asset.input.url.clone(),
    };
    let settings = wire::InputSettings {
        url,
        start_time: asset.input.start_s,
        end_time: asset.input.end_s,
        name: asset.settings.sound.name.clone(),
        language_code: asset.settings.sound.language.clone(),
        generated_subtitles: texts::generated(&asset.settings),
        ..wire::InputSettings::default()
    };
    let found = asset.input.file.as_ref().or_else(|| source.and_then(|source| source.input.file.as_ref()));
    let main = wire::InputInfo { settings, file: found.map(file).or_else(|| stored(asset)) };
    let more = further(&asset.settings).map(|settings| wire::InputInfo { settings, file: None });
    std::iter::once(main).chain(more).collect()
}

/// What goes with the main input.
pub(super) fn further(settings: &AssetSettings) -> impl Iterator<Item = wire::InputSettings> {
    let tracks = sounds::inputs(settings).into_iter().chain(texts::inputs(settings));
    tracks.chain(settings.overlays.iter().map(overlay))
}

/// An image that lies over the video.
fn overlay(overlay: &Overlay) -> wire::InputSettings {
    let (vertical_align, horizontal_align) = overlay.alignment();
    let placing = &overlay.placing;
    let settings = wire::OverlaySettings {
        vertical_align,
        vertical_margin: placing.vertical_margin.to_string(),
        horizontal_align,
        horizontal_margin: placing.horizontal_margin.to_string(),
        width: placing.width.map(|width| width.to_string()),
        height: placing.height.map(|height| height.to_string()),
        opacity: placing.opacity.to_string(),
    };
    wire::InputSettings {
        url: Some(overlay.url.clone()),
        overlay_settings: Some(settings),
        ..wire::InputSettings::default()
    }
}

fn file(file: &InputFile) -> wire::InputFile {
    wire::InputFile {
        container_format: file.container.clone(),
        tracks: file.tracks.iter().map(track).collect(),
    }
}

fn track(track: &InputTrack) -> wire::InputTrack {
    wire::InputTrack {
        kind: track.medium.clone(),
        duration: track.duration_s,
        encoding: Some(track.codec.clone()).filter(|codec| !codec.is_empty()),
        width: track.width,
        height: track.height,
        frame_rate: track.frame_rate,
        sample_rate: track.sample_rate,
        channels: track.channels,
    }
}

/// What is stored is all that is known of a clip whose source is gone: H.264 and AAC in MP4, always.
fn stored(asset: &Asset) -> Option<wire::InputFile> {
    let tracks: Vec<_> = asset.tracks.iter().map(stored_track).collect();
    let container_format = "mov,mp4,m4a,3gp,3g2,mj2".to_owned();
    (!tracks.is_empty()).then_some(wire::InputFile { container_format, tracks })
}

fn stored_track(facts: &TrackFacts) -> wire::InputTrack {
    let duration = Some(facts.duration.seconds());
    match facts.detail {
        TrackDetail::Video { width, height, frame_rate, .. } => wire::InputTrack {
            kind: "video".to_owned(),
            duration,
            encoding: Some("h264".to_owned()),
            width: Some(width),
            height: Some(height),
            frame_rate,
            ..wire::InputTrack::default()
        },
        TrackDetail::Audio { channels, sample_rate } => wire::InputTrack {
            kind: "audio".to_owned(),
            duration,
            encoding: Some("aac".to_owned()),
            sample_rate: Some(sample_rate),
            channels: Some(u32::from(channels)),
            ..wire::InputTrack::default()
        },
    }
}
