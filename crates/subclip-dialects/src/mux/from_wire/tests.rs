//! Requests, and what they mean or what is wrong with them.

use std::collections::HashMap;

use serde_json::{Value, json};
use subclip_app::{AssetSettings, FirstSound, Outcome, Policy, Rendition, RenditionKind, Rules, TextFrom};
use subclip_core::AssetId;

use super::*;
use crate::common::said;
use crate::mux::kept::Kept;

const SOURCE: &str = "4rW9XvLxFQ1ouZzjQ3nVqk";

fn fetch(body: &Value) -> (String, NewAsset) {
    match create_asset(body) {
        Ok(NewMedia::Fetch { url, new }) => (url, new),
        other => panic!("{body}: {other:?}"),
    }
}

fn clip(body: &Value) -> NewClip {
    match create_asset(body) {
        Ok(NewMedia::Clip(clip)) => clip,
        other => panic!("{body}: {other:?}"),
    }
}

/// Each part must occur in the fault of its place, and there must be no others.
fn refuses(body: &Value, parts: &[&str]) {
    let found = said(create_asset(body));
    let all =
        found.len() == parts.len() && found.iter().zip(parts).all(|(sentence, part)| sentence.contains(part));
    assert!(all, "{body}: {found:#?}");
}

#[test]
fn a_url_can_be_said_in_many_ways() {
    let url = "https://example.com/film.mp4?x=a.m3u8";
    for body in [
        json!({"inputs": [{"url": url}]}),
        json!({"input": [{"url": url}]}),
        json!({"inputs": url}),
        json!({"input": url}),
        json!({"inputs": [{"url": url, "type": "video", "generated_subtitles": []}], "input": null}),
        json!({"inputs": [{"url": url, "start_time": null}], "unheard_of": {"a": 1}}),
    ] {
        assert_eq!(fetch(&body).0, url);
    }
}

#[test]
fn clips_have_a_source_and_times() {
    let source: AssetId = SOURCE.parse().unwrap();
    let check = |start: Value, end: Value, expected: (Option<f64>, Option<f64>)| {
        let url = format!("mux://assets/{SOURCE}");
        let clip = clip(&json!({"inputs": [{"url": url, "start_time": start, "end_time": end}]}));
        assert_eq!(clip.source, source);
        assert_eq!((clip.start.map(|t| t.seconds()), clip.end.map(|t| t.seconds())), expected);
    };
    check(json!(1), json!(2.5), (Some(1.0), Some(2.5)));
    check(json!(0), Value::Null, (Some(0.0), None));
    check(Value::Null, json!(3), (None, Some(3.0)));
    check(Value::Null, Value::Null, (None, None));
    assert_eq!(clip(&json!({"input": format!("mux://assets/{SOURCE}")})).source, source);
    assert_eq!(clip(&json!({"input": format!("mux://assets/{}", source.uuid())})).source, source);
}

