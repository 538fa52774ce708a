//! `inputs`: what an asset is to be made from.

use serde_json::Value;
use subclip_app::{AssetSettings, FirstSound, MOST_OVERLAYS, NewSound, NewText, Overlay};
use subclip_core::{AssetId, Time};

use super::overlays::{is_overlay, overlay};
use super::{sounds, texts};
use crate::common::{Faults, Fields, wrong_url};

/// Seconds above which a time is no place in a video but a moment of the calendar.
const CALENDAR_S: f64 = 1e9;
const HOW_TO_CLIP: &str = "write mux://assets/{ASSET_ID} as the url, with start_time and end_time in seconds from the asset's start";

/// The main input.
#[derive(Debug, PartialEq)]
pub(super) struct Main {
    pub(super) media: Media,
    pub(super) beside: Beside,
}

/// What inputs say beside where the main media is.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Beside {
    /// What the sound of the main input is called.
    pub(super) sound: FirstSound,
    /// Captions that are to be made of that, and the text tracks among the inputs.
    pub(super) texts: Vec<NewText>,
    /// The audio tracks among the inputs.
    pub(super) sounds: Vec<NewSound>,
    /// The images among the inputs, in their order.
    pub(super) overlays: Vec<Overlay>,
}

impl Beside {
    /// Takes the further inputs of `body` in.
    fn add(&mut self, others: Vec<Extra>, body: &Fields<'_>, field: &str) {
        for other in others {
            match other {
                Extra::Text(text) => self.texts.push(text),
                Extra::Sound(sound) => self.sounds.push(sound),
                Extra::Overlay(overlay) => self.overlays.push(overlay),
            }
        }
        if self.overlays.len() > MOST_OVERLAYS {
            body.note(field, &format!("must have at most {MOST_OVERLAYS} overlays"));
        }
    }

    /// Writes it into what an asset is to be.
    pub(super) fn choose(self, settings: &mut AssetSettings) {
        settings.sound = self.sound;
        settings.texts = self.texts;
        settings.sounds = self.sounds;
        settings.overlays = self.overlays;
    }
}

/// What the main input names.
#[derive(Debug, PartialEq)]
pub(super) enum Media {
    File(String),
    Clip { source: AssetId, start: Option<Time>, end: Option<Time> },
}

/// The main input of an asset that is to be fetched or cut; it must be there.
pub(super) fn main(body: &Fields<'_>) -> Option<Main> {
    let field = if body.value("inputs").is_some() { "inputs" } else { "input" };
    match body.value(field) {
        None => {
            body.note("inputs", "must name what to make the asset from");
            None
        }
        Some(Value::String(url)) => {
            let place = body.name(field);
            let media = match named(&place, url, body.faults())? {
                Named::File => Media::File(url.clone()),
                Named::Asset(source) => Media::Clip { source, start: None, end: None },
            };
            Some(Main { media, beside: Beside::default() })
        }
        Some(_) => {
            let items = items(body, field)?;
            let (first, others) = items.split_first()?;
            let others = extras(others, body.faults());
            let first = Fields::of_item(first.0.clone(), first.1, body.faults())?;
            let mut beside = beside(&first);
            beside.add(others, body, field);
            Some(Main { media: media(&first)?, beside })
        }
    }
}

/// The inputs of an upload's settings. The first describes the file that is sent and so has no URL; where it is an image,
/// the file is not described, and all of them go with it.
pub(super) fn of_upload(settings: &Fields<'_>) -> Option<Beside> {
    let field = if settings.value("inputs").is_some() { "inputs" } else { "input" };
    settings.value(field)?;
    let items = items(settings, field)?;
    let described = items.first().filter(|(_, first)| !is_overlay(first));
    let others = extras(&items[usize::from(described.is_some())..], settings.faults());
    let mut found = Beside::default();
    if let Some((place, first)) = described {
        let first = Fields::of_item(place.clone(), first, settings.faults())?;
        if first.value("url").is_some() {
            first.note("url", "must be left out of the first input: the upload itself brings the file");
        }
        refuse_times(&first);
        found = beside(&first);
    }
    found.add(others, settings, field);
    Some(found)
}

/// The inputs, of which there is at least one.
fn items<'a>(body: &Fields<'a>, field: &str) -> Option<Vec<(String, &'a Value)>> {
    let items = body.list(field)?;
    if items.is_empty() {
        body.note(field, "must name what to make the asset from");
        return None;
    }
    Some(items)
}

fn extras(inputs: &[(String, &Value)], faults: &Faults) -> Vec<Extra> {
    inputs.iter().filter_map(|(place, input)| extra(place, input, faults)).collect()
}

/// What goes with the main input: text tracks, audio tracks, and images that lie over it.
enum Extra {
    Text(NewText),
    Sound(NewSound),
    Overlay(Overlay),
}

