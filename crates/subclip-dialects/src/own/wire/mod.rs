//! Bodies of `/v1`, as they are sent and as they are described.

mod access;
mod answers;
mod master;
mod overlay;
mod renditions;
mod requests;
mod sounds;
mod texts;
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
pub(super) use master::{Master, MasterStatus};
pub(super) use overlay::Overlay;
pub(super) use renditions::{
    NewRendition, NewRenditionType, Rendition, RenditionStatus, RenditionType, Rungs,
};
pub(super) use requests::{
    ClipTime, NewAsset, NewClip, NewPlaybackId, NewToken, NewUpload, Options, UpdateAsset,
};
pub(super) use sounds::{AudioTrack, MainAudio, NewAudioTrack, UpdateAudioTrack};
pub(super) use texts::{NewTextTrack, SentTextTrack, TextSource, TextTrack, UpdateTextTrack};
pub(super) use webhooks::{
    Attempt, Delivery, DeliveryList, DeliveryLog, DeliveryState, Event, EventData, EventList, MadeWebhook,
    NewWebhook, OfAsset, RenditionOfAsset, SoundOfAsset, Subject, Test, UpdateWebhook, Webhook, WebhookList,
};
