//! Encoding the few frames between a cut point and a key frame.

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::encode::{Encoding, between};
use super::input;
use crate::engine::{Engine, Span};
use crate::error::Error;
use crate::queue::Urgency;
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
        urgency: &Urgency,
        cancel: &CancellationToken,
    ) -> Result<Bytes, Error> {
        let EdgeRequest { start_pts, end_pts, frame_count, timescale, .. } = *request;
        let filters = between(start_pts, end_pts, timescale)?;
        let threads = input::threads_of_pictures();
        let mut output = ["-threads", &threads, "-map", "0:v:0", "-vf", &filters].map(str::to_owned).to_vec();
        output.extend(request.settings.to_args(timescale));
        let encoding = Encoding {
            input: &request.input,
            frame_count,
            timescale,
            layers: None,
            output,
            span: Span::Edge,
            urgency: urgency.clone(),
        };
        let edge = self.encode(encoding, cancel).await?;
        edge.ok_or_else(|| Error::refused("the frames at the cut can't be decoded"))
    }
}
