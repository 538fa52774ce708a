//! How a stream is normalised, decided from what it is.

use crate::probe::Stream;
use crate::settings::{Colour, H264Settings};

/// How one video stream becomes the top quality.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoPlan {
    /// Index of the stream in the file.
    pub stream: u32,
    /// Width of the result in pixels; even.
    pub width: u32,
    /// Height of the result in pixels; even.
    pub height: u32,
    /// The encoder's settings, to be stored with the track.
    pub settings: H264Settings,
    /// Whether two fields are woven in each frame.
    pub deinterlace: bool,
    /// What high dynamic range is brought down to BT.709, if it is.
    pub tone_map: Option<DynamicRange>,
    /// Whether the samples are red, green and blue.
    pub is_rgb: bool,
}

/// The kinds of high dynamic range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DynamicRange {
    /// SMPTE ST 2084, of HDR10 and Dolby Vision.
    Pq,
    /// Hybrid log-gamma.
    Hlg,
}

/// How one audio stream becomes AAC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AudioPlan {
    /// It is AAC-LC already.
    Copy {
        /// Index of the stream in the file.
        stream: u32,
    },
    /// Encode it.
    Encode {
        /// Index of the stream in the file.
        stream: u32,
        /// Of the result: 1 or 2.
        channels: u32,
        /// Of the result: 44,100 or 48,000.
        sample_rate: u32,
        /// Of the result, in thousands of bits a second.
        bitrate_kbps: u32,
    },
}

/// Rates that cameras and programs mean when their timestamps are rounded.
const USUAL_RATES: [(u32, u32); 16] = [
    (10, 1),
    (12, 1),
    (25, 2),
    (15, 1),
    (24_000, 1001),
    (24, 1),
    (25, 1),
    (30_000, 1001),
    (30, 1),
    (48, 1),
    (50, 1),
    (60_000, 1001),
    (60, 1),
    (100, 1),
    (120_000, 1001),
    (120, 1),
];
/// How far a rate may be from another to be the same: less than half of what parts 30 from 29.97.
const SAME_RATE: f64 = 0.0004;
/// Above this, a rate is a guess of the demuxer's.
const HIGHEST_FPS: f64 = 300.0;

impl VideoPlan {
    /// Decides for a stream. The result is no larger than `max_resolution`, whose larger number bounds the
    /// longer side, and has square pixels and the source's shape.
    pub fn for_stream(stream: &Stream, max_resolution: (u32, u32)) -> Self {
        let (width, height) = fit(stream.display_size(), max_resolution);
        let deinterlace = stream.field_order.as_deref().is_some_and(|order| order != "progressive");
        let tone_map = match stream.transfer.as_deref() {
            Some("smpte2084") => Some(DynamicRange::Pq),
            Some("arib-std-b67") => Some(DynamicRange::Hlg),
            _ => None,
        };
        let is_rgb = stream.pix_fmt.as_deref().is_some_and(is_rgb);
        let mut settings = H264Settings::pinned(width, height, constant_rate(stream, deinterlace));
        settings.colour = colour(stream, tone_map.is_some() || is_rgb);
        if settings.frame_rate.is_none() {
            settings.keyint_frames = variable_keyint(stream);
        }
        Self { stream: stream.index, width, height, settings, deinterlace, tone_map, is_rgb }
    }
}

impl AudioPlan {
    /// Copies AAC-LC of one or two channels, encodes everything else.
    pub fn for_stream(stream: &Stream) -> Self {
        let is_plain = stream.is_aac_lc() && stream.channels <= 2;
        if is_plain { Self::Copy { stream: stream.index } } else { Self::encoding(stream) }
    }

    /// Encodes it whatever it is: without gaps, and from the file's first moment on.
    pub fn encoding(stream: &Stream) -> Self {
        let channels = stream.channels.clamp(1, 2);
        Self::Encode {
            stream: stream.index,
            channels,
            // Rates of one family need no fractional resampling.
            sample_rate: if stream.sample_rate > 0 && stream.sample_rate.is_multiple_of(11_025) {
                44_100
            } else {
                48_000
            },
            bitrate_kbps: 96 * channels,
        }
    }
}

/// The largest even size of the same shape within the bounds; never larger than it is.
fn fit((width, height): (u32, u32), (one, other): (u32, u32)) -> (u32, u32) {
    let (long, short) = (width.max(height), width.min(height));
    let scale = |side: u32, bound: u32| f64::from(bound) / f64::from(side.max(1));
    let factor = scale(long, one.max(other)).min(scale(short, one.min(other))).min(1.0);
    let even = |side: u32| (((f64::from(side) * factor / 2.0 + 1e-6).floor() as u32) * 2).max(2);
    (even(width), even(height))
}

/// The rate, if all frames keep to it.
fn constant_rate(stream: &Stream, interlaced: bool) -> Option<(u32, u32)> {
    let (average, real) = (stream.avg_frame_rate?, stream.real_frame_rate?);
    let fps = |(frames, seconds): (u32, u32)| f64::from(frames) / f64::from(seconds);
    let same = |one: f64, other: f64| (one / other - 1.0).abs() < SAME_RATE;
    // Of interlaced streams some demuxers give the rate of fields.
    let keeps_to_it = same(fps(average), fps(real)) || (interlaced && same(fps(average) * 2.0, fps(real)));
    if !keeps_to_it || fps(average) > HIGHEST_FPS {
        return None;
    }
    let usual = USUAL_RATES.into_iter().find(|rate| same(fps(*rate), fps(average)));
    Some(usual.unwrap_or(average))
}

