//! `inputs`: what an asset is to be made from.

use serde_json::Value;
use subclip_core::{AssetId, Time};

use crate::common::{Faults, Fields};

/// Seconds above which a time is no place in a video but a moment of the calendar.
const CALENDAR_S: f64 = 1e9;
const HOW_TO_CLIP: &str = "write mux://assets/{ASSET_ID} as the url, with start_time and end_time in seconds from the asset's start";

/// The main input.
#[derive(Debug, PartialEq)]
pub(super) struct Main {
    pub(super) media: Media,
    pub(super) sound: Sound,
}

/// What the main input names.
#[derive(Debug, PartialEq)]
pub(super) enum Media {
    File(String),
    Clip { source: AssetId, start: Option<Time>, end: Option<Time> },
}

/// How the sound of the main input is to be called.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sound {
    pub(super) name: Option<String>,
    pub(super) language: Option<String>,
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
            Some(Main { media, sound: Sound::default() })
        }
        Some(_) => {
            let first = first_of(body, field)?;
            let sound = sound(&first);
            Some(Main { media: media(&first)?, sound })
        }
    }
}

/// The first input of an upload's settings: it describes the file that is sent and so has no URL.
pub(super) fn of_upload(settings: &Fields<'_>) -> Option<Sound> {
    let field = if settings.value("inputs").is_some() { "inputs" } else { "input" };
    settings.value(field)?;
    let first = first_of(settings, field)?;
    if first.value("url").is_some() {
        first.note("url", "must be left out of the first input: the upload itself brings the file");
    }
    refuse_times(&first);
    Some(sound(&first))
}

fn first_of<'a>(body: &Fields<'a>, field: &str) -> Option<Fields<'a>> {
    let items = body.list(field)?;
    let Some(((place, first), others)) = items.split_first() else {
        body.note(field, "must name what to make the asset from");
        return None;
    };
    for (place, other) in others {
        refuse_extra(place, other, body.faults());
    }
    Fields::of_item(place.clone(), first, body.faults())
}

/// Layers over the main input.
fn refuse_extra(place: &str, input: &Value, faults: &Faults) {
    let Some(input) = Fields::of_item(place.to_owned(), input, faults) else { return };
    let kind = input.word("type", &["video", "audio", "text"]);
    let url = input.text("url").unwrap_or_default();
    faults.note(if url.starts_with("mux://") {
        format!(
            "{place}.url is a second asset, and a clip is cut from one: make a clip of each. Joining several \
             into one is not available on this server yet."
        )
    } else if kind == Some("text") {
        format!("{place} is a text track; text tracks are not available on this server yet.")
    } else if kind == Some("audio") {
        format!("{place} is a further audio track; these are not available on this server yet.")
    } else {
        format!("{place} is an overlay; overlays are not available on this server yet.")
    });
}

fn sound(first: &Fields<'_>) -> Sound {
    if first.word("type", &["video", "audio", "text"]) == Some("text") {
        first.note("type", "must be video or audio for the first input, the main media");
    }
    if first.value("overlay_settings").is_some() {
        first.note("overlay_settings", "are for further inputs, and not available on this server yet");
    }
    if first.value("generated_subtitles").is_some_and(|wanted| wanted != &Value::Array(Vec::new())) {
        first.note("generated_subtitles", "are not available on this server yet");
    }
    let text = |field| first.text_up_to(field, 255).filter(|text| !text.is_empty()).map(str::to_owned);
    Sound { name: text("name"), language: text("language_code") }
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
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let http = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    if !http || rest.is_empty() || rest.starts_with(['/', '?', '#']) {
        faults.note(format!("{place} must be an http or https URL, or mux://assets/{{ASSET_ID}}."));
        return None;
    }
    let path = rest.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
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
