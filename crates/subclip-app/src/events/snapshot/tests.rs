//! What events store, and that it stays readable.

use subclip_core::{AssetId, PlaybackId, SoundTrackId, TextTrackId, Time, Timescale, TrackId, UploadId};

use super::*;
use crate::captions::{NewText, TextFrom, TextLabels, TextTrack};
use crate::masters::{Master, MasterState};
use crate::model::*;
use crate::overlay::{Overlay, OverlayText};
use crate::rungs::Rungs;
use crate::sounds::{FirstSound, NewSound, SoundLabels, SoundTrack};

fn full_asset() -> Asset {
    let duration = Time::new(300_300, Timescale::new(30_000).unwrap());
    let shape = (16, 9);
    let pictures = TrackDetail::Video { width: 640, height: 360, shape, frame_rate: Some(29.97) };
    let track =
        |n, detail| TrackFacts { id: TrackId::from_bytes([n; 16]), detail, duration, language: "und".into() };
    Asset {
        id: AssetId::from_bytes([1; 16]),
        status: Status::Errored,
        stage: Stage::Transcoding,
        progress_percent: 42,
        origin: Origin::Clip,
        source: Some(AssetId::from_bytes([2; 16])),
        upload: Some(UploadId::from_bytes([3; 16])),
        settings: full_settings(),
        input: full_input(),
        failure: Some(Failure { kind: "internal".into(), message: "Why.".into() }),
        duration: Some(duration),
        tracks: vec![track(4, pictures), track(5, TrackDetail::Audio { channels: 2, sample_rate: 48_000 })],
        texts: vec![text()],
        sounds: vec![sound()],
        master: Some(Master { state: MasterState::Ready { secret: "secret".into() }, until_ms: Some(9) }),
        playback: vec![Playback { id: PlaybackId::from_bytes([6; 16]), policy: Policy::Signed }],
        cut: Some(CutReport { copied_frames: 1, encoded_frames: 2, join: Join::OneInit }),
        ends_ms: Some(10),
        created_ms: 7,
        updated_ms: 8,
    }
}

/// Everything that an owner can choose, so that nothing of it is renamed unseen.
fn full_settings() -> AssetSettings {
    let labels = TextLabels {
        language: Some("en".into()),
        name: Some("English".into()),
        closed_captions: true,
        passthrough: Some("p".into()),
    };
    let sound_labels = SoundLabels {
        language: Some("de".into()),
        name: Some("German".into()),
        passthrough: Some("p".into()),
    };
    let rendition =
        |kind, outcome| Rendition { id: "r".into(), outcome, ..Rendition::new(kind, Some("p".into())) };
    AssetSettings {
        passthrough: Some("P".into()),
        title: Some("T".into()),
        creator_id: Some("C".into()),
        external_id: Some("E".into()),
        thumbnail_time: Some(1.5),
        most_lines: Some(2160),
        rungs: Rungs::All,
        overlays: vec![Overlay {
            url: "https://h/a.png".into(),
            placing: OverlayText { width: Some("50%"), height: Some("20px"), ..OverlayText::default() }
                .placing(|name, why| panic!("{name} {why}")),
        }],
        without_source_overlays: true,
        normalize_audio: true,
        test: true,
        master: true,
        renditions: vec![
            rendition(RenditionKind::Highest, None),
            Rendition {
                bundled: true,
                ..rendition(RenditionKind::Capped, Some(Outcome::Failed { message: "Why.".into() }))
            },
            rendition(
                RenditionKind::Rung(480),
                Some(Outcome::Made { width: 854, height: 480, size_bytes: 9 }),
            ),
        ],
        withdrawn: vec![RenditionKind::AudioOnly],
        texts: vec![
            NewText { labels: labels.clone(), from: TextFrom::Url("https://h/a.vtt".into()) },
            NewText { labels, from: TextFrom::Sound },
        ],
        sound: FirstSound { language: Some("fr".into()), name: Some("French".into()) },
        sounds: vec![NewSound { labels: sound_labels, url: "https://h/a.m4a".into() }],
        vendor: [("shop".to_owned(), serde_json::json!({"any": 1}))].into_iter().collect(),
    }
}

