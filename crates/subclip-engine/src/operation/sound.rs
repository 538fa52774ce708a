//! Sound alone: how loud it is, and encoding it anew with another loudness.

use std::ffi::OsString;

use tokio_util::sync::CancellationToken;

use super::input;
use super::progress::{Mp4, REPORT};
use crate::engine::{Call, Engine, Span, Tool};
use crate::error::Error;
use crate::folder::{Folder, check_name};
use crate::process::ByteStream;
use crate::queue::Priority;

/// Sound on its way to the engine.
pub struct SoundInput {
    /// A fragmented MP4 of one track of AAC.
    pub bytes: ByteStream,
    /// Where it ends, in seconds: for the progress.
    pub end_s: f64,
}

/// How loud sound is (ITU-R BS.1770, EBU R 128).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loudness {
    /// Of the whole, gated, in LUFS; none where it is silent or too short to tell.
    pub integrated_lufs: Option<f64>,
    /// The true peak, in dB below full scale.
    pub true_peak_db: f64,
}

/// How sound is to be encoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoundRequest {
    /// How much louder it is to be.
    pub gain_db: f64,
    /// Above which level peaks are held down, if they are to be, in dB below full scale.
    pub limit_db: Option<f64>,
    /// Channels of the result.
    pub channels: u32,
    /// Of the result.
    pub sample_rate: u32,
    /// Of the result, in thousands of bits a second.
    pub bitrate_kbps: u32,
}

/// What the meter says of silence.
const SILENCE_LUFS: f64 = -69.9;

impl Engine {
    /// Measures how loud sound is. `progress` gets rising percentages.
    ///
    /// # Errors
    /// [`Error::Refused`] if it can't be decoded; see [`Error`] for the rest.
    pub async fn loudness(
        &self,
        sound: SoundInput,
        progress: &mut (dyn FnMut(u8) + Send),
        cancel: &CancellationToken,
    ) -> Result<Loudness, Error> {
        let mut args: Vec<OsString> = input::QUIETLY.map(Into::into).into();
        args.extend(input::FRAGMENTED_PIPE.map(Into::into));
        let meter = "ebur128=peak=true:metadata=1,ametadata=mode=print:file=-";
        args.extend(["-map", "0:a:0", "-af", meter, "-f", "null", "-"].map(Into::into));
        let mut meter = Meter { end_s: sound.end_s, percent: 0, lufs: None, peak: 0.0 };
        let call = Call {
            span: Span::Long,
            stream: Some(sound.bytes),
            ..Call::short(Tool::Ffmpeg, args, Priority::Normalise)
        };
        self.lines(call, &mut |line| meter.line(line, progress), cancel).await?;
        let true_peak_db = 20.0 * meter.peak.max(1e-6).log10();
        Ok(Loudness { integrated_lufs: meter.lufs.filter(|lufs| *lufs > SILENCE_LUFS), true_peak_db })
    }

    /// Encodes sound as AAC-LC into an MP4, from the input's zero on and without gaps: where there is none it is silent.
    /// `progress` gets rising percentages. The caller checks that something was written.
    ///
    /// # Errors
    /// [`Error::Refused`] if it can't be decoded; see [`Error`] for the rest.
    pub async fn encode_sound(
        &self,
        folder: &Folder,
        sound: SoundInput,
        output: &str,
        request: &SoundRequest,
        progress: &mut (dyn FnMut(u8) + Send),
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        check_name(output)?;
        let mut args: Vec<OsString> = input::QUIETLY.into_iter().chain(REPORT).map(Into::into).collect();
        args.extend(input::FRAGMENTED_PIPE.map(Into::into));
        let SoundRequest { channels, sample_rate, bitrate_kbps, .. } = request;
        let (channels, rate) = (channels.to_string(), sample_rate.to_string());
        let (bitrate, filters) = (format!("{bitrate_kbps}k"), filters(request));
        args.extend(["-map", "0:a:0", "-af", &filters, "-ac", &channels, "-ar", &rate].map(Into::into));
        args.extend(["-c:a", "aac", "-profile:a", "aac_low", "-b:a", &bitrate].map(Into::into));
        let mp4 = Mp4 {
            args,
            stream: Some(sound.bytes),
            output,
            duration_s: Some(sound.end_s),
            progress,
            if_empty: None,
        };
        self.write_mp4(folder, mp4, cancel).await
    }
}

/// Silence in gaps of more than 3 ms, and before the first sound: what is less is how clocks of whole milliseconds round.
const IN_PLACE: &str = "aresample=async=1:min_hard_comp=0.003:first_pts=0";

fn filters(request: &SoundRequest) -> String {
    let mut filters = format!("{IN_PLACE},volume={:.3}dB", request.gain_db);
    if let Some(limit_db) = request.limit_db {
        let limit = 10_f64.powf(limit_db / 20.0);
        // It looks ahead, and so is late unless told to make up for it.
        filters += &format!(",alimiter=limit={limit:.5}:level=false:latency=true");
    }
    filters
}

/// Reads what the meter says of each tenth of a second; what it says last is of the whole.
struct Meter {
    end_s: f64,
    percent: u8,
    lufs: Option<f64>,
    /// The highest, of full scale.
    peak: f64,
}

impl Meter {
    fn line(&mut self, line: &str, progress: &mut (dyn FnMut(u8) + Send)) {
        if let Some((_, time_s)) = line.rsplit_once("pts_time:") {
            let percent = time_s.trim().parse::<f64>().unwrap_or(0.0) / self.end_s.max(1e-3) * 100.0;
            let percent = percent.clamp(0.0, 99.0) as u8;
            if percent > self.percent {
                self.percent = percent;
                progress(percent);
            }
        } else if let Some((key, value)) =
            line.strip_prefix("lavfi.r128.").and_then(|said| said.split_once('='))
        {
            match (key, value.parse::<f64>()) {
                ("I", Ok(lufs)) => self.lufs = Some(lufs),
                ("true_peak", Ok(peak)) => self.peak = self.peak.max(peak),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meter_is_read_to_its_end() {
        let mut percents = Vec::new();
        let mut meter = Meter { end_s: 4.0, percent: 0, lufs: None, peak: 0.0 };
        for line in [
            "frame:0    pts:0       pts_time:0",
            "lavfi.r128.M=-120.691",
            "lavfi.r128.I=-70.000",
            "lavfi.r128.true_peak=0.500",
            "frame:9    pts:1       pts_time:1.0",
            "lavfi.r128.I=-23.500",
            "lavfi.r128.true_peak=0.250",
            "frame:9    pts:1       pts_time:9.0",
            "odd",
        ] {
            meter.line(line, &mut |percent| percents.push(percent));
        }
        assert_eq!((meter.lufs, meter.peak, percents), (Some(-23.5), 0.5, vec![25, 99]));
    }

    #[test]
    fn peaks_are_held_down_only_where_asked() {
        let request = SoundRequest {
            gain_db: -3.25,
            limit_db: None,
            channels: 2,
            sample_rate: 48_000,
            bitrate_kbps: 192,
        };
        assert_eq!(filters(&request), format!("{IN_PLACE},volume=-3.250dB"));
        let limited = filters(&SoundRequest { gain_db: 9.0, limit_db: Some(-1.5), ..request });
        assert_eq!(
            limited,
            format!("{IN_PLACE},volume=9.000dB,alimiter=limit=0.84140:level=false:latency=true")
        );
    }
}
