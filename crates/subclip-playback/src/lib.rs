//! What viewers fetch: playlists, segments, files and pictures; functions of timeline and index, read-only.

mod admission;
mod animation;
mod asked;
mod caches;
mod error;
mod keys;
mod manifest;
mod master;
mod media_name;
mod package;
mod picture;
mod playlists;
mod progressive;
mod quality;
mod rate;
mod rates;
mod representation;
mod respond;
mod router;
mod scope;
mod segment;
mod sending;
mod sound;
mod storyboard;
mod text;
mod tiles;
mod url;
mod viewers;
mod wishes;

pub use playlists::JoinBy;
pub use router::{at_root, router};
pub use sending::Sending;
