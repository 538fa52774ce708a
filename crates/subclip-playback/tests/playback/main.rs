//! What viewers are answered with by a whole application, whose clips fall on key frames: no media engine is needed.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod bounds;
mod excerpts;
mod manifests;
mod masters;
mod moving;
mod restrictions;
mod sending;
mod signed;
mod sounds;
mod theatre;
mod tiles;
