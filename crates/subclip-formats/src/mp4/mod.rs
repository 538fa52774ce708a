//! ISO BMFF (ISO/IEC 14496-12): reading MP4, MOV and fragmented MP4 into indexes, writing init segments, media
//! segments and progressive files.

pub mod read;
pub mod write;
