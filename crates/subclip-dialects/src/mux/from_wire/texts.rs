//! Text tracks: inputs of a new asset, tracks of one that is there, and subtitles to be generated.

use serde_json::Value;
use subclip_app::{LANGUAGE_AUTO, NewSound, NewText, TextChange, TextFrom, TextLabels, is_language};

use super::settings::filled;
use super::sounds;
use crate::common::{Fault, Faults, Fields, wrong_url};

/// The most that one request may ask for.
const MOST: usize = 100;

/// A further input that is a text track.
pub(super) fn input(fields: &Fields<'_>) -> Option<NewText> {
    for field in ["start_time", "end_time", "overlay_settings", "generated_subtitles"] {
        if fields.value(field).is_some() {
            fields.note(field, "does not apply to a text track");
        }
    }
    fields.word("text_type", &["subtitles"]);
    let url = url(fields, "a WebVTT or SRT file");
    let language = required_language(fields);
    let labels = labels(fields, language);
    Some(NewText { labels, from: TextFrom::Url(url?) })
}

/// `generated_subtitles` of the main input.
pub(super) fn generated(fields: &Fields<'_>) -> Vec<NewText> {
    let items = fields.list("generated_subtitles").unwrap_or_default();
    if items.len() > MOST {
        fields.note("generated_subtitles", &format!("must have at most {MOST} items"));
        return Vec::new();
    }
    let one = |(place, item): (String, _)| {
        let fields = Fields::of_item(place, item, fields.faults())?;
        let language = match fields.text("language_code") {
            Some(LANGUAGE_AUTO) => None,
            _ => language(&fields),
        };
        Some(NewText { labels: labels(&fields, language), from: TextFrom::Sound })
    };
    items.into_iter().filter_map(one).collect()
}

/// What `POST …/tracks` asks for.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::mux) enum NewTrack {
    Text(NewText),
    Sound(NewSound),
}

/// `POST …/tracks`
pub(in crate::mux) fn create_track(body: &Value) -> Result<NewTrack, Fault> {
    let faults = Faults::default();
    let asked =
        Fields::of_body(body, &faults).and_then(|fields| match fields.word("type", &["text", "audio"]) {
            Some("text") => input(&fields).map(NewTrack::Text),
            Some(_) => sounds::input(&fields).map(NewTrack::Sound),
            None => {
                if fields.value("type").is_none() {
                    fields.note("type", "must be text or audio");
                }
                None
            }
        });
    faults.unless_any(asked).map_err(Fault::Invalid)
}

/// `PATCH …/tracks/{id}`; an empty passthrough clears it.
pub(in crate::mux) fn update_track(body: &Value) -> Result<TextChange, Fault> {
    let faults = Faults::default();
    let asked = Fields::of_body(body, &faults).map(|fields| TextChange {
        language: language(&fields),
        name: name(&fields),
        closed_captions: fields.flag("closed_captions"),
        passthrough: fields.says("passthrough").then(|| passthrough(&fields)),
    });
    faults.unless_any(asked).map_err(Fault::Invalid)
}

/// `POST …/tracks/{id}/generate-subtitles`
pub(in crate::mux) fn generate(body: &Value) -> Result<Vec<NewText>, Fault> {
    let faults = Faults::default();
    let asked = Fields::of_body(body, &faults).map(|fields| {
        let asked = generated(&fields);
        if asked.is_empty() {
            fields.note("generated_subtitles", "must name at least one language");
        }
        asked
    });
    faults.unless_any(asked).map_err(Fault::Invalid)
}

/// The URL of a file of some kind.
pub(super) fn url(fields: &Fields<'_>, kind: &str) -> Option<String> {
    let url = if fields.value("url").is_none() { "" } else { fields.text("url")? };
    if let Some(wrong) = wrong_url(url, &format!("the http or https URL of {kind}")) {
        fields.note("url", &wrong);
        return None;
    }
    Some(url.to_owned())
}

