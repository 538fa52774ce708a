//! One frame as a picture file.

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::strip::LONGEST_SIDE;
use super::{filter, input};
use crate::engine::{Call, Engine, Tool};
use crate::error::Error;
use crate::queue::Priority;

/// Which frame, and how it is to look.
#[derive(Debug, Clone)]
pub struct PictureRequest {
    /// A fragmented MP4: an init segment and the frames of one GOP.
    pub input: Bytes,
    /// Ticks a second of the input's track.
    pub timescale: u32,
    /// Presentation time in the input: the frame shown then is taken.
    pub at_pts: i64,
    /// In pixels; none follows from the height, or is the frame's.
    pub width: Option<u32>,
    /// In pixels; none follows from the width, or is the frame's.
    pub height: Option<u32>,
    /// What happens if both are given and the shape differs.
    pub fit: Fit,
    /// Turned first.
    pub rotation: Rotation,
    /// Then left and right change places.
    pub flip_horizontally: bool,
    /// And top and bottom.
    pub flip_vertically: bool,
    /// The file's format.
    pub format: PictureFormat,
}

/// How a frame is brought to a size of another shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Fit {
    /// As large as fits in, in its own shape.
    #[default]
    Preserve,
    /// Out of shape.
    Stretch,
    /// Filled, and the middle cut out.
    Crop,
    /// As large as fits in, with black bars.
    Pad,
}

/// Turned clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Rotation {
    /// Not at all.
    #[default]
    None,
    /// By 90 degrees.
    Quarter,
    /// By 180 degrees.
    Half,
    /// By 270 degrees.
    ThreeQuarters,
}

/// A picture file's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl PictureRequest {
    /// The frame shown at a time, as it is.
    pub fn new(input: Bytes, timescale: u32, at_pts: i64, format: PictureFormat) -> Self {
        Self {
            input,
            timescale,
            at_pts,
            width: None,
            height: None,
            fit: Fit::default(),
            rotation: Rotation::default(),
            flip_horizontally: false,
            flip_vertically: false,
            format,
        }
    }
}

impl PictureFormat {
    pub(super) fn encoder(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["-c:v", "mjpeg", "-q:v", "3"],
            Self::Png => &["-c:v", "png"],
            Self::Webp => &["-c:v", "libwebp", "-quality", "82"],
        }
    }
}

impl Engine {
    /// The frame that is shown at a time, as a picture file: the last one that is not later, or the first if
    /// all are.
    ///
    /// # Errors
    /// [`Error::Refused`] if no frame can be decoded; see [`Error`] for the rest.
    pub async fn picture(
        &self,
        request: &PictureRequest,
        cancel: &CancellationToken,
    ) -> Result<Bytes, Error> {
        let sides = [request.width, request.height];
        if request.timescale == 0
            || sides.into_iter().flatten().any(|side| !(1..=LONGEST_SIDE).contains(&side))
        {
            return Err(Error::Misused { reason: "a picture needs a timescale and a size from 1 to 16383" });
        }
        let filters = filter::picture(request);
        let mut args: Vec<&str> = input::QUIETLY.into_iter().chain(input::FRAGMENTED_PIPE).collect();
        args.extend(["-map", "0:v:0", "-vf", &filters, "-frames:v", "1", "-fps_mode", "passthrough"]);
        args.extend(request.format.encoder());
        args.extend(["-map_metadata", "-1", "-fflags", "+bitexact", "-f", "image2pipe", "pipe:1"]);

        let call = Call::short(Tool::Ffmpeg, args, Priority::Picture);
        let picture = self.bytes(Call { input: vec![request.input.clone()], ..call }, cancel).await?;
        if picture.is_empty() {
            return Err(Error::refused("the frame can't be decoded"));
        }
        Ok(picture)
    }
}