fn full_input() -> Input {
    let track = InputTrack { medium: "video".into(), codec: "vp8".into(), ..InputTrack::default() };
    Input {
        url: Some("https://h/a.webm".into()),
        start_s: Some(1.5),
        end_s: Some(2.5),
        file: Some(InputFile {
            container: "matroska,webm".into(),
            tracks: vec![track],
            not_conforming: vec!["Why.".into()],
            conversion: Some(Conversion::Copied),
            oddities: vec![Oddity::LongGop, Oddity::VideoEdits, Oddity::AudioEdits],
        }),
    }
}

fn text() -> TextTrack {
    TextTrack {
        id: TextTrackId::from_bytes([7; 16]),
        language: "en".into(),
        name: "English".into(),
        closed_captions: true,
        passthrough: Some("p".into()),
        source: TextSource::Generated,
        status: Status::Errored,
        failure: Some(Failure { kind: "internal".into(), message: "Why.".into() }),
    }
}

fn sound() -> SoundTrack {
    SoundTrack {
        id: SoundTrackId::from_bytes([8; 16]),
        language: "de".into(),
        name: "German".into(),
        passthrough: Some("p".into()),
        status: Status::Errored,
        failure: Some(Failure { kind: "internal".into(), message: "Why.".into() }),
        channels: Some(2),
        sample_rate: Some(48_000),
    }
}

fn all() -> [(&'static str, &'static str, About); 6] {
    let asset = Box::new(full_asset());
    let rendition =
        Rendition { id: "r".into(), ..Rendition::new(RenditionKind::AudioOnly, Some("p".into())) };
    let upload = Upload {
        id: UploadId::from_bytes([9; 16]),
        secret: String::new(),
        status: UploadStatus::TimedOut,
        timeout_s: 60,
        cors_origin: "*".into(),
        new_asset: NewAsset { settings: asset.settings.clone(), policies: vec![Policy::Public] },
        asset: Some(asset.id),
        failure: asset.failure.clone(),
        test: true,
        created_ms: 5,
    };
    [
        ("asset", include_str!("stored/asset.json"), About::Asset(asset.clone())),
        ("file", include_str!("stored/file.json"), About::Rendition { asset: asset.clone(), rendition }),
        ("text", include_str!("stored/text.json"), About::Text { asset: asset.clone(), text: text() }),
        ("sound", include_str!("stored/sound.json"), About::Sound { asset, sound: sound() }),
        ("upload", include_str!("stored/upload.json"), About::Upload(Box::new(upload))),
        ("webhook", include_str!("stored/webhook.json"), About::Webhook(WebhookId::from_bytes([8; 16]))),
    ]
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Databases are full of these: where something here differs, what it was before must still be read.
#[test]
fn what_is_stored_stays_as_it_is_and_reads_back() {
    for (name, stored, about) in all() {
        let written = write(&about).unwrap();
        assert_eq!(written, json(stored), "{name}: {written:#}");
        assert_eq!(read(&json(stored)).unwrap(), about, "{name}");
    }
}

#[test]
fn what_an_earlier_version_stored_is_read() {
    let About::Asset(asset) = read(&json(include_str!("stored/earlier.json"))).unwrap() else {
        panic!("it is about an asset")
    };
    assert_eq!((asset.texts, asset.sounds), (vec![], vec![]));
    let renditions = vec![Rendition { id: "r".into(), ..Rendition::new(RenditionKind::AudioOnly, None) }];
    let settings = AssetSettings { title: Some("T".into()), renditions, ..AssetSettings::default() };
    assert_eq!(asset.settings, settings);
    assert_eq!(asset.input.file.map(|file| file.oddities), Some(vec![]));
    assert_eq!(asset.cut.map(|cut| cut.join), Some(Join::OneInit));
}

#[test]
fn the_secret_of_an_upload_is_not_written() {
    let upload = UploadThen::of(&Upload {
        id: UploadId::from_bytes([9; 16]),
        secret: "hidden".into(),
        status: UploadStatus::Waiting,
        timeout_s: 60,
        cors_origin: "*".into(),
        new_asset: NewAsset::default(),
        asset: None,
        failure: None,
        test: false,
        created_ms: 5,
    });
    assert!(!serde_json::to_string(&upload).unwrap().contains("hidden"));
}
