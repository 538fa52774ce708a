//! The playlists of a package.

use subclip_app::{Error, PlayedSound, Result};
use subclip_core::Time;
use subclip_formats::hls::{
    self, AudioRendition, MediaPlaylist, MultivariantPlaylist, Section, Variant, aac_codec_string,
};

use crate::keys;
use crate::media_name::MediaName;
use crate::package::Package;
use crate::quality::{allows_top, qualities};
use crate::rates::Rates;
use crate::representation::{Representation, Stream};
use crate::segment::Role;
use crate::wishes::Choice;

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

    /// That of the pictures' segments.
    pub(crate) fn role(self) -> Role {
        match self {
            Self::OneInit => Role::Shared,
            Self::Discontinuity => Role::Split,
        }
    }
}

/// What the names of segments begin with that stand after an init of their own.
pub(crate) const SPLIT: &str = "split-";
/// The init that all of those can follow.
pub(crate) const SPLIT_INIT: &str = "split-init.mp4";

/// The group that all sound is in.
const AUDIO_GROUP: &str = "audio";

/// The playlist that names the others; `base` leads from it to them. `sounds` are those to name.
pub(crate) fn multivariant(
    package: &Package,
    rates: &Rates,
    base: &str,
    join: JoinBy,
    choice: &Choice,
    sounds: &[PlayedSound],
) -> Result<MultivariantPlaylist> {
    let playable = &package.playable;
    let mut playlist = MultivariantPlaylist::default();
    let of_sounds = rates.most_of_sounds();
    let mut sound_codecs: Vec<String> = sounds.iter().filter_map(sound_codec).collect();
    sound_codecs.sort_unstable();
    sound_codecs.dedup();
    // Sound alone, without another to choose, is a variant itself.
    if playable.video.is_some() || sounds.len() > 1 {
        playlist.audio = renditions(sounds, base, join);
    }
    let audio_group = (!playlist.audio.is_empty()).then(|| AUDIO_GROUP.to_owned());
    if playable.video.is_none() {
        let first = sounds.first().ok_or_else(|| Error::not_found("track"))?;
        let name = Representation::Sound(first.number).name();
        playlist.variants.push(Variant {
            uri: format!("{base}/{name}.m3u8"),
            bandwidth_bps: of_sounds.peak_bps,
            average_bandwidth_bps: Some(of_sounds.average_bps),
            codecs: sound_codecs,
            resolution: None,
            frame_rate: None,
            audio_group,
        });
        return Ok(playlist);
    }
    for quality in qualities(package, rates, choice)? {
        let name = quality.representation.name();
        let variant = Variant {
            uri: format!("{base}/{name}.m3u8?join={}", join.name()),
            bandwidth_bps: quality.rate.peak_bps + of_sounds.peak_bps,
            average_bandwidth_bps: Some(quality.rate.average_bps + of_sounds.average_bps),
            codecs: std::iter::once(quality.codec).chain(sound_codecs.clone()).collect(),
            resolution: Some(quality.size),
            frame_rate: playable.frame_rate.map(|(frames, seconds)| f64::from(frames) / f64::from(seconds)),
            audio_group: audio_group.clone(),
        };
        let again =
            choice.twice.then(|| Variant { uri: format!("{}&redundant=1", variant.uri), ..variant.clone() });
        playlist.variants.push(variant);
        playlist.variants.extend(again);
    }
    if allows_top(package, choice) {
        playlist.i_frames.extend(keys::variant(package, rates.keys, base, join)?);
    }
    Ok(playlist)
}

/// The sounds to choose among. The first is played unless another is chosen.
fn renditions(sounds: &[PlayedSound], base: &str, join: JoinBy) -> Vec<AudioRendition> {
    let rendition = |(place, sound): (usize, &PlayedSound)| AudioRendition {
        group: AUDIO_GROUP.into(),
        name: sound.name.clone(),
        language: sound.language.clone(),
        default: place == 0,
        channels: sound.track.audio().map_or(0, |format| format.channels),
        uri: format!("{base}/{}.m3u8?join={}", Representation::Sound(sound.number).name(), join.name()),
    };
    sounds.iter().enumerate().map(rendition).collect()
}

pub(crate) fn sound_codec(sound: &PlayedSound) -> Option<String> {
    aac_codec_string(&sound.track.audio()?.config)
}

/// The playlist of one representation, which stands beside the folder of its media. `NotFound` where the timeline has none
/// of it.
pub(crate) fn media(
    package: &Package,
    representation: Representation,
    join: JoinBy,
) -> Result<MediaPlaylist> {
    let (stream, folder) = (representation.stream(), representation.name());
    let spans = package.spans(stream);
    let apart = join == JoinBy::Discontinuity;
    let role = if stream == Stream::Pictures { join.role() } else { Role::Shared };
    let split = role == Role::Split;
    let mut sections: Vec<Section> = Vec::new();
    for (number, pieces) in package.segments(stream, role).enumerate() {
        let ([first, ..], [.., last]) = (pieces, pieces) else { continue };
        if sections.is_empty() || (apart && package.is_break(stream, number)) {
            let init = if split { MediaName::SpanInit(first.span) } else { MediaName::Init };
            let map_uri = format!("{folder}/{init}");
            sections.push(Section { map_uri, discontinuity: !sections.is_empty(), segments: Vec::new() });
        }
        let name = MediaName::Segment(number, role);
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
