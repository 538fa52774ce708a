//! Changes to an asset that exists.

use serde_json::Value;
use subclip_app::AssetSettings;

use super::settings::{legacy_file, legacy_kinds};
use crate::common::{Fault, Faults, Fields};
use crate::mux::kept::Kept;

/// A field's new value: `None` clears it.
type New<T> = Option<T>;

/// What `PATCH /video/v1/assets/{id}` changes; fields that were not sent stay.
#[derive(Debug, Default, PartialEq)]
pub(in crate::mux) struct Change {
    passthrough: Option<New<String>>,
    title: Option<New<String>>,
    creator_id: Option<New<String>>,
    external_id: Option<New<String>>,
    thumbnail_time: Option<New<f64>>,
}

impl Change {
    /// Carries it out.
    pub(in crate::mux) fn apply(self, settings: &mut AssetSettings) {
        set(&mut settings.passthrough, self.passthrough);
        set(&mut settings.title, self.title);
        set(&mut settings.creator_id, self.creator_id);
        set(&mut settings.external_id, self.external_id);
        set(&mut settings.thumbnail_time, self.thumbnail_time);
    }
}

fn set<T>(field: &mut Option<T>, new: Option<New<T>>) {
    if let Some(new) = new {
        *field = new;
    }
}

/// Reads a `PATCH`; an empty string or `null` clears a field.
pub(in crate::mux) fn update(body: &Value) -> Result<Change, Fault> {
    let faults = Faults::default();
    let change = Fields::of_body(body, &faults).map(|fields| {
        let meta = fields.object("meta");
        let meta = |field: &str, most| meta.as_ref().and_then(|meta| text(meta, field, most));
        Change {
            passthrough: text(&fields, "passthrough", 255),
            title: meta("title", 512),
            creator_id: meta("creator_id", 128),
            external_id: meta("external_id", 128),
            thumbnail_time: thumbnail_time(&fields),
        }
    });
    faults.unless_any(change).map_err(Fault::Invalid)
}

fn text(fields: &Fields<'_>, field: &str, most: usize) -> Option<New<String>> {
    if !fields.says(field) {
        return None;
    }
    Some(fields.text_up_to(field, most).filter(|text| !text.is_empty()).map(str::to_owned))
}

fn thumbnail_time(fields: &Fields<'_>) -> Option<New<f64>> {
    match fields.value("thumbnail_time") {
        None => fields.says("thumbnail_time").then_some(None),
        Some(Value::String(empty)) if empty.is_empty() => Some(None),
        Some(_) => {
            let seconds = fields.number("thumbnail_time")?;
            if seconds < 0.0 {
                fields.note("thumbnail_time", "must not be negative");
            }
            Some(Some(seconds))
        }
    }
}

/// Reads `PUT …/mp4-support`.
pub(in crate::mux) fn legacy_files(body: &Value) -> Result<String, Fault> {
    let faults = Faults::default();
    let support = Fields::of_body(body, &faults).and_then(|fields| {
        if fields.value("mp4_support").is_none() {
            fields.note("mp4_support", "must be there");
        }
        super::settings::mp4_support(&fields)
    });
    faults.unless_any(support).map_err(Fault::Invalid)
}

/// Carries it out. What was asked for elsewhere stays, and what is wanted still goes on to be what it is.
///
/// # Errors
/// Why it can't be: files are asked for in one way or in the other, and in the old one a kind at a time.
pub(in crate::mux) fn set_legacy_files(
    settings: &mut AssetSettings,
    support: String,
) -> Result<(), &'static str> {
    let mut kept = Kept::of(settings);
    let kinds = legacy_kinds(&support);
    if !kinds.is_empty() {
        if kept.wants_legacy_files() && kept.mp4_support.as_ref() != Some(&support) {
            return Err("mp4_support must be set to none before another kind of files is asked for.");
        }
        if !kept.wants_legacy_files() && !settings.renditions.is_empty() {
            return Err("mp4_support can't be used together with static_renditions; delete these first.");
        }
    }
    settings.renditions.retain(|one| kinds.contains(&one.kind) || !kept.is_legacy(one));
    for &kind in kinds {
        if settings.rendition(kind).is_none() {
            settings.renditions.push(legacy_file(kind));
        }
    }
    // Nothing is the same as none: who takes back what was never asked for changes nothing.
    kept.mp4_support = Some(support).filter(|support| support != "none");
    kept.put(settings);
    Ok(())
}

/// Reads `PUT …/master-access`: whether a master is asked for, or withdrawn.
pub(in crate::mux) fn master_access(body: &Value) -> Result<bool, Fault> {
    let faults = Faults::default();
    let access = Fields::of_body(body, &faults).and_then(|fields| {
        if fields.value("master_access").is_none() {
            fields.note("master_access", "must be there");
        }
        super::settings::master_access(&fields)
    });
    faults.unless_any(access).map_err(Fault::Invalid)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::mux::from_wire::{NewMedia, create_asset, create_upload};

    #[test]
    fn masters_are_asked_for_and_withdrawn() {
        for (word, asked) in [("none", false), ("temporary", true)] {
            assert_eq!(master_access(&json!({"master_access": word})), Ok(asked));
            let body = json!({"input": "https://example.com/a.mp4", "master_access": word});
            let Ok(NewMedia::Fetch { new, .. }) = create_asset(&body) else { panic!("{body}") };
            assert_eq!(new.settings.master, asked);
            let upload = create_upload(&json!({"new_asset_settings": {"master_access": word}})).unwrap();
            assert_eq!(upload.new_asset.settings.master, asked);
        }
        for (body, why) in [
            (json!({}), "master_access must be there."),
            (json!({"master_access": "always"}), "master_access must be one of none, temporary."),
        ] {
            assert_eq!(master_access(&body), Err(Fault::Invalid(vec![why.to_owned()])));
        }
    }
}
