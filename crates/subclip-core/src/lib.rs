//! The vocabulary and the rules of Subclip: exact time, ids, tracks and their indexes, timelines made of spans,
//! and the cut planner. No I/O, no clock, no async: everything here is a function of its arguments.

pub mod access;
mod cut;
mod event;
mod http_url;
mod id;
mod index;
mod ladder;
mod overlay;
mod ratio;
mod retry;
mod segment;
mod time;
mod timeline;
mod track;

pub use cut::{Boundary, CutError, Edge, Part, Place, Plan, Source, locate, plan};
pub use event::{EventKind, UnknownEvent};
pub use http_url::{HttpUrl, NoHttpUrl};
pub use id::{
    AssetId, AttemptId, DeliveryId, EventId, IdParseError, JobId, ObjectId, PlaybackId, RestrictionId,
    SigningKeyId, SoundTrackId, TextTrackId, TrackId, UploadId, WebhookId, WorkspaceId,
};
pub use index::{Gop, GopMap, Index, Sample};
pub use ladder::{LINES, Ladder, Rung, between, rung, rung_name, rung_of};
pub use overlay::{Align, Canvas, Length, MOST_PIXELS, Opacity, OverlayError, Placement, Placing};
pub use ratio::{gcd, lowest_terms, shape};
pub use retry::{Backoff, Jitter};
pub use segment::{Segment, key_pictures, video_segments};
pub use time::{Time, TimeError, Timescale};
pub use timeline::{Alternate, Span, Timeline};
pub use track::{AudioFormat, Codec, Medium, Track, VideoFormat};