pub(super) fn required_language(fields: &Fields<'_>) -> Option<String> {
    if fields.value("language_code").is_none() {
        fields.note("language_code", "must be there: a BCP 47 tag like en or pt-BR");
    }
    language(fields)
}

pub(super) fn language(fields: &Fields<'_>) -> Option<String> {
    let tag = fields.text("language_code")?;
    if !is_language(tag) || tag == LANGUAGE_AUTO {
        fields.note("language_code", "must be a BCP 47 tag like en or pt-BR");
        return None;
    }
    Some(tag.to_owned())
}

fn labels(fields: &Fields<'_>, language: Option<String>) -> TextLabels {
    TextLabels {
        language,
        name: name(fields),
        closed_captions: fields.flag("closed_captions").unwrap_or(false),
        passthrough: passthrough(fields),
    }
}

pub(super) fn name(fields: &Fields<'_>) -> Option<String> {
    filled(fields.text_up_to("name", 255))
}

pub(super) fn passthrough(fields: &Fields<'_>) -> Option<String> {
    filled(fields.text_up_to("passthrough", 255))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::common::said;

    #[test]
    fn tracks_are_text_with_a_language() {
        let body = json!({
            "type": "text", "text_type": "subtitles", "url": "https://h/a.srt", "language_code": "pt-BR",
            "name": "", "closed_captions": true, "passthrough": "p",
        });
        let labels = TextLabels {
            language: Some("pt-BR".into()),
            name: None,
            closed_captions: true,
            passthrough: Some("p".into()),
        };
        let expected = NewText { labels, from: TextFrom::Url("https://h/a.srt".into()) };
        assert_eq!(create_track(&body), Ok(NewTrack::Text(expected)));
        for (body, expected) in [
            (json!({}), vec!["type must be text or audio."]),
            (json!({"type": "video"}), vec!["type must be one of text, audio."]),
            (
                json!({"type": "audio", "text_type": "subtitles", "url": "https://h/a.m4a"}),
                vec!["language_code must be there: a BCP 47 tag like en or pt-BR."],
            ),
            (
                json!({"type": "text", "url": "mux://assets/x", "language_code": "english language"}),
                vec![
                    "url must be the http or https URL of a WebVTT or SRT file.",
                    "language_code must be a BCP 47 tag like en or pt-BR.",
                ],
            ),
            (
                json!({"type": "text", "text_type": "chapters"}),
                vec![
                    "text_type must be one of subtitles.",
                    "url must be the http or https URL of a WebVTT or SRT file.",
                    "language_code must be there: a BCP 47 tag like en or pt-BR.",
                ],
            ),
        ] {
            assert_eq!(said(create_track(&body)), expected, "{body}");
        }
    }

    #[test]
    fn subtitles_are_generated_in_languages() {
        let body = json!({"generated_subtitles": [{"language_code": "en", "name": "CC"}, {"language_code": "auto"}, {}]});
        let languages: Vec<_> = generate(&body).unwrap().into_iter().map(|one| one.labels.language).collect();
        assert_eq!(languages, [Some("en".to_owned()), None, None]);
        assert_eq!(said(generate(&json!({}))), ["generated_subtitles must name at least one language."]);
        let wrong = json!({"generated_subtitles": [{"language_code": "?"}]});
        assert_eq!(
            said(generate(&wrong)),
            ["generated_subtitles[0].language_code must be a BCP 47 tag like en or pt-BR."]
        );
    }

    #[test]
    fn changes_leave_out_what_stays() {
        assert_eq!(update_track(&json!({})), Ok(TextChange::default()));
        let all =
            json!({"language_code": "de", "name": "Deutsch", "closed_captions": false, "passthrough": ""});
        let expected = TextChange {
            language: Some("de".into()),
            name: Some("Deutsch".into()),
            closed_captions: Some(false),
            passthrough: Some(None),
        };
        assert_eq!(update_track(&all), Ok(expected));
    }
}
