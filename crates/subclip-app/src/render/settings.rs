//! How rendered pictures are encoded: by the pinned profile, as far as the pictures let it choose.

use subclip_core::VideoFormat;
use subclip_engine::H264Settings;
use subclip_formats::h264::Parameters;

use crate::cutting::colour;
use crate::{Error, Result};

/// The pace of pictures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Frames in so many seconds, if all last equally long.
    pub(super) constant: Option<(u32, u32)>,
    /// Frames a second on the average.
    pub(super) average: f64,
}

/// The settings for pictures of a format, at a timescale that is kept: every picture keeps its time, its size and the
/// meaning of its samples.
pub(super) fn settings(format: &VideoFormat, timescale: u32, pace: Pace) -> Result<H264Settings> {
    let parameters = Parameters::of_record(&format.config).map_err(Error::internal)?;
    // Level and distance of key frames follow from the average where there is no rate.
    let average = ((pace.average * 1000.0).round().clamp(1.0, 1e6) as u32, 1000);
    let pinned = H264Settings::pinned(format.width, format.height, Some(pace.constant.unwrap_or(average)));
    let sample_aspect = Some((format.pixel_aspect.0.max(1), format.pixel_aspect.1.max(1)));
    let colour = colour(&parameters);
    Ok(H264Settings { colour, sample_aspect, frame_rate: pace.constant, timescale, ..pinned })
}
