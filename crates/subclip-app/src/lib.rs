//! What Subclip does, with no HTTP server and no vendor's words: taking media in, cutting, keeping, deleting.

mod access;
mod app;
mod aside;
mod assets;
mod captions;
mod clips;
mod clock;
mod cutting;
mod ending;
mod error;
mod events;
mod excerpt;
mod fetch;
mod file_sizes;
mod generation;
mod ingest;
mod input;
mod jobs;
mod keys;
mod labels;
mod limits;
mod mark;
mod masters;
mod media;
mod model;
mod newest;
mod overlay;
mod page;
mod picture;
mod playable;
mod random;
mod remembered;
mod render;
mod renditions;
mod restrictions;
mod room;
mod rows;
mod rungs;
mod shelf;
mod sounds;
mod store;
mod tokens;
mod uploads;
mod webhooks;

pub use access::{
    Admitted, Grant, KeyAlgorithm, Pass, Purpose, ReferrerRules, Rules, Session, UserAgentRules, Viewer,
    refused,
};
pub use app::{App, Parts};
pub use assets::{AssetPage, AssetQuery, Assets};
pub use captions::{
    MOST_CAPTIONS_BYTES, NewText, TextChange, TextForm, TextFrom, TextLabels, TextSource, TextTrack,
    TextTracks,
};
pub use clips::Clips;
pub use clock::{Clock, SetClock, SystemClock};
pub use error::{Error, Kind, Result};
pub use events::{About, Event, EventPage, EventQuery, Events, Subject};
pub use excerpt::{Excerpt, ExcerptTimes, Made, NoExcerpt};
pub use fetch::{FetchError, is_public};
pub use ingest::{RangeReader, not_conforming, why_refused};
pub use jobs::{CollectReport, Workers};
pub use keys::{Keys, NewSigningKey, SigningKey};
pub use labels::{LANGUAGE_AUTO, is_language, language_name, nearest_language};
pub use limits::Limits;
pub use mark::{Mark, NoMark};
pub use masters::{Master, MasterFile, MasterState};
pub use media::{ByteStream, HeldBytes, Library, MediaFile, MediaTrack, Memory, SampleBytes, View};
pub use model::*;
pub use newest::newest;
pub use overlay::{MOST_OVERLAYS, Overlay, OverlayText};
pub use picture::{
    AnimationFormat, AnimationRequest, LARGEST_ANIMATION, LONGEST_ANIMATION_MS, Picture, PictureFit,
    PictureFormat, PictureRequest, Storyboard,
};
pub use playable::Playable;
pub use random::random_name;
pub use renditions::{Content, RenditionFile, RenditionState};
pub use restrictions::{Restriction, Restrictions};
pub use rungs::{PIECE_MS, RungPiece, RungPlan};
pub use sounds::{FirstSound, NewSound, PlayedSound, SoundChange, SoundLabels, SoundTrack, SoundTracks};
pub use tokens::{NewToken, Token, TokenPage, Tokens};
pub use uploads::{Received, Sent, Uploads};
pub use webhooks::{
    Attempt, Deliverer, Delivery, DeliveryPage, DeliveryState, MOST_ATTEMPTS, Message, NewWebhook, Notice,
    Webhook, WebhookChange, WebhookFormat, WebhookPage, Webhooks,
};
