//! Storyboards: what plays at a glance, as tiles of one picture.

use std::ops::Range;

use bytes::Bytes;
use subclip_core::{Place, Source, Time, Timescale};
use subclip_engine::PictureFormat;
use tokio_util::sync::CancellationToken;

use super::strip::{Exposure, Film, expose};
use super::{fitting, not_made, shown_at};
use crate::app::App;
use crate::playable::Playable;
use crate::{Error, Result};

/// Where each moment of what plays is found on its storyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storyboard {
    /// How many tiles there are; one at least.
    pub tiles: u32,
    /// How many stand in a row.
    pub columns: u32,
    /// In pixels.
    pub tile_width: u32,
    /// In pixels.
    pub tile_height: u32,
    /// How long it is that is shown.
    pub duration: Time,
}

const COLUMNS: u32 = 5;
/// Rows of a sheet.
const SHEET_ROWS: u32 = 5;
/// The longer side of a tile, in pixels.
const TILE: u32 = 256;
/// Tiles of what is no longer than [`SHORT_S`], and of what is longer.
const TILES: (u32, u32) = (50, 100);
const SHORT_S: i64 = 15 * 60;

impl Storyboard {
    /// The storyboard of `frames` frames, shown in `shown` pixels, that last `duration`.
    fn new(duration: Time, frames: u32, shown: (u32, u32)) -> Self {
        let short = Time::new(SHORT_S * 1000, Timescale::MILLISECONDS);
        let most = if duration <= short { TILES.0 } else { TILES.1 };
        let (width, height) = fitting(shown, (TILE, TILE));
        // Two pixels share their colour, and a tile must not bleed into the next.
        let even = |side: u32| (side.div_ceil(2) * 2).max(2);
        let tiles = frames.clamp(1, most);
        Self { tiles, columns: COLUMNS, tile_width: even(width), tile_height: even(height), duration }
    }

    /// When what tile `number` shows begins; for the number after the last, when that ends.
    #[must_use]
    pub fn start(&self, number: u32) -> Time {
        if number >= self.tiles {
            return self.duration;
        }
        let nanoseconds = i128::from(self.duration.ceil_to(Timescale::NANOSECONDS));
        // Rounded up, so that a tile that begins with a frame shows it.
        let start = -(-nanoseconds * i128::from(number)).div_euclid(i128::from(self.tiles));
        Time::new(i64::try_from(start).unwrap_or(i64::MAX), Timescale::NANOSECONDS)
    }

    /// How many sheets there are, where the tiles are to stand on several.
    #[must_use]
    pub fn sheets(&self) -> u32 {
        self.tiles.div_ceil(self.columns * SHEET_ROWS)
    }

    /// The tiles of sheet `number`, in the same order as on the whole picture; none beyond the last sheet.
    #[must_use]
    pub fn sheet(&self, number: u32) -> Range<u32> {
        let held = self.columns * SHEET_ROWS;
        let start = number.saturating_mul(held).min(self.tiles);
        start..start.saturating_add(held).min(self.tiles)
    }

    /// Where tile `number` stands on the picture: how far to the right and how far down, in pixels.
    #[must_use]
    pub fn corner(&self, number: u32) -> (u32, u32) {
        (number % self.columns * self.tile_width, number / self.columns * self.tile_height)
    }
}

/// Where a tile is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Take {
    /// What is shown at that time, which is in this GOP.
    Shown(Place, Time),
    /// The key frame of this GOP.
    Key(Place),
}

impl Take {
    fn place(self) -> Place {
        match self {
            Self::Shown(place, _) | Self::Key(place) => place,
        }
    }
}

/// How tiles are taken, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// What is shown when the tile begins.
    Exact,
    /// A key frame that is shown as long as the tile is, where there is one.
    Near,
    /// A key frame: where no other, the one before.
    Keys,
}

/// Pixels that are decoded for exact tiles at the most: those of 300 pictures of 1080p.
const EXACT_PIXELS: u64 = 300 * 1920 * 1080;
/// And for those that no key frame is near: of 1200.
const NEAR_PIXELS: u64 = 1200 * 1920 * 1080;

