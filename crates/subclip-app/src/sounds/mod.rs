//! Sounds beside the first: asked for, made ready, inherited by clips, and played. `docs/design/sounds.md` says why.

mod inherit;
mod model;
mod played;
mod request;
mod tracks;

pub use model::{FirstSound, NewSound, SoundChange, SoundLabels, SoundTrack};
pub use played::PlayedSound;
pub use tracks::SoundTracks;

pub(crate) use inherit::{Inheriting, inherit};
pub(crate) use model::sound_track;
pub(crate) use played::played;
pub(crate) use request::{SoundMaking, check_new, insert_new, ready_row};
