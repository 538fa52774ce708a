//! State: the only crate with SQL. One module per table, each with a plain row and the queries on it, usable on the
//! [`Database`] and inside a transaction ([`Tx`]) alike. No clock and no randomness: callers bring times and ids.

#[macro_use]
mod row;
mod beside;
mod conn;
mod database;
mod error;
mod migrations;
mod page;
#[cfg(test)]
mod query_plan;

pub mod asset;
pub mod asset_end;
pub mod delivery;
pub mod edge;
pub mod event;
pub mod garbage;
pub mod job;
pub mod master;
pub mod object;
pub mod playback_id;
pub mod playback_restriction;
pub mod server_secret;
pub mod signing_key;
pub mod sound_track;
pub mod span;
pub mod text_track;
pub mod token;
pub mod track;
pub mod upload;
pub mod webhook;
pub mod workspace;

pub use conn::Conn;
pub use database::{Database, Tx};
pub use error::{Error, Result};
pub use page::{Cursor, CursorParseError, Page};
