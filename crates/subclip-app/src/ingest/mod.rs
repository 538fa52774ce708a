//! Taking media in: from bytes in the store to tracks with indexes, in the cheapest tier that does (design,
//! "Taking media in").

mod index;
mod judge;
mod timeline;
mod transcode;

pub use index::why_refused;
pub(crate) use index::{IndexedTrack, Indexing, IndexingTurn, IndexingTurns, index_object};
pub(crate) use judge::Reasons;
pub use judge::{RangeReader, not_conforming};
pub(crate) use timeline::{Placeable, whole};
pub(crate) use transcode::{Sound, Transcode};
