//! Golden answers, and the words that the official clients accept.

use serde_json::{Value, json};
use subclip_app::{Asset, FirstSound, Outcome, Rendition, RenditionKind, Status, UploadStatus};

use super::{Sizes, asset, input_info, playback_target, upload};
use crate::common::{check_golden, samples};
use crate::mux::kept::Kept;

const SIZES: Sizes = Sizes { highest: Some(12_345_678), audio_only: Some(160_160) };

fn wire(of: &Asset) -> Value {
    serde_json::to_value(asset(of, &SIZES, "https://video.example.com")).unwrap()
}

fn with_kept(mut asset: Asset, kept: &Kept) -> Asset {
    kept.put(&mut asset.settings);
    asset
}

/// Every asset that differs in kind from the others.
fn all() -> Vec<(&'static str, Asset)> {
    let kept = Kept { video_quality: Some("basic".to_owned()), ..Kept::default() };
    let legacy = Kept { mp4_support: Some("audio-only".to_owned()), ..Kept::default() };
    let standard = Kept { mp4_support: Some("standard".to_owned()), ..Kept::default() };
    let both = Kept { mp4_support: Some("audio-only,capped-1080p".to_owned()), ..Kept::default() };
    let sound_alone = Asset { tracks: vec![samples::sound()], ..samples::ready() };
    let pictures_alone = Asset { tracks: vec![samples::pictures()], ..samples::ready() };
    let waiting = Asset { status: Status::Preparing, ..samples::ready() };
    let english = FirstSound { name: Some("English".to_owned()), language: Some("en".to_owned()) };
    let mut ready = with_kept(samples::ready(), &kept);
    ready.settings.test = true;
    ready.settings.sound = english;
    vec![
        ("preparing", samples::preparing()),
        ("ready", ready),
        ("clip", samples::clip()),
        ("errored", samples::errored()),
        ("sound_alone", sound_alone.clone()),
        ("pictures_alone", pictures_alone.clone()),
        ("renditions_preparing", waiting.clone()),
        (
            "legacy_ready",
            with_files(with_kept(samples::ready(), &legacy), &[(RenditionKind::AudioOnly, None)]),
        ),
        ("legacy_preparing", with_files(with_kept(waiting, &legacy), &[(RenditionKind::AudioOnly, None)])),
        (
            "legacy_without_sound",
            with_files(with_kept(pictures_alone, &legacy), &[(RenditionKind::AudioOnly, None)]),
        ),
        (
            "legacy_of_sound",
            with_files(
                with_kept(sound_alone, &both),
                &[(RenditionKind::AudioOnly, None), (RenditionKind::Capped, None)],
            ),
        ),
        ("legacy_sizes_preparing", with_files(with_kept(samples::ready(), &standard), &low_and_high(None))),
        ("legacy_sizes", with_files(with_kept(samples::ready(), &standard), &low_and_high(Some(made())))),
        (
            "sizes",
            with_files(
                samples::ready(),
                &[
                    (RenditionKind::Rung(2160), None),
                    (RenditionKind::Rung(1080), None),
                    (RenditionKind::Rung(720), None),
                    (RenditionKind::Rung(480), Some(made())),
                    (RenditionKind::Rung(270), Some(Outcome::Failed { message: "Why.".to_owned() })),
                ],
            ),
        ),
    ]
}

fn made() -> Outcome {
    Outcome::Made { width: 854, height: 480, size_bytes: 1_251_250 }
}

fn low_and_high(low: Option<Outcome>) -> [(RenditionKind, Option<Outcome>); 2] {
    [(RenditionKind::Low, low), (RenditionKind::High, None)]
}

/// The asset with these files, and what came of them.
fn with_files(mut asset: Asset, files: &[(RenditionKind, Option<Outcome>)]) -> Asset {
    let bundled = Kept::of(&asset.settings).wants_legacy_files();
    let file = |(kind, outcome): &(RenditionKind, Option<Outcome>)| {
        let id = kind.file_name().to_owned();
        Rendition { id, bundled, outcome: outcome.clone(), ..Rendition::new(*kind, None) }
    };
    asset.settings.renditions = files.iter().map(file).collect();
    asset
}

#[test]
fn assets_are_as_the_golden_files_say() {
    for (name, asset) in all() {
        check_golden(&format!("mux/asset_{name}.json"), &wire(&asset));
    }
}

