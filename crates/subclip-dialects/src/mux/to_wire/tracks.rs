//! Tracks, and what an asset's size and rate are called.

use subclip_app::{Asset, FirstSound, TrackDetail, TrackFacts};

use super::{sound_track, text_track};
use crate::mux::wire;

/// What of an asset's tracks its own fields repeat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    /// The largest pictures.
    Pictures { width: u32, height: u32, shape: (u32, u32), frame_rate: Option<f64> },
    /// Sound alone.
    Sound,
}

impl Shape {
    /// The shape of an asset whose tracks are known.
    pub(super) fn of(asset: &Asset) -> Option<Self> {
        let pictures = asset.tracks.iter().filter_map(|track| match track.detail {
            TrackDetail::Video { width, height, shape, frame_rate } => {
                Some(Self::Pictures { width, height, shape, frame_rate })
            }
            TrackDetail::Audio { .. } => None,
        });
        let largest = pictures.max_by_key(Self::pixels);
        largest.or_else(|| (!asset.tracks.is_empty()).then_some(Self::Sound))
    }

    /// Pictures of this size.
    pub(super) fn of_size((width, height): (u32, u32)) -> Self {
        Self::Pictures { width, height, shape: (width, height), frame_rate: None }
    }

    /// Width and height, where there are pictures.
    pub(super) fn size(&self) -> Option<(u32, u32)> {
        match *self {
            Self::Pictures { width, height, .. } => Some((width, height)),
            Self::Sound => None,
        }
    }

    fn pixels(&self) -> u64 {
        match *self {
            Self::Pictures { width, height, .. } => u64::from(width) * u64::from(height),
            Self::Sound => 0,
        }
    }

    /// `WIDTH:HEIGHT` in lowest terms.
    pub(super) fn aspect_ratio(&self) -> Option<String> {
        let Self::Pictures { shape: (wide, high), .. } = *self else { return None };
        Some(format!("{wide}:{high}"))
    }

    /// By number of pixels, so that portrait pictures count like landscape ones.
    pub(super) fn resolution_tier(&self) -> &'static str {
        match self.pixels() {
            0 => "audio-only",
            1..=921_600 => "720p",
            921_601..=2_211_840 => "1080p",
            2_211_841..=4_194_304 => "1440p",
            _ => "2160p",
        }
    }

    /// The older words for the same.
    pub(super) fn stored_resolution(&self) -> &'static str {
        match self.pixels() {
            0 => "Audio only",
            1..921_600 => "SD",
            921_600..2_073_600 => "HD",
            2_073_600..=2_211_840 => "FHD",
            _ => "UHD",
        }
    }

    /// Frames per second, -1 when it can't be told.
    pub(super) fn frame_rate(&self) -> Option<f64> {
        match *self {
            Self::Pictures { frame_rate, .. } => Some(frame_rate.unwrap_or(-1.0)),
            Self::Sound => None,
        }
    }
}

/// All tracks, captions last; the sound that came with the pictures is the primary one.
pub(super) fn tracks(asset: &Asset) -> Vec<wire::Track> {
    let main = asset.tracks.iter().map(|facts| track(facts, &asset.settings.sound));
    let sounds = asset.sounds.iter().map(|sound| sound_track(sound, asset));
    main.chain(sounds).chain(asset.texts.iter().map(text_track)).collect()
}

fn track(facts: &TrackFacts, sound: &FirstSound) -> wire::Track {
    let common = wire::Track {
        id: facts.id.to_string(),
        status: "ready",
        duration: Some(facts.duration.seconds()),
        ..wire::Track::default()
    };
    match facts.detail {
        TrackDetail::Video { width, height, frame_rate, .. } => wire::Track {
            kind: "video",
            max_width: Some(width),
            max_height: Some(height),
            max_frame_rate: Some(frame_rate.unwrap_or(-1.0)),
            ..common
        },
        TrackDetail::Audio { channels, .. } => wire::Track {
            kind: "audio",
            max_channels: Some(channels),
            max_channel_layout: layout(channels),
            primary: Some(true),
            name: Some(sound.shown_name()),
            language_code: Some(sound.language.clone().unwrap_or_else(|| facts.language.clone())),
            ..common
        },
    }
}

/// The usual layout of so many channels.
pub(super) fn layout(channels: u16) -> Option<&'static str> {
    Some(match channels {
        1 => "mono",
        2 => "stereo",
        3 => "2.1",
        4 => "4.0",
        5 => "5.0",
        6 => "5.1",
        7 => "6.1",
        8 => "7.1",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_names() {
        for (width, height, tier, stored) in [
            (640, 360, "720p", "SD"),
            (1280, 720, "720p", "HD"),
            (1080, 1920, "1080p", "FHD"),
            (1920, 1080, "1080p", "FHD"),
            (854, 480, "720p", "SD"),
            (2048, 1080, "1080p", "FHD"),
            (2560, 1440, "1440p", "UHD"),
            (3840, 2160, "2160p", "UHD"),
            (7680, 4320, "2160p", "UHD"),
        ] {
            let shape = Shape::Pictures { width, height, shape: (16, 9), frame_rate: None };
            assert_eq!(shape.aspect_ratio().as_deref(), Some("16:9"), "{width}x{height}");
            assert_eq!(
                (shape.resolution_tier(), shape.stored_resolution()),
                (tier, stored),
                "{width}x{height}"
            );
            assert_eq!(shape.frame_rate(), Some(-1.0));
        }
        assert_eq!((Shape::Sound.resolution_tier(), Shape::Sound.aspect_ratio()), ("audio-only", None));
    }
}
