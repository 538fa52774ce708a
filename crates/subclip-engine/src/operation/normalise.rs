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
    /// When encoded audio ends at the earliest, in seconds of the input's time: it is silent from where there is none.
    pub sound_until_s: Option<f64>,
    /// When the first picture is shown that sound is played beside, in seconds of the input's time: a packet of encoded
    /// audio begins there.
    pub first_picture_s: Option<f64>,
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
        args.extend(request.audio.iter().flat_map(|plan| audio_args(plan, request)).map(OsString::from));
        let if_empty = Some("nothing in the file can be decoded");
        let mp4 = Mp4 { args, stream: None, output, duration_s: request.duration_s, progress, if_empty };
        self.write_mp4(folder, mp4, cancel).await
    }
}

/// Two seconds after the last one, give or take how the clock rounds.
pub(super) const KEY_FRAME_DUE: &str = "expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+1.9995))";

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

/// Samples of a packet of AAC-LC.
const PACKET: u64 = 1024;
/// How far clocks of milliseconds may put the first picture behind where the input has it.
const ROUNDED_S: f64 = 0.0005;

/// The first sample that is encoded, in samples of the result: packets follow each other so that one begins with the first
/// picture, or a trifle after it. One that begins before it would be left out, with all that sounds in it.
fn first_sample(first_picture_s: Option<f64>, sample_rate: u32) -> u64 {
    let late_s = first_picture_s.filter(|seconds| *seconds > 0.0).map_or(0.0, |seconds| seconds + ROUNDED_S);
    (late_s * f64::from(sample_rate)).ceil() as u64 % PACKET
}

fn audio_args(plan: &AudioPlan, request: &NormaliseRequest) -> Vec<String> {
    match plan {
        AudioPlan::Copy { stream } => {
            vec!["-map".to_owned(), format!("0:{stream}"), "-c:a".to_owned(), "copy".to_owned()]
        }
        AudioPlan::Encode { stream, channels, sample_rate, bitrate_kbps } => {
            let (map, bitrate) = (format!("0:{stream}"), format!("{bitrate_kbps}k"));
            let first = first_sample(request.first_picture_s, *sample_rate);
            // Gaps become silence, one at the beginning too, and overlaps are dropped, so that sound stays where it was.
            // The filter that does so counts in samples of what it gets: another one brings them to the result's rate.
            let mut filled = format!("aresample={sample_rate},aresample=async=1:first_pts={first}");
            if let Some(seconds) = request.sound_until_s.filter(|seconds| *seconds > 0.0) {
                filled += &format!(",apad=whole_dur={seconds:.3}");
            }
            let (channels, sample_rate) = (channels.to_string(), sample_rate.to_string());
            ["-map", &map, "-c:a", "aac", "-profile:a", "aac_low", "-b:a", &bitrate, "-ac", &channels]
                .into_iter()
                .chain(["-ar", &sample_rate, "-af", &filled])
                .map(str::to_owned)
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_begins_with_the_first_picture() {
        let check = |first_picture_s, sample_rate, expected| {
            assert_eq!(first_sample(first_picture_s, sample_rate), expected, "{first_picture_s:?}");
        };
        check(None, 48_000, 0);
        check(Some(0.0), 48_000, 0);
        check(Some(-0.01), 48_000, 0);
        // 3 ms and the half that may be rounded.
        check(Some(0.003), 48_000, 168);
        check(Some(0.003), 44_100, 155);
        // A second and a bit: 46 packets before it, and a part of one.
        check(Some(1.0), 48_000, 48_024 - 46 * 1024);
    }
}
