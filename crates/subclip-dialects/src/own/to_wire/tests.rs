//! Golden answers.

use subclip_app as app;

use super::*;
use crate::common::{check_golden, samples};

const URL: &str = "https://video.example.com";

#[test]
fn answers_are_as_the_golden_files_say() {
    let sound_alone = app::Asset { tracks: vec![samples::sound()], ..samples::ready() };
    let mut test = app::Asset { ends_ms: Some(1_607_963_245_678), ..samples::preparing() };
    test.settings.test = true;
    for (name, sample) in [
        ("preparing", samples::preparing()),
        ("ready", samples::ready()),
        ("clip", samples::clip()),
        ("errored", samples::errored()),
        ("sound_alone", sound_alone),
        ("test", test),
        ("renditions", with_files()),
    ] {
        check_golden(&format!("own/asset_{name}.json"), &asset(&sample, URL, &[]));
    }
    let url = format!("{URL}/uploads/ID/SECRET");
    check_golden("own/upload_waiting.json", &upload(&samples::upload(), Some(url)));
    let done = app::Upload {
        status: app::UploadStatus::AssetCreated,
        asset: Some(samples::ready().id),
        ..samples::upload()
    };
    check_golden("own/upload_done.json", &upload(&done, None));
}

/// Files in every state and of every origin, of an asset of 1920 by 1080.
fn with_files() -> app::Asset {
    use app::{Outcome, RenditionKind};
    let made = Outcome::Made { width: 854, height: 480, size_bytes: 1_234_567 };
    let failed = Outcome::Failed { message: "The pictures can't be encoded.".to_owned() };
    let files = [
        (RenditionKind::Rung(2160), None),
        (RenditionKind::Rung(1080), None),
        (RenditionKind::Rung(720), None),
        (RenditionKind::Rung(480), Some(made)),
        (RenditionKind::Rung(270), Some(failed)),
        (RenditionKind::Low, None),
    ];
    let mut sample = samples::ready();
    let file = |(n, (kind, outcome)): (usize, (RenditionKind, Option<Outcome>))| app::Rendition {
        id: format!("rendition{n}"),
        outcome,
        ..app::Rendition::new(kind, None)
    };
    sample.settings.renditions = files.into_iter().enumerate().map(file).collect();
    sample.settings.rungs = app::Rungs::All;
    sample
}

#[test]
fn the_size_of_a_file_that_is_made_when_fetched_is_told() {
    let sample = samples::ready();
    let files = asset(&sample, URL, &[(app::RenditionKind::AudioOnly, 5)]).renditions;
    assert_eq!(files.iter().map(|file| file.size).collect::<Vec<_>>(), [None, Some(5)]);
    let playback = sample.playback[0].id;
    assert_eq!(files[1].url.as_deref(), Some(format!("{URL}/{playback}/audio.m4a").as_str()));
}

#[test]
fn links_lead_to_public_ids_only() {
    let mut sample = samples::ready();
    sample.playback[0].policy = app::Policy::Signed;
    let shown = asset(&sample, URL, &[]);
    sample.playback[0].policy = app::Policy::Public;
    sample.settings.withdrawn = vec![app::RenditionKind::Highest];
    let links = asset(&sample, URL, &[]).links.unwrap();
    assert!(links.mp4.is_none() && links.audio.is_some());
    assert!(shown.links.is_none() && shown.renditions.iter().all(|file| file.url.is_none()));
}
