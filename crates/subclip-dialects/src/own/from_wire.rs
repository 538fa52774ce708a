//! Requests of `/v1` as requests of the application, or what is wrong with them.

mod renditions;
mod sounds;
mod texts;
mod webhooks;

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use serde_json::Value;
use subclip_app::{self as app, AssetQuery, AssetSettings, Page};
use subclip_core::{AssetId, Time};

use super::wire::{
    ClipTime, NewAsset, NewClip, NewPlaybackId, NewRestriction, NewSigningKey, NewToken, NewUpload, Options,
    Overlay, Policy, ReferrerRules, UpdateAsset, UserAgentRules,
};
use crate::common::{Fault, Faults, wrong_url};

pub(super) use renditions::new_rendition;
pub(super) use sounds::{new_audio_track, update_audio_track};
pub(super) use texts::{new_text_track, text_labels, update_text_track};
pub(super) use webhooks::{cursor_page, delivery_list, event_list, new_webhook, update_webhook};

const USUAL_LIMIT: u32 = 25;
const MOST: u32 = 100;
const TIMEOUTS_S: std::ops::RangeInclusive<u32> = 60..=604_800;

/// Reads a body; what is wrong is said with the name of its field.
fn read<T: DeserializeOwned>(body: &Value) -> Result<T, Fault> {
    if !body.is_object() {
        return Err(Fault::invalid("The body must be a JSON object."));
    }
    serde_path_to_error::deserialize(body).map_err(|error| {
        let place = error.path().to_string();
        let place = if place == "." { String::new() } else { format!("{place}: ") };
        Fault::invalid(format!("{place}{}.", error.inner()))
    })
}

/// `POST /v1/assets`: the URL and the rest.
pub(super) fn new_asset(body: &Value) -> Result<(String, app::NewAsset), Fault> {
    let mut asked: NewAsset = read(body)?;
    let faults = Faults::default();
    if let Some(wrong) = wrong_url(&asked.url, "an http or https URL; to cut from an asset, POST /v1/clips") {
        faults.note(format!("url {wrong}."));
    }
    let new = asset(asked.options(), &faults);
    faults.unless_any(Some((asked.url, new))).map_err(Fault::Invalid)
}

/// `POST /v1/clips`
pub(super) fn new_clip(body: &Value) -> Result<app::NewClip, Fault> {
    let mut asked: NewClip = read(body)?;
    let faults = Faults::default();
    let source: Option<AssetId> = asked.source.parse().ok();
    if source.is_none() {
        faults.note("source must be the id of an asset.");
    }
    let start = time("start", asked.start.as_ref(), &faults);
    let end = time("end", asked.end.as_ref(), &faults);
    if end.is_some_and(|end| end <= start.unwrap_or(Time::ZERO)) {
        faults.note("end must be later than start.");
    }
    let policies_of_source = asked.playback_policies.is_none();
    let mut asset = asset(asked.options(), &faults);
    asset.settings.without_source_overlays = asked.copy_overlays == Some(false);
    let clip = source.map(|source| app::NewClip { source, start, end, policies_of_source, asset });
    faults.unless_any(clip).map_err(Fault::Invalid)
}

fn time(field: &str, asked: Option<&ClipTime>, faults: &Faults) -> Option<Time> {
    let read = match asked? {
        ClipTime::Seconds(seconds) if *seconds < 0.0 => {
            faults.note(format!("{field} must not be negative."));
            return None;
        }
        ClipTime::Seconds(seconds) => Time::from_seconds(*seconds),
        ClipTime::Clock(text) => text.parse(),
    };
    read.map_err(|error| faults.note(format!("{field}: {error}."))).ok()
}

/// `POST /v1/uploads`
pub(super) fn new_upload(body: &Value) -> Result<app::NewUpload, Fault> {
    let mut asked: NewUpload = read(body)?;
    let faults = Faults::default();
    let timeout_s = asked.timeout.unwrap_or(3600);
    if !TIMEOUTS_S.contains(&timeout_s) {
        faults.note("timeout must be 60 to 604800 seconds.");
    }
    let new_asset = asset(asked.options(), &faults);
    let cors_origin =
        short("cors_origin", asked.cors_origin, 2048, &faults).unwrap_or_else(|| "*".to_owned());
    let test = new_asset.settings.test;
    let upload = app::NewUpload { timeout_s, cors_origin, new_asset, test };
    faults.unless_any(Some(upload)).map_err(Fault::Invalid)
}

