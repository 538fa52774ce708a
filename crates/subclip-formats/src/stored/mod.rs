//! The stored index: a track and its index as bytes, compact, versioned and paged, so that a request for one
//! segment of a long recording reads the head and one page.
//!
//! The head holds the track's description, its GOP map and a directory of pages; every page holds the samples of
//! some GOPs column by column. Head and pages carry a checksum each. Numbers are LEB128 varints, signed ones zigzag;
//! the few fixed ones are little-endian.
//!
//! | Bytes | What |
//! | --- | --- |
//! | 4 | `SCIX` |
//! | 2 | version, 1 |
//! | 2 | reserved, 0 |
//! | 4 | length of the head, these 16 bytes included |
//! | 4 | CRC-32 of the head, these four bytes left out |
//! | | samples, end, composition delay; track; GOP map; page directory |
//! | | the pages, one after the other |

mod column;
mod description;
mod encode;
mod error;
mod gops;
mod head;
mod page;
mod varint;

pub use encode::encode;
pub use error::StoredError;
pub use head::{Head, decode};
