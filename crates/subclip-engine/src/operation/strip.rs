//! Film strips: frames chosen from a film, in the order shown, fed as they are read.

use bytes::Bytes;
use futures::stream::{self, StreamExt};
use tokio::sync::mpsc;

use super::filter::Tempo;
use super::input;
use crate::engine::{Call, Engine, Tool};
use crate::error::Error;
use crate::queue::Priority;

/// Chosen frames, on their way to the engine.
///
/// The input's clock does not tell when a frame is shown in the film, but which it is in the strip: frame `n` is shown
/// at `n` seconds sharp. A second without a frame shows the one before again. What is shown at any other time is there
/// for decoding alone.
#[derive(Debug)]
pub struct Strip {
    /// A fragmented MP4, piece by piece: an init segment and fragments with [`Strip::TIMESCALE`] ticks a second. It is
    /// whole when its sender is dropped.
    pub input: mpsc::Receiver<Bytes>,
    /// The number of the first frame wanted, which is there.
    pub first: u32,
    /// How many are wanted.
    pub count: u32,
}

impl Strip {
    /// Ticks a second of the input.
    pub const TIMESCALE: u32 = 1 << 16;
    /// What is made of one has no more bytes: what moves may become large, and whoever asks for it may be slow to take it.
    pub const MOST_BYTES: u64 = 64 << 20;
}

/// No side of a picture may be longer; WebP's limit.
pub(super) const LONGEST_SIDE: u32 = 16_383;

impl Engine {
    /// Decodes a strip, filters its frames, of which `tempo` are shown in a second, to an output called `out`, and
    /// encodes that.
    pub(super) async fn develop(
        &self,
        strip: Strip,
        tempo: Tempo,
        filters: &str,
        encoder: &[&str],
        cancel: &tokio_util::sync::CancellationToken,
    ) -> Result<Bytes, Error> {
        let filters = format!("[0:v:0]{},{filters}", tempo.strip(strip.first, strip.count));
        let mut args: Vec<&str> = input::QUIETLY.into_iter().chain(input::FRAGMENTED_PIPE).collect();
        args.extend(["-filter_complex", &filters, "-map", "[out]", "-fps_mode", "passthrough"]);
        args.extend(["-map_metadata", "-1", "-fflags", "+bitexact"]);
        args.extend(encoder);
        args.push("pipe:1");
        let call = Call::short(Tool::Ffmpeg, args, Priority::Picture);
        let pieces = stream::unfold(strip.input, async |mut input| Some((Ok(input.recv().await?), input)));
        let call = Call { stream: Some(pieces.boxed()), ..call };
        let made = self.bytes_at_most(Strip::MOST_BYTES, call, cancel).await?;
        if made.is_empty() {
            return Err(Error::refused("the frames can't be decoded"));
        }
        Ok(made)
    }
}
