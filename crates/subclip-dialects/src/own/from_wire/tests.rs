//! Requests, and what they mean or what is wrong with them.

use serde_json::json;

use super::*;
use crate::common::{LONGEST_URL, said};

#[test]
fn assets_are_public_unless_said_otherwise() {
    let (url, new) = new_asset(&json!({"url": "https://example.com/a.mp4", "title": "T"})).unwrap();
    assert_eq!((url.as_str(), new.settings.title.as_deref()), ("https://example.com/a.mp4", Some("T")));
    assert_eq!(new.policies, [app::Policy::Public]);
    let (_, new) = new_asset(&json!({"url": "https://example.com/a.mp4", "playback_policies": []})).unwrap();
    assert_eq!(new.policies, []);
    let both =
        json!({"url": "https://example.com/a.mp4", "playback_policies": ["signed", "public", "signed"]});
    assert_eq!(new_asset(&both).unwrap().1.policies, [app::Policy::Signed, app::Policy::Public]);
    assert_eq!(new_playback_id(&json!({"policy": "signed"})), Ok(app::Policy::Signed));
}

#[test]
fn restrictions_change_by_halves() {
    let referrer = json!({"allowed_domains": ["example.com"]});
    let rules = new_restriction(&json!({"referrer": referrer})).unwrap();
    assert_eq!(rules.referrer.allowed_domains, ["example.com"]);
    assert_eq!((rules.referrer.allow_no_referrer, rules.user_agent), (false, app::UserAgentRules::default()));
    let changed = |body: Value| {
        let mut rules = rules.clone();
        change_restriction(&body).unwrap()(&mut rules);
        rules
    };
    assert_eq!(changed(json!({})), rules);
    let by_named = changed(json!({"user_agent": {"allow_no_user_agent": false}}));
    assert_eq!(by_named.referrer, rules.referrer);
    assert!(!by_named.user_agent.allow_no_user_agent && by_named.user_agent.allow_high_risk_user_agent);
    let by_nobody = changed(json!({"referrer": {}}));
    assert_eq!(by_nobody, app::Rules { referrer: app::ReferrerRules::default(), ..rules.clone() });
}

#[test]
fn clips_take_seconds_and_clocks() {
    let source = AssetId::from_bytes([7; 16]);
    let check = |start: Value, end: Value, expected: (Option<f64>, Option<f64>)| {
        let clip = new_clip(&json!({"source": source.to_string(), "start": start, "end": end})).unwrap();
        assert_eq!(clip.source, source);
        assert_eq!((clip.start.map(Time::seconds), clip.end.map(Time::seconds)), expected);
    };
    check(json!(1), json!(2.5), (Some(1.0), Some(2.5)));
    check(json!("1:02.5"), json!("1:00:00"), (Some(62.5), Some(3600.0)));
    check(Value::Null, json!("7"), (None, Some(7.0)));
    assert!(new_clip(&json!({"source": source.hex()})).is_ok());
}

#[test]
fn what_is_wrong_is_said() {
    let source = AssetId::from_bytes([7; 16]).to_string();
    let check = |found: Vec<String>, expected: &[&str]| {
        let same = found.len() == expected.len() && found.iter().zip(expected).all(|(f, e)| f.contains(e));
        assert!(same, "{found:#?}");
    };
    check(said(new_asset(&json!({}))), &["missing field `url`"]);
    check(said(new_asset(&json!({"url": "a.mp4"}))), &["url must be an http or https URL"]);
    check(said(new_asset(&json!({"url": "https://h/a", "titel": "T"}))), &["unknown field `titel`"]);
    check(said(new_asset(&json!({"url": "https://h/a", "title": 5}))), &["title: invalid type"]);
    check(
        said(new_asset(&json!({"url": "https://h/a", "playback_policies": ["odd"]}))),
        &["playback_policies[0]: unknown variant `odd`"],
    );
    check(
        said(new_asset(&json!({"url": "https://h/a", "most_lines": 720, "title": "ä".repeat(513),
            "thumbnail_time": -1}))),
        &["most_lines must be", "thumbnail_time must not", "title must have at most 512"],
    );
    check(
        said(new_clip(&json!({"source": "x", "start": -1, "end": "soon"}))),
        &["source must be the id", "start must not be negative", "end: not a time"],
    );
    let long = format!("https://h/{}", "a".repeat(LONGEST_URL));
    check(
        said(new_asset(&json!({"url": long, "overlays": [{"url": long}], "text_tracks": [{"url": long}],
            "audio_tracks": [{"url": long}]}))),
        &[
            "url must have at most 8192",
            "text_tracks[0].url must have at most 8192",
            "audio_tracks[0].url must have at most 8192",
            "overlays[0].url must have at most 8192",
        ],
    );
    check(said(new_clip(&json!({"source": source, "start": 5, "end": 5}))), &["end must be later"]);
    check(said(new_clip(&json!({"source": source, "end": 1e300}))), &["end: not a time"]);
    check(said(new_upload(&json!({"timeout": 5}))), &["timeout must be 60"]);
    check(said(new_token(&json!({"name": ""}))), &["name must have"]);
    check(said(new_playback_id(&json!({"policy": "drm"}))), &["policy: unknown variant `drm`"]);
    check(said(new_signing_key(&json!({"public_key": 5}))), &["public_key: invalid type"]);
    check(said(new_signing_key(&json!({"private_key": "x"}))), &["unknown field `private_key`"]);
    check(
        said(new_restriction(&json!({"referrer": {"allowed_domain": ["a"]}}))),
        &["referrer.allowed_domain: unknown field"],
    );
}

