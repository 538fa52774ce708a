//! Where bytes lie. Objects are immutable and durable before anybody is told of them; uploads on their way are
//! staged beside them and resume where they stopped. A local folder and memory are built in; nothing outside this
//! crate knows which one it is.

mod backend;
mod cache;
mod error;
mod key;
mod local;
mod memory;
mod ranges;
mod staging;
mod storage;

pub use cache::{Cache, CacheKey, CacheOrigin, Derived};
pub use error::{Error, Result};
pub use key::{Key, Kind};
pub use staging::{Appended, Staging};
pub use storage::{PIECE_BYTES, Reader, Staged, Storage, Stored};
