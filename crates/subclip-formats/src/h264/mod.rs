//! H.264 as containers carry it: the decoder configuration record, the parameter sets in it, and the head of a
//! sample. Sections named are those of ITU-T H.264 and, for the record, ISO/IEC 14496-15.

mod avcc;
mod bits;
mod conforms;
mod merge;
mod nal;
mod parameters;
mod pps;
mod sps;
mod vui;

pub use avcc::{DecoderConfig, Extension};
pub use bits::ParseError;
pub use conforms::{Reason, conforms};
pub use merge::{MergeError, free_id, merge};
pub use nal::{FirstSlice, InBandError, InBandSet, SetKind, first_slice, in_band_sets, is_reference};
pub use parameters::Parameters;
pub use pps::Pps;
pub use sps::{ChromaFormat, Sps};
pub use vui::{Colour, Timing, Vui};
