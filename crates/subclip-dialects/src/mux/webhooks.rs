//! Events as Mux's webhooks are told of them: Mux's types and resources in Mux's envelope, under a `Mux-Signature`.
//!
//! | Their event | Our event |
//! | --- | --- |
//! | `video.asset.created`, `ready`, `errored`, `updated`, `deleted` | `asset.*` |
//! | `video.asset.non_standard_input_detected` | `asset.not_conforming` |
//! | `video.asset.master.preparing`, `ready`, `deleted`, `errored` | `master.*` |
//! | `video.asset.static_rendition.created`, `ready`, `skipped`, `errored`, `deleted` | `rendition.*` |
//! | `video.asset.static_renditions.preparing`, `ready`, `errored`, `deleted` | `rendition.created`, `ready`, `skipped`, `errored`, `deleted` of files asked for by `mp4_support` |
//! | `video.asset.track.created`, `ready`, `errored`, `deleted` | `track.*` |
//! | `video.upload.created`, `asset_created`, `cancelled` | `upload.*`; they have none for one that timed out |
//! | `webhook.test`, which they have not | `webhook.test` |

use hmac::{Hmac, Mac as _};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::Sha256;
use subclip_app::{
    About, Asset, Attempt, MOST_ATTEMPTS, Message, Notice, Rendition, RenditionKind, RenditionState,
    WebhookFormat,
};
use subclip_core::{EventKind, WebhookId, WorkspaceId};

use super::kept::Kept;
use super::to_wire::{self, Sizes};
use super::wire;
use crate::common::iso8601;

const SIGNATURE: HeaderName = HeaderName::from_static("mux-signature");

/// Mux's format.
#[derive(Debug, Clone, Copy)]
pub struct WebhookWords;

#[derive(Serialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    created_at: String,
    object: Object,
    environment: Environment,
    data: Value,
    attempts: Vec<Value>,
    request_id: Option<String>,
    accessor: Option<String>,
    accessor_source: Option<String>,
}

#[derive(Serialize)]
struct Object {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
}

#[derive(Serialize)]
struct Environment {
    name: &'static str,
    id: String,
}

/// Six characters, as Mux's ids of environments have.
pub(super) fn environment_id(workspace: WorkspaceId) -> String {
    workspace.hex()[..6].to_owned()
}

/// What Mux calls every environment that is not for development.
pub(super) const ENVIRONMENT_NAME: &str = "Production";

impl WebhookFormat for WebhookWords {
    fn name(&self) -> &'static str {
        "mux"
    }

    fn knows(&self, kind: EventKind) -> bool {
        kind != EventKind::UploadTimedOut
    }

    fn message(&self, notice: &Notice<'_>) -> Option<Message> {
        let event = notice.event;
        let (kind, object, data) = said(event.kind, &event.about, notice)?;
        let body = serde_json::to_vec(&Envelope {
            kind,
            id: event.id.uuid(),
            created_at: microseconds(event.created_ms),
            object,
            environment: Environment { name: ENVIRONMENT_NAME, id: environment_id(event.workspace) },
            data,
            attempts: notice.earlier.iter().map(|one| attempt(one, notice.webhook.id)).collect(),
            request_id: None,
            accessor: None,
            accessor_source: None,
        });
        let body = body.ok()?;
        let signature = signature(notice.secret, notice.now_ms.div_euclid(1000), &body);
        let headers = HeaderMap::from_iter([(SIGNATURE, HeaderValue::try_from(signature).ok()?)]);
        Some(Message { headers, body })
    }
}

/// `t={unix},v1={hex}`, of the time, a dot and the body.
fn signature(secret: &str, now_s: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{now_s}.").as_bytes());
    mac.update(body);
    let code: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={now_s},v1={code}")
}

