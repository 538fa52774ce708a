//! What an owner chooses for an asset: the fields that `POST /assets` shares with an upload's `new_asset_settings`.

use serde_json::Value;
use subclip_app::{AssetSettings, NewAsset, Policy, Rendition, RenditionKind, Rungs};
use subclip_core::{LINES, rung_name};

use crate::common::{Faults, Fields};
use crate::mux::kept::Kept;

const SIZES: [&str; 8] = ["2160p", "1440p", "1080p", "720p", "540p", "480p", "360p", "270p"];

/// The settings in `fields`.
pub(super) fn new_asset(fields: &Fields<'_>) -> NewAsset {
    refuse_what_is_missing(fields);
    let kept = Kept {
        video_quality: video_quality(fields),
        max_resolution_tier: owned(fields.word("max_resolution_tier", &["1080p", "1440p", "2160p"])),
        mp4_support: mp4_support(fields),
    };
    let meta = fields.object("meta");
    let meta = |field: &str, most| meta.as_ref().and_then(|m| filled(m.text_up_to(field, most)));
    let mut settings = AssetSettings {
        passthrough: filled(fields.text_up_to("passthrough", 255)),
        title: meta("title", 512),
        creator_id: meta("creator_id", 128),
        external_id: meta("external_id", 128),
        most_lines: Some(most_lines(kept.max_resolution_tier.as_deref())),
        rungs: rungs(kept.video_quality.as_deref()),
        without_source_overlays: fields.flag("copy_overlays") == Some(false),
        normalize_audio: fields.flag("normalize_audio").unwrap_or_default(),
        test: fields.flag("test") == Some(true),
        master: master_access(fields) == Some(true),
        renditions: renditions(fields, &kept),
        ..AssetSettings::default()
    };
    kept.put(&mut settings);
    NewAsset { settings, policies: policies(fields) }
}

/// What Mux has and this server has not must not look as if it had been done.
fn refuse_what_is_missing(fields: &Fields<'_>) {
    if fields.flag("generate_shots") == Some(true) {
        fields.note("generate_shots", "is not available on this server yet; leave it out or send false");
    }
    if fields.list("directives").is_some_and(|directives| !directives.is_empty()) {
        fields.note("directives", "are not available on this server; leave them out");
    }
}

/// Whether a master is asked for.
pub(super) fn master_access(fields: &Fields<'_>) -> Option<bool> {
    fields.word("master_access", &["none", "temporary"]).map(|access| access == "temporary")
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

/// Better quality has more steps to choose from.
fn rungs(quality: Option<&str>) -> Rungs {
    match quality {
        Some("basic") => Rungs::Few,
        Some("premium") => Rungs::All,
        _ => Rungs::Usual,
    }
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
    owned(fields.word("mp4_support", &words))
}

/// The files that are asked for so.
pub(super) fn legacy_kinds(support: &str) -> &'static [RenditionKind] {
    match support {
        "standard" => &[RenditionKind::Low, RenditionKind::Medium, RenditionKind::High],
        "capped-1080p" => &[RenditionKind::Capped],
        "audio-only" => &[RenditionKind::AudioOnly],
        "audio-only,capped-1080p" => &[RenditionKind::AudioOnly, RenditionKind::Capped],
        _ => &[],
    }
}

/// One of them.
pub(super) fn legacy_file(kind: RenditionKind) -> Rendition {
    Rendition { bundled: true, ..Rendition::new(kind, None) }
}

fn renditions(fields: &Fields<'_>, kept: &Kept) -> Vec<Rendition> {
    let items = fields.list("static_renditions").unwrap_or_default();
    if kept.wants_legacy_files() {
        if !items.is_empty() {
            fields.note("static_renditions", "can't be used together with mp4_support");
        }
        let support = kept.mp4_support.as_deref().unwrap_or_default();
        return legacy_kinds(support).iter().map(|&kind| legacy_file(kind)).collect();
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

/// One rendition.
pub(super) fn rendition(fields: &Fields<'_>) -> Option<Rendition> {
    let passthrough = filled(fields.text_up_to("passthrough", 255));
    let must = || format!("must be one of highest, audio-only, {}", SIZES.join(", "));
    if fields.value("resolution").is_none() {
        fields.note("resolution", &must());
        return None;
    }
    let kind = match fields.text("resolution")? {
        "highest" => RenditionKind::Highest,
        "audio-only" => RenditionKind::AudioOnly,
        size => match LINES.into_iter().find(|&lines| rung_name(lines) == size) {
            Some(lines) => RenditionKind::Rung(lines),
            None => {
                fields.note("resolution", &must());
                return None;
            }
        },
    };
    Some(Rendition::new(kind, passthrough))
}

fn owned(text: Option<&str>) -> Option<String> {
    text.map(str::to_owned)
}

/// Text that says something.
pub(super) fn filled(text: Option<&str>) -> Option<String> {
    owned(text.filter(|text| !text.is_empty()))
}
