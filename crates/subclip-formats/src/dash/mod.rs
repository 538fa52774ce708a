//! DASH manifests (ISO/IEC 23009-1) of recordings: what there is is told whole, in exact ticks, and never changes.

mod manifest;
mod segments;
mod write;
mod xml;

pub use manifest::{AdaptationSet, Content, Form, Manifest, Media, Period, Representation, Role};
pub use segments::{Segments, literal};
