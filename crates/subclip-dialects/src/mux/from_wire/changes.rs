//! Changes to an asset that exists.

use serde_json::Value;
use subclip_app::{AssetSettings, RenditionKind};

use super::settings::unnamed;
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

/// Carries it out; says whether it could, since files are asked for in one way or in the other.
pub(in crate::mux) fn set_legacy_files(settings: &mut AssetSettings, support: String) -> bool {
    let mut kept = Kept::of(settings);
    if kept.wants_legacy_files() {
        settings.renditions.clear();
    }
    kept.mp4_support = Some(support);
    if kept.wants_legacy_files() {
        if !settings.renditions.is_empty() {
            return false;
        }
        settings.renditions = vec![unnamed(RenditionKind::AudioOnly)];
    }
    kept.put(settings);
    true
}

/// Reads `PUT …/master-access`: only `none` can be kept.
pub(in crate::mux) fn master_access(body: &Value) -> Result<(), Fault> {
    let faults = Faults::default();
    let access = Fields::of_body(body, &faults).and_then(|fields| {
        let access = fields.word("master_access", &["none", "temporary"]);
        if access == Some("temporary") {
            fields.note("master_access", "temporary is not available on this server yet");
        } else if fields.value("master_access").is_none() {
            fields.note("master_access", "must be there");
        }
        access.map(|_| ())
    });
    faults.unless_any(access).map_err(Fault::Invalid)
}
