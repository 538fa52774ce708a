//! Captions: named in playlists, with a playlist of their own, and as files.
//!
//! Each is one file for the whole timeline: a film's captions are smaller than one of its segments, no cue has to be told
//! twice, and players show those they have already when the viewer seeks.

use std::ops::Range;

use sha2::{Digest as _, Sha256};
use subclip_app::{Error, Excerpt, Playable, PlayedSound, Result, TextForm, nearest_language};
use subclip_core::{TextTrackId, Time};
use subclip_formats::hls::{TextPlaylist, TextRendition};

use crate::admission::Admission;
use crate::respond::{Keep, Resource};
use crate::viewers::{Viewers, etag, save_name};

/// What the representations of captions are called, before their text track's id.
const PREFIX: &str = "text-";
/// The one segment of a playlist of captions.
pub(crate) const SEGMENT: &str = "0.vtt";

/// The text track whose captions a representation's name is of.
pub(crate) fn read_name(name: &str) -> Option<TextTrackId> {
    read_id(name.strip_prefix(PREFIX)?)
}

/// Ids have one spelling in URLs.
fn read_id(text: &str) -> Option<TextTrackId> {
    text.parse().ok().filter(|id: &TextTrackId| id.to_string() == text)
}

pub(crate) fn name(id: TextTrackId) -> String {
    format!("{PREFIX}{id}")
}

/// All captions of what plays, as the playlist names them that names all others; `base` leads from it to theirs. Those
/// nearest to the language `shown` are shown unless the viewer says otherwise.
pub(crate) fn renditions(playable: &Playable, base: &str, shown: Option<&str>) -> Vec<TextRendition> {
    let languages = playable.texts.iter().map(|text| text.language.as_str());
    let default = shown.and_then(|language| nearest_language(language, languages));
    let rendition = |(place, text): (usize, &subclip_app::TextTrack)| TextRendition {
        name: text.name.clone(),
        language: Some(text.language.clone()).filter(|language| language != "und"),
        default: Some(place) == default,
        closed_captions: text.closed_captions,
        uri: format!("{base}/{}.m3u8", name(text.id)),
    };
    playable.texts.iter().enumerate().map(rendition).collect()
}

/// What tells some captions and sounds from others, for the validator of what names them: the same on every machine and in
/// every build.
pub(crate) fn fingerprint(renditions: &[TextRendition], sounds: &[PlayedSound]) -> String {
    let is_plain = |sound: &PlayedSound| sound.number == 1 && sound.name == "Default";
    if renditions.is_empty() && sounds.iter().all(is_plain) {
        return String::new();
    }
    let of_sound = |sound: &PlayedSound| {
        [sound.number.to_string(), sound.name.clone(), sound.language.clone().unwrap_or_default()]
    };
    let words = renditions.iter().map(ToString::to_string).chain(sounds.iter().flat_map(of_sound));
    format!("-{}", digest(words))
}

/// A digest of some words, each with its length, so that no two lists are written alike.
pub(crate) fn digest(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let mut digest = Sha256::new();
    for word in words {
        let word = word.as_ref().as_bytes();
        digest.update((word.len() as u64).to_be_bytes());
        digest.update(word);
    }
    digest.finalize().iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// What the captions of a period of a manifest are called.
pub(crate) fn period_file(times: &Range<Time>) -> String {
    format!("{}.vtt", Excerpt::new(times.start, times.end))
}

/// The playlist of some captions.
pub(crate) fn playlist(to: &Admission, id: TextTrackId) -> Result<Resource> {
    if !to.playable.texts.iter().any(|text| text.id == id) {
        return Err(Error::not_found("playlist"));
    }
    let name = name(id);
    let duration = to.playable.view.timeline.duration();
    let text = TextPlaylist { uri: format!("{name}/{SEGMENT}"), duration }.to_string();
    let etag = etag(&to.playable, &format!("{name}.m3u8"));
    Ok(Resource::whole("application/vnd.apple.mpegurl", etag, Keep::Checked, text))
}

/// The segment of such a playlist. Captions that are ready never change.
pub(crate) async fn segment(
    viewers: &Viewers,
    to: &Admission,
    id: TextTrackId,
    file: &str,
) -> Result<Resource> {
    let period = file.strip_suffix(".vtt").and_then(|times| times.parse::<Excerpt>().ok());
    if file != SEGMENT && period.is_none() {
        return Err(Error::not_found("segment"));
    }
    let form = period.map_or(TextForm::Segment, |times| TextForm::Part(times.start(), times.end()));
    let text = viewers.app.captions_as(&to.playable, id, form).await?;
    let etag = etag(&to.playable, &format!("{}-{file}", name(id)));
    Ok(Resource::whole("text/vtt", etag, Keep::Forever, text))
}

/// Captions as a file, to be saved under a name if one is given: `{TEXT_TRACK}.vtt`, or what is said as `.txt`.
pub(crate) async fn file(
    viewers: &Viewers,
    to: &Admission,
    file: &str,
    save_as: Option<String>,
) -> Result<Resource> {
    let not_found = || Error::not_found("file");
    let (id, extension) = file.split_once('.').ok_or_else(not_found)?;
    let id = read_id(id).ok_or_else(not_found)?;
    let (content_type, form) = match extension {
        "vtt" => ("text/vtt", TextForm::File),
        "txt" => ("text/plain; charset=utf-8", TextForm::Transcript),
        _ => return Err(not_found()),
    };
    let text = viewers.app.captions_as(&to.playable, id, form).await?;
    let etag = etag(&to.playable, &format!("{}.{extension}", name(id)));
    let save_as = save_as.map(|name| save_name(&name, extension));
    Ok(Resource { save_as, ..Resource::whole(content_type, etag, Keep::Checked, text) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_spelling() {
        let id = TextTrackId::from_bytes([7; 16]);
        assert_eq!(read_name(&name(id)), Some(id));
        for other in ["video", "text-", "text-1", &format!("text-{}", id.hex()), &format!("text-{id}-")] {
            assert_eq!(read_name(other), None, "{other}");
        }
    }
    #[test]
    fn what_tells_captions_and_sounds_apart_is_the_same_in_every_build() {
        let check = |words: &[&str], expected: &str| {
            assert_eq!(digest(words.iter().map(|word| (*word).to_owned())), expected, "{words:?}");
        };
        check(&[], "e3b0c44298fc1c14");
        check(&["2", "Deutsch", "de"], "1ff9c47e5cbc74dd");
        check(&["2", "Deutsc", "hde"], "eae036f6e2cdb9e3");
    }
}
