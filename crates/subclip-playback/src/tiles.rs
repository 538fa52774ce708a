//! Images to wind by, for players that read no key pictures: the storyboard in sheets, as an HLS playlist of images names
//! them (Image Media Playlist specification 0.4, which Roku's players read).

use std::sync::Arc;

use axum::http::HeaderMap;
use subclip_app::{Error, Playable, Result, Storyboard};
use subclip_core::{Time, Timescale};
use subclip_formats::hls::{ImagePlaylist, ImageSheet, ImageVariant, Segment};

use crate::admission::Admission;
use crate::respond::{Keep, Resource};
use crate::viewers::{Viewers, etag};

/// The folder of the images, and their playlist without `.m3u8`.
pub(crate) const TILES: &str = "tiles";

/// More than a small picture takes as a JPEG.
const BITS_A_PIXEL: u64 = 3;

impl Viewers {
    /// How the playlist that names the others names that of the images; `None` where there are no pictures.
    pub(crate) fn tiles_variant(&self, playable: &Playable, base: &str) -> Option<ImageVariant> {
        Some(variant(&self.app.storyboard_layout(playable).ok()?, base))
    }

    /// The playlist of the images. `NotFound` where there are no pictures.
    pub(crate) fn tiles_playlist(&self, to: &Admission) -> Result<ImagePlaylist> {
        Ok(playlist(&self.app.storyboard_layout(&to.playable)?))
    }

    /// An image; it is not made for who has it.
    pub(crate) async fn tiles(&self, to: &Admission, file: &str, headers: &HeaderMap) -> Result<Resource> {
        let not_found = || Error::not_found("picture");
        let digits = file.strip_suffix(".jpg").ok_or_else(not_found)?;
        let number: u32 = digits.parse().map_err(|_| not_found())?;
        let board = self.app.storyboard_layout(&to.playable)?;
        if number >= board.sheets() || number.to_string() != digits {
            return Err(not_found());
        }
        let etag = etag(&to.playable, &format!("{TILES}-{number}"));
        let make = async |playable: Arc<Playable>| self.app.storyboard_sheet(&playable, number).await;
        let bytes = self.make_unless_held(to, headers, &etag, make).await?;
        Ok(Resource::whole("image/jpeg", etag, Keep::Forever, bytes))
    }
}

fn variant(board: &Storyboard, base: &str) -> ImageVariant {
    let pixels = u64::from(board.tile_width) * u64::from(board.tile_height);
    let bits = (pixels * BITS_A_PIXEL) as f64;
    ImageVariant {
        uri: format!("{base}/{TILES}.m3u8"),
        bandwidth_bps: ((bits / each(board).seconds().max(0.001)).ceil() as u64).max(1),
        resolution: (board.tile_width, board.tile_height),
    }
}

/// How long a tile is shown. All are shown equally long, but for a nanosecond.
fn each(board: &Storyboard) -> Time {
    let nanoseconds = board.duration.round_to(Timescale::NANOSECONDS) / i64::from(board.tiles.max(1));
    Time::new(nanoseconds, Timescale::NANOSECONDS)
}

fn playlist(board: &Storyboard) -> ImagePlaylist {
    let sheet = |number| {
        let tiles = board.sheet(number);
        let rows = (tiles.end - tiles.start).div_ceil(board.columns);
        let (start, end) = (board.start(tiles.start), board.start(tiles.end));
        let segment = Segment { uri: format!("{TILES}/{number}.jpg"), start, end };
        ImageSheet { segment, layout: (board.columns, rows) }
    };
    ImagePlaylist {
        resolution: (board.tile_width, board.tile_height),
        each: each(board),
        sheets: (0..board.sheets()).map(sheet).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(tiles: u32, duration_ms: i64) -> Storyboard {
        let duration = Time::new(duration_ms, Timescale::MILLISECONDS);
        Storyboard { tiles, columns: 5, tile_width: 256, tile_height: 144, duration }
    }

    #[test]
    fn playlists_are_as_the_golden_file_says() {
        let written: String = [(100, 5_400_000), (50, 12_000), (33, 1_100), (1, 40)]
            .map(|(tiles, ms)| board(tiles, ms))
            .map(|board| format!("{}\n{}", variant(&board, "ID/p/all"), playlist(&board)))
            .join("\n");
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tiles.m3u8");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &written).unwrap();
        }
        assert_eq!(written, std::fs::read_to_string(path).unwrap());
    }

    #[test]
    fn sheets_hold_each_tile_once() {
        for tiles in [1, 5, 24, 25, 26, 50, 99, 100] {
            let board = board(tiles, 60_000);
            let held: Vec<u32> = (0..board.sheets()).flat_map(|number| board.sheet(number)).collect();
            assert_eq!(held, (0..tiles).collect::<Vec<_>>());
            let playlist = playlist(&board);
            assert!(playlist.sheets.windows(2).all(|two| two[0].segment.end == two[1].segment.start));
            assert_eq!(playlist.sheets.last().unwrap().segment.end, board.duration);
        }
    }
}
