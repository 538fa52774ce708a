//! Cutting: from a plan to a timeline, by way of the few frames that must be encoded.

mod edge;
mod feed;
mod imitate;
mod kept;
mod lay_out;
mod made;
mod profile;
mod span;

pub(crate) use edge::{NAL_LENGTH_SIZE, needed};
pub(crate) use feed::{feed, may_be_fed};
pub(crate) use imitate::colour;
pub(crate) use lay_out::{lay_out, sound_from};
pub(crate) use made::MadeFrames;
pub(crate) use span::{EdgeSpan, edge_span, held_edges};