fn asset(options: Options, faults: &Faults) -> app::NewAsset {
    if options.most_lines.is_some_and(|lines| ![1080, 1440, 2160].contains(&lines)) {
        faults.note("most_lines must be 1080, 1440 or 2160.");
    }
    if options.thumbnail_time.is_some_and(|seconds| seconds < 0.0) {
        faults.note("thumbnail_time must not be negative.");
    }
    let settings = AssetSettings {
        passthrough: short("passthrough", options.passthrough, 255, faults),
        title: short("title", options.title, 512, faults),
        creator_id: short("creator_id", options.creator_id, 128, faults),
        external_id: short("external_id", options.external_id, 128, faults),
        thumbnail_time: options.thumbnail_time,
        most_lines: options.most_lines,
        rungs: renditions::rungs(options.rungs),
        renditions: renditions::renditions(options.renditions.unwrap_or_default(), faults),
        texts: texts::texts(options.text_tracks.unwrap_or_default(), faults),
        sound: sounds::first_sound(options.main_audio.unwrap_or_default(), faults),
        sounds: sounds::sounds(options.audio_tracks.unwrap_or_default(), faults),
        overlays: overlays(&options.overlays, faults),
        normalize_audio: options.normalize_audio,
        master: options.master,
        test: options.test,
        ..AssetSettings::default()
    };
    let mut policies = Vec::new();
    for asked in options.playback_policies.unwrap_or_else(|| vec![Policy::Public]) {
        let policy = policy(asked);
        if !policies.contains(&policy) {
            policies.push(policy);
        }
    }
    app::NewAsset { settings, policies }
}

fn overlays(asked: &[Overlay], faults: &Faults) -> Vec<app::Overlay> {
    if asked.len() > app::MOST_OVERLAYS {
        faults.note(format!("overlays must be at most {}.", app::MOST_OVERLAYS));
    }
    asked.iter().enumerate().map(|(number, one)| overlay(number, one, faults)).collect()
}

fn overlay(number: usize, asked: &Overlay, faults: &Faults) -> app::Overlay {
    if let Some(wrong) = wrong_url(&asked.url, "the http or https URL of a PNG or JPEG image") {
        faults.note(format!("overlays[{number}].url {wrong}."));
    }
    let text = app::OverlayText {
        vertical_align: asked.vertical_align.as_deref(),
        vertical_margin: asked.vertical_margin.as_deref(),
        horizontal_align: asked.horizontal_align.as_deref(),
        horizontal_margin: asked.horizontal_margin.as_deref(),
        width: asked.width.as_deref(),
        height: asked.height.as_deref(),
        opacity: asked.opacity.as_deref(),
    };
    let placing = text.placing(|field, how| faults.note(format!("overlays[{number}].{field} {how}.")));
    app::Overlay { url: asked.url.clone(), placing }
}

fn policy(asked: Policy) -> app::Policy {
    match asked {
        Policy::Public => app::Policy::Public,
        Policy::Signed => app::Policy::Signed,
    }
}

fn short(field: &str, text: Option<String>, most: usize, faults: &Faults) -> Option<String> {
    let text = text.filter(|text| !text.is_empty())?;
    if text.chars().count() > most {
        faults.note(format!("{field} must have at most {most} characters."));
    }
    Some(text)
}

/// `PATCH /v1/assets/{id}`: what to do to the settings.
pub(super) fn update(body: &Value) -> Result<impl FnOnce(&mut AssetSettings) + Send + use<>, Fault> {
    let asked: UpdateAsset = read(body)?;
    let faults = Faults::default();
    let text =
        |field: &str, new: Option<Option<String>>, most| new.map(|text| short(field, text, most, &faults));
    let title = text("title", asked.title, 512);
    let passthrough = text("passthrough", asked.passthrough, 255);
    let creator_id = text("creator_id", asked.creator_id, 128);
    let external_id = text("external_id", asked.external_id, 128);
    let thumbnail_time = asked.thumbnail_time;
    if thumbnail_time.flatten().is_some_and(|seconds| seconds < 0.0) {
        faults.note("thumbnail_time must not be negative.");
    }
    faults.unless_any(Some(())).map_err(Fault::Invalid)?;
    Ok(move |settings: &mut AssetSettings| {
        set(&mut settings.title, title);
        set(&mut settings.passthrough, passthrough);
        set(&mut settings.creator_id, creator_id);
        set(&mut settings.external_id, external_id);
        set(&mut settings.thumbnail_time, thumbnail_time);
    })
}