/// Two seconds of the average rate; normalising counts the time as well.
fn variable_keyint(stream: &Stream) -> u32 {
    let fps = stream.avg_frame_rate.map_or(30.0, |(frames, seconds)| f64::from(frames) / f64::from(seconds));
    ((fps * 2.0).round() as u32).clamp(2, 600)
}

fn colour(stream: &Stream, becomes_bt709: bool) -> Colour {
    if becomes_bt709 {
        return Colour::BT709;
    }
    let name = |name: &Option<String>| name.clone().unwrap_or_default();
    Colour::from_names(false, &name(&stream.primaries), &name(&stream.transfer), &name(&stream.matrix))
}

fn is_rgb(pix_fmt: &str) -> bool {
    ["rgb", "bgr", "gbr", "pal8", "argb", "abgr", "0rgb", "0bgr"]
        .iter()
        .any(|start| pix_fmt.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Probe;

    fn stream(fields: &str) -> Stream {
        let json = format!(
            r#"{{"streams": [{{"index": 3, "codec_type": "video", "codec_name": "x", {fields}}}],
                "format": {{"format_name": "x"}}}}"#
        );
        Probe::from_json(json.as_bytes()).unwrap().streams.remove(0)
    }

    const UHD: (u32, u32) = (3840, 2160);

    #[test]
    fn sizes_keep_their_shape_and_become_even() {
        for (size, bound, expected) in [
            ((1920, 1080), UHD, (1920, 1080)),
            ((1080, 1920), UHD, (1080, 1920)),
            ((1919, 1079), UHD, (1918, 1078)),
            ((1, 1), UHD, (2, 2)),
            ((7680, 4320), UHD, (3840, 2160)),
            ((4320, 7680), UHD, (2160, 3840)),
            ((7680, 4320), (1080, 1920), (1920, 1080)),
            ((4096, 1716), (1920, 1080), (1920, 804)),
            ((3000, 3000), (1920, 1080), (1080, 1080)),
        ] {
            assert_eq!(fit(size, bound), expected, "{size:?} in {bound:?}");
        }
    }

    #[test]
    fn rates_are_constant_usual_or_none() {
        for (average, real, expected) in [
            ("30/1", "30/1", Some((30, 1))),
            ("2997/100", "30000/1001", Some((30_000, 1001))),
            ("500/21", "24000/1001", None),
            ("24000/1001", "24000/1001", Some((24_000, 1001))),
            ("11988/500", "24000/1001", Some((24_000, 1001))),
            ("17/1", "17/1", Some((17, 1))),
            ("1000/1", "1000/1", None),
            ("0/0", "30/1", None),
        ] {
            let stream = stream(&format!(r#""avg_frame_rate": "{average}", "r_frame_rate": "{real}""#));
            assert_eq!(constant_rate(&stream, false), expected, "{average} {real}");
        }
        let fields = stream(r#""avg_frame_rate": "25/1", "r_frame_rate": "50/1""#);
        assert_eq!((constant_rate(&fields, true), constant_rate(&fields, false)), (Some((25, 1)), None));
    }

    #[test]
    fn a_plan_follows_the_stream() {
        let plan = VideoPlan::for_stream(
            &stream(
                r#""width": 3840, "height": 2160, "pix_fmt": "yuv420p10le", "color_transfer": "smpte2084",
                   "avg_frame_rate": "60/1", "r_frame_rate": "60/1", "side_data_list": [{"rotation": 90}]"#,
            ),
            (1920, 1080),
        );
        assert_eq!((plan.stream, plan.width, plan.height), (3, 1080, 1920));
        assert_eq!((plan.tone_map, plan.settings.colour), (Some(DynamicRange::Pq), Colour::BT709));
        assert_eq!((plan.settings.level_idc, plan.settings.keyint_frames), (42, 120));

        let plan = VideoPlan::for_stream(
            &stream(
                r#""width": 720, "height": 576, "pix_fmt": "yuv420p", "field_order": "tt",
                   "sample_aspect_ratio": "64:45", "color_space": "bt470bg", "avg_frame_rate": "25/1",
                   "r_frame_rate": "25/1""#,
            ),
            UHD,
        );
        assert_eq!((plan.width, plan.height, plan.deinterlace), (1024, 576, true));
        assert_eq!(plan.settings.colour, Colour { matrix: 5, ..Colour::UNSPECIFIED });
        assert_eq!(plan.settings.timescale, 90_000);
    }

    #[test]
    fn only_plain_aac_is_copied() {
        let audio = |fields: &str| AudioPlan::for_stream(&stream(fields));
        let encode = |channels, sample_rate| AudioPlan::Encode {
            stream: 3,
            channels,
            sample_rate,
            bitrate_kbps: 96 * channels,
        };
        // The last of two equal keys is an error in JSON, so the codec is changed in the parsed stream.
        let mut aac = stream(r#""profile": "LC", "channels": 2, "sample_rate": "44100""#);
        aac.codec = "aac".to_owned();
        assert_eq!(AudioPlan::for_stream(&aac), AudioPlan::Copy { stream: 3 });
        for (profile, channels) in [("HE-AAC", 2), ("LC", 6)] {
            let other = Stream { profile: Some(profile.to_owned()), channels, ..aac.clone() };
            assert_eq!(AudioPlan::for_stream(&other), encode(2, 44_100), "{profile} {channels}");
        }
        assert_eq!(audio(r#""channels": 1, "sample_rate": "8000""#), encode(1, 48_000));
        assert_eq!(audio(r#""channels": 8, "sample_rate": "22050""#), encode(2, 44_100));
    }
}