#[test]
fn inputs_that_make_no_sense_are_refused() {
    let one = |input: Value| json!({"inputs": [input]});
    let clip = |more: Value| {
        let mut input = json!({"url": format!("mux://assets/{SOURCE}")});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one(input)
    };
    refuses(&json!({}), &["inputs must name what"]);
    refuses(&json!({"inputs": []}), &["inputs must name what"]);
    refuses(&json!({"inputs": 5}), &["inputs must be a list"]);
    refuses(&json!({"inputs": ["x"]}), &["inputs[0] must be an object"]);
    refuses(&json!([]), &["The body must be a JSON object"]);
    refuses(&one(json!({})), &["inputs[0].url must be there"]);
    refuses(&one(json!({"url": 5})), &["inputs[0].url must be a string"]);
    for url in ["film.mp4", "ftp://example.com/film.mp4", "https://", "https:///film.mp4", ""] {
        refuses(&one(json!({"url": url})), &["inputs[0].url must be an http or https URL"]);
    }
    for url in ["https://example.com/live.m3u8", "http://h/a.M3U8?token=1", "https://h/a.mpd"] {
        refuses(&one(json!({"url": url})), &["write mux://assets/{ASSET_ID}"]);
        refuses(&json!({"input": url}), &["input is a playlist"]);
    }
    refuses(&one(json!({"url": "mux://assets/nothing"})), &["Failed to parse ID"]);
    refuses(&one(json!({"url": "mux://live/nothing"})), &["must look like mux://assets/{ASSET_ID}"]);
    refuses(
        &one(json!({"url": "https://example.com/a.mp4", "start_time": 0, "end_time": 5})),
        &["inputs[0].start_time applies only to clips", "inputs[0].end_time applies only to clips"],
    );
    refuses(
        &one(json!({"url": "https://h/l.m3u8", "start_time": 1_700_000_000, "end_time": 1_700_000_060})),
        &["is a playlist", "start_time looks like a time of the calendar", "end_time looks like a time"],
    );
    refuses(&clip(json!({"start_time": 5, "end_time": 5})), &["inputs[0].end_time must be later"]);
    refuses(&clip(json!({"end_time": 0})), &["inputs[0].end_time must be later"]);
    refuses(&clip(json!({"start_time": -1, "end_time": "9"})), &["must not be negative", "must be a number"]);
    refuses(&clip(json!({"type": "text"})), &["inputs[0].type must be video or audio"]);
    refuses(&clip(json!({"overlay_settings": {}})), &["overlay_settings are for further inputs"]);
    refuses(
        &clip(json!({"generated_subtitles": [{"language_code": "?"}]})),
        &["inputs[0].generated_subtitles[0].language_code must be"],
    );
}

#[test]
fn layers_are_refused_by_name() {
    let second = |input: Value| json!({"inputs": [{"url": "https://example.com/a.mp4"}, input]});
    refuses(&second(json!({"url": "mux://assets/x"})), &["inputs[1].url is a second asset"]);
    refuses(
        &second(json!({"url": "https://h/a.vtt", "type": "text"})),
        &["inputs[1].language_code must be there"],
    );
    refuses(
        &second(json!({"url": "https://h/a.m4a", "type": "audio"})),
        &["inputs[1].language_code must be"],
    );
    refuses(&second(json!({"url": "https://h/a.png"})), &["inputs[1] must say what it is: overlay_settings"]);
    refuses(&second(json!({"type": "odd"})), &["inputs[1].type must be one of", "inputs[1] must say what"]);
}

#[test]
fn settings_are_kept() {
    let (_, new) = fetch(&json!({
        "input": "https://example.com/a.mp4",
        "playback_policies": ["public", "public"],
        "passthrough": "mine",
        "meta": {"title": "T", "creator_id": "C", "external_id": "E", "other": 5},
        "max_resolution_tier": "2160p",
        "video_quality": "premium",
        "static_renditions": [{"resolution": "highest"}, {"resolution": "audio-only", "passthrough": "p"}],
    }));
    assert_eq!(new.policies, [Policy::Public]);
    let settings = &new.settings;
    let texts = [&settings.passthrough, &settings.title, &settings.creator_id, &settings.external_id];
    assert_eq!(texts.map(|text| text.as_deref().unwrap()), ["mine", "T", "C", "E"]);
    assert_eq!(settings.most_lines, Some(2160));
    let kinds: Vec<_> = settings.renditions.iter().map(|r| (r.kind, r.passthrough.as_deref())).collect();
    assert_eq!(kinds, [(RenditionKind::Highest, None), (RenditionKind::AudioOnly, Some("p"))]);
    let expected = Kept {
        video_quality: Some("premium".to_owned()),
        max_resolution_tier: Some("2160p".to_owned()),
        ..Kept::default()
    };
    assert_eq!(Kept::of(settings), expected);
}

