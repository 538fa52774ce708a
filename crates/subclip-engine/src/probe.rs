//! What a media file holds, as far as ffprobe can tell.

use serde::Deserialize;
use subclip_core::shape;

use crate::error::Error;

/// A file's container and streams.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// The demuxer's name, such as `mov,mp4,m4a,3gp,3g2,mj2` or `matroska,webm`.
    pub container: String,
    /// The whole length, if the file says it or it can be guessed.
    pub duration_s: Option<f64>,
    /// When the first of its media begins: the zero of what operations tell and take as the input's time.
    pub start_s: Option<f64>,
    /// In the file's order.
    pub streams: Vec<Stream>,
}

/// What a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// Pictures, also a cover: see [`Stream::is_attached_picture`].
    Video,
    /// Sound.
    Audio,
    /// Captions.
    Subtitle,
    /// Anything else.
    Other,
}

/// One stream. What does not apply to its kind, or is not known, is `None` or 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    /// Position in the file, from 0.
    pub index: u32,
    /// Pictures, sound or something else.
    pub kind: StreamKind,
    /// FFmpeg's name of the codec, such as `h264`; `unknown` if it has none.
    pub codec: String,
    /// FFmpeg's name of the profile, such as `High` or `LC`.
    pub profile: Option<String>,
    /// FFmpeg's name of the sample layout, such as `yuv420p`.
    pub pix_fmt: Option<String>,
    /// Coded width in pixels.
    pub width: u32,
    /// Coded height in pixels.
    pub height: u32,
    /// Width and height of a pixel; none means square.
    pub sample_aspect: Option<(u32, u32)>,
    /// Degrees clockwise by which a player turns the picture: 0, 90, 180 or 270.
    pub rotation: u32,
    /// `progressive`, `tt`, `bb`, `tb` or `bt`.
    pub field_order: Option<String>,
    /// Frames in so many seconds, on the average.
    pub avg_frame_rate: Option<(u32, u32)>,
    /// The lowest rate that all frame times fit.
    pub real_frame_rate: Option<(u32, u32)>,
    /// FFmpeg's name of the transfer characteristics, such as `smpte2084`.
    pub transfer: Option<String>,
    /// FFmpeg's name of the colour primaries.
    pub primaries: Option<String>,
    /// FFmpeg's name of the matrix coefficients.
    pub matrix: Option<String>,
    /// Samples from 0 to the maximum.
    pub full_range: bool,
    /// Bits of a sample.
    pub bit_depth: u32,
    /// Audio samples a second.
    pub sample_rate: u32,
    /// Audio channels.
    pub channels: u32,
    /// FFmpeg's name of the channels' places, such as `5.1(side)`.
    pub channel_layout: Option<String>,
    /// As tagged, such as `eng`.
    pub language: Option<String>,
    /// A cover or poster, not a video.
    pub is_attached_picture: bool,
    /// The one a player starts with.
    pub is_default: bool,
    /// When its first frame is shown.
    pub start_s: Option<f64>,
    /// How long it is.
    pub duration_s: Option<f64>,
}

impl Probe {
    /// The video that a player shows: the default one, else the first. Covers are none.
    pub fn video(&self) -> Option<&Stream> {
        self.pick(|stream| {
            stream.kind == StreamKind::Video && !stream.is_attached_picture && stream.width > 0
        })
    }

    /// The audio that a player starts with: the default one, else the first.
    pub fn audio(&self) -> Option<&Stream> {
        self.pick(|stream| stream.kind == StreamKind::Audio && stream.channels > 0)
    }

    /// How long a stream is, in seconds: not every container says so, and then it is as long as the file, for all that is
    /// known.
    pub fn duration_of(&self, stream: &Stream) -> Option<f64> {
        stream.duration_s.or(self.duration_s)
    }

    /// When the first picture is shown, in seconds of the input's time.
    pub fn first_picture_s(&self) -> Option<f64> {
        Some(self.video()?.start_s? - self.start_s?)
    }

    fn pick(&self, fits: impl Fn(&Stream) -> bool) -> Option<&Stream> {
        let fitting = || self.streams.iter().filter(|stream| stream.codec != "unknown" && fits(stream));
        fitting().find(|stream| stream.is_default).or_else(|| fitting().next())
    }

    /// Reads ffprobe's JSON.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, Error> {
        let raw: RawProbe = serde_json::from_slice(json).map_err(|_| {
            Error::refused("the file is damaged, or is not a media file: check that it plays elsewhere")
        })?;
        Ok(Self {
            container: raw.format.format_name,
            duration_s: seconds(raw.format.duration.as_deref()),
            start_s: seconds(raw.format.start_time.as_deref()),
            streams: raw.streams.into_iter().map(Stream::from).collect(),
        })
    }
}

