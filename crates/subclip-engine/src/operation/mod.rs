//! What the engine does to media: one file per operation.

mod edge;
mod filter;
mod input;
mod inspect;
mod normalise;
mod picture;
mod progress;
mod remux;

pub use edge::EdgeRequest;
pub use normalise::NormaliseRequest;
pub use picture::{Fit, PictureFormat, PictureRequest, Rotation};
pub use remux::RemuxRequest;
