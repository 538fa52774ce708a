//! What every face of the server needs, in nobody's words: who asks, what they sent, and what can be wrong with it.

mod access;
mod body;
mod fault;
mod fields;
#[cfg(test)]
mod golden;
mod iso;
mod links;
mod lists;
#[cfg(test)]
pub(crate) mod notices;
mod panics;
mod params;
mod raw;
mod request_id;
#[cfg(test)]
pub(crate) mod samples;
mod url;

pub(crate) use access::Access;
pub(crate) use body::Body;
#[cfg(test)]
pub(crate) use fault::said;
pub(crate) use fault::{Face, Fault, Refused, retry_after};
pub(crate) use fields::{Faults, Fields};
#[cfg(test)]
pub(crate) use golden::check_golden;
pub(crate) use iso::iso8601;
pub(crate) use links::{PlaybackLinks, master_url, upload_url};
pub(crate) use lists::in_words;
#[cfg(test)]
pub(crate) use panics::answer_to_panic;
pub(crate) use panics::{caught, caught_by};
pub(crate) use params::{Path, Query};
pub(crate) use raw::Raw;
pub(crate) use request_id::stamp;
#[cfg(test)]
pub(crate) use url::LONGEST_URL;
pub(crate) use url::wrong_url;