#[test]
fn what_clients_send_unasked_changes_nothing() {
    let body = json!({"inputs": [{"url": "https://example.com/a.mp4"}], "normalize_audio": false,
        "copy_overlays": true, "master_access": "none", "generate_shots": false, "per_title_encode": true,
        "test": false, "directives": [], "segment_size": 2, "nobody_knows_this": {"a": 1}});
    let expected = AssetSettings { most_lines: Some(1080), ..AssetSettings::default() };
    assert_eq!(fetch(&body).1, NewAsset { settings: expected, policies: Vec::new() });
}

#[test]
fn policies_are_named_in_many_ways() {
    for policies in [
        json!({"playback_policies": ["public"]}),
        json!({"playback_policies": "public"}),
        json!({"playback_policy": ["public"]}),
        json!({"playback_policy": "public"}),
        json!({"advanced_playback_policies": [{"policy": "public"}]}),
        json!({"playback_policies": ["public"], "advanced_playback_policies": [{"policy": "public"}]}),
    ] {
        let mut body = policies;
        body["input"] = json!("https://example.com/a.mp4");
        assert_eq!(fetch(&body).1.policies, [Policy::Public], "{body}");
    }
}

#[test]
fn old_names_mean_the_new_ones() {
    let url = "https://example.com/a.mp4";
    let (_, new) = fetch(&json!({"input": url, "encoding_tier": "baseline", "mp4_support": "audio-only"}));
    let kept = Kept::of(&new.settings);
    assert_eq!(
        (kept.video_quality.as_deref(), kept.mp4_support.as_deref()),
        (Some("basic"), Some("audio-only"))
    );
    assert_eq!(new.settings.renditions.len(), 1);
    let (_, new) = fetch(
        &json!({"input": url, "mp4_support": "none", "static_renditions": [{"resolution": "highest"}]}),
    );
    assert_eq!(new.settings.renditions[0].kind, RenditionKind::Highest);
}

#[test]
fn everything_wrong_is_said_at_once() {
    let long = "ä".repeat(256);
    refuses(
        &json!({
            "inputs": [{"url": "film.mp4"}],
            "normalize_audio": "yes",
            "master_access": "always",
            "generate_shots": true,
            "directives": [{"id": "x"}],
            "max_resolution_tier": "720p",
            "mp4_support": "everything",
            "test": "yes",
            "passthrough": long,
            "meta": {"title": "ä".repeat(513), "creator_id": 5, "external_id": "ä".repeat(129)},
            "static_renditions": [{"resolution": "highest"}, {"resolution": "720p"}, {"resolution": "huge"}, {}],
            "playback_policies": ["public", "signed", "drm", "odd", 5],
            "advanced_playback_policies": [{"policy": "drm"}],
        }),
        &[
            "inputs[0].url must be an http",
            "generate_shots is not available on this server yet",
            "directives are not available on this server",
            "max_resolution_tier must be one of 1080p",
            "mp4_support must be one of none, standard",
            "passthrough must have at most 255 characters",
            "meta.title must have at most 512 characters",
            "meta.creator_id must be a string",
            "meta.external_id must have at most 128 characters",
            "normalize_audio must be true or false",
            "test must be true or false",
            "master_access must be one of none",
            "static_renditions can't ask for highest together with explicit sizes",
            "static_renditions[2].resolution must be one of highest",
            "static_renditions[3].resolution must be one of highest",
            "playback_policies[2]: the policy drm is not available",
            "playback_policies[3] must be one of public",
            "playback_policies[4] must be one of public",
            "advanced_playback_policies[0].policy: the policy drm is not available",
        ],
    );
    let url = "https://example.com/a.mp4";
    refuses(
        &json!({"input": url, "mp4_support": "audio-only", "static_renditions": [{"resolution": "highest"}]}),
        &["can't be used together with mp4_support"],
    );
    refuses(
        &json!({"input": url, "static_renditions": [{"resolution": "highest"}, {"resolution": "highest"}]}),
        &["static_renditions[1].resolution is asked for twice"],
    );
    assert_eq!(said(create_asset(&json!({"input": url, "passthrough": "ä".repeat(255)}))), [""; 0]);
}

