//! What Subclip does, with no HTTP server and no vendor's words: taking media in, cutting, keeping, deleting.

mod access;
mod app;
mod aside;
mod assets;
mod clips;
mod clock;
mod cutting;
mod error;
mod events;
mod fetch;
mod generation;
mod ingest;
mod jobs;
mod keys;
mod media;
mod model;
mod page;
mod picture;
mod playable;
mod random;
mod restrictions;
mod room;
mod rows;
mod store;
mod tokens;
mod uploads;
mod webhooks;

pub use access::{
    Admitted, Grant, KeyAlgorithm, Pass, Purpose, ReferrerRules, Rules, Session, UserAgentRules, Viewer,
};
pub use app::{App, Parts};
pub use assets::{AssetPage, AssetQuery, Assets};
pub use clips::Clips;
pub use clock::{Clock, SetClock, SystemClock};
pub use error::{Error, Kind, Result};
pub use events::{About, Event, EventPage, EventQuery, Events, Subject};
pub use fetch::{FetchError, is_public};
pub use ingest::{RangeReader, not_conforming, why_refused};
pub use jobs::{CollectReport, Workers};
pub use keys::{Keys, NewSigningKey, SigningKey};
pub use media::{ByteStream, Library, MediaFile, MediaTrack, SampleBytes, View};
pub use model::*;
pub use picture::{Picture, PictureFit, PictureFormat, PictureRequest};
pub use playable::Playable;
pub use random::random_name;
pub use restrictions::{Restriction, Restrictions};
pub use tokens::{NewToken, Token, Tokens};
pub use uploads::{Received, Sent, Uploads};
pub use webhooks::{
    Attempt, Deliverer, Delivery, DeliveryPage, DeliveryState, MOST_ATTEMPTS, Message, NewWebhook, Notice,
    Webhook, WebhookChange, WebhookFormat, WebhookPage, Webhooks,
};
