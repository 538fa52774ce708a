//! The vocabulary and the rules of Subclip: exact time, ids, tracks and their indexes, timelines made of spans,
//! and the cut planner. No I/O, no clock, no async: everything here is a function of its arguments.

mod cut;
mod event;
mod id;
mod index;
mod ratio;
mod retry;
mod segment;
mod time;
mod timeline;
mod track;

pub use cut::{Boundary, CutError, Edge, Part, Place, Plan, Source, locate, plan};
pub use event::{EventKind, UnknownEvent};
pub use id::{
    AssetId, AttemptId, DeliveryId, EventId, IdParseError, JobId, ObjectId, PlaybackId, RestrictionId,
    SigningKeyId, TrackId, UploadId, WebhookId, WorkspaceId,
};
pub use index::{Gop, GopMap, Index, Sample};
pub use ratio::{gcd, lowest_terms, shape};
pub use retry::{Backoff, Jitter};
pub use segment::{Segment, video_segments};
pub use time::{Time, TimeError, Timescale};
pub use timeline::{Span, Timeline};
pub use track::{AudioFormat, Codec, Medium, Track, VideoFormat};
