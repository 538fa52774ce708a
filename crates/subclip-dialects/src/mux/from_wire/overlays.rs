//! Overlays: further inputs that are images, laid over the pictures of the first.

use serde_json::Value;
use subclip_app::{Overlay, OverlayText};

use super::texts::url;
use crate::common::Fields;

/// Whether an input is an overlay.
pub(super) fn is_overlay(input: &Value) -> bool {
    input.get("overlay_settings").is_some_and(|settings| !settings.is_null())
}

/// An input that is an overlay.
pub(super) fn overlay(input: &Fields<'_>) -> Option<Overlay> {
    for field in ["start_time", "end_time"] {
        if input.value(field).is_some() {
            input.note(field, "does not apply to an overlay, which lies over all of the video");
        }
    }
    if input.value("type").is_some() {
        input.word("type", &["video"]);
    }
    let url = url(input, "a PNG or JPEG image");
    let settings = input.object("overlay_settings")?;
    let text = OverlayText {
        vertical_align: settings.text("vertical_align"),
        vertical_margin: settings.text("vertical_margin"),
        horizontal_align: settings.text("horizontal_align"),
        horizontal_margin: settings.text("horizontal_margin"),
        width: settings.text("width"),
        height: settings.text("height"),
        opacity: settings.text("opacity"),
    };
    let placing = text.placing(|field, how| settings.note(field, &how));
    Some(Overlay { url: url?, placing })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use subclip_app::{MOST_OVERLAYS, NewAsset};
    use subclip_core::{Align, Length, Opacity, Placing};

    use super::super::{NewMedia, create_asset, create_upload};
    use super::*;
    use crate::common::{Fault, said};

    const URL: &str = "https://example.com/logo.png";

    /// A body whose second input has these settings for an overlay.
    fn body(settings: Value) -> Value {
        json!({"inputs": [{"url": "https://example.com/a.mp4"}, {"url": URL, "overlay_settings": settings}]})
    }

    fn new_asset(body: &Value) -> NewAsset {
        match create_asset(body).unwrap() {
            NewMedia::Fetch { new, .. } => new,
            NewMedia::Clip(clip) => clip.asset,
        }
    }

    fn placed(settings: Value) -> Placing {
        let overlays = new_asset(&body(settings)).settings.overlays;
        assert_eq!((overlays.len(), overlays[0].url.as_str()), (1, URL));
        overlays[0].placing
    }

    fn refused(body: &Value) -> Vec<String> {
        match create_asset(body) {
            Err(Fault::Invalid(sentences)) => sentences,
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn settings_are_read() {
        assert_eq!(placed(json!({})), Placing::default());
        assert_eq!(placed(json!({"opacity": null, "width": null})), Placing::default());
        let all = json!({
            "vertical_align": "bottom", "vertical_margin": "-10%", "horizontal_align": "center",
            "horizontal_margin": "80px", "width": "25.5%", "height": "100px", "opacity": "90%", "other": 1,
        });
        let expected = Placing {
            vertical: Align::End,
            vertical_margin: Length::Percent(-10_000),
            horizontal: Align::Centre,
            horizontal_margin: Length::Pixels(80_000),
            width: Some(Length::Percent(25_500)),
            height: Some(Length::Pixels(100_000)),
            opacity: "90%".parse::<Opacity>().unwrap(),
        };
        assert_eq!(placed(all), expected);
    }

    #[test]
    fn an_upload_may_begin_with_one() {
        let overlay = json!({"url": URL, "overlay_settings": {}});
        for inputs in [json!([{}, overlay]), json!([overlay]), json!([{"name": "Main"}, overlay])] {
            let asked = create_upload(&json!({"new_asset_settings": {"inputs": inputs}})).unwrap();
            assert_eq!(asked.new_asset.settings.overlays.len(), 1, "{inputs}");
        }
    }

    #[test]
    fn what_follows_an_overlay_of_an_upload_goes_with_the_file_too() {
        let create = |others: &[Value]| {
            let mut inputs = vec![json!({"url": URL, "overlay_settings": {}})];
            inputs.extend_from_slice(others);
            create_upload(&json!({"new_asset_settings": {"inputs": inputs}}))
        };
        let asked = create(&[
            json!({"url": "https://h/en.vtt", "type": "text", "language_code": "en"}),
            json!({"url": "https://h/de.m4a", "type": "audio", "language_code": "de"}),
            json!({"url": "https://h/other.png", "overlay_settings": {"opacity": "50%"}}),
        ]);
        let settings = asked.unwrap().new_asset.settings;
        let urls: Vec<&str> = settings.overlays.iter().map(|overlay| overlay.url.as_str()).collect();
        assert_eq!(urls, [URL, "https://h/other.png"]);
        assert_eq!((settings.texts.len(), settings.sounds.len()), (1, 1));
        let place = "new_asset_settings.inputs[1]";
        let odd = said(create(&[json!({"type": "odd"})]));
        assert!(odd[0].starts_with(&format!("{place}.type must be one of")), "{odd:?}");
        let main = said(create(&[json!({"language_code": "en"})]));
        assert!(main[0].starts_with(&format!("{place} must say what it is")), "{main:?}");
        let nowhere = json!({"new_asset_settings": {"inputs": [{"overlay_settings": {}}]}});
        assert_eq!(
            said(create_upload(&nowhere)),
            ["new_asset_settings.inputs[0].url must be the http or https URL of a PNG or JPEG image."]
        );
    }

    #[test]
    fn a_clip_may_have_its_own_and_leave_out_others() {
        let source = "mux://assets/4rW9XvLxFQ1ouZzjQ3nVqk";
        let inputs = json!([{"url": source}, {"url": URL, "overlay_settings": {}}]);
        let settings = new_asset(&json!({"inputs": inputs, "copy_overlays": false})).settings;
        assert_eq!((settings.overlays.len(), settings.without_source_overlays), (1, true));
        let settings =
            new_asset(&json!({"input": source, "copy_overlays": true, "normalize_audio": true})).settings;
        assert_eq!((settings.without_source_overlays, settings.normalize_audio), (false, true));
    }

    #[test]
    fn what_is_wrong_is_said_by_name() {
        let place = "inputs[1].overlay_settings";
        for (settings, expected) in [
            (json!({"vertical_align": "center"}), "vertical_align must be one of top, middle, bottom."),
            (json!({"horizontal_align": "middle"}), "horizontal_align must be one of left, center, right."),
            (
                json!({"vertical_margin": "10"}),
                "vertical_margin must be a percentage like 10% or a number of pixels like 80px.",
            ),
            (json!({"horizontal_margin": 10}), "horizontal_margin must be a string."),
            (json!({"width": "0%"}), "width must be more than 0."),
            (json!({"height": "5000px"}), "height must be at most 4096px."),
            (json!({"opacity": "1.5"}), "opacity must be a percentage like 80%."),
        ] {
            assert_eq!(refused(&body(settings)), [format!("{place}.{expected}")]);
        }
        let refuses = |input: Value, expected: &str| {
            let said = refused(&json!({"inputs": [{"url": "https://example.com/a.mp4"}, input]}));
            assert_eq!(said, [expected], "{input}");
        };
        refuses(
            json!({"overlay_settings": {}}),
            "inputs[1].url must be the http or https URL of a PNG or JPEG image.",
        );
        refuses(json!({"url": URL, "overlay_settings": []}), "inputs[1].overlay_settings must be an object.");
        refuses(
            json!({"url": URL, "overlay_settings": {}, "start_time": 1}),
            "inputs[1].start_time does not apply to an overlay, which lies over all of the video.",
        );
        let mut inputs = vec![json!({"url": "https://example.com/a.mp4"})];
        inputs.extend(vec![json!({"url": URL, "overlay_settings": {}}); MOST_OVERLAYS + 1]);
        assert_eq!(refused(&json!({"inputs": inputs})), ["inputs must have at most 10 overlays."]);
    }
}
