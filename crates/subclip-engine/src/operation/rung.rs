//! Encoding a piece of a rung: the pictures of a few GOPs, smaller.

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::encode::Encoding;
use crate::engine::{Engine, Span};
use crate::error::Error;
use crate::level::level_idc;
use crate::queue::Urgency;
use crate::settings::{BPyramid, Colour, H264Settings};

/// Which pictures are to be made smaller, and how.
#[derive(Debug, Clone)]
pub struct RungRequest {
    /// A fragmented MP4: an init segment and the samples of whole GOPs, or of a part of one that is decoded on its own.
    /// Every picture in it is encoded.
    pub input: Bytes,
    /// How many pictures that are.
    pub frame_count: u32,
    /// Width of the result in pixels; even.
    pub width: u32,
    /// Height of the result in pixels; even.
    pub height: u32,
    /// The encoder's settings; see [`H264Settings::for_rung`].
    pub settings: H264Settings,
    /// Pictures in so many seconds: roughly, what the encoder plans its rate by.
    pub pace: (u32, u32),
    /// The most that the result may take, in thousands of bits a second...
    pub most_kbps: u32,
    /// ...and in thousands of bits beside: what the first picture can draw on.
    pub reserve_kbits: u32,
    /// Ticks a second of the input's track, and of the result's.
    pub timescale: u32,
}

impl H264Settings {
    /// The settings of a rung: pictures of this size, about so many a second, and one key frame in each piece, its
    /// first picture. `reordered` is how many pictures may be decoded before one that is shown earlier; `clock` is the
    /// timescale of the track, which shows in the parameter sets where the rate is not constant.
    #[must_use]
    pub fn for_rung(
        (width, height): (u32, u32),
        frame_rate: Option<(u32, u32)>,
        pace: (u32, u32),
        reordered: u32,
        clock: u32,
    ) -> Self {
        let pinned = Self::pinned(width, height, frame_rate);
        let (bframes, b_pyramid) = match reordered {
            0 => (0, BPyramid::None),
            1 => (3, BPyramid::None),
            _ => (3, BPyramid::Normal),
        };
        let fps = f64::from(pace.0) / f64::from(pace.1.max(1));
        Self {
            crf_tenths: RUNG_CRF_TENTHS,
            level_idc: level_idc(width, height, fps, pinned.dpb_frames.into()),
            bframes,
            b_pyramid,
            weightb: bframes > 0,
            colour: Colour::UNSPECIFIED,
            timescale: clock,
            keyint_frames: ENDLESS,
            ..pinned
        }
    }
}

/// What is small is looked at closely less often.
const RUNG_CRF_TENTHS: u16 = 230;
/// More pictures than a piece can have.
const ENDLESS: u32 = 1_000_000;

impl Engine {
    /// Decodes a piece and encodes all its pictures in another size, as a fragmented MP4 of one fragment that begins
    /// with its only key frame. Presentation times are the input's but for one constant. The caller checks their count
    /// and times.
    ///
    /// # Errors
    /// [`Error::Refused`] if the pictures can't be decoded; see [`Error`] for the rest.
    pub async fn encode_rung(
        &self,
        request: &RungRequest,
        urgency: &Urgency,
        cancel: &CancellationToken,
    ) -> Result<Bytes, Error> {
        let sides = [request.width, request.height];
        if request.most_kbps == 0
            || request.reserve_kbits == 0
            || sides.into_iter().any(|side| side == 0 || side % 2 == 1)
        {
            return Err(Error::Misused { reason: "a rung needs a rate and an even size" });
        }
        let encoding = Encoding {
            input: &request.input,
            frame_count: request.frame_count,
            timescale: request.timescale,
            layers: None,
            output: output(request),
            span: Span::Edge,
            urgency: urgency.clone(),
        };
        let piece = self.encode(encoding, cancel).await?;
        piece.ok_or_else(|| Error::refused("the pictures can't be decoded"))
    }
}

fn output(request: &RungRequest) -> Vec<String> {
    let RungRequest { width, height, timescale, settings, .. } = request;
    let filters = format!(
        "settb=1/{timescale},scale={width}:{height}:flags=bicubic:out_range=tv,setsar=1,format=yuv420p"
    );
    // With several threads, what the encoder knows of a rate depends on who was faster: one makes the same bytes of the
    // same pictures every time, on every machine. Decoding goes on beside it, and so do other pieces.
    let mut args = ["-threads", "1", "-map", "0:v:0", "-vf", &filters].map(str::to_owned).to_vec();
    args.extend(settings.to_args(*timescale));
    if let Some(x264) = args.last_mut() {
        x264.push_str(&rate_control(request));
    }
    args
}

/// Each piece begins with the reserve, half of a full buffer, and leaves nothing to the next: so none takes more than the
/// reserve and the rate times its length. Nothing of that shows in the parameter sets.
fn rate_control(request: &RungRequest) -> String {
    let RungRequest { most_kbps, reserve_kbits, pace: (frames, seconds), .. } = request;
    let pace = if request.settings.frame_rate.is_none() && *frames > 0 && *seconds > 0 {
        format!(":fps={frames}/{seconds}")
    } else {
        String::new()
    };
    let buffer_kbits = reserve_kbits.saturating_mul(2);
    format!(":vbv-maxrate={most_kbps}:vbv-bufsize={buffer_kbits}:vbv-init=0.5{pace}")
}