fn set<T>(field: &mut Option<T>, new: Option<Option<T>>) {
    if let Some(new) = new {
        *field = new;
    }
}

/// `POST /v1/assets/{id}/playback-ids`
pub(super) fn new_playback_id(body: &Value) -> Result<app::Policy, Fault> {
    let asked: NewPlaybackId = read(body)?;
    Ok(policy(asked.policy.unwrap_or(Policy::Public)))
}

/// `POST /v1/signing-keys`: the public key, where its owner has the private one already.
pub(super) fn new_signing_key(body: &Value) -> Result<Option<String>, Fault> {
    let asked: NewSigningKey = read(body)?;
    Ok(asked.public_key)
}

/// `POST /v1/playback-restrictions`
pub(super) fn new_restriction(body: &Value) -> Result<app::Rules, Fault> {
    let asked: NewRestriction = read(body)?;
    Ok(app::Rules {
        referrer: asked.referrer.map(referrer_rules).unwrap_or_default(),
        user_agent: asked.user_agent.map(user_agent_rules).unwrap_or_default(),
    })
}

/// `PATCH /v1/playback-restrictions/{id}`: what to do to the rules.
pub(super) fn change_restriction(body: &Value) -> Result<impl FnOnce(&mut app::Rules) + Send + use<>, Fault> {
    let asked: NewRestriction = read(body)?;
    Ok(move |rules: &mut app::Rules| {
        rules.referrer = asked.referrer.map_or_else(|| rules.referrer.clone(), referrer_rules);
        rules.user_agent = asked.user_agent.map_or(rules.user_agent, user_agent_rules);
    })
}

fn referrer_rules(asked: ReferrerRules) -> app::ReferrerRules {
    let ReferrerRules { allowed_domains, allow_no_referrer } = asked;
    app::ReferrerRules { allowed_domains, allow_no_referrer }
}

fn user_agent_rules(asked: UserAgentRules) -> app::UserAgentRules {
    let UserAgentRules { allow_no_user_agent, allow_high_risk_user_agent } = asked;
    app::UserAgentRules { allow_no_user_agent, allow_high_risk_user_agent }
}

/// `POST /v1/tokens`: the name, and whether the token may write.
pub(super) fn new_token(body: &Value) -> Result<(String, bool), Fault> {
    let asked: NewToken = read(body)?;
    if !(1..=128).contains(&asked.name.chars().count()) {
        return Err(Fault::invalid("name must have 1 to 128 characters."));
    }
    Ok((asked.name, asked.may_write.unwrap_or(true)))
}

/// Reads the query of `GET /v1/assets`.
pub(super) fn asset_list(query: &HashMap<String, String>) -> Result<AssetQuery, Fault> {
    let mut page = page(query)?;
    page.cursor = query.get("cursor").filter(|cursor| !cursor.is_empty()).cloned();
    let upload =
        query.get("upload_id").map(|id| id.parse().map_err(|_| Fault::invalid("upload_id is no id.")));
    Ok(AssetQuery { page, upload: upload.transpose()? })
}

/// Reads `limit` and `page`.
pub(super) fn page(query: &HashMap<String, String>) -> Result<Page, Fault> {
    let faults = Faults::default();
    let number = |name: &str, usual: u32, most: u32| {
        let Some(text) = query.get(name) else { return usual };
        let number = text.parse().ok().filter(|n| (1..=most).contains(n));
        number.unwrap_or_else(|| {
            faults.note(format!("{name} must be a whole number from 1 to {most}."));
            usual
        })
    };
    let page =
        Page { limit: number("limit", USUAL_LIMIT, MOST), page: number("page", 1, u32::MAX), cursor: None };
    faults.unless_any(Some(page)).map_err(Fault::Invalid)
}

#[cfg(test)]
mod tests;
