//! Taking media in: from bytes in the store to tracks with indexes, in the cheapest tier that does (design,
//! "Taking media in").

mod index;
mod intake;
mod judge;
mod timeline;
mod transcode;

pub use index::why_refused;
pub(crate) use index::{
    Indexed, IndexedTrack, Indexing, IndexingTurn, IndexingTurns, index_object, index_sound,
};
pub(crate) use intake::{Intake, Told};
pub use judge::{RangeReader, not_conforming};
pub(crate) use judge::{Reasons, SoundEnd};
pub(crate) use timeline::{Placeable, part_of_sound, whole};
pub(crate) use transcode::{Sound, Transcode};