#[test]
fn uploads_have_limits() {
    let upload = new_upload(&json!({})).unwrap();
    assert_eq!((upload.timeout_s, upload.cors_origin.as_str()), (3600, "*"));
    let upload = new_upload(&json!({"timeout": 60, "cors_origin": "https://example.com"})).unwrap();
    assert_eq!((upload.timeout_s, upload.cors_origin.as_str()), (60, "https://example.com"));
}

#[test]
fn changes_set_clear_or_leave() {
    let before = crate::common::samples::settings();
    let changed = |body: Value| {
        let mut settings = before.clone();
        update(&body).unwrap()(&mut settings);
        settings
    };
    assert_eq!(changed(json!({})), before);
    assert_eq!(changed(json!({"title": "New"})).title.as_deref(), Some("New"));
    assert_eq!(changed(json!({"title": ""})).title, None);
    let cleared = changed(json!({"title": null, "thumbnail_time": null}));
    assert_eq!((cleared.title, cleared.thumbnail_time), (None, None));
    assert_eq!(cleared.passthrough, before.passthrough);
    assert_eq!(said(update(&json!({"status": "ready"}))).len(), 1);
    assert_eq!(said(update(&json!({"thumbnail_time": -2}))), ["thumbnail_time must not be negative."]);
}

#[test]
fn a_body_is_an_object() {
    for body in [json!([]), json!(["4rW9XvLxFQ1ouZzjQ3nVqk", 0, 1]), json!("x"), json!(null)] {
        assert_eq!(said(new_clip(&body)), ["The body must be a JSON object."], "{body}");
    }
}

#[test]
fn lists_are_paged() {
    let query = |pairs: &[(&str, &str)]| -> HashMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let usual = Page { limit: 25, page: 1, cursor: None };
    assert_eq!(asset_list(&query(&[])).unwrap().page, usual);
    let list = asset_list(&query(&[("limit", "100"), ("cursor", "abc")])).unwrap();
    assert_eq!(list.page, Page { limit: 100, page: 1, cursor: Some("abc".to_owned()) });
    assert_eq!(
        said(page(&query(&[("limit", "101"), ("page", "0")]))),
        ["limit must be a whole number from 1 to 100.", "page must be a whole number from 1 to 4294967295."]
    );
    assert_eq!(said(asset_list(&query(&[("upload_id", "x")]))), ["upload_id is no id."]);
}

#[test]
fn overlays_are_read_and_their_faults_named() {
    let url = "https://example.com/logo.png";
    let body = json!({"url": "https://example.com/a.mp4", "normalize_audio": true,
        "overlays": [{"url": url}, {"url": url, "horizontal_align": "right", "opacity": "50%"}]});
    let settings = new_asset(&body).unwrap().1.settings;
    let aligned: Vec<_> = settings.overlays.iter().map(app::Overlay::alignment).collect();
    assert_eq!((aligned, settings.normalize_audio), (vec![("top", "left"), ("top", "right")], true));
    let wrong =
        json!({"url": "https://example.com/a.mp4", "overlays": [{"url": "logo.png", "width": "wide"}]});
    let expected = [
        "overlays[0].url must be the http or https URL of a PNG or JPEG image.",
        "overlays[0].width must be a percentage like 10% or a number of pixels like 80px.",
    ];
    assert_eq!(said(new_asset(&wrong)), expected);
    let many = json!({"url": "https://example.com/a.mp4", "overlays": vec![json!({"url": url}); 11]});
    assert_eq!(said(new_asset(&many)), ["overlays must be at most 10."]);
    let source = AssetId::from_bytes([7; 16]).to_string();
    let leaves_out = |body: Value| new_clip(&body).unwrap().asset.settings.without_source_overlays;
    assert!(leaves_out(json!({"source": source, "copy_overlays": false})));
    assert!(!leaves_out(json!({"source": source})));
}