/// The type of an event, what it happened to, and that as a resource.
fn said(kind: EventKind, about: &About, notice: &Notice<'_>) -> Option<(&'static str, Object, Value)> {
    let sizes = sizes(about, notice.file_sizes);
    Some(match about {
        About::Asset(asset) => (asset_type(kind)?, object_of(asset), resource(asset, &sizes, notice)?),
        About::Rendition { asset, rendition } => {
            let legacy = Kept::of(&asset.settings).is_legacy(rendition);
            let (kind, data) = match legacy_type(kind).filter(|_| legacy) {
                Some(_) if !speaks_for_all(kind, asset, rendition) => return None,
                Some(legacy) => (legacy, resource(asset, &sizes, notice)?),
                None => (rendition_type(kind)?, file(asset, rendition, &sizes)?),
            };
            (kind, object_of(asset), data)
        }
        About::Text { asset, text } => {
            (track_type(kind)?, object_of(asset), track(asset, to_wire::text_track(text))?)
        }
        About::Sound { asset, sound } => {
            (track_type(kind)?, object_of(asset), track(asset, to_wire::sound_track(sound, asset))?)
        }
        About::Upload(upload) => {
            let object = Object { kind: "upload", id: upload.id.to_string() };
            (upload_type(kind)?, object, serde_json::to_value(to_wire::upload(upload, None)).ok()?)
        }
        About::Webhook(id) => {
            let object = Object { kind: "webhook", id: id.to_string() };
            (kind.as_str(), object, json!({"id": id.to_string()}))
        }
    })
}

fn asset_type(kind: EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::AssetCreated => "video.asset.created",
        EventKind::AssetNotConforming => "video.asset.non_standard_input_detected",
        EventKind::AssetReady => "video.asset.ready",
        EventKind::AssetErrored => "video.asset.errored",
        EventKind::AssetUpdated => "video.asset.updated",
        EventKind::AssetDeleted => "video.asset.deleted",
        EventKind::MasterPreparing => "video.asset.master.preparing",
        EventKind::MasterReady => "video.asset.master.ready",
        EventKind::MasterErrored => "video.asset.master.errored",
        EventKind::MasterDeleted => "video.asset.master.deleted",
        _ => return None,
    })
}

fn rendition_type(kind: EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::RenditionCreated => "video.asset.static_rendition.created",
        EventKind::RenditionReady => "video.asset.static_rendition.ready",
        EventKind::RenditionSkipped => "video.asset.static_rendition.skipped",
        EventKind::RenditionErrored => "video.asset.static_rendition.errored",
        EventKind::RenditionDeleted => "video.asset.static_rendition.deleted",
        _ => return None,
    })
}

fn track_type(kind: EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::TrackCreated => "video.asset.track.created",
        EventKind::TrackReady => "video.asset.track.ready",
        EventKind::TrackErrored => "video.asset.track.errored",
        EventKind::TrackDeleted => "video.asset.track.deleted",
        _ => return None,
    })
}

/// Files asked for by `mp4_support` are told of together, and with the whole asset.
fn legacy_type(kind: EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::RenditionCreated => "video.asset.static_renditions.preparing",
        EventKind::RenditionReady => "video.asset.static_renditions.ready",
        EventKind::RenditionSkipped | EventKind::RenditionErrored => "video.asset.static_renditions.errored",
        EventKind::RenditionDeleted => "video.asset.static_renditions.deleted",
        _ => return None,
    })
}

/// Whether what happened to one of the files of `mp4_support` is what is told of all: that the first was asked for, and
/// that the last has come as far as it will. A file that is not to be is told of only where there is no other.
fn speaks_for_all(kind: EventKind, asset: &Asset, rendition: &Rendition) -> bool {
    let kept = Kept::of(&asset.settings);
    let all: Vec<&Rendition> = asset.settings.renditions.iter().filter(|one| kept.is_legacy(one)).collect();
    let is = |one: Option<&&Rendition>| one.is_some_and(|one| one.kind == rendition.kind);
    let state = |one: &Rendition| asset.rendition_state(one);
    match kind {
        EventKind::RenditionCreated => is(all.first()),
        EventKind::RenditionErrored => true,
        // Which ones there were is not known any more; `standard` had all of these three.
        EventKind::RenditionDeleted => {
            all.is_empty() && !matches!(rendition.kind, RenditionKind::Medium | RenditionKind::High)
        }
        EventKind::RenditionSkipped => {
            all.iter().all(|one| state(one) == RenditionState::Skipped) && is(all.last())
        }
        _ if all
            .iter()
            .any(|one| state(one) != RenditionState::Ready && state(one) != RenditionState::Skipped) =>
        {
            false
        }
        // Those that had to be encoded come last.
        _ if all.iter().any(|one| one.outcome.is_some()) => rendition.outcome.is_some(),
        _ => is(all.iter().rfind(|one| state(one) == RenditionState::Ready)),
    }
}