#[test]
fn uploads_have_settings_and_limits() {
    let upload = create_upload(&json!({})).unwrap();
    assert_eq!((upload.timeout_s, upload.cors_origin.as_str(), upload.test), (3600, "*", false));
    assert_eq!(upload.new_asset, NewAsset::default());
    let upload = create_upload(&json!({
        "cors_origin": "https://example.com/",
        "timeout": 60,
        "test": false,
        "new_asset_settings": {"playback_policy": "public", "inputs": [{"language_code": "en", "name": "English"}]},
    }))
    .unwrap();
    assert_eq!(
        (upload.timeout_s, upload.cors_origin.as_str(), upload.test),
        (60, "https://example.com/", false)
    );
    assert_eq!(upload.new_asset.policies, [Policy::Public]);
    let sound = FirstSound { name: Some("English".to_owned()), language: Some("en".to_owned()) };
    assert_eq!(upload.new_asset.settings.sound, sound);
    for (body, test) in [
        (json!({"test": true}), true),
        (json!({"test": true, "new_asset_settings": {"passthrough": "x"}}), true),
        (json!({"new_asset_settings": {"test": true}}), false),
    ] {
        let upload = create_upload(&body).unwrap();
        assert_eq!((upload.test, upload.new_asset.settings.test), (test, true), "{body}");
    }
    let (_, new) = fetch(&json!({"input": "https://example.com/a.mp4", "test": true}));
    assert!(new.settings.test);
    for timeout in [json!(59), json!(604_801), json!(60.5)] {
        let found = said(create_upload(&json!({"timeout": timeout})));
        assert_eq!(found, ["timeout must be a whole number of seconds from 60 to 604800."]);
    }
    let inputs =
        json!([{"url": "https://h/a.mp4", "end_time": 3}, {"url": "https://h/a.vtt", "type": "text"}]);
    let found = said(create_upload(&json!({"new_asset_settings": {"inputs": inputs}})));
    let starts = [
        "new_asset_settings.inputs[1].language_code must be there",
        "new_asset_settings.inputs[0].url must be left out",
        "new_asset_settings.inputs[0].end_time applies only",
    ];
    assert!(found.len() == 3 && found.iter().zip(starts).all(|(f, s)| f.starts_with(s)), "{found:#?}");
}

#[test]
fn text_tracks_come_with_the_main_input() {
    let inputs = json!([
        {"url": "https://h/a.mp4", "generated_subtitles": [{"language_code": "en", "name": "CC"}]},
        {"url": "https://h/a.vtt", "type": "text", "text_type": "subtitles", "language_code": "de", "name": "Deutsch"},
    ]);
    let told = |texts: &[subclip_app::NewText]| {
        let one = |text: &subclip_app::NewText| (text.labels.name.clone().unwrap(), text.from.clone());
        texts.iter().map(one).collect::<Vec<_>>()
    };
    let expected = [
        ("CC".to_owned(), TextFrom::Sound),
        ("Deutsch".to_owned(), TextFrom::Url("https://h/a.vtt".to_owned())),
    ];
    assert_eq!(told(&fetch(&json!({"inputs": inputs})).1.settings.texts), expected);
    let mut of_upload = inputs.clone();
    of_upload[0].as_object_mut().unwrap().remove("url");
    let upload = create_upload(&json!({"new_asset_settings": {"inputs": of_upload}})).unwrap();
    assert_eq!(told(&upload.new_asset.settings.texts), expected);
    let mut of_clip = inputs;
    of_clip[0]["url"] = json!(format!("mux://assets/{SOURCE}"));
    assert_eq!(told(&clip(&json!({"inputs": of_clip})).asset.settings.texts), expected);
}

