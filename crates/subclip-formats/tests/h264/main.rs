//! H.264 parameter sets: read from many encoders, made by hand, merged, and damaged.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]

mod joins;
mod made;
mod parameters;
mod table;
