//! Work in the queue: one file per job, each small, serialisable and safe to run twice.

mod collect;
mod cut;
mod ingest;
mod keys;
mod queue;
mod workers;

pub use collect::CollectReport;
pub(crate) use collect::collect;
pub(crate) use cut::Cut;
pub(crate) use ingest::{Ingest, MediaFrom};
pub(crate) use queue::{Lane, enqueue_collect, enqueue_cut, enqueue_ingest};
pub use workers::Workers;