impl Stream {
    /// Whether it is AAC of the profile that every player takes.
    pub fn is_aac_lc(&self) -> bool {
        self.codec == "aac" && self.profile.as_deref() == Some("LC")
    }

    /// Width and height in square pixels, as a player shows it: stretched and turned.
    pub fn display_size(&self) -> (u32, u32) {
        let (width, height) = (f64::from(self.width), self.height);
        let stretched = match self.sample_aspect {
            Some((across, down)) => (width * f64::from(across) / f64::from(down)).round() as u32,
            None => self.width,
        };
        if self.rotation % 180 == 90 { (height, stretched) } else { (stretched, height) }
    }

    /// Width to height as a player shows it, in lowest terms: exact, where sizes in pixels are rounded.
    pub fn shape(&self) -> Option<(u32, u32)> {
        let (wide, high) = shape((self.width, self.height), self.sample_aspect.unwrap_or((1, 1)))?;
        Some(if self.rotation % 180 == 90 { (high, wide) } else { (wide, high) })
    }
}

#[derive(Deserialize)]
struct RawProbe {
    #[serde(default)]
    streams: Vec<RawStream>,
    format: RawFormat,
}

#[derive(Deserialize)]
struct RawFormat {
    format_name: String,
    start_time: Option<String>,
    duration: Option<String>,
}

#[derive(Deserialize)]
struct RawStream {
    index: u32,
    codec_type: Option<String>,
    codec_name: Option<String>,
    profile: Option<String>,
    pix_fmt: Option<String>,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    sample_aspect_ratio: Option<String>,
    field_order: Option<String>,
    avg_frame_rate: Option<String>,
    r_frame_rate: Option<String>,
    color_transfer: Option<String>,
    color_primaries: Option<String>,
    color_space: Option<String>,
    color_range: Option<String>,
    bits_per_raw_sample: Option<String>,
    sample_rate: Option<String>,
    #[serde(default)]
    channels: u32,
    channel_layout: Option<String>,
    start_time: Option<String>,
    duration: Option<String>,
    #[serde(default)]
    disposition: RawDisposition,
    #[serde(default)]
    tags: RawTags,
    #[serde(default)]
    side_data_list: Vec<RawSideData>,
}

#[derive(Deserialize, Default)]
struct RawDisposition {
    #[serde(default)]
    default: u8,
    #[serde(default)]
    attached_pic: u8,
}

#[derive(Deserialize, Default)]
struct RawTags {
    language: Option<String>,
}

#[derive(Deserialize)]
struct RawSideData {
    /// Degrees anticlockwise, from the display matrix.
    rotation: Option<f64>,
}

impl From<RawStream> for Stream {
    fn from(raw: RawStream) -> Self {
        let rotation = raw.side_data_list.iter().find_map(|side_data| side_data.rotation).unwrap_or(0.0);
        let named = |name: Option<String>| name.filter(|name| name != "unknown" && name != "unspecified");
        Self {
            index: raw.index,
            kind: match raw.codec_type.as_deref() {
                Some("video") => StreamKind::Video,
                Some("audio") => StreamKind::Audio,
                Some("subtitle") => StreamKind::Subtitle,
                _ => StreamKind::Other,
            },
            codec: raw.codec_name.unwrap_or_else(|| "unknown".to_owned()),
            profile: named(raw.profile),
            bit_depth: bit_depth(raw.bits_per_raw_sample.as_deref(), raw.pix_fmt.as_deref()),
            pix_fmt: raw.pix_fmt,
            width: raw.width,
            height: raw.height,
            sample_aspect: ratio(raw.sample_aspect_ratio.as_deref(), ':')
                .filter(|(across, down)| across != down),
            rotation: (-rotation / 90.0).round().rem_euclid(4.0) as u32 * 90,
            field_order: named(raw.field_order),
            avg_frame_rate: ratio(raw.avg_frame_rate.as_deref(), '/'),
            real_frame_rate: ratio(raw.r_frame_rate.as_deref(), '/'),
            transfer: named(raw.color_transfer),
            primaries: named(raw.color_primaries),
            matrix: named(raw.color_space),
            full_range: raw.color_range.as_deref() == Some("pc"),
            sample_rate: raw.sample_rate.and_then(|rate| rate.parse().ok()).unwrap_or(0),
            channels: raw.channels,
            channel_layout: named(raw.channel_layout),
            language: raw.tags.language.filter(|language| language != "und"),
            is_attached_picture: raw.disposition.attached_pic != 0,
            is_default: raw.disposition.default != 0,
            start_s: seconds(raw.start_time.as_deref()),
            duration_s: seconds(raw.duration.as_deref()),
        }
    }
}

fn seconds(text: Option<&str>) -> Option<f64> {
    text?.parse().ok().filter(|seconds: &f64| seconds.is_finite())
}

