//! Media as it is kept: tracks with their paged indexes, their bytes, and the views of them that timelines give.

mod arrange;
mod file;
mod held;
mod library;
mod pages;
mod sample_bytes;
mod sound;
mod view;

pub use file::MediaFile;
pub use held::{HeldBytes, Memory};
pub use library::{Library, MediaTrack};
pub use sample_bytes::{ByteStream, SampleBytes};
pub use view::View;
