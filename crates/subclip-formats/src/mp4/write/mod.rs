//! Writing ISO BMFF: samples placed on a timeline, init segments, media segments, and progressive files of any
//! length whose media bytes are never touched here.

mod boxes;
mod init;
mod moov;
mod place;
mod progressive;
mod sample_entry;
mod segment;
mod tables;

pub use init::init_segment;
pub use place::{Offsets, PlaceError, Placed, place};
pub use progressive::{ChunkPlace, Layout, Slice, layout};
pub use segment::{SegmentHeader, segment_header};
pub use tables::{MAX_SAMPLES, SampleTables, TableError};
