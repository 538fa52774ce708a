//! Rendering: what an owner wants done to the media itself. Pictures are encoded anew in pieces, side by side; sound in
//! one run.

mod badge;
mod encode;
mod images;
mod pictures;
mod plan;
mod settings;
mod sound;
mod staged;
mod turns;

use subclip_core::{AssetId, ObjectId};

pub(crate) use badge::{end_of, overlays_of};
pub(crate) use images::{draw, fetch_images};
pub(crate) use pictures::Pictures;
pub(crate) use sound::Normalising;
pub(crate) use turns::pieces_room;

/// What an object holds that is made for an asset on the way. Its id follows from the asset's, so that a second run
/// finds what the first one made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    /// Its pictures.
    Pictures,
    /// The sound of this number.
    Sound(u32),
    /// The image of this number.
    Image(u8),
}

impl Made {
    fn object(self, asset: AssetId) -> ObjectId {
        let mut bytes = asset.bytes();
        let (kind, number) = match self {
            Self::Pictures => (1, 0),
            Self::Sound(number) => (2, number),
            Self::Image(number) => (3, number.into()),
        };
        for (byte, mark) in bytes[1..].iter_mut().zip([kind].into_iter().chain(number.to_be_bytes())) {
            *byte ^= mark;
        }
        ObjectId::from_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_made_has_an_id_of_its_own() {
        let asset = AssetId::from_bytes([7; 16]);
        let images = (0..=crate::overlay::MOST_OVERLAYS as u8).map(Made::Image);
        let mut ids: Vec<_> = [Made::Pictures, Made::Sound(1), Made::Sound(300)]
            .into_iter()
            .chain(images)
            .map(|m| m.object(asset))
            .collect();
        ids.push(ObjectId::from_bytes(asset.bytes()));
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }
}
