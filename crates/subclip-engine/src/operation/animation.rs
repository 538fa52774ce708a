//! Frames as a picture that moves.

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::filter::Tempo;
use super::strip::{LONGEST_SIDE, Strip};
use crate::engine::Engine;
use crate::error::Error;

/// Which frames, and how they are to look.
#[derive(Debug)]
pub struct AnimationRequest {
    /// The frames.
    pub strip: Strip,
    /// How many are shown in a thousand seconds.
    pub rate_milli: u32,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The file's format.
    pub format: AnimationFormat,
}

/// The format of a file that moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnimationFormat {
    /// GIF, with colours chosen for these frames.
    Gif,
    /// Animated WebP.
    Webp,
}

impl AnimationFormat {
    /// From frames of their final size to the output.
    fn filters(self) -> &'static str {
        match self {
            // The colours are known when all frames have been seen, which wait for that; so they are held at their
            // final size. (With `stats_mode=diff` the last frame's colours would not be seen.)
            Self::Gif => {
                "split[seen][held];[seen]palettegen=stats_mode=full[colours];\
                 [held][colours]paletteuse=dither=bayer:bayer_scale=4:diff_mode=rectangle[out]"
            }
            Self::Webp => "scale=out_range=tv:out_color_matrix=bt601,format=yuv420p[out]",
        }
    }

    fn encoder(self) -> &'static [&'static str] {
        match self {
            Self::Gif => &["-c:v", "gif", "-loop", "0", "-f", "gif"],
            Self::Webp => &[
                "-c:v",
                "libwebp_anim",
                "-quality",
                "75",
                "-compression_level",
                "2",
                "-loop",
                "0",
                "-f",
                "webp",
            ],
        }
    }
}

impl Engine {
    /// The frames of a strip one after the other, evenly spaced, over and over.
    ///
    /// # Errors
    /// [`Error::Refused`] if no frame can be decoded; see [`Error`] for the rest.
    pub async fn animation(
        &self,
        request: AnimationRequest,
        cancel: &CancellationToken,
    ) -> Result<Bytes, Error> {
        let AnimationRequest { strip, rate_milli, width, height, format } = request;
        let sized = [width, height].into_iter().all(|side| (1..=LONGEST_SIDE).contains(&side));
        if !sized || rate_milli == 0 || strip.count == 0 {
            return Err(Error::Misused { reason: "an animation needs frames, a rate and a size" });
        }
        let filters = format!("scale={width}:{height}:flags=bicubic,setsar=1,{}", format.filters());
        self.develop(strip, Tempo { rate_milli }, &filters, format.encoder(), cancel).await
    }
}