fn extra(place: &str, input: &Value, faults: &Faults) -> Option<Extra> {
    let lies_over = is_overlay(input);
    let input = Fields::of_item(place.to_owned(), input, faults)?;
    if lies_over {
        return overlay(&input).map(Extra::Overlay);
    }
    let kind = input.word("type", &["video", "audio", "text"]);
    let url = input.value("url").and_then(Value::as_str).unwrap_or_default();
    match kind {
        Some("text") if !url.starts_with("mux://") => return texts::input(&input).map(Extra::Text),
        Some("audio") if !url.starts_with("mux://") => return sounds::input(&input).map(Extra::Sound),
        _ => {}
    }
    faults.note(if url.starts_with("mux://") {
        format!(
            "{place}.url is a second asset, and a clip is cut from one: make a clip of each. Joining several \
             into one is not available on this server yet."
        )
    } else {
        format!(
            "{place} must say what it is: overlay_settings tell where an image lies over the video, type tells of \
             other tracks."
        )
    });
    None
}

/// What the first input says beside where it is.
fn beside(first: &Fields<'_>) -> Beside {
    if first.word("type", &["video", "audio", "text"]) == Some("text") {
        first.note("type", "must be video or audio for the first input, the main media");
    }
    if first.value("overlay_settings").is_some() {
        first.note(
            "overlay_settings",
            "are for further inputs: the first one is the video that images lie over",
        );
    }
    Beside { sound: sounds::first(first), texts: texts::generated(first), ..Beside::default() }
}

fn media(first: &Fields<'_>) -> Option<Media> {
    let Some(url) = first.text("url") else {
        if first.value("url").is_none() {
            first.note("url", "must be there: an http or https URL, or mux://assets/{ASSET_ID}");
        }
        times(first);
        return None;
    };
    match named(&first.name("url"), url, first.faults()) {
        Some(Named::Asset(source)) => {
            let (start, end) = times(first)?;
            Some(Media::Clip { source, start, end })
        }
        Some(Named::File) => {
            refuse_times(first);
            Some(Media::File(url.to_owned()))
        }
        None => {
            times(first);
            None
        }
    }
}

enum Named {
    File,
    Asset(AssetId),
}

fn named(place: &str, url: &str, faults: &Faults) -> Option<Named> {
    if let Some(rest) = url.strip_prefix("mux://") {
        let Some(id) = rest.strip_prefix("assets/") else {
            faults.note(format!("{place} must look like mux://assets/{{ASSET_ID}} to name an asset."));
            return None;
        };
        let id = id.parse().ok();
        if id.is_none() {
            faults.note(format!("{place}: Failed to parse ID"));
        }
        return id.map(Named::Asset);
    }
    if let Some(wrong) = wrong_url(url, "an http or https URL, or mux://assets/{ASSET_ID}") {
        faults.note(format!("{place} {wrong}."));
        return None;
    }
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    if path.ends_with(".m3u8") || path.ends_with(".mpd") {
        faults.note(format!(
            "{place} is a playlist and not a media file. To clip an asset, {HOW_TO_CLIP}; the asset of a live \
             stream is its active_asset_id."
        ));
        return None;
    }
    Some(Named::File)
}

fn refuse_times(first: &Fields<'_>) {
    for field in ["start_time", "end_time"] {
        if first.value(field).is_some() {
            first.note(field, &format!("applies only to clips of assets: {HOW_TO_CLIP}"));
        }
    }
}

/// Both times, either of which may be absent; `None` when one makes no sense.
fn times(first: &Fields<'_>) -> Option<(Option<Time>, Option<Time>)> {
    let start = time(first, "start_time");
    let end = time(first, "end_time");
    let (start, end) = (start?, end?);
    if let Some(end_at) = end
        && end_at <= start.unwrap_or(Time::ZERO)
    {
        first.note("end_time", "must be later than start_time");
        return None;
    }
    Some((start, end))
}

fn time(first: &Fields<'_>, field: &str) -> Option<Option<Time>> {
    if first.value(field).is_none() {
        return Some(None);
    }
    let seconds = first.number(field)?;
    if seconds >= CALENDAR_S {
        first.note(field, "looks like a time of the calendar: write seconds from the start of the asset");
        return None;
    }
    if seconds < 0.0 {
        first.note(field, "must not be negative");
        return None;
    }
    Time::from_seconds(seconds).ok().map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::create_asset;
    use crate::common::{LONGEST_URL, said};

    #[test]
    fn urls_of_all_inputs_are_bounded_alike() {
        let long = format!("https://h/{}", "a".repeat(LONGEST_URL));
        let inputs = json!([
            {"url": long},
            {"url": long, "type": "text", "language_code": "en"},
            {"url": long, "type": "audio", "language_code": "en"},
            {"url": long, "overlay_settings": {}},
        ]);
        let expected = [1, 2, 3, 0].map(|n| format!("inputs[{n}].url must have at most 8192 characters."));
        assert_eq!(said(create_asset(&json!({"inputs": inputs}))), expected);
        let expected = ["input must have at most 8192 characters."];
        assert_eq!(said(create_asset(&json!({"input": long}))), expected);
    }
}
