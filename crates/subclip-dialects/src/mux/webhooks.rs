//! Events as Mux's webhooks are told of them: Mux's types and resources in Mux's envelope, under a `Mux-Signature`.
//!
//! | Their event | Our event |
//! | --- | --- |
//! | `video.asset.created`, `ready`, `errored`, `updated`, `deleted` | `asset.*` |
//! | `video.asset.static_rendition.created`, `ready`, `skipped`, `deleted` | `rendition.*` |
//! | `video.asset.static_renditions.preparing`, `ready`, `errored` | `rendition.created`, `ready`, `skipped` of a file asked for by `mp4_support` |
//! | `video.upload.created`, `asset_created`, `cancelled` | `upload.*`; they have none for one that timed out |
//! | `webhook.test`, which they have not | `webhook.test` |

use hmac::{Hmac, Mac as _};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::Sha256;
use subclip_app::{
    About, Asset, Attempt, MOST_ATTEMPTS, Message, Notice, Rendition, RenditionKind, WebhookFormat,
};
use subclip_core::{EventKind, WebhookId, WorkspaceId};

use super::kept::Kept;
use super::to_wire::{self, Sizes};
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
    let sizes = sizes(notice.file_sizes);
    Some(match about {
        About::Asset(asset) => (asset_type(kind)?, object_of(asset), resource(asset, &sizes)?),
        About::Rendition { asset, rendition } => {
            let (kind, data) =
                match legacy_type(kind).filter(|_| Kept::of(&asset.settings).wants_legacy_files()) {
                    Some(legacy) => (legacy, resource(asset, &sizes)?),
                    None => (rendition_type(kind)?, file(asset, rendition, &sizes)?),
                };
            (kind, object_of(asset), data)
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
        EventKind::AssetReady => "video.asset.ready",
        EventKind::AssetErrored => "video.asset.errored",
        EventKind::AssetUpdated => "video.asset.updated",
        EventKind::AssetDeleted => "video.asset.deleted",
        _ => return None,
    })
}

fn rendition_type(kind: EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::RenditionCreated => "video.asset.static_rendition.created",
        EventKind::RenditionReady => "video.asset.static_rendition.ready",
        EventKind::RenditionSkipped => "video.asset.static_rendition.skipped",
        EventKind::RenditionDeleted => "video.asset.static_rendition.deleted",
        _ => return None,
    })
}

/// Files asked for by `mp4_support` are told of together, and with the whole asset.
fn legacy_type(kind: EventKind) -> Option<&'static str> {
    Some(match kind {
        EventKind::RenditionCreated => "video.asset.static_renditions.preparing",
        EventKind::RenditionReady => "video.asset.static_renditions.ready",
        EventKind::RenditionSkipped => "video.asset.static_renditions.errored",
        _ => return None,
    })
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

/// The asset as the API gives it, but for its time, which is a number here.
fn resource(asset: &Asset, sizes: &Sizes) -> Option<Value> {
    let mut value = serde_json::to_value(to_wire::asset(asset, sizes)).ok()?;
    value["created_at"] = Value::from(asset.created_ms.div_euclid(1000));
    Some(value)
}

fn file(asset: &Asset, rendition: &Rendition, sizes: &Sizes) -> Option<Value> {
    let mut value = serde_json::to_value(to_wire::static_rendition(asset, rendition, sizes)).ok()?;
    value["asset_id"] = Value::from(asset.id.to_string());
    Some(value)
}

fn sizes(known: &[(RenditionKind, u64)]) -> Sizes {
    let of = |kind| known.iter().find(|(of, _)| *of == kind).map(|(_, bytes)| *bytes);
    Sizes { highest: of(RenditionKind::Highest), audio_only: of(RenditionKind::AudioOnly) }
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
        let mut asset = samples::ready();
        Kept { mp4_support: Some("audio-only".to_owned()), ..Kept::default() }.put(&mut asset.settings);
        let rendition = asset.settings.renditions[1].clone();
        let (_, mut event) = notices::events().remove(0);
        event.about = About::Rendition { asset: Box::new(asset), rendition };
        event.kind = EventKind::RenditionReady;
        let told = body(&notices::told(&WebhookWords, &event, 0));
        assert_eq!(told["type"], "video.asset.static_renditions.ready");
        assert_eq!(told["data"]["static_renditions"]["status"], "ready");
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