/// Where the tiles of a storyboard are taken from, when every picture has `pixels`. Films are long, and viewers wait:
/// what is cheap is exact, and the rest near enough.
fn takes(sources: &[Source<'_>], board: &Storyboard, pixels: u64) -> Vec<Take> {
    let keys = key_frames(sources);
    let tiles = |manner| -> Vec<Take> { (0..board.tiles).map(|n| take(&keys, board, n, manner)).collect() };
    [(Manner::Exact, EXACT_PIXELS), (Manner::Near, NEAR_PIXELS)]
        .into_iter()
        .map(|(manner, most)| (tiles(manner), most))
        .find(|(takes, most)| decoded(sources, takes).saturating_mul(pixels) <= *most)
        .map_or_else(|| tiles(Manner::Keys), |(takes, _)| takes)
}

fn take(keys: &[(Time, Place)], board: &Storyboard, number: u32, manner: Manner) -> Take {
    let start = board.start(number);
    let next = keys.partition_point(|(time, _)| *time < start);
    let near = keys.get(next).filter(|(time, _)| *time < board.start(number + 1));
    let (_, before) = keys[keys.partition_point(|(time, _)| *time <= start).saturating_sub(1)];
    match (manner, near) {
        (Manner::Exact, _) | (Manner::Near, None) => Take::Shown(before, start),
        (Manner::Near | Manner::Keys, Some(&(_, place))) => Take::Key(place),
        (Manner::Keys, None) => Take::Key(before),
    }
}

/// Every key frame of a timeline.
fn key_frames(sources: &[Source<'_>]) -> Vec<(Time, Place)> {
    let of = |(span, source): (usize, &Source<'_>)| {
        let (gops, shown) = (source.gops, source.gop_range());
        let keys = shown.map(|gop| (source.timeline_time(gops.gops[gop].pts), Place { span, gop }));
        keys.collect::<Vec<_>>()
    };
    sources.iter().enumerate().flat_map(of).collect()
}

/// How many pictures are decoded for tiles, about: of each GOP those up to the last that is wanted.
fn decoded(sources: &[Source<'_>], takes: &[Take]) -> u64 {
    let depth = |take: &Take| match *take {
        Take::Key(_) => 1,
        Take::Shown(place, time) => {
            let source = &sources[place.span];
            let (gops, held) = (source.gops, source.samples_of(place.gop).len() as u64);
            let start = gops.gops[place.gop].pts;
            let long = (gops.end_of(place.gop) - start).max(1).unsigned_abs();
            let since = time.floor_to(source.span.timescale) - source.timeline_time(start).ticks();
            (held * since.max(0).unsigned_abs() / long + 1).min(held)
        }
    };
    let same_gop = takes.chunk_by(|one, next| one.place() == next.place());
    same_gop.map(|takes| takes.iter().map(depth).max().unwrap_or(0)).sum()
}

impl App {
    /// How the storyboard of what plays is laid out. Nothing is read for it.
    ///
    /// # Errors
    /// `NotFound` where there are no pictures.
    pub fn storyboard_layout(&self, playable: &Playable) -> Result<Storyboard> {
        let shown = playable.shown_size().ok_or_else(|| Error::not_found("picture"))?;
        let frames: u64 = playable.view.timeline.video.iter().map(|span| span.samples.len() as u64).sum();
        let frames = u32::try_from(frames).unwrap_or(u32::MAX);
        Ok(Storyboard::new(playable.view.timeline.duration(), frames, shown))
    }

    /// The storyboard of what plays.
    ///
    /// # Errors
    /// As [`App::picture`].
    pub async fn storyboard(&self, playable: &Playable, format: PictureFormat) -> Result<Bytes> {
        let board = self.storyboard_layout(playable)?;
        let key = format!("{}-storyboard-{}", playable.name(), format as u8);
        self.laid_out(playable, &board, 0..board.tiles, format, key).await
    }

    /// Sheet `number` of the storyboard of what plays, a JPEG.
    ///
    /// # Errors
    /// `NotFound` beyond the last; else as [`App::picture`].
    pub async fn storyboard_sheet(&self, playable: &Playable, number: u32) -> Result<Bytes> {
        let board = self.storyboard_layout(playable)?;
        let tiles = board.sheet(number);
        if tiles.is_empty() {
            return Err(Error::not_found("picture"));
        }
        let key = format!("{}-sheet-{number}", playable.name());
        self.laid_out(playable, &board, tiles, PictureFormat::Jpeg, key).await
    }

    /// Some tiles of a storyboard as one picture.
    async fn laid_out(
        &self,
        playable: &Playable,
        board: &Storyboard,
        tiles: Range<u32>,
        format: PictureFormat,
        key: String,
    ) -> Result<Bytes> {
        let make = async {
            let _turn = self.light_table().enter().await?;
            let strip = self.frames_of(playable, board, tiles.clone()).await?;
            let film = Film::new(playable, self.library(), &strip).await?;
            film.develop(self.library(), tiles.end - tiles.start, async |strip| {
                let Storyboard { columns, tile_width, tile_height, .. } = *board;
                let request =
                    subclip_engine::StoryboardRequest { strip, columns, tile_width, tile_height, format };
                self.engine().storyboard(request, &CancellationToken::new()).await.map_err(not_made)
            })
            .await
        };
        self.pictures().still(key, make).await
    }

    async fn frames_of(
        &self,
        playable: &Playable,
        board: &Storyboard,
        tiles: Range<u32>,
    ) -> Result<Vec<Exposure>> {
        let sources = playable.view.sources();
        let format = playable.video.as_ref().and_then(|track| track.video());
        let pixels = format.map_or(0, |format| u64::from(format.width) * u64::from(format.height));
        let mut strip = Vec::new();
        let takes = takes(&sources, board, pixels);
        let takes = takes.into_iter().skip(tiles.start as usize).take(tiles.len());
        for (number, take) in (0..).zip(takes) {
            let place = take.place();
            let source = &sources[place.span];
            let pts = match take {
                Take::Key(_) => source.gops.gops[place.gop].pts,
                Take::Shown(_, time) => {
                    let samples = playable.view.gop(self.library(), place).await?;
                    shown_at(source, &samples, time)
                }
            };
            expose(&mut strip, place, pts, number);
        }
        Ok(strip)
    }
}

#[cfg(test)]
mod tests;
