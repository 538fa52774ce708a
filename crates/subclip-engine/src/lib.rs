//! The media engine: FFmpeg as a process in a sandbox. The only crate that starts processes.
//!
//! It speaks in plain values, paths and bytes, and knows nothing of assets. Samples go in on a pipe and come
//! out on a pipe; where a demuxer must seek, files lie in a private temporary [`Folder`]. Work is queued by
//! [`Priority`], bounded in time, memory and output, and cancelled by token or by dropping its future.
//! A dead engine is an [`Error`], never more.

mod engine;
mod error;
mod folder;
mod level;
mod operation;
mod plan;
mod probe;
mod process;
mod queue;
/// See [`sandbox::enter`].
pub mod sandbox;
mod settings;
mod single;
mod spawner;
mod transcriber;
mod verdict;

pub use engine::{Config, Engine, Limits};
pub use error::Error;
pub use folder::Folder;
pub use operation::{
    AnimationFormat, AnimationRequest, EdgeRequest, Fit, FragmentRequest, ImageFormat, Layer, LayerRequest,
    Layers, Loudness, NormaliseRequest, PictureFormat, PictureRequest, RemuxRequest, Rotation, RungRequest,
    SoundInput, SoundRequest, StoryboardRequest, Strip,
};
pub use plan::{AudioPlan, DynamicRange, VideoPlan};
pub use probe::{Probe, Stream, StreamKind};
pub use process::ByteStream;
pub use queue::{Priority, Urgency};
pub use settings::{BPyramid, Colour, H264Settings, Preset, Profile};
pub use single::{Flight, Single};
pub use transcriber::Transcription;
