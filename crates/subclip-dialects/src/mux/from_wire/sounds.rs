//! Audio tracks: what the main one is called, inputs of a new asset, tracks of one that is there.

use serde_json::Value;
use subclip_app::{FirstSound, NewSound, SoundChange, SoundLabels, TextChange};

use super::texts::{language, name, passthrough, required_language, update_track, url};
use crate::common::{Fault, Fields};

/// What the main input says of its sound.
pub(super) fn first(fields: &Fields<'_>) -> FirstSound {
    FirstSound { language: language(fields), name: name(fields) }
}

/// A further input that is an audio track, or a track that is to be added. What Mux's clients send for text is passed over.
pub(super) fn input(fields: &Fields<'_>) -> Option<NewSound> {
    for field in ["start_time", "end_time", "overlay_settings", "generated_subtitles"] {
        if fields.value(field).is_some() {
            fields.note(field, "does not apply to an audio track");
        }
    }
    let url = url(fields, "an audio file");
    let language = required_language(fields);
    let labels = SoundLabels { language, name: name(fields), passthrough: passthrough(fields) };
    Some(NewSound { labels, url: url? })
}

/// `PATCH …/tracks/{id}`; an empty passthrough clears it.
pub(in crate::mux) fn update_sound(body: &Value) -> Result<SoundChange, Fault> {
    let TextChange { language, name, passthrough, .. } = update_track(body)?;
    Ok(SoundChange { language, name, passthrough })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::common::Faults;
    use crate::mux::from_wire::{create_asset, create_upload};

    fn read(body: &Value) -> Result<NewSound, Vec<String>> {
        let faults = Faults::default();
        let asked = Fields::of_body(body, &faults).and_then(|fields| input(&fields));
        faults.unless_any(asked)
    }

    #[test]
    fn audio_tracks_have_a_language() {
        let body = json!({
            "type": "audio", "text_type": "subtitles", "url": "https://h/a.m4a", "language_code": "de-CH",
            "name": "Deutsch", "passthrough": "p", "closed_captions": false,
        });
        let labels = SoundLabels {
            language: Some("de-CH".into()),
            name: Some("Deutsch".into()),
            passthrough: Some("p".into()),
        };
        assert_eq!(read(&body), Ok(NewSound { labels, url: "https://h/a.m4a".into() }));
        for (body, expected) in [
            (
                json!({"url": "mux://assets/x", "language_code": "German"}),
                vec!["url must be the http or https URL of an audio file."],
            ),
            (
                json!({"start_time": 1}),
                vec![
                    "start_time does not apply to an audio track.",
                    "url must be the http or https URL of an audio file.",
                    "language_code must be there: a BCP 47 tag like en or pt-BR.",
                ],
            ),
            (
                json!({"url": "https://h/a", "language_code": "auto", "name": 7}),
                vec!["language_code must be a BCP 47 tag like en or pt-BR.", "name must be a string."],
            ),
        ] {
            assert_eq!(read(&body).unwrap_err(), expected, "{body}");
        }
    }

    #[test]
    fn audio_tracks_come_with_the_main_input() {
        let inputs = json!([
            {"language_code": "en"},
            {"url": "https://h/de.m4a", "type": "audio", "language_code": "de", "name": "Deutsch"},
            {"url": "https://h/a.vtt", "type": "text", "text_type": "subtitles", "language_code": "de"},
            {"url": "https://h/fr.m4a", "type": "audio", "language_code": "fr"},
        ]);
        let body = json!({"new_asset_settings": {"inputs": inputs}});
        let settings = create_upload(&body).unwrap().new_asset.settings;
        assert_eq!(settings.sound, FirstSound { language: Some("en".into()), name: None });
        let urls: Vec<&str> = settings.sounds.iter().map(|sound| sound.url.as_str()).collect();
        assert_eq!((urls, settings.texts.len()), (vec!["https://h/de.m4a", "https://h/fr.m4a"], 1));
        let odd = json!({"input": [{"url": "https://h/a.mp4", "language_code": "en_GB"}]});
        assert!(matches!(create_asset(&odd), Err(Fault::Invalid(sentences)) if sentences.len() == 1));
    }

    #[test]
    fn changes_leave_out_what_stays() {
        assert_eq!(update_sound(&json!({})), Ok(SoundChange::default()));
        let all =
            json!({"language_code": "de", "name": "Deutsch", "passthrough": "", "closed_captions": true});
        let expected = SoundChange {
            language: Some("de".into()),
            name: Some("Deutsch".into()),
            passthrough: Some(None),
        };
        assert_eq!(update_sound(&all), Ok(expected));
    }
}
