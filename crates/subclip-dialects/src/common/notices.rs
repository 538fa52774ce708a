//! Events to word messages of, in tests.

use subclip_app::{
    About, Attempt, Event, Failure, MasterState, Message, Notice, RenditionKind, SoundTrack, Status,
    TextSource, TextTrack, Upload, UploadStatus, Webhook, WebhookFormat,
};
use subclip_core::{AttemptId, EventId, EventKind, WebhookId, WorkspaceId};

use super::samples;

pub(crate) const SECRET: &str = "whsec_c3ViY2xpcCBzaWducyB3aXRoIHRoaXM=";
pub(crate) const NOW_MS: i64 = 1_607_876_999_123;

fn event(kind: EventKind, about: About) -> Event {
    Event {
        id: EventId::from_bytes([0xE7; 16]),
        workspace: WorkspaceId::from_bytes([0x3C; 16]),
        kind,
        number: 3,
        about,
        created_ms: 1_607_876_900_456,
    }
}

/// One of each kind that differs from the others, with a name.
pub(crate) fn events() -> Vec<(&'static str, Event)> {
    let asset = |kind, asset| event(kind, About::Asset(Box::new(asset)));
    let rendition = |kind, n: usize, asset: subclip_app::Asset| {
        let rendition = asset.settings.renditions[n].clone();
        event(kind, About::Rendition { asset: Box::new(asset), rendition })
    };
    let waiting = subclip_app::Asset { settings: samples::settings(), ..samples::preparing() };
    let without_sound = subclip_app::Asset { tracks: vec![samples::pictures()], ..samples::ready() };
    let upload = |kind, upload: Upload| event(kind, About::Upload(Box::new(upload)));
    let done =
        Upload { status: UploadStatus::AssetCreated, asset: Some(samples::ready().id), ..samples::upload() };
    let cancelled = Upload { status: UploadStatus::Cancelled, ..samples::upload() };
    let timed_out = Upload { status: UploadStatus::TimedOut, ..samples::upload() };
    let text = |kind, text| event(kind, About::Text { asset: Box::new(samples::ready()), text });
    let sound = |kind, sound| event(kind, About::Sound { asset: Box::new(samples::ready()), sound });
    let expected =
        SoundTrack { status: Status::Preparing, channels: None, sample_rate: None, ..samples::german() };
    let generated = TextTrack {
        source: TextSource::Generated,
        status: Status::Preparing,
        language: "auto".to_owned(),
        passthrough: None,
        ..samples::captions()
    };
    let secret = "secret".to_owned();
    let failure = Failure { kind: "invalid_input".to_owned(), message: "The file is empty.".to_owned() };
    let failed = TextTrack { status: Status::Errored, failure: Some(failure), ..samples::captions() };
    vec![
        ("asset_created", asset(EventKind::AssetCreated, samples::preparing())),
        ("asset_not_conforming", asset(EventKind::AssetNotConforming, samples::ready())),
        ("asset_ready", asset(EventKind::AssetReady, samples::ready())),
        ("asset_ready_clip", asset(EventKind::AssetReady, samples::clip())),
        ("asset_errored", asset(EventKind::AssetErrored, samples::errored())),
        ("asset_updated", asset(EventKind::AssetUpdated, samples::ready())),
        ("asset_deleted", asset(EventKind::AssetDeleted, samples::preparing())),
        ("rendition_created", rendition(EventKind::RenditionCreated, 0, waiting)),
        ("rendition_ready", rendition(EventKind::RenditionReady, 0, samples::ready())),
        ("rendition_skipped", rendition(EventKind::RenditionSkipped, 1, without_sound)),
        ("rendition_deleted", rendition(EventKind::RenditionDeleted, 1, samples::ready())),
        ("master_preparing", asset(EventKind::MasterPreparing, samples::with_master(MasterState::Preparing))),
        ("master_ready", asset(EventKind::MasterReady, samples::with_master(MasterState::Ready { secret }))),
        ("master_deleted", asset(EventKind::MasterDeleted, samples::ready())),
        ("track_created", text(EventKind::TrackCreated, generated)),
        ("track_ready", text(EventKind::TrackReady, samples::captions())),
        ("track_errored", text(EventKind::TrackErrored, failed)),
        ("track_deleted", text(EventKind::TrackDeleted, samples::captions())),
        ("sound_created", sound(EventKind::TrackCreated, expected)),
        ("sound_ready", sound(EventKind::TrackReady, samples::german())),
        ("upload_created", upload(EventKind::UploadCreated, samples::upload())),
        ("upload_asset_created", upload(EventKind::UploadAssetCreated, done)),
        ("upload_cancelled", upload(EventKind::UploadCancelled, cancelled)),
        ("upload_timed_out", upload(EventKind::UploadTimedOut, timed_out)),
        ("webhook_test", event(EventKind::WebhookTest, About::Webhook(WebhookId::from_bytes([0x11; 16])))),
    ]
}

/// An attempt that was answered, and one that was not.
pub(crate) fn earlier() -> Vec<Attempt> {
    let attempt = |n: u8, status: Option<u16>| Attempt {
        id: AttemptId::from_bytes([n; 16]),
        url: "https://example.com/hook".to_owned(),
        created_ms: 1_607_876_901_000 + i64::from(n),
        duration_ms: 12,
        status,
        headers: status.map(|_| ("server".to_owned(), "nginx".to_owned())).into_iter().collect(),
        body: status.map_or_else(String::new, |_| "out of order".to_owned()),
        error: Some("It failed.".to_owned()),
    };
    vec![attempt(1, Some(500)), attempt(2, None)]
}

/// What a format says of an event, after the first `tries` of the earlier attempts.
pub(crate) fn told(format: &dyn WebhookFormat, event: &Event, tries: usize) -> Message {
    told_at(format, event, tries, NOW_MS)
}

pub(crate) fn told_at(format: &dyn WebhookFormat, event: &Event, tries: usize, now_ms: i64) -> Message {
    let earlier: Vec<_> = earlier().into_iter().take(tries).collect();
    let webhook = webhook();
    let notice = Notice {
        event,
        webhook: &webhook,
        secret: SECRET,
        earlier: &earlier,
        file_sizes: &[(RenditionKind::Highest, 12_345_678)],
        public_url: "https://video.example.com",
        now_ms,
    };
    assert!(format.knows(event.kind));
    format.message(&notice).unwrap()
}

/// Who is told.
pub(crate) fn webhook() -> Webhook {
    Webhook {
        id: WebhookId::from_bytes([0x11; 16]),
        workspace: WorkspaceId::from_bytes([0x3C; 16]),
        url: "https://example.com/hook".to_owned(),
        format: "any".to_owned(),
        kinds: None,
        enabled: true,
        disabled_reason: None,
        failing_since_ms: None,
        created_ms: 1_607_876_800_000,
        updated_ms: 1_607_876_800_000,
    }
}
