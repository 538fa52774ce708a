//! Putting the streams of a file into a plain MP4 as they are.

use tokio_util::sync::CancellationToken;

use super::input;
use super::progress::{Mp4, REPORT};
use crate::engine::Engine;
use crate::error::Error;
use crate::folder::{Folder, check_name};
use crate::probe::{Probe, Stream};

/// Which streams to keep, by their index in the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RemuxRequest {
    /// The video.
    pub video: Option<u32>,
    /// The audio.
    pub audio: Option<u32>,
    /// Length of the whole, for the progress.
    pub duration_s: Option<f64>,
}

impl From<&Probe> for RemuxRequest {
    /// The streams that an asset is made of.
    fn from(probe: &Probe) -> Self {
        let index = |stream: &Stream| stream.index;
        Self {
            video: probe.video().map(index),
            audio: probe.audio().map(index),
            duration_s: probe.duration_s,
        }
    }
}

impl Engine {
    /// Copies one video and one audio stream into an MP4, whose `moov` is at its end and in which edit
    /// lists keep the offset between the two. `progress` gets rising percentages.
    ///
    /// # Errors
    /// [`Error::Refused`] if a codec has no place in MP4; see [`Error`] for the rest.
    pub async fn remux(
        &self,
        folder: &Folder,
        input: &str,
        output: &str,
        request: &RemuxRequest,
        progress: &mut (dyn FnMut(u8) + Send),
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        check_name(input)?;
        check_name(output)?;
        if request.video.or(request.audio).is_none() {
            return Err(Error::Misused { reason: "a file needs a video or an audio stream" });
        }
        let mut args: Vec<_> = input::QUIETLY.into_iter().chain(REPORT).map(Into::into).collect();
        // Containers without decode times (AVI) get them made up.
        args.extend(["-fflags", "+genpts"].map(Into::into));
        args.extend(input::open(&folder.input(input)));
        for stream in [request.video, request.audio].into_iter().flatten() {
            args.extend(["-map".into(), format!("0:{stream}").into()]);
        }
        args.extend(["-c", "copy"].map(Into::into));
        let if_empty = Some("the file holds no picture and no sound that can be used");
        let mp4 = Mp4 { args, stream: None, output, duration_s: request.duration_s, progress, if_empty };
        self.write_mp4(folder, mp4, cancel).await
    }
}
