//! Turning whatever can be decoded into the one form that can be cut.

use std::ffi::OsString;

use tokio_util::sync::CancellationToken;

use super::progress::{Mp4, REPORT};
use super::{filter, input};
use crate::engine::Engine;
use crate::error::Error;
use crate::folder::{Folder, check_name};
use crate::plan::{AudioPlan, VideoPlan};

/// How each medium is to be treated; at least one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NormaliseRequest {
    /// The video that is encoded, if any.
    pub video: Option<VideoPlan>,
    /// Or the stream of video that is copied as it is.
    pub copied_video: Option<u32>,
    /// The audio, if any.
    pub audio: Option<AudioPlan>,
    /// Length of the whole, for the progress.
    pub duration_s: Option<f64>,
}

impl Engine {
    /// Encodes one video and one audio stream into an MP4 whose `moov` is at its end: H.264 by the plan's
    /// settings, AAC-LC. Every frame keeps its time, and edit lists keep the offset between the two media.
    /// `progress` gets rising percentages.
    ///
    /// # Errors
    /// [`Error::Refused`] if nothing can be decoded; see [`Error`] for the rest.
    pub async fn normalise(
        &self,
        folder: &Folder,
        input: &str,
        output: &str,
        request: &NormaliseRequest,
        progress: &mut (dyn FnMut(u8) + Send),
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        check_name(input)?;
        check_name(output)?;
        if request.video.is_none() && request.copied_video.is_none() && request.audio.is_none() {
            return Err(Error::Misused { reason: "a file needs a video or an audio stream" });
        }
        if request.video.is_some() && request.copied_video.is_some() {
            return Err(Error::Misused { reason: "a video is encoded or copied, not both" });
        }
        let mut args: Vec<OsString> = input::QUIETLY.into_iter().chain(REPORT).map(Into::into).collect();
        args.extend(input::bounded_threads());
        args.extend(input::open(&folder.input(input)));
        args.extend(input::bounded_threads());
        args.extend(request.video.iter().flat_map(video_args).map(OsString::from));
        if let Some(stream) = request.copied_video {
            args.extend(["-map".into(), format!("0:{stream}").into(), "-c:v".into(), "copy".into()]);
        }
        args.extend(request.audio.iter().flat_map(audio_args).map(OsString::from));
        let if_empty = "nothing in the file can be decoded";
        let mp4 = Mp4 { args, output, duration_s: request.duration_s, progress, if_empty };
        self.write_mp4(folder, mp4, cancel).await
    }
}

/// Two seconds after the last one, give or take how the clock rounds.
const KEY_FRAME_DUE: &str = "expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+1.9995))";

fn video_args(plan: &VideoPlan) -> Vec<String> {
    let timescale = plan.settings.timescale;
    let mut args = vec!["-map".to_owned(), format!("0:{}", plan.stream)];
    // Frames of equal times are dropped, none is made up.
    args.extend(["-fps_mode", "vfr", "-vf"].map(str::to_owned));
    args.push(filter::normalise(plan));
    args.extend(plan.settings.to_args(timescale));
    args.extend(["-video_track_timescale".to_owned(), timescale.to_string()]);
    // Where frames are few their count alone would make long GOPs; and a rate that is claimed may not be kept.
    args.extend(["-forced-idr", "1", "-force_key_frames", KEY_FRAME_DUE].map(str::to_owned));
    args
}

fn audio_args(plan: &AudioPlan) -> Vec<String> {
    match plan {
        AudioPlan::Copy { stream } => {
            vec!["-map".to_owned(), format!("0:{stream}"), "-c:a".to_owned(), "copy".to_owned()]
        }
        AudioPlan::Encode { stream, channels, sample_rate, bitrate_kbps } => {
            let (channels, sample_rate) = (channels.to_string(), sample_rate.to_string());
            let (map, bitrate) = (format!("0:{stream}"), format!("{bitrate_kbps}k"));
            ["-map", &map, "-c:a", "aac", "-profile:a", "aac_low", "-b:a", &bitrate, "-ac", &channels]
                .into_iter()
                // Gaps become silence, one at the beginning too, and overlaps are dropped, so that sound stays where
                // it was.
                .chain(["-ar", &sample_rate, "-af", "aresample=async=1:first_pts=0"])
                .map(str::to_owned)
                .collect()
        }
    }
}
