//! Tests of the ISO BMFF reader: files built box by box, files made by another muxer, and broken files.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod absurd;
mod build;
mod conform;
mod edits;
mod fragments;
mod golden;
mod layouts;
mod mutations;
mod reading;
mod tables;
