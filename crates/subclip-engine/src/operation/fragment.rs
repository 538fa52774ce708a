//! Encoding a stretch of pictures anew, with something done to them on the way: one piece of a longer track.

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::encode::{Encoding, between};
use super::input;
use super::layer::Layers;
use super::normalise::KEY_FRAME_DUE;
use crate::engine::{Engine, Span};
use crate::error::Error;
use crate::queue::{Priority, Urgency};
use crate::settings::{Colour, H264Settings};

/// Which pictures are to be encoded, and how.
#[derive(Debug, Clone)]
pub struct FragmentRequest {
    /// A fragmented MP4: an init segment and the samples of some GOPs, from a key frame on.
    pub input: Bytes,
    /// Presentation time of the first picture wanted, in the input's ticks, edit lists left aside.
    pub start_pts: i64,
    /// Presentation time before which the last one begins.
    pub end_pts: i64,
    /// How many pictures there are between the two.
    pub frame_count: u32,
    /// Ticks a second of the input's track, and of the result's.
    pub timescale: u32,
    /// How they are encoded. All pieces of a track have the same.
    pub settings: H264Settings,
    /// Height of the pictures: where nobody says how their colours are coded, it decides.
    pub height: u32,
    /// What is laid over them.
    pub layers: Option<Layers>,
    /// How urgent it is.
    pub priority: Priority,
}

impl Engine {
    /// Decodes GOPs and encodes some of their pictures anew, as a fragmented MP4 of one fragment that begins with an
    /// IDR picture. Presentation times are the input's but for one constant. The caller checks their count and times.
    ///
    /// # Errors
    /// [`Error::Refused`] if the pictures can't be decoded or there are none; see [`Error`] for the rest.
    pub async fn encode_fragment(
        &self,
        request: &FragmentRequest,
        cancel: &CancellationToken,
    ) -> Result<Bytes, Error> {
        let encoding = Encoding {
            input: &request.input,
            frame_count: request.frame_count,
            timescale: request.timescale,
            layers: request.layers.as_ref(),
            output: output(request)?,
            span: Span::Long,
            urgency: Urgency::new(request.priority),
        };
        let made = self.encode(encoding, cancel).await?;
        made.ok_or_else(|| Error::refused("the pictures can't be decoded"))
    }
}

fn output(request: &FragmentRequest) -> Result<Vec<String>, Error> {
    let settings = &request.settings;
    let filters = filters(request)?;
    let threads = input::threads_of_pictures();
    let chosen = ["-threads", &threads, "-filter_complex", &filters, "-map", "[out]"];
    let mut args = chosen.map(str::to_owned).to_vec();
    args.extend(settings.to_args(request.timescale));
    if settings.colour.full_range {
        // The other name of the format is what keeps the range from being squeezed.
        args.extend(["-pix_fmt", "yuvj420p"].map(str::to_owned));
    }
    if settings.frame_rate.is_none() {
        args.extend(["-forced-idr", "1", "-force_key_frames", KEY_FRAME_DUE].map(str::to_owned));
    }
    Ok(args)
}

fn filters(request: &FragmentRequest) -> Result<String, Error> {
    let FragmentRequest { start_pts, end_pts, timescale, .. } = *request;
    let wanted = between(start_pts, end_pts, timescale)?;
    let coded = colours(request.settings.colour, request.height);
    let over = request.layers.as_ref().map(|layers| layers.filters("v", timescale, &coded));
    let (over, label) = over.unwrap_or((String::new(), "v".to_owned()));
    Ok(format!("[0:v:0]{wanted}[v]{over};[{label}]settb=1/{timescale}[out]"))
}

/// A filter that codes the colours of an image as the pictures are. Where they don't say, players take them to be
/// coded as is usual for their size.
fn colours(colour: Colour, height: u32) -> String {
    let matrix = match colour.matrix {
        1 => "bt709",
        4 => "fcc",
        5 | 6 => "bt601",
        7 => "smpte240m",
        9 | 10 => "bt2020",
        _ if height > 576 => "bt709",
        _ => "bt601",
    };
    let range = if colour.full_range { "pc" } else { "tv" };
    format!("scale=out_color_matrix={matrix}:out_range={range}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_coded_as_the_pictures_are() {
        let unsaid = Colour::UNSPECIFIED;
        for (colour, height, expected) in [
            (Colour::BT709, 360, "scale=out_color_matrix=bt709:out_range=tv"),
            (unsaid, 1080, "scale=out_color_matrix=bt709:out_range=tv"),
            (unsaid, 576, "scale=out_color_matrix=bt601:out_range=tv"),
            (
                Colour { matrix: 6, full_range: true, ..unsaid },
                720,
                "scale=out_color_matrix=bt601:out_range=pc",
            ),
            (Colour { matrix: 9, ..unsaid }, 2160, "scale=out_color_matrix=bt2020:out_range=tv"),
        ] {
            assert_eq!(colours(colour, height), expected);
        }
    }
}
