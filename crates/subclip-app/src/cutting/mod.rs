//! Cutting: from a plan to a timeline, by way of the few frames that must be encoded.

mod edge;
mod feed;
mod imitate;
mod profile;
mod span;

pub(crate) use feed::{feed, may_be_fed};
pub(crate) use span::{EdgeSpan, edge_span};