#[test]
fn changes_set_clear_or_leave() {
    let before = crate::common::samples::settings();
    let changed = |body: Value| {
        let mut settings = before.clone();
        update(&body).unwrap().apply(&mut settings);
        settings
    };
    assert_eq!(changed(json!({})), before);
    let all = changed(json!({"passthrough": "new", "meta": {"title": "New"}, "thumbnail_time": 3}));
    assert_eq!((all.passthrough.as_deref(), all.title.as_deref()), (Some("new"), Some("New")));
    assert_eq!((all.thumbnail_time, &all.external_id), (Some(3.0), &before.external_id));
    for nothing in [json!(""), Value::Null] {
        let none =
            changed(json!({"passthrough": nothing, "meta": {"title": nothing}, "thumbnail_time": nothing}));
        assert_eq!((none.passthrough, none.title, none.thumbnail_time), (None, None, None));
    }
    let found = said(update(&json!({"passthrough": 5, "meta": {"title": []}, "thumbnail_time": -1})));
    let expected = [
        "passthrough must be a string.",
        "meta.title must be a string.",
        "thumbnail_time must not be negative.",
    ];
    assert_eq!(found, expected);
}

#[test]
fn old_files_come_and_go() {
    let set = |settings: &mut AssetSettings, support: &str| {
        set_legacy_files(settings, legacy_files(&json!({"mp4_support": support})).unwrap())
    };
    let mut settings = AssetSettings::default();
    assert_eq!(set(&mut settings, "audio-only"), Ok(()));
    assert_eq!(settings.renditions.len(), 1);
    assert_eq!(set(&mut settings, "none"), Ok(()));
    assert_eq!(settings, AssetSettings::default(), "as if they had never been asked for");
    assert_eq!(set(&mut settings, "none"), Ok(()));
    assert_eq!(settings, AssetSettings::default());
    settings.renditions = vec![rendition(&json!({"resolution": "highest"})).unwrap()];
    let before = settings.clone();
    assert!(set(&mut settings, "audio-only").unwrap_err().contains("together with static_renditions"));
    assert_eq!(settings, before);
    let mut settings = AssetSettings::default();
    let kinds = |settings: &AssetSettings| settings.renditions.iter().map(|one| one.kind).collect::<Vec<_>>();
    assert_eq!(set(&mut settings, "standard"), Ok(()));
    assert_eq!(kinds(&settings), [RenditionKind::Low, RenditionKind::Medium, RenditionKind::High]);
    settings.renditions[0].outcome = Some(Outcome::Failed { message: "Why.".to_owned() });
    settings.renditions.push(Rendition::new(RenditionKind::Rung(270), None));
    let before = settings.clone();
    assert_eq!(set(&mut settings, "standard"), Ok(()));
    assert_eq!(settings, before, "what came of a file stays");
    assert!(set(&mut settings, "audio-only,capped-1080p").unwrap_err().contains("set to none before"));
    assert_eq!(settings, before);
    assert_eq!(set(&mut settings, "none"), Ok(()));
    assert_eq!(kinds(&settings), [RenditionKind::Rung(270)], "what was asked for elsewhere stays");
    settings.renditions.clear();
    assert_eq!(set(&mut settings, "audio-only,capped-1080p"), Ok(()));
    assert_eq!(kinds(&settings), [RenditionKind::AudioOnly, RenditionKind::Capped]);
    // As an earlier version stored them.
    settings.renditions.iter_mut().for_each(|one| one.bundled = one.kind != RenditionKind::AudioOnly);
    assert_eq!(set(&mut settings, "none"), Ok(()));
    assert_eq!(kinds(&settings), []);
    assert_eq!(said(legacy_files(&json!({}))), ["mp4_support must be there."]);
}

