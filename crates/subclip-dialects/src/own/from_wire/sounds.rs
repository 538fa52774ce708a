//! What is asked about sounds beside the first, and said of the first.

use serde_json::Value;
use subclip_app::{FirstSound, NewSound, SoundChange, SoundLabels};

use super::texts::language;
use super::{read, short};
use crate::common::{Fault, Faults, wrong_url};
use crate::own::wire::{MainAudio, NewAudioTrack, UpdateAudioTrack};

/// `main_audio` of a new asset.
pub(super) fn first_sound(asked: MainAudio, faults: &Faults) -> FirstSound {
    FirstSound {
        language: language("main_audio.language", asked.language, faults),
        name: short("main_audio.name", asked.name, 255, faults),
    }
}

/// `audio_tracks` of a new asset.
pub(super) fn sounds(asked: Vec<NewAudioTrack>, faults: &Faults) -> Vec<NewSound> {
    let one = |(n, asked)| sound(&format!("audio_tracks[{n}]."), asked, faults);
    asked.into_iter().enumerate().map(one).collect()
}

/// `POST /v1/assets/{id}/audio-tracks`
pub(in crate::own) fn new_audio_track(body: &Value) -> Result<NewSound, Fault> {
    let asked: NewAudioTrack = read(body)?;
    let faults = Faults::default();
    let sound = sound("", asked, &faults);
    faults.unless_any(Some(sound)).map_err(Fault::Invalid)
}

/// `PATCH /v1/assets/{id}/audio-tracks/{id}`
pub(in crate::own) fn update_audio_track(body: &Value) -> Result<SoundChange, Fault> {
    let asked: UpdateAudioTrack = read(body)?;
    let faults = Faults::default();
    let change = SoundChange {
        language: language("language", asked.language, &faults),
        name: short("name", asked.name, 255, &faults),
        passthrough: asked.passthrough.map(|text| short("passthrough", text, 255, &faults)),
    };
    faults.unless_any(Some(change)).map_err(Fault::Invalid)
}

fn sound(place: &str, asked: NewAudioTrack, faults: &Faults) -> NewSound {
    let field = |name: &str| format!("{place}{name}");
    if let Some(wrong) = wrong_url(&asked.url, "the http or https URL of an audio file") {
        faults.note(format!("{} {wrong}.", field("url")));
    }
    let labels = SoundLabels {
        language: language(&field("language"), asked.language, faults),
        name: short(&field("name"), asked.name, 255, faults),
        passthrough: short(&field("passthrough"), asked.passthrough, 255, faults),
    };
    NewSound { labels, url: asked.url }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sounds_come_from_files() {
        let made = new_audio_track(&json!({"url": "https://h/a.m4a", "language": "de", "name": ""})).unwrap();
        let labels = SoundLabels { language: Some("de".into()), ..SoundLabels::default() };
        assert_eq!(made, NewSound { labels, url: "https://h/a.m4a".into() });
        let faults = Faults::default();
        let odd = NewAudioTrack {
            url: "mux://assets/x".into(),
            language: Some("auto".into()),
            ..NewAudioTrack::default()
        };
        sounds(vec![odd], &faults);
        first_sound(MainAudio { language: Some("?".into()), name: None }, &faults);
        assert_eq!(
            faults.unless_any(Some(())).unwrap_err(),
            [
                "audio_tracks[0].url must be the http or https URL of an audio file.",
                "audio_tracks[0].language must be a BCP 47 tag like en or pt-BR.",
                "main_audio.language must be a BCP 47 tag like en or pt-BR.",
            ]
        );
    }

    #[test]
    fn changes_leave_out_what_stays() {
        assert_eq!(update_audio_track(&json!({})), Ok(SoundChange::default()));
        let cleared = SoundChange { passthrough: Some(None), ..SoundChange::default() };
        assert_eq!(update_audio_track(&json!({"passthrough": null})), Ok(cleared));
    }
}
