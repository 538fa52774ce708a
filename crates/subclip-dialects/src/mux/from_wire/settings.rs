//! What an owner chooses for an asset: the fields that `POST /assets` shares with an upload's `new_asset_settings`.

use serde_json::Value;
use subclip_app::{AssetSettings, NewAsset, Policy, Rendition, RenditionKind};

use super::inputs::Sound;
use crate::common::{Faults, Fields};
use crate::mux::kept::Kept;

const SIZES: [&str; 8] = ["2160p", "1440p", "1080p", "720p", "540p", "480p", "360p", "270p"];

/// The settings in `fields`; `sound` is what the main input says of its sound.
pub(super) fn new_asset(fields: &Fields<'_>, sound: Option<&Sound>) -> NewAsset {
    refuse_what_is_missing(fields);
    let mut kept = Kept {
        video_quality: video_quality(fields),
        max_resolution_tier: owned(fields.word("max_resolution_tier", &["1080p", "1440p", "2160p"])),
        mp4_support: mp4_support(fields),
        ..Kept::default()
    };
    if let Some(sound) = sound {
        kept.audio_name.clone_from(&sound.name);
        kept.audio_language.clone_from(&sound.language);
    }
    let meta = fields.object("meta");
    let meta = |field: &str, most| meta.as_ref().and_then(|m| filled(m.text_up_to(field, most)));
    let mut settings = AssetSettings {
        passthrough: filled(fields.text_up_to("passthrough", 255)),
        title: meta("title", 512),
        creator_id: meta("creator_id", 128),
        external_id: meta("external_id", 128),
        most_lines: Some(most_lines(kept.max_resolution_tier.as_deref())),
        renditions: renditions(fields, &kept),
        ..AssetSettings::default()
    };
    kept.put(&mut settings);
    NewAsset { settings, policies: policies(fields) }
}

/// What Mux has and this server has not must not look as if it had been done.
fn refuse_what_is_missing(fields: &Fields<'_>) {
    if fields.flag("normalize_audio") == Some(true) {
        fields.note("normalize_audio", "is not available on this server yet; leave it out or send false");
    }
    if fields.word("master_access", &["none", "temporary"]) == Some("temporary") {
        fields.note("master_access", "is not available on this server yet; leave it out or send none");
    }
    if fields.flag("generate_shots") == Some(true) {
        fields.note("generate_shots", "is not available on this server yet; leave it out or send false");
    }
    refuse_test(fields);
    if fields.list("directives").is_some_and(|directives| !directives.is_empty()) {
        fields.note("directives", "are not available on this server; leave them out");
    }
    fields.flag("copy_overlays");
}

/// Mux marks what is made as a test with a watermark, cuts it to 10 s, and deletes it after a day.
pub(super) fn refuse_test(fields: &Fields<'_>) {
    if fields.flag("test") == Some(true) {
        fields.note(
            "test",
            "is not supported by this server: assets cost nothing here; leave it out or send false",
        );
    }
}

fn video_quality(fields: &Fields<'_>) -> Option<String> {
    let tier = fields.word("encoding_tier", &["smart", "baseline", "premium"]);
    let of_tier = tier.map(|tier| match tier {
        "baseline" => "basic",
        "premium" => "premium",
        _ => "plus",
    });
    owned(fields.word("video_quality", &["basic", "plus", "premium"]).or(of_tier))
}

fn most_lines(tier: Option<&str>) -> u32 {
    match tier {
        Some("2160p") => 2160,
        Some("1440p") => 1440,
        _ => 1080,
    }
}

/// The policies of the playback ids to be made, each once.
fn policies(fields: &Fields<'_>) -> Vec<Policy> {
    let faults = fields.faults();
    let field =
        if fields.value("playback_policies").is_some() { "playback_policies" } else { "playback_policy" };
    let mut found = match fields.value(field) {
        Some(Value::String(name)) => vec![policy(&fields.name(field), name, faults)],
        Some(_) => {
            let items = fields.list(field).unwrap_or_default();
            items.iter().map(|(place, item)| policy_item(place, item, faults)).collect()
        }
        None => Vec::new(),
    };
    for (place, item) in fields.list("advanced_playback_policies").unwrap_or_default() {
        let Some(advanced) = Fields::of_item(place, item, faults) else { continue };
        found.push(advanced.text("policy").and_then(|name| policy(&advanced.name("policy"), name, faults)));
    }
    let mut once = Vec::new();
    for policy in found.into_iter().flatten() {
        if !once.contains(&policy) {
            once.push(policy);
        }
    }
    once
}

