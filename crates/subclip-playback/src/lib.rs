//! What viewers fetch: playlists, segments, files and pictures; functions of timeline and index, read-only.

mod admission;
mod asked;
mod caches;
mod error;
mod package;
mod picture;
mod playlists;
mod rate;
mod respond;
mod router;
mod segment;
mod sound;
mod url;
mod viewers;
mod wishes;

pub use playlists::JoinBy;
pub use router::{at_root, router};
