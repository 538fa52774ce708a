//! The MP4 writers, seen from outside: golden bytes, and what is written read back.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]

mod fixtures;
mod golden;
mod init;
mod progressive;
mod round_trip;
mod segment;
