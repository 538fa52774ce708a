//! Rungs of the quality ladder: planned from a timeline, encoded piece by piece when somebody asks, once for all who do.

mod choice;
mod piece;
mod plan;
mod workshop;

/// How long pieces are at the most, unless a single GOP is longer. Segments consist of them.
pub const PIECE_MS: u32 = 4_000;

pub use choice::Rungs;
pub use piece::RungPiece;
pub use plan::RungPlan;
pub(crate) use workshop::Workshop;
