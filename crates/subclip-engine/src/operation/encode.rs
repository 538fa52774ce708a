//! Encoding pictures anew as one fragment: what edges, pieces of rungs and rendered pieces have in common.

use std::ffi::OsString;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::input;
use super::layer::Layers;
use crate::engine::{Call, Engine, Span, Tool};
use crate::error::Error;
use crate::queue::Urgency;

/// Pictures on their way through a decoder and an encoder.
pub(super) struct Encoding<'a> {
    /// A fragmented MP4: an init segment and samples from a key frame on.
    pub(super) input: &'a Bytes,
    /// How many of its pictures are wanted.
    pub(super) frame_count: u32,
    /// Ticks a second of the input's track, and of the result's.
    pub(super) timescale: u32,
    /// Inputs beside it.
    pub(super) layers: Option<&'a Layers>,
    /// Options that choose the pictures, and say what is done to them and how they are encoded.
    pub(super) output: Vec<String>,
    /// How long it may take.
    pub(super) span: Span,
    /// How urgent it is.
    pub(super) urgency: Urgency,
}

impl Engine {
    /// Decodes pictures and encodes them as a fragmented MP4 of one fragment, with the input's presentation times but for
    /// one constant; none where nothing could be decoded.
    pub(super) async fn encode(
        &self,
        encoding: Encoding<'_>,
        cancel: &CancellationToken,
    ) -> Result<Option<Bytes>, Error> {
        if encoding.timescale == 0 || encoding.frame_count == 0 {
            return Err(Error::Misused { reason: "encoding needs a timescale and at least one picture" });
        }
        let (frame_count, timescale) = (encoding.frame_count.to_string(), encoding.timescale.to_string());
        let threads = input::threads_of_pictures();
        let mut args: Vec<OsString> = input::QUIETLY.map(Into::into).into();
        args.extend(["-threads", &threads].map(Into::into));
        args.extend(input::FRAGMENTED_PIPE.map(Into::into));
        args.extend(encoding.layers.into_iter().flat_map(Layers::inputs));
        args.extend(encoding.output.into_iter().map(Into::into));
        args.extend(["-fps_mode", "passthrough", "-frames:v", &frame_count].map(Into::into));
        args.extend(["-map_metadata", "-1", "-fflags", "+bitexact"].map(Into::into));
        // One fragment, however many frames; times by composition offsets alone.
        args.extend(["-movflags", "+empty_moov+default_base_moof+frag_custom"].map(Into::into));
        args.extend(["-use_editlist", "0", "-video_track_timescale", &timescale].map(Into::into));
        args.extend(["-f", "mp4", "pipe:1"].map(Into::into));
        let call = Call {
            tool: Tool::Ffmpeg,
            args,
            input: vec![encoding.input.clone()],
            stream: None,
            folder: encoding.layers.map(|layers| &layers.folder),
            output: None,
            urgency: encoding.urgency,
            span: encoding.span,
        };
        let made = self.bytes(call, cancel).await?;
        Ok(has_fragment(&made).then_some(made))
    }
}

/// A filter that lets the pictures between two times through, on the clock that they are encoded by.
///
/// # Errors
/// [`Error::Misused`] where none can be between them.
pub(super) fn between(start_pts: i64, end_pts: i64, timescale: u32) -> Result<String, Error> {
    if start_pts >= end_pts {
        return Err(Error::Misused { reason: "pictures that are wanted end after they begin" });
    }
    Ok(format!("settb=1/{timescale},trim=start_pts={start_pts}:end_pts={end_pts}"))
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
