//! Captions: text tracks that are asked for, made ready, inherited by clips, and shown. `docs/design/captions.md` says why.

mod inherit;
mod model;
mod names;
mod request;
mod settle;
mod show;
mod tracks;
mod transcribe;
mod written;

pub use model::{NewText, TextChange, TextFrom, TextLabels, TextSource, TextTrack};
pub use show::TextForm;
pub use subclip_formats::captions::MOST_BYTES as MOST_CAPTIONS_BYTES;
pub use tracks::TextTracks;

pub(crate) use inherit::CutTexts;
pub(crate) use model::text_track;
pub(crate) use names::check_new;
pub(crate) use request::{Bounds, Making, insert_new};
pub(crate) use settle::{Settling, let_followers_of_asset_go};
pub(crate) use show::Shown;
pub(crate) use tracks::read;
pub(crate) use transcribe::{cannot_transcribe, transcript};
pub(crate) use written::Written;
