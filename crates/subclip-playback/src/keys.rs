//! Single key pictures, each a segment of its own: what players show while a viewer winds or drags (RFC 8216, 4.3.3.6).
//!
//! They could be told as byte ranges of the segments that hold them too. Such a range ends amid the media that its `moof`
//! describes, and players that put it into a browser's buffer have to mend it first; so each has a header of its own.

use subclip_app::{Error, Library, Playable, Result};
use subclip_core::{Segment, Time, key_pictures};
use subclip_formats::hls::{self, IFramePlaylist, IFrameVariant, Section, avc_codec_string};

use crate::media_name::MediaName;
use crate::package::Package;
use crate::playlists::JoinBy;
use crate::rate::Rate;
use crate::rates;
use crate::representation::{Representation, Stream};
use crate::segment::{MediaSegment, Role};

/// Nobody winds slowly enough to see more, and the playlists of films that are key pictures all through would have no
/// bounds.
const APART_MS: u32 = 500;

/// The key pictures of a timeline; each lasts until the next one.
pub(crate) fn pictures(playable: &Playable) -> Vec<Segment> {
    key_pictures(&playable.view.sources(), APART_MS)
}

/// What it takes to play them alone.
pub(crate) async fn rate(playable: &Playable, library: &Library) -> Result<Rate> {
    Ok(Rate::of(&rates::of_single(playable, library, &pictures(playable)).await?))
}

/// How the playlist that names the others names theirs; `None` where there are no pictures.
pub(crate) fn variant(
    package: &Package,
    rate: Rate,
    base: &str,
    join: JoinBy,
) -> Result<Option<IFrameVariant>> {
    let playable = &package.playable;
    let Some(format) = playable.video.as_ref().and_then(|track| track.video()) else { return Ok(None) };
    let codec = avc_codec_string(&format.config).ok_or_else(|| Error::internal("a broken avcC"))?;
    Ok(Some(IFrameVariant {
        uri: format!("{base}/{}.m3u8?join={}", Representation::Keys.name(), join.name()),
        bandwidth_bps: rate.peak_bps,
        average_bandwidth_bps: Some(rate.average_bps),
        codec,
        resolution: playable.shown_size().unwrap_or((format.width, format.height)),
    }))
}

/// Their playlist. `NotFound` where there are no pictures.
pub(crate) fn playlist(package: &Package, join: JoinBy) -> Result<IFramePlaylist> {
    let spans = &package.playable.view.timeline.video;
    let (folder, inits) = (Representation::Keys.name(), Representation::Video.name());
    let split = join == JoinBy::Discontinuity;
    let breaks: Vec<usize> = package.breaks().iter().map(|&n| package.video[n].span).collect();
    let mut sections: Vec<Section> = Vec::new();
    let mut span_before = None;
    for (number, picture) in pictures(&package.playable).iter().enumerate() {
        let begins = span_before != Some(picture.span) && breaks.contains(&picture.span);
        span_before = Some(picture.span);
        if sections.is_empty() || (split && begins) {
            let init = if split { MediaName::SpanInit(picture.span) } else { MediaName::Init };
            let map_uri = format!("{inits}/{init}");
            sections.push(Section { map_uri, discontinuity: !sections.is_empty(), segments: Vec::new() });
        }
        let name = MediaName::Segment(number, if split { Role::Split } else { Role::Shared });
        let scale = spans[picture.span].timescale;
        if let Some(section) = sections.last_mut() {
            section.segments.push(hls::Segment {
                uri: format!("{folder}/{name}"),
                start: Time::new(picture.at, scale),
                end: Time::new(picture.at + picture.duration, scale),
            });
        }
    }
    if sections.is_empty() {
        return Err(Error::not_found("track"));
    }
    Ok(IFramePlaylist { sections })
}

/// Key picture `number`. `NotFound` beyond the last.
pub(crate) async fn open(
    package: &Package,
    library: &Library,
    number: usize,
    role: Role,
) -> Result<MediaSegment> {
    let pictures = pictures(&package.playable);
    let picture = pictures.get(number).ok_or_else(|| Error::not_found("segment"))?;
    MediaSegment::of(package, library, Stream::Pictures, number, std::slice::from_ref(picture), role).await
}