#[test]
fn uploads_are_as_the_golden_files_say() {
    let url = "https://video.example.com/uploads/ID/SECRET".to_owned();
    let mut sample = samples::upload();
    let kept = Kept { max_resolution_tier: Some("1440p".to_owned()), ..Kept::default() };
    sample.new_asset.settings.sound.language = Some("en".to_owned());
    kept.put(&mut sample.new_asset.settings);
    check_golden("mux/upload_waiting.json", &upload(&sample, Some(url)));
    sample.status = UploadStatus::AssetCreated;
    sample.asset = Some(samples::ready().id);
    check_golden("mux/upload_done.json", &upload(&sample, None));
    sample = samples::upload();
    sample.status = UploadStatus::Errored;
    sample.failure = samples::errored().failure;
    check_golden("mux/upload_errored.json", &upload(&sample, None));
}

#[test]
fn input_info_is_as_the_golden_files_say() {
    let source = samples::ready();
    check_golden("mux/input_info_url.json", &input_info(&source, None));
    check_golden("mux/input_info_clip.json", &input_info(&samples::clip(), Some(&source)));
    check_golden("mux/input_info_clip_without_source.json", &input_info(&samples::clip(), None));
}

#[test]
fn a_playback_id_names_what_it_opens() {
    let asset = samples::ready();
    let target = serde_json::to_value(playback_target(asset.playback[0], asset.id)).unwrap();
    let expected = json!({"id": asset.playback[0].id.to_string(), "policy": "public",
        "object": {"type": "asset", "id": asset.id.to_string()}});
    assert_eq!(target, expected);
}

/// Words outside these lists make the Python client (5.1.2) raise while it reads an answer.
const WORDS: &[(&str, &[&str])] = &[
    ("/status", &["preparing", "ready", "errored"]),
    ("/progress/state", &["ingesting", "transcoding", "completed", "live", "errored"]),
    ("/playback_ids/*/policy", &["public", "signed", "drm"]),
    ("/video_quality", &["basic", "plus", "premium"]),
    ("/encoding_tier", &["smart", "baseline", "premium"]),
    ("/max_resolution_tier", &["1080p", "1440p", "2160p"]),
    ("/resolution_tier", &["audio-only", "720p", "1080p", "1440p", "2160p"]),
    ("/max_stored_resolution", &["Audio only", "SD", "HD", "FHD", "UHD"]),
    ("/master_access", &["temporary", "none"]),
    ("/mp4_support", &["standard", "none", "capped-1080p", "audio-only", "audio-only,capped-1080p"]),
    (
        "/ingest_type",
        &["on_demand_url", "on_demand_direct_upload", "on_demand_clip", "live_rtmp", "live_srt"],
    ),
    ("/tracks/*/type", &["video", "audio", "text"]),
    ("/tracks/*/status", &["preparing", "ready", "errored", "deleted"]),
    ("/static_renditions/status", &["ready", "preparing", "disabled", "errored"]),
    ("/static_renditions/files/*/status", &["ready", "preparing", "skipped", "errored"]),
    (
        "/static_renditions/files/*/name",
        &[
            "highest.mp4",
            "audio.m4a",
            "low.mp4",
            "high.mp4",
            "2160p.mp4",
            "1080p.mp4",
            "720p.mp4",
            "480p.mp4",
            "270p.mp4",
        ],
    ),
    ("/static_renditions/files/*/ext", &["mp4", "m4a"]),
    ("/static_renditions/files/*/type", &["standard", "advanced"]),
    (
        "/static_renditions/files/*/resolution",
        &["highest", "audio-only", "2160p", "1080p", "720p", "480p", "270p"],
    ),
    ("/static_renditions/files/*/resolution_tier", &["2160p", "1440p", "1080p", "720p", "audio-only"]),
    ("/non_standard_input_reasons/unexpected_media_file_parameters", &["non-standard"]),
];

/// The values at a path in which `*` stands for every item of a list.
fn at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    match path.split_once("/*") {
        None => value.pointer(path).into_iter().collect(),
        Some((list, rest)) => {
            let items = value.pointer(list).and_then(Value::as_array);
            items.into_iter().flatten().flat_map(|item| at(item, rest)).collect()
        }
    }
}

#[test]
fn clients_know_every_word() {
    let answers: Vec<(&str, Value)> = all().iter().map(|(name, asset)| (*name, wire(asset))).collect();
    for (path, words) in WORDS {
        for (name, answer) in &answers {
            for value in at(answer, path) {
                assert!(value.as_str().is_some_and(|v| words.contains(&v)), "{name}: {path} is {value}");
            }
        }
    }
}

/// What the Node client's types (15.3.0) call required.
#[test]
fn what_must_be_there_always_is() {
    for (name, asset) in all() {
        let answer = wire(&asset);
        for field in ["id", "created_at", "status", "encoding_tier", "master_access", "max_resolution_tier"] {
            assert!(answer[field].is_string(), "{name}: {field}");
        }
        assert!(answer["progress"]["progress"].as_i64().is_some_and(|p| (-1..=100).contains(&p)), "{name}");
    }
}
