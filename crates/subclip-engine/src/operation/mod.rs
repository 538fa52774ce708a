//! What the engine does to media: one file per operation.

mod animation;
mod edge;
mod encode;
mod filter;
mod fragment;
mod input;
mod inspect;
mod layer;
mod normalise;
mod picture;
mod progress;
mod remux;
mod rung;
mod sound;
mod storyboard;
mod strip;
mod wave;

pub use animation::{AnimationFormat, AnimationRequest};
pub use edge::EdgeRequest;
pub use fragment::FragmentRequest;
pub use layer::{ImageFormat, Layer, LayerRequest, Layers};
pub use normalise::NormaliseRequest;
pub use picture::{Fit, PictureFormat, PictureRequest, Rotation};
pub use remux::RemuxRequest;
pub use rung::RungRequest;
pub use sound::{Loudness, SoundInput, SoundRequest};
pub use storyboard::StoryboardRequest;
pub use strip::Strip;
