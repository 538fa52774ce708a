//! Golden answers.

use subclip_app as app;

use super::*;
use crate::common::{check_golden, samples};

const URL: &str = "https://video.example.com";

#[test]
fn answers_are_as_the_golden_files_say() {
    let sound_alone = app::Asset { tracks: vec![samples::sound()], ..samples::ready() };
    for (name, sample) in [
        ("preparing", samples::preparing()),
        ("ready", samples::ready()),
        ("clip", samples::clip()),
        ("errored", samples::errored()),
        ("sound_alone", sound_alone),
    ] {
        check_golden(&format!("own/asset_{name}.json"), &asset(&sample, URL));
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

#[test]
fn links_lead_to_public_ids_only() {
    let mut sample = samples::ready();
    sample.playback[0].policy = app::Policy::Signed;
    assert!(asset(&sample, URL).links.is_none());
}
