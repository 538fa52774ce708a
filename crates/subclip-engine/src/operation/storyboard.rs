//! Frames as one picture, side by side.

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::filter::{Tempo, final_colours};
use super::picture::PictureFormat;
use super::strip::{LONGEST_SIDE, Strip};
use crate::engine::Engine;
use crate::error::Error;

/// Which frames, and how they are laid out.
#[derive(Debug)]
pub struct StoryboardRequest {
    /// The frames, from left to right and then downwards.
    pub strip: Strip,
    /// How many stand in a row.
    pub columns: u32,
    /// Each is made exactly this wide, in pixels; an even number.
    pub tile_width: u32,
    /// And this high; an even number.
    pub tile_height: u32,
    /// The file's format.
    pub format: PictureFormat,
}

impl Engine {
    /// The frames of a strip as tiles of one picture; where the last row is not full, the rest of it is black.
    ///
    /// # Errors
    /// [`Error::Refused`] if no frame can be decoded; see [`Error`] for the rest.
    pub async fn storyboard(
        &self,
        request: StoryboardRequest,
        cancel: &CancellationToken,
    ) -> Result<Bytes, Error> {
        let StoryboardRequest { strip, columns, tile_width: width, tile_height: height, format } = request;
        let rows = strip.count.div_ceil(columns.max(1));
        let sides = [columns.saturating_mul(width), rows.saturating_mul(height)];
        if sides.into_iter().any(|side| !(1..=LONGEST_SIDE).contains(&side)) || width % 2 + height % 2 > 0 {
            return Err(Error::Misused { reason: "a storyboard needs frames and tiles of even size" });
        }
        // Cut to the number of frames that there are, as a tile that is waited for would never come.
        let tiles = format!("tile={columns}x{rows}:nb_frames={}", strip.count);
        let filters =
            format!("scale={width}:{height}:flags=bicubic,setsar=1,{},{tiles}[out]", final_colours(format));
        let mut encoder = vec!["-frames:v", "1"];
        encoder.extend(format.encoder());
        encoder.extend(["-f", "image2pipe"]);
        self.develop(strip, Tempo { rate_milli: 1000 }, &filters, &encoder, cancel).await
    }
}