fn policy_item(place: &str, item: &Value, faults: &Faults) -> Option<Policy> {
    let Some(name) = item.as_str() else {
        faults.note(format!("{place} must be one of public, signed, drm."));
        return None;
    };
    policy(place, name, faults)
}

/// A policy by its name. One that nobody could satisfy is refused: nothing on this server licenses.
pub(super) fn policy(place: &str, name: &str, faults: &Faults) -> Option<Policy> {
    match name {
        "public" => return Some(Policy::Public),
        "signed" => return Some(Policy::Signed),
        "drm" => {
            faults.note(format!(
                "{place}: the policy drm is not available on this server; use signed or public."
            ));
        }
        _ => faults.note(format!("{place} must be one of public, signed, drm.")),
    }
    None
}

/// The old way to ask for files.
pub(super) fn mp4_support(fields: &Fields<'_>) -> Option<String> {
    let words = ["none", "standard", "capped-1080p", "audio-only", "audio-only,capped-1080p"];
    let support = fields.word("mp4_support", &words)?;
    if !matches!(support, "none" | "audio-only") {
        let instead = r#"ask for static_renditions [{"resolution": "highest"}] instead"#;
        fields.note("mp4_support", &format!("{support} is not available on this server; {instead}"));
        return None;
    }
    Some(support.to_owned())
}

fn renditions(fields: &Fields<'_>, kept: &Kept) -> Vec<Rendition> {
    let items = fields.list("static_renditions").unwrap_or_default();
    if kept.wants_legacy_files() {
        if !items.is_empty() {
            fields.note("static_renditions", "can't be used together with mp4_support");
        }
        return vec![unnamed(RenditionKind::AudioOnly)];
    }
    let asked: Vec<Fields<'_>> =
        items.into_iter().filter_map(|(place, item)| Fields::of_item(place, item, fields.faults())).collect();
    let is = |wanted: &dyn Fn(&str) -> bool| {
        asked.iter().any(|one| one.value("resolution").and_then(Value::as_str).is_some_and(wanted))
    };
    if is(&|size| size == "highest") && is(&|size| SIZES.contains(&size)) {
        fields.note("static_renditions", "can't ask for highest together with explicit sizes");
    }
    let mut found: Vec<Rendition> = Vec::new();
    for one in &asked {
        let Some(rendition) = rendition(one) else { continue };
        if found.iter().any(|other| other.kind == rendition.kind) {
            one.note("resolution", "is asked for twice");
        } else {
            found.push(rendition);
        }
    }
    found
}

/// One rendition, which gets its id when it is kept.
pub(super) fn rendition(fields: &Fields<'_>) -> Option<Rendition> {
    let passthrough = filled(fields.text_up_to("passthrough", 255));
    if fields.value("resolution").is_none() {
        fields.note("resolution", "must be highest or audio-only");
        return None;
    }
    let kind = match fields.text("resolution")? {
        "highest" => RenditionKind::Highest,
        "audio-only" => RenditionKind::AudioOnly,
        size if SIZES.contains(&size) => {
            let instead = "ask for highest or audio-only";
            fields.note("resolution", &format!("{size} is not available on this server yet; {instead}"));
            return None;
        }
        _ => {
            fields.note("resolution", &format!("must be one of highest, audio-only, {}", SIZES.join(", ")));
            return None;
        }
    };
    Some(Rendition { passthrough, ..unnamed(kind) })
}

/// A rendition without id.
pub(super) fn unnamed(kind: RenditionKind) -> Rendition {
    Rendition { id: String::new(), kind, passthrough: None }
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

/// Text that says something.
fn filled(text: Option<&str>) -> Option<String> {
    owned(text.filter(|text| !text.is_empty()))
}
