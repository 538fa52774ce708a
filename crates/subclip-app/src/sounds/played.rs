//! Sounds as viewers may choose among them.

use std::sync::Arc;

use subclip_core::Track;
use subclip_db::sound_track as row;

use super::FirstSound;
use crate::labels::{UNKNOWN, shortest_tag};
use crate::media::View;

/// A sound that is played if a viewer chooses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlayedSound {
    /// What it is known by on the timeline; 1 for the first sound.
    pub number: u32,
    /// BCP 47, where it is known.
    pub language: Option<String>,
    /// What a player's menu shows.
    pub name: String,
    /// The track to announce.
    pub track: Track,
}

/// All sounds of a timeline, the first one first; those beside it that are told of by `rows`.
pub(crate) fn played(view: &View, first: &FirstSound, rows: &[row::SoundTrack]) -> Arc<[PlayedSound]> {
    let known = |language: &str| Some(shortest_tag(language)).filter(|language| language != UNKNOWN);
    let first = view.sound_track(1).map(|track| PlayedSound {
        number: 1,
        language: first.language.clone().or_else(|| known(&track.language)),
        name: first.shown_name(),
        track: track.clone(),
    });
    let beside = rows.iter().filter_map(|row| {
        let track = view.sound_track(row.number)?;
        let language = known(&row.language);
        Some(PlayedSound { number: row.number, language, name: row.name.clone(), track: track.clone() })
    });
    first.into_iter().chain(beside).collect()
}
