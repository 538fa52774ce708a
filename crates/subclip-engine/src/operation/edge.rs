//! Encoding the few frames between a cut point and a key frame.

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::input;
use crate::engine::{Call, Engine, Span, Tool};
use crate::error::Error;
use crate::queue::Priority;
use crate::settings::H264Settings;

/// Which frames are to be encoded, and how.
#[derive(Debug, Clone)]
pub struct EdgeRequest {
    /// A fragmented MP4: an init segment and the frames of one GOP, from its key frame on. Frames after the
    /// last one wanted only cost time.
    pub input: Bytes,
    /// Presentation time of the first frame wanted, in the input's ticks, edit lists left aside.
    pub start_pts: i64,
    /// Presentation time before which the last one begins.
    pub end_pts: i64,
    /// How many frames there are between the two.
    pub frame_count: u32,
    /// The encoder's settings; see [`H264Settings::for_edge`].
    pub settings: H264Settings,
    /// Ticks a second of the input's track, and of the result's.
    pub timescale: u32,
}

impl Engine {
    /// Decodes one GOP and encodes some of its frames anew, as a fragmented MP4 of one fragment that begins
    /// with an IDR picture. Presentation times are the input's but for one constant, by which they are moved
    /// so that decode times begin at 0. The caller checks their count and times.
    ///
    /// # Errors
    /// [`Error::Refused`] if the frames can't be decoded or there are none; see [`Error`] for the rest.
    pub async fn encode_edge(
        &self,
        request: &EdgeRequest,
        cancel: &CancellationToken,
    ) -> Result<Bytes, Error> {
        if request.timescale == 0 || request.frame_count == 0 || request.start_pts >= request.end_pts {
            return Err(Error::Misused { reason: "an edge needs a timescale and at least one frame" });
        }
        let call = Call { span: Span::Edge, ..Call::short(Tool::Ffmpeg, args(request), Priority::Edge) };
        let edge = self.bytes(Call { input: vec![request.input.clone()], ..call }, cancel).await?;
        if !has_fragment(&edge) {
            return Err(Error::refused("the frames at the cut can't be decoded"));
        }
        Ok(edge)
    }
}

/// Whether there is more than an init segment.
fn has_fragment(mut mp4: &[u8]) -> bool {
    while let [a, b, c, d, rest @ ..] = mp4 {
        if rest.starts_with(b"moof") {
            return true;
        }
        let size = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        mp4 = mp4.get(size.max(8)..).unwrap_or_default();
    }
    false
}

fn args(request: &EdgeRequest) -> Vec<String> {
    let EdgeRequest { start_pts, end_pts, timescale, frame_count, .. } = request;
    let filters = format!("settb=1/{timescale},trim=start_pts={start_pts}:end_pts={end_pts}");
    let timescale = timescale.to_string();
    let frame_count = frame_count.to_string();
    let threads = input::threads_of_an_edge();
    let mut args: Vec<&str> = input::QUIETLY.to_vec();
    args.extend(["-threads", &threads]);
    args.extend(input::FRAGMENTED_PIPE);
    args.extend(["-threads", &threads]);
    args.extend(["-map", "0:v:0", "-vf", &filters, "-fps_mode", "passthrough", "-frames:v", &frame_count]);
    let mut args: Vec<String> = args.into_iter().map(str::to_owned).collect();
    args.extend(request.settings.to_args(request.timescale));
    args.extend(
        ["-map_metadata", "-1", "-fflags", "+bitexact", "-video_track_timescale", &timescale]
            .into_iter()
            // One fragment, however many frames; times by composition offsets alone.
            .chain(["-movflags", "+empty_moov+default_base_moof+frag_custom", "-use_editlist", "0"])
            .chain(["-f", "mp4", "pipe:1"])
            .map(str::to_owned),
    );
    args
}
