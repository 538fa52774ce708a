//! Bodies about events, webhooks and what was sent to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::requests::given;
use super::{Asset, AudioTrack, Rendition, TextTrack, Upload};

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Event {
    pub(in crate::own) id: String,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(example = "asset.ready")]
    pub(in crate::own) kind: &'static str,
    pub(in crate::own) subject: Subject,
    /// Its place among the events of its subject: higher is later.
    pub(in crate::own) number: u64,
    /// The thing as it was then.
    pub(in crate::own) data: EventData,
    #[schema(format = DateTime)]
    pub(in crate::own) created_at: String,
}

/// To what something happened.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Subject {
    /// `asset`, `upload` or `webhook`.
    #[serde(rename = "type")]
    #[schema(example = "asset")]
    pub(in crate::own) kind: &'static str,
    pub(in crate::own) id: String,
}

/// What an event tells of: an asset, a file, captions or a sound of an asset, an upload, or nothing but that a webhook is tried out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(in crate::own) enum EventData {
    Asset(Box<Asset>),
    Rendition(RenditionOfAsset),
    Text(OfAsset),
    Sound(SoundOfAsset),
    Upload(Box<Upload>),
    Test(Test),
}

/// Captions, and the asset they go with.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct OfAsset {
    pub(in crate::own) asset_id: String,
    #[serde(flatten)]
    pub(in crate::own) text_track: TextTrack,
}

/// A sound beside the first, and the asset it goes with.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct SoundOfAsset {
    pub(in crate::own) asset_id: String,
    #[serde(flatten)]
    pub(in crate::own) audio_track: AudioTrack,
}

/// A file of an asset, and the asset.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct RenditionOfAsset {
    pub(in crate::own) asset_id: String,
    #[serde(flatten)]
    pub(in crate::own) rendition: Rendition,
}

/// An event that tells of nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Test {
    /// The webhook that is tried out.
    pub(in crate::own) webhook_id: String,
}

/// A page of events, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct EventList {
    pub(in crate::own) data: Vec<Event>,
    /// Send it as `cursor` for the next page; there is none when it is null.
    pub(in crate::own) next_cursor: Option<String>,
}

/// An endpoint that is told of events.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Webhook {
    pub(in crate::own) id: String,
    pub(in crate::own) url: String,
    /// In whose words it is told: `subclip`, signed as Standard Webhooks says, or a vendor's name.
    #[schema(example = "subclip")]
    pub(in crate::own) format: String,
    /// The kinds of events it wants; null for all.
    #[schema(example = json!(["asset.ready", "asset.errored"]))]
    pub(in crate::own) events: Option<Vec<&'static str>>,
    pub(in crate::own) enabled: bool,
    /// Why it is not, where the server decided that.
    pub(in crate::own) disabled_reason: Option<String>,
    /// Since when every attempt has failed.
    #[schema(format = DateTime)]
    pub(in crate::own) failing_since: Option<String>,
    #[schema(format = DateTime)]
    pub(in crate::own) created_at: String,
    #[schema(format = DateTime)]
    pub(in crate::own) updated_at: String,
}

/// A webhook whose secret was just drawn: the one time it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct MadeWebhook {
    /// What messages are signed with.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub(in crate::own) secret: String,
    #[serde(flatten)]
    pub(in crate::own) webhook: Webhook,
}

/// A page of webhooks, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct WebhookList {
    pub(in crate::own) data: Vec<Webhook>,
    /// Send it as `cursor` for the next page; there is none when it is null.
    pub(in crate::own) next_cursor: Option<String>,
}

/// An event on its way to a webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Delivery {
    pub(in crate::own) id: String,
    pub(in crate::own) webhook_id: String,
    pub(in crate::own) event_id: String,
    /// What happened.
    #[serde(rename = "type")]
    #[schema(example = "asset.ready")]
    pub(in crate::own) kind: &'static str,
    pub(in crate::own) state: DeliveryState,
    /// How often it was tried.
    pub(in crate::own) attempts: u32,
    /// From when on it is tried next: null where it is settled, is being sent right now, or waits for earlier events of the
    /// same thing.
    #[schema(format = DateTime)]
    pub(in crate::own) next_attempt_at: Option<String>,
    #[schema(format = DateTime)]
    pub(in crate::own) created_at: String,
    /// When it was settled.
    #[schema(format = DateTime)]
    pub(in crate::own) finished_at: Option<String>,
}

/// How far a delivery has come: `given_up` is not sent again by itself, `skipped` had nothing to be sent.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(in crate::own) enum DeliveryState {
    Pending,
    Delivered,
    GivenUp,
    Skipped,
}

/// A delivery with all that was tried.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct DeliveryLog {
    #[serde(flatten)]
    pub(in crate::own) delivery: Delivery,
    /// The attempts, the oldest first; of very many, the newest.
    pub(in crate::own) log: Vec<Attempt>,
}

/// One try to deliver.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct Attempt {
    pub(in crate::own) id: String,
    /// Where to.
    pub(in crate::own) url: String,
    /// When it began.
    #[schema(format = DateTime)]
    pub(in crate::own) at: String,
    /// How long it took, in milliseconds.
    pub(in crate::own) duration_ms: u64,
    /// The status code of the answer, if there was one.
    pub(in crate::own) status: Option<u16>,
    /// The headers of the answer, up to 4 KiB of them.
    pub(in crate::own) headers: BTreeMap<String, String>,
    /// The first 4 KiB of the answer.
    pub(in crate::own) body: String,
    /// Why it failed; null where the webhook took it.
    pub(in crate::own) error: Option<String>,
}

/// A page of deliveries, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::own) struct DeliveryList {
    pub(in crate::own) data: Vec<Delivery>,
    /// Send it as `cursor` for the next page; there is none when it is null.
    pub(in crate::own) next_cursor: Option<String>,
}

/// A new webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::own) struct NewWebhook {
    /// The http or https URL to send events to; no two webhooks have the same.
    #[schema(example = "https://example.com/webhooks", max_length = 2048)]
    pub(in crate::own) url: String,
    /// In whose words: `subclip` (usually) or `mux`.
    #[schema(example = "subclip")]
    pub(in crate::own) format: Option<String>,
    /// The kinds of events it wants; all of them when left out.
    #[schema(example = json!(["asset.ready", "asset.errored"]))]
    pub(in crate::own) events: Option<Vec<String>>,
    /// Whether it is told anything from the start; usually so.
    pub(in crate::own) enabled: Option<bool>,
}

/// What to change of a webhook. What is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::own) struct UpdateWebhook {
    /// Where to send events.
    #[schema(max_length = 2048)]
    pub(in crate::own) url: Option<String>,
    /// In whose words.
    pub(in crate::own) format: Option<String>,
    /// The kinds of events it wants; null for all.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    pub(in crate::own) events: Option<Option<Vec<String>>>,
    /// Whether it is told anything. One that is enabled again starts afresh; what was to be sent to one that is disabled is
    /// given up.
    pub(in crate::own) enabled: Option<bool>,
}
