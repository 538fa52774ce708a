//! What captions and sounds are called: languages by their tags, and names, of which no two of an asset are alike.

mod language;
mod names;

pub use language::{LANGUAGE_AUTO, is_language, language_name, nearest_language};

pub(crate) use language::{UNKNOWN, shortest_tag};
pub(crate) use names::{Labelled, Naming, check_language, free_name, unlike};
