//! Media as it is kept: tracks with their paged indexes, their bytes, and the views of them that timelines give.

mod arrange;
mod file;
mod library;
mod pages;
mod pieces;
mod sound;
mod view;

pub use file::{ByteStream, MediaFile};
pub use library::{Library, MediaTrack};
pub use view::View;