/// Two numbers above 0.
fn ratio(text: Option<&str>, separator: char) -> Option<(u32, u32)> {
    let (above, below) = text?.split_once(separator)?;
    let pair = (above.parse().ok()?, below.parse().ok()?);
    (pair.0 > 0 && pair.1 > 0).then_some(pair)
}

/// As the codec says, else from the layout's name: `yuv420p10le` has 10.
fn bit_depth(raw: Option<&str>, pix_fmt: Option<&str>) -> u32 {
    let said = raw.and_then(|bits| bits.parse().ok()).filter(|bits| *bits > 0);
    let from_name = || {
        let name = pix_fmt?.trim_end_matches("le").trim_end_matches("be");
        let digits = name.rsplit_once('p').map(|(_, digits)| digits).unwrap_or_default();
        digits.parse().ok().filter(|bits| *bits > 0)
    };
    said.or_else(from_name).unwrap_or(if pix_fmt.is_some() { 8 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_video_is_read() {
        let json = br#"{"streams": [
            {"index": 0, "codec_name": "mjpeg", "codec_type": "video", "width": 600, "height": 600,
             "disposition": {"default": 0, "attached_pic": 1}},
            {"index": 1, "codec_name": "hevc", "profile": "Main 10", "codec_type": "video", "width": 1920,
             "height": 1080, "sample_aspect_ratio": "4:3", "pix_fmt": "yuv420p10le", "color_range": "tv",
             "color_space": "bt2020nc", "color_transfer": "arib-std-b67", "color_primaries": "bt2020",
             "field_order": "progressive", "r_frame_rate": "30/1", "avg_frame_rate": "30000/1001",
             "start_time": "0.010000", "duration": "2.0", "disposition": {"default": 1, "attached_pic": 0},
             "tags": {"language": "und"}, "side_data_list": [{"side_data_type": "DOVI"}, {"rotation": -90}]},
            {"index": 2, "codec_name": "aac", "profile": "LC", "codec_type": "audio", "sample_rate": "48000",
             "channels": 2, "channel_layout": "stereo", "tags": {"language": "eng"}},
            {"index": 3, "codec_type": "data"}
        ], "format": {"format_name": "mov,mp4,m4a,3gp,3g2,mj2", "start_time": "-0.010000", "duration": "2.5"}}"#;
        let probe = Probe::from_json(json).unwrap();
        assert_eq!((probe.container.as_str(), probe.duration_s), ("mov,mp4,m4a,3gp,3g2,mj2", Some(2.5)));
        let video = probe.video().unwrap();
        assert_eq!((video.index, video.rotation, video.bit_depth), (1, 90, 10));
        assert_eq!((video.sample_aspect, video.display_size()), (Some((4, 3)), (1080, 2560)));
        assert_eq!(video.shape(), Some((27, 64)));
        assert_eq!((video.avg_frame_rate, video.real_frame_rate), (Some((30000, 1001)), Some((30, 1))));
        assert_eq!((video.transfer.as_deref(), video.language.as_deref()), (Some("arib-std-b67"), None));
        assert!((probe.first_picture_s().unwrap() - 0.02).abs() < 1e-9);
        let audio = probe.audio().unwrap();
        assert_eq!((audio.index, audio.sample_rate, audio.language.as_deref()), (2, 48000, Some("eng")));
        assert_eq!((probe.streams[3].kind, probe.streams[3].codec.as_str()), (StreamKind::Other, "unknown"));
    }

    #[test]
    fn nonsense_is_refused() {
        for json in ["", "{}", "[]", r#"{"streams": [{"index": -1}], "format": {"format_name": "x"}}"#] {
            assert!(matches!(Probe::from_json(json.as_bytes()), Err(Error::Refused { .. })), "{json}");
        }
    }

    #[test]
    fn rotations_become_clockwise_quarters() {
        for (matrix, expected) in
            [(0.0, 0), (-90.0, 90), (90.0, 270), (180.0, 180), (-180.0, 180), (89.6, 270)]
        {
            let json = format!(r#"{{"index": 0, "side_data_list": [{{"rotation": {matrix}}}]}}"#);
            let raw: RawStream = serde_json::from_str(&json).unwrap();
            assert_eq!(Stream::from(raw).rotation, expected, "{matrix}");
        }
    }

    #[test]
    fn depth_comes_from_the_layout_where_the_codec_is_silent() {
        for (raw, pix_fmt, expected) in [
            (Some("10"), Some("yuv420p"), 10),
            (None, Some("yuv420p"), 8),
            (None, Some("yuv422p10le"), 10),
            (None, Some("gbrp12be"), 12),
            (None, Some("yuvj420p"), 8),
            (None, None, 0),
        ] {
            assert_eq!(bit_depth(raw, pix_fmt), expected, "{raw:?} {pix_fmt:?}");
        }
    }
}
