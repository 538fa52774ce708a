//! What is asked about captions.

use std::collections::HashMap;

use serde_json::Value;
use subclip_app::{LANGUAGE_AUTO, NewText, TextChange, TextFrom, TextLabels, is_language};

use super::{read, short};
use crate::common::{Fault, Faults, wrong_url};
use crate::own::wire::{NewTextTrack, SentTextTrack, UpdateTextTrack};

/// `text_tracks` of a new asset.
pub(super) fn texts(asked: Vec<NewTextTrack>, faults: &Faults) -> Vec<NewText> {
    let one = |(n, asked)| text(&format!("text_tracks[{n}]."), asked, faults);
    asked.into_iter().enumerate().filter_map(one).collect()
}

/// `POST /v1/assets/{id}/text-tracks`
pub(in crate::own) fn new_text_track(body: &Value) -> Result<NewText, Fault> {
    let asked: NewTextTrack = read(body)?;
    let faults = Faults::default();
    let text = text("", asked, &faults);
    faults.unless_any(text).map_err(Fault::Invalid)
}

/// The query of `POST /v1/assets/{id}/text-tracks/file`
pub(in crate::own) fn text_labels(query: &HashMap<String, String>) -> Result<TextLabels, Fault> {
    let flag = |text: &String| match text.as_str() {
        "true" => Ok(Value::Bool(true)),
        "false" | "" => Ok(Value::Bool(false)),
        _ => Err(Fault::invalid("closed_captions must be true or false.")),
    };
    let mut fields = serde_json::Map::new();
    for (name, text) in query {
        let value = if name == "closed_captions" { flag(text)? } else { Value::from(text.as_str()) };
        fields.insert(name.clone(), value);
    }
    let asked: SentTextTrack = read(&Value::Object(fields))?;
    let faults = Faults::default();
    let labels = TextLabels {
        language: language("language", asked.language, &faults),
        name: short("name", asked.name, 255, &faults),
        closed_captions: asked.closed_captions,
        passthrough: short("passthrough", asked.passthrough, 255, &faults),
    };
    faults.unless_any(Some(labels)).map_err(Fault::Invalid)
}

/// `PATCH /v1/assets/{id}/text-tracks/{id}`
pub(in crate::own) fn update_text_track(body: &Value) -> Result<TextChange, Fault> {
    let asked: UpdateTextTrack = read(body)?;
    let faults = Faults::default();
    let change = TextChange {
        language: language("language", asked.language, &faults),
        name: short("name", asked.name, 255, &faults),
        closed_captions: asked.closed_captions,
        passthrough: asked.passthrough.map(|text| short("passthrough", text, 255, &faults)),
    };
    faults.unless_any(Some(change)).map_err(Fault::Invalid)
}

fn text(place: &str, asked: NewTextTrack, faults: &Faults) -> Option<NewText> {
    let field = |name: &str| format!("{place}{name}");
    let wanted = asked.language.filter(|tag| !(asked.generate && tag == LANGUAGE_AUTO));
    let labels = TextLabels {
        language: language(&field("language"), wanted, faults),
        name: short(&field("name"), asked.name, 255, faults),
        closed_captions: asked.closed_captions,
        passthrough: short(&field("passthrough"), asked.passthrough, 255, faults),
    };
    let from = match (asked.url, asked.generate) {
        (None, true) => TextFrom::Sound,
        (Some(url), false) => {
            if let Some(wrong) = wrong_url(&url, "the http or https URL of a WebVTT or SRT file") {
                faults.note(format!("{} {wrong}.", field("url")));
            }
            TextFrom::Url(url)
        }
        _ => {
            faults.note(format!("{} or {} must be there, and not both.", field("url"), field("generate")));
            return None;
        }
    };
    Some(NewText { labels, from })
}

pub(super) fn language(field: &str, tag: Option<String>, faults: &Faults) -> Option<String> {
    let tag = tag.filter(|tag| !tag.is_empty())?;
    if !is_language(&tag) || tag == LANGUAGE_AUTO {
        faults.note(format!("{field} must be a BCP 47 tag like en or pt-BR."));
        return None;
    }
    Some(tag)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::common::said;

    #[test]
    fn captions_come_from_a_file_or_from_sound() {
        let from = |body: Value| new_text_track(&body).unwrap().from;
        assert_eq!(
            from(json!({"url": "https://h/a.vtt", "language": "en"})),
            TextFrom::Url("https://h/a.vtt".into())
        );
        assert_eq!(from(json!({"generate": true, "language": "auto"})), TextFrom::Sound);
        for (body, expected) in [
            (json!({}), "url or generate must be there, and not both."),
            (json!({"url": "https://h/a", "generate": true}), "url or generate must be there, and not both."),
            (json!({"url": "ftp://h/a"}), "url must be the http or https URL of a WebVTT or SRT file."),
            (
                json!({"url": "https://h/a", "language": "auto"}),
                "language must be a BCP 47 tag like en or pt-BR.",
            ),
        ] {
            assert_eq!(said(new_text_track(&body)), [expected], "{body}");
        }
        let faults = Faults::default();
        let asked =
            vec![NewTextTrack { language: Some("?".into()), generate: true, ..NewTextTrack::default() }];
        texts(asked, &faults);
        assert_eq!(
            faults.unless_any(Some(())).unwrap_err(),
            ["text_tracks[0].language must be a BCP 47 tag like en or pt-BR."]
        );
    }

    #[test]
    fn a_query_says_what_a_file_is() {
        let labels = |pairs: &[(&str, &str)]| {
            text_labels(&pairs.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect())
        };
        let expected =
            TextLabels { language: Some("de".into()), closed_captions: true, ..TextLabels::default() };
        assert_eq!(labels(&[("language", "de"), ("closed_captions", "true"), ("name", "")]), Ok(expected));
        assert_eq!(labels(&[]), Ok(TextLabels::default()));
        assert_eq!(said(labels(&[("closed_captions", "yes")])), ["closed_captions must be true or false."]);
        assert_eq!(said(labels(&[("lang", "en")])).len(), 1);
    }

    #[test]
    fn changes_leave_out_what_stays() {
        assert_eq!(update_text_track(&json!({})), Ok(TextChange::default()));
        let cleared = TextChange { passthrough: Some(None), ..TextChange::default() };
        assert_eq!(update_text_track(&json!({"passthrough": null})), Ok(cleared));
    }
}
