//! Bodies of `/v1`, as they are sent and as they are described.

mod access;
mod answers;
mod requests;
mod webhooks;

pub(super) use access::{
    NewRestriction, NewSigningKey, ReferrerRules, Restriction, RestrictionList, SigningKey, SigningKeyList,
    UserAgentRules,
};
pub(super) use answers::{
    Asset, AssetList, Cut, Failure, Health, Input, InputFile, InputTrack, Join, Links, MadeToken, Origin,
    PlaybackId, Policy, Problem, ProblemBody, Refusals, Status, Token, TokenList, Track, TrackKind, Upload,
    UploadList, UploadStatus,
};
pub(super) use requests::{
    ClipTime, NewAsset, NewClip, NewPlaybackId, NewToken, NewUpload, Options, UpdateAsset,
};
pub(super) use webhooks::{
    Attempt, Delivery, DeliveryList, DeliveryLog, DeliveryState, Event, EventData, EventList, MadeWebhook,
    NewWebhook, Rendition, Subject, Test, UpdateWebhook, Webhook, WebhookList,
};
