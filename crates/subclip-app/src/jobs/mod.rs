//! Work in the queue: one file per job, each small, serialisable and safe to run twice.

mod collect;
mod cut;
mod failing;
mod ingest;
mod keys;
mod master;
mod patience;
mod prepare;
mod queue;
mod render;
mod sound;
mod text;
mod upkeep;
mod wanted;
mod workers;

pub use collect::CollectReport;
pub(crate) use collect::collect;
pub(crate) use cut::Cut;
pub(crate) use ingest::{Ingest, MediaFrom};
pub(crate) use master::Master;
pub(crate) use prepare::Prepare;
pub(crate) use queue::{
    Lane, enqueue_collect, enqueue_cut, enqueue_ingest, enqueue_master, enqueue_prepare, enqueue_render,
    enqueue_sound, enqueue_text, lane_of,
};
pub(crate) use render::Render;
pub(crate) use sound::Sound;
pub(crate) use text::Text;
pub(crate) use workers::Context;
pub use workers::Workers;
