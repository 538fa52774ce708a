//! The playlists of a package.

use subclip_app::{Error, Result};
use subclip_core::{Medium, Time};
use subclip_formats::hls::{
    self, AudioRendition, MediaPlaylist, MultivariantPlaylist, Section, Variant, aac_codec_string,
    avc_codec_string,
};

use crate::package::Package;
use crate::rate::Rates;
use crate::segment::Role;

/// How the parts of a clip are joined in a playlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinBy {
    /// One init segment that holds all parameter sets: exact everywhere but on players that want one set per init.
    OneInit,
    /// `EXT-X-DISCONTINUITY` and an init of its own wherever the parameter sets change.
    Discontinuity,
}

impl JoinBy {
    /// Its name in a playlist's query.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OneInit => "one-init",
            Self::Discontinuity => "discontinuity",
        }
    }
}

/// What the names of segments begin with that stand after an init of their own.
pub(crate) const SPLIT: &str = "split-";

/// The group that all sound is in.
const AUDIO_GROUP: &str = "audio";

/// The playlist that names the others; `base` leads from it to them.
pub(crate) fn multivariant(
    package: &Package,
    Rates { video, audio }: Rates,
    base: &str,
    join: JoinBy,
) -> Result<MultivariantPlaylist> {
    let playable = &package.playable;
    let mut playlist = MultivariantPlaylist::default();
    let mut codecs = Vec::new();
    if let Some(track) = &playable.audio
        && let Some(format) = track.audio()
    {
        codecs.extend(aac_codec_string(&format.config));
        if playable.video.is_some() {
            playlist.audio.push(AudioRendition {
                group: AUDIO_GROUP.into(),
                name: "Default".into(),
                language: Some(track.language.clone()).filter(|l| l != "und"),
                default: true,
                channels: format.channels,
                uri: format!("{base}/audio.m3u8?join={}", join.name()),
            });
        }
    }
    if let Some(format) = playable.video.as_ref().and_then(|track| track.video()) {
        codecs.insert(0, avc_codec_string(&format.config).ok_or_else(|| Error::internal("a broken avcC"))?);
        playlist.variants.push(Variant {
            uri: format!("{base}/video.m3u8?join={}", join.name()),
            bandwidth_bps: video.peak_bps + audio.peak_bps,
            average_bandwidth_bps: Some(video.average_bps + audio.average_bps),
            codecs,
            resolution: Some(playable.shown_size().unwrap_or((format.width, format.height))),
            frame_rate: playable.frame_rate,
            audio_group: playable.audio.is_some().then(|| AUDIO_GROUP.into()),
        });
    } else {
        playlist.variants.push(Variant {
            uri: format!("{base}/audio.m3u8"),
            bandwidth_bps: audio.peak_bps,
            average_bandwidth_bps: Some(audio.average_bps),
            codecs,
            resolution: None,
            frame_rate: None,
            audio_group: None,
        });
    }
    Ok(playlist)
}

/// The playlist of one medium; `folder` leads from it to the segments. `NotFound` where the timeline has none of it.
pub(crate) fn media(package: &Package, medium: Medium, folder: &str, join: JoinBy) -> Result<MediaPlaylist> {
    let timeline = &package.playable.view.timeline;
    let spans = match medium {
        Medium::Video => &timeline.video,
        Medium::Audio => &timeline.audio,
    };
    let apart = join == JoinBy::Discontinuity;
    let split = apart && medium == Medium::Video;
    let role = if split { Role::Split } else { Role::Shared };
    let breaks = package.breaks(medium);
    let mut sections: Vec<Section> = Vec::new();
    for (number, pieces) in package.segments(medium, role).enumerate() {
        let ([first, ..], [.., last]) = (pieces, pieces) else { continue };
        if sections.is_empty() || (apart && breaks.contains(&number)) {
            let init = if split { format!("init-{}.mp4", first.span) } else { "init.mp4".to_owned() };
            let map_uri = format!("{folder}/{init}");
            sections.push(Section { map_uri, discontinuity: !sections.is_empty(), segments: Vec::new() });
        }
        let name = if split { format!("{SPLIT}{number}.m4s") } else { format!("{number}.m4s") };
        if let Some(section) = sections.last_mut() {
            section.segments.push(hls::Segment {
                uri: format!("{folder}/{name}"),
                start: Time::new(first.at, spans[first.span].timescale),
                end: Time::new(last.at + last.duration, spans[last.span].timescale),
            });
        }
    }
    if sections.is_empty() {
        return Err(Error::not_found("track"));
    }
    Ok(MediaPlaylist { sections })
}
