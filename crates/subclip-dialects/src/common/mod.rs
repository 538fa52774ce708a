//! What every face of the server needs, in nobody's words: who asks, what they sent, and what can be wrong with it.

mod access;
mod body;
mod fault;
mod fields;
#[cfg(test)]
mod golden;
mod iso;
mod links;
#[cfg(test)]
pub(crate) mod notices;
mod params;
mod random;
mod request_id;
#[cfg(test)]
pub(crate) mod samples;

pub(crate) use access::Access;
pub(crate) use body::Body;
pub(crate) use fault::{Face, Fault, Refused, retry_after};
pub(crate) use fields::{Faults, Fields};
#[cfg(test)]
pub(crate) use golden::check_golden;
pub(crate) use iso::iso8601;
pub(crate) use links::{PlaybackLinks, upload_url};
pub(crate) use params::{Path, Query};
pub(crate) use random::fresh_id;
pub(crate) use request_id::stamp;
