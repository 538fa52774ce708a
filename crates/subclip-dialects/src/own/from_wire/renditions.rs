//! What is asked about renditions and the ladder.

use serde_json::Value;
use subclip_app::{self as app, RenditionKind};

use super::{read, short};
use crate::common::{Fault, Faults};
use crate::own::wire::{NewRendition, NewRenditionType, Rungs};

/// `renditions` of a new asset: each but once.
pub(super) fn renditions(asked: Vec<NewRendition>, faults: &Faults) -> Vec<app::Rendition> {
    let mut found: Vec<app::Rendition> = Vec::new();
    for (n, asked) in asked.into_iter().enumerate() {
        let rendition = rendition(&format!("renditions[{n}]."), asked, faults);
        if found.iter().any(|other| other.kind == rendition.kind) {
            faults.note(format!("renditions[{n}].type is asked for twice."));
        } else {
            found.push(rendition);
        }
    }
    found
}

/// `POST /v1/assets/{id}/renditions`
pub(in crate::own) fn new_rendition(body: &Value) -> Result<app::Rendition, Fault> {
    let asked: NewRendition = read(body)?;
    let faults = Faults::default();
    let rendition = rendition("", asked, &faults);
    faults.unless_any(Some(rendition)).map_err(Fault::Invalid)
}

/// `rungs` of a new asset.
pub(super) fn rungs(asked: Rungs) -> app::Rungs {
    match asked {
        Rungs::Few => app::Rungs::Few,
        Rungs::Usual => app::Rungs::Usual,
        Rungs::All => app::Rungs::All,
    }
}

fn rendition(place: &str, asked: NewRendition, faults: &Faults) -> app::Rendition {
    let kind = match asked.kind {
        NewRenditionType::Highest => RenditionKind::Highest,
        NewRenditionType::Audio => RenditionKind::AudioOnly,
        NewRenditionType::P2160 => RenditionKind::Rung(2160),
        NewRenditionType::P1440 => RenditionKind::Rung(1440),
        NewRenditionType::P1080 => RenditionKind::Rung(1080),
        NewRenditionType::P720 => RenditionKind::Rung(720),
        NewRenditionType::P540 => RenditionKind::Rung(540),
        NewRenditionType::P480 => RenditionKind::Rung(480),
        NewRenditionType::P360 => RenditionKind::Rung(360),
        NewRenditionType::P270 => RenditionKind::Rung(270),
    };
    let passthrough = short(&format!("{place}passthrough"), asked.passthrough, 255, faults);
    app::Rendition::new(kind, passthrough)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use subclip_core::{LINES, rung_name};

    use super::*;
    use crate::common::said;
    use crate::own::from_wire::{new_asset, new_clip, new_upload};

    const URL: &str = "https://example.com/a.mp4";

    #[test]
    fn every_rung_can_be_asked_for_by_its_name() {
        for lines in LINES {
            let made = new_rendition(&json!({"type": rung_name(lines)})).unwrap();
            assert_eq!(made.kind, RenditionKind::Rung(lines));
        }
        let sound = new_rendition(&json!({"type": "audio", "passthrough": "podcast"})).unwrap();
        assert_eq!((sound.kind, sound.passthrough.as_deref()), (RenditionKind::AudioOnly, Some("podcast")));
        assert_eq!(new_rendition(&json!({"type": "highest"})).unwrap().kind, RenditionKind::Highest);
    }

    #[test]
    fn whatever_makes_an_asset_takes_them() {
        let files = json!([{"type": "highest"}, {"type": "480p", "passthrough": "p"}]);
        let source = subclip_core::AssetId::from_bytes([7; 16]).to_string();
        let of_url = json!({"url": URL, "renditions": files, "rungs": "few"});
        let of_clip = json!({"source": source, "renditions": files, "rungs": "few"});
        let of_upload = json!({"renditions": files, "rungs": "few"});
        for new in [
            new_asset(&of_url).unwrap().1,
            new_clip(&of_clip).unwrap().asset,
            new_upload(&of_upload).unwrap().new_asset,
        ] {
            let (files, rungs) = (new.settings.renditions, new.settings.rungs);
            let kinds: Vec<_> = files.iter().map(|one| (one.kind, one.passthrough.as_deref())).collect();
            assert_eq!(kinds, [(RenditionKind::Highest, None), (RenditionKind::Rung(480), Some("p"))]);
            assert_eq!(rungs, app::Rungs::Few);
        }
        let usual = new_asset(&json!({"url": URL})).unwrap().1.settings;
        assert_eq!((usual.rungs, usual.renditions.len()), (app::Rungs::Usual, 0));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let check = |body: Value, expected: &str| {
            let found = said(new_asset(&body));
            assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
        };
        let twice = json!([{"type": "audio"}, {"type": "audio"}]);
        check(json!({"url": URL, "renditions": twice}), "renditions[1].type is asked for twice.");
        check(
            json!({"url": URL, "renditions": [{"type": "low"}]}),
            "renditions[0].type: unknown variant `low`",
        );
        check(json!({"url": URL, "renditions": [{}]}), "renditions[0]: missing field `type`");
        check(json!({"url": URL, "rungs": "many"}), "rungs: unknown variant `many`");
        let long = json!([{"type": "audio", "passthrough": "p".repeat(256)}]);
        check(json!({"url": URL, "renditions": long}), "renditions[0].passthrough must have at most 255");
    }
}