fn upload_type(kind: EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::UploadCreated => "video.upload.created",
        EventKind::UploadAssetCreated => "video.upload.asset_created",
        EventKind::UploadCancelled => "video.upload.cancelled",
        _ => return None,
    })
}

fn object_of(asset: &Asset) -> Object {
    Object { kind: "asset", id: asset.id.to_string() }
}

fn resource(asset: &Asset, sizes: &Sizes, notice: &Notice<'_>) -> Option<Value> {
    serde_json::to_value(to_wire::asset(asset, sizes, notice.public_url).told()).ok()
}

fn file(asset: &Asset, rendition: &Rendition, sizes: &Sizes) -> Option<Value> {
    let mut value = serde_json::to_value(to_wire::static_rendition(asset, rendition, sizes)).ok()?;
    value["asset_id"] = Value::from(asset.id.to_string());
    Some(value)
}

fn track(asset: &Asset, track: wire::Track) -> Option<Value> {
    let mut value = serde_json::to_value(track).ok()?;
    value["asset_id"] = Value::from(asset.id.to_string());
    Some(value)
}

fn sizes(about: &About, known: &[(RenditionKind, u64)]) -> Sizes {
    match about {
        About::Asset(asset) | About::Rendition { asset, .. } => Sizes::of(asset, known),
        _ => Sizes::default(),
    }
}

fn attempt(attempt: &Attempt, webhook: WebhookId) -> Value {
    let headers: Map<String, Value> =
        attempt.headers.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
    json!({
        "id": attempt.id.uuid(),
        "webhook_id": number_of(webhook),
        "address": attempt.url,
        "created_at": microseconds(attempt.created_ms),
        "max_attempts": MOST_ATTEMPTS,
        "response_status_code": attempt.status,
        "response_headers": headers,
        "response_body": attempt.status.map(|_| &attempt.body),
    })
}