#[test]
fn one_policy_and_one_rendition() {
    assert_eq!(said(playback_policy(&json!({}))), ["policy must be there."]);
    assert_eq!(playback_policy(&json!({"policy": "public"})), Ok(Policy::Public));
    assert_eq!(playback_policy(&json!({"policy": "signed"})), Ok(Policy::Signed));
    assert_eq!(
        said(playback_policy(&json!({"policy": "drm"}))),
        ["policy: the policy drm is not available on this server; use signed or public."]
    );
    assert_eq!(said(playback_policy(&json!({"policy": 5}))), ["policy must be a string."]);
    assert_eq!(
        said(playback_policy(&json!({"policy": "x"}))),
        ["policy must be one of public, signed, drm."]
    );
    assert_eq!(rendition(&json!({"resolution": "audio-only"})).unwrap().kind, RenditionKind::AudioOnly);
    assert_eq!(rendition(&json!({"resolution": "480p"})).unwrap().kind, RenditionKind::Rung(480));
    let must =
        "resolution must be one of highest, audio-only, 2160p, 1440p, 1080p, 720p, 540p, 480p, 360p, 270p.";
    assert_eq!(said(rendition(&json!({}))), [must]);
}

#[test]
fn restrictions_have_two_halves() {
    assert_eq!(new_restriction(&json!({})), Ok(Rules::default()));
    let both = json!({"referrer": {"allowed_domains": ["*.example.com"], "allow_no_referrer": true},
        "user_agent": {"allow_no_user_agent": false, "allow_high_risk_user_agent": false}});
    let rules = new_restriction(&both).unwrap();
    assert_eq!(rules.referrer.allowed_domains, ["*.example.com"]);
    assert!(rules.referrer.allow_no_referrer);
    assert!(!rules.user_agent.allow_no_user_agent && !rules.user_agent.allow_high_risk_user_agent);
    assert_eq!(referrer_rules(&both["referrer"]), Ok(rules.referrer));
    assert_eq!(user_agent_rules(&both["user_agent"]), Ok(rules.user_agent));
    let missing = ["allow_no_user_agent must be there.", "allow_high_risk_user_agent must be there."];
    assert_eq!(said(user_agent_rules(&json!({}))), missing);
    assert_eq!(said(user_agent_rules(&json!({"allow_no_user_agent": true}))), missing[1..]);
    assert_eq!(said(user_agent_rules(&json!({"allow_high_risk_user_agent": false}))), missing[..1]);
    assert_eq!(said(referrer_rules(&json!({}))), ["allowed_domains must be there."]);
    let odd = json!({"referrer": {"allowed_domains": ["a", 5], "allow_no_referrer": "no"}, "user_agent": 7});
    assert_eq!(
        said(new_restriction(&odd)),
        [
            "referrer.allowed_domains[1] must be a string.",
            "referrer.allow_no_referrer must be true or false.",
            "user_agent must be an object.",
        ]
    );
}

#[test]
fn lists_are_paged() {
    let query = |pairs: &[(&str, &str)]| -> HashMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let check = |pairs: &[(&str, &str)], limit, page, cursor: Option<&str>| {
        let Ok(AssetList::Of(list)) = asset_list(&query(pairs)) else { panic!("{pairs:?}") };
        let found = (list.page.limit, list.page.page, list.page.cursor.as_deref());
        assert_eq!(found, (limit, page, cursor), "{pairs:?}");
    };
    check(&[], 25, 1, None);
    check(&[("limit", "10"), ("page", "3"), ("cursor", "abc")], 10, 3, Some("abc"));
    check(&[("limit", "1000"), ("cursor", ""), ("order", "x")], 100, 1, None);
    assert!(matches!(asset_list(&query(&[("live_stream_id", "abc")])), Ok(AssetList::Nothing)));
    assert!(matches!(asset_list(&query(&[("upload_id", "abc")])), Err(Fault::BadId)));
    assert_eq!(
        said(page(&query(&[("limit", "0"), ("page", "x")]))),
        ["limit must be a whole number from 1.", "page must be a whole number from 1."]
    );
}