/// Attempts name their webhook by a number: one that JavaScript can hold.
fn number_of(webhook: WebhookId) -> u64 {
    webhook.bytes()[..6].iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// ISO 8601 with six digits after the point.
fn microseconds(unix_ms: i64) -> String {
    iso8601(unix_ms).replace('Z', "000Z")
}

#[cfg(test)]
mod tests {
    use subclip_app::Outcome;

    use super::*;
    use crate::common::{check_golden, notices, samples};

    fn body(message: &Message) -> Value {
        serde_json::from_slice(&message.body).unwrap()
    }

    #[test]
    fn bodies_are_as_the_golden_files_say() {
        for (name, event) in notices::events() {
            if event.kind != EventKind::UploadTimedOut {
                let tries = if name == "asset_ready" { 2 } else { 0 };
                let message = notices::told(&WebhookWords, &event, tries);
                check_golden(&format!("mux/event_{name}.json"), &body(&message));
            }
        }
    }

    #[test]
    fn there_is_a_word_for_all_but_what_timed_out() {
        for kind in EventKind::ALL {
            assert_eq!(WebhookWords.knows(*kind), *kind != EventKind::UploadTimedOut, "{kind}");
        }
    }

    #[test]
    fn files_of_the_old_way_are_told_of_together() {
        let check = |kind, support: &str, expected: &str, status: Option<&str>| {
            let mut asset = samples::ready();
            let file = Rendition { bundled: true, ..asset.settings.renditions[1].clone() };
            // What was asked for elsewhere changes nothing.
            asset.settings.renditions.truncate(1);
            if support != "none" {
                asset.settings.renditions.push(file.clone());
            }
            Kept { mp4_support: Some(support.to_owned()), ..Kept::default() }.put(&mut asset.settings);
            let (_, mut event) = notices::events().remove(0);
            event.about = About::Rendition { asset: Box::new(asset.clone()), rendition: file };
            event.kind = kind;
            let told = body(&notices::told(&WebhookWords, &event, 0));
            assert_eq!(told["type"], format!("video.asset.static_renditions.{expected}"));
            assert_eq!(told["data"]["id"], asset.id.to_string());
            assert_eq!(told["data"]["static_renditions"]["status"].as_str(), status);
        };
        check(EventKind::RenditionCreated, "audio-only", "preparing", Some("ready"));
        check(EventKind::RenditionReady, "audio-only", "ready", Some("ready"));
        // By then it is not asked for any more.
        check(EventKind::RenditionDeleted, "none", "deleted", None);
    }

    #[test]
    fn sizes_are_numbers_in_an_asset_and_text_in_a_file() {
        let events = notices::events();
        let data = |name: &str| {
            let (_, event) = events.iter().find(|(of, _)| *of == name).unwrap();
            body(&notices::told(&WebhookWords, event, 0))["data"].clone()
        };
        assert_eq!(data("asset_ready")["static_renditions"]["files"][0]["filesize"], 12_345_678);
        assert_eq!(data("rendition_ready")["filesize"], "12345678");
    }

    #[test]
    fn one_of_several_old_files_speaks_for_all() {
        let made = || Some(Outcome::Made { width: 640, height: 360, size_bytes: 1 });
        let check = |kind, outcomes: [Option<Outcome>; 3], expected: [bool; 3]| {
            let mut asset = samples::ready();
            let kinds = [RenditionKind::Low, RenditionKind::Medium, RenditionKind::High];
            let file = |(of, outcome)| Rendition { outcome, bundled: true, ..Rendition::new(of, None) };
            asset.settings.renditions = kinds.into_iter().zip(outcomes).map(file).collect();
            let told = |one| speaks_for_all(kind, &asset, one);
            let found: Vec<bool> = asset.settings.renditions.iter().map(told).collect();
            assert_eq!(found, expected, "{kind}");
        };
        // The sample is 1080p: its high file needs no encoding.
        check(EventKind::RenditionCreated, [None, None, None], [true, false, false]);
        check(EventKind::RenditionReady, [None, None, None], [false, false, false]);
        check(EventKind::RenditionReady, [made(), None, None], [false, false, false]);
        check(EventKind::RenditionReady, [made(), made(), None], [true, true, false]);
        let failed = Some(Outcome::Failed { message: "Why.".to_owned() });
        check(EventKind::RenditionErrored, [failed, None, None], [true, true, true]);
        let mut asset = samples::ready();
        asset.settings.renditions.clear();
        let gone = |of| speaks_for_all(EventKind::RenditionDeleted, &asset, &Rendition::new(of, None));
        assert_eq!(
            [RenditionKind::Low, RenditionKind::Medium, RenditionKind::High].map(gone),
            [true, false, false]
        );
    }

    #[test]
    fn the_signature_is_of_these_bytes() {
        // As `openssl dgst -sha256 -hmac` has it.
        assert_eq!(
            signature("secret", 1_565_220_904, b"{\"test\":\"body\"}"),
            "t=1565220904,v1=f3825e822377ff57a99ccb6bd5b6741dd4e3ecfa2c1084341ca379a16da0c771"
        );
    }

    #[test]
    fn what_is_repeated_is_signed_anew() {
        let (_, event) = notices::events().remove(0);
        let first = notices::told(&WebhookWords, &event, 0);
        let signed = first.headers[SIGNATURE].to_str().unwrap();
        assert_eq!(signed, signature(notices::SECRET, 1_607_876_999, &first.body));
        let later = notices::told_at(&WebhookWords, &event, 0, notices::NOW_MS + 5000);
        assert!(later.headers[SIGNATURE].to_str().unwrap().starts_with("t=1607877004,v1="));
    }
}
