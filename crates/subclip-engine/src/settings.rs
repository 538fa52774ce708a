//! The pinned encoder profile: everything that decides which parameter sets an H.264 encode gets.
//!
//! A track that Subclip encoded is stored with its settings, and its edges are encoded with them years
//! later; the parameter sets must then be equal byte for byte. So every value that x264 writes into them
//! is named here, and none is left to a default of x264 or FFmpeg, to the content, or to the clock:
//!
//! | Parameter sets say | Made the same by |
//! | --- | --- |
//! | initial QP | `stitchable`, which fixes it whatever the CRF |
//! | chroma QP offset | corrected for what psycho-visual tuning would add |
//! | picture timing | `force-cfr` and a given rate, or a given time base |
//! | reference, reorder and order counts | `ref`, `bframes`, `b-pyramid`, `keyint` given |
//! | colour, chroma place, sample aspect | given, over what the frames claim |

use serde::{Deserialize, Serialize};

use crate::level::level_idc;

/// Explicit settings of an H.264 encode, to be stored with what they made.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct H264Settings {
    /// Of this structure; 1.
    pub version: u32,
    /// How much effort goes into compression. Does not show in the parameter sets.
    pub preset: Preset,
    /// Constant rate factor times ten. Does not show in the parameter sets.
    pub crf_tenths: u16,
    /// The profile; features that it lacks must be off.
    pub profile: Profile,
    /// Ten times the level: 31 is level 3.1.
    pub level_idc: u8,
    /// Reference frames that a picture may choose from, 1 to 16: the picture parameter set's default.
    pub refs: u8,
    /// Reference frames that a decoder keeps at the least, 1 to 16; a B-pyramid keeps four whatever is said here.
    pub dpb_frames: u8,
    /// Most B-frames in a row, 0 to 16.
    pub bframes: u8,
    /// Whether B-frames may be referred to; needs two or more in a row.
    pub b_pyramid: BPyramid,
    /// Weighted prediction of P-frames: 0 off, 1 blind, 2 smart.
    pub weightp: u8,
    /// Implicitly weighted prediction of B-frames.
    pub weightb: bool,
    /// CABAC, else CAVLC.
    pub cabac: bool,
    /// The 8x8 transform, of High profile.
    pub transform_8x8: bool,
    /// As the picture parameter set has it, -12 to 12.
    pub chroma_qp_offset: i8,
    /// The id of both parameter sets, so that they can live beside a source's; 0 to 31.
    pub sps_id: u8,
    /// What the samples mean.
    pub colour: Colour,
    /// Width and height of a sample; none if the parameter sets are silent about it.
    pub sample_aspect: Option<(u32, u32)>,
    /// Frames in so many seconds, if constant.
    pub frame_rate: Option<(u32, u32)>,
    /// Ticks a second of the encoder's clock and of the track.
    pub timescale: u32,
    /// Most frames from one key frame to the next.
    pub keyint_frames: u32,
}

/// x264's presets, from fast to small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Least effort; for edges.
    Ultrafast,
    /// Very fast.
    Superfast,
    /// Fast.
    Veryfast,
    /// Moderate.
    Faster,
    /// Moderate.
    Fast,
    /// x264's default.
    Medium,
}

/// H.264 profiles that browsers play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// No B-frames, no CABAC; constrained, as x264 writes it.
    Baseline,
    /// B-frames and CABAC.
    Main,
    /// And the 8x8 transform.
    High,
}

/// How B-frames may be referred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BPyramid {
    /// Not at all.
    None,
    /// One in a group.
    Strict,
    /// Freely.
    Normal,
}

/// What the samples mean, in the code points of ITU-T H.273; 2 is "unspecified".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Colour {
    /// 0 to 255 instead of 16 to 235.
    pub full_range: bool,
    /// Colour primaries.
    pub primaries: u8,
    /// Transfer characteristics.
    pub transfer: u8,
    /// Matrix coefficients.
    pub matrix: u8,
}

impl Colour {
    /// Nothing is said; players take BT.709 or BT.601 by the size.
    pub const UNSPECIFIED: Self = Self { full_range: false, primaries: 2, transfer: 2, matrix: 2 };
    /// High definition's.
    pub const BT709: Self = Self { full_range: false, primaries: 1, transfer: 1, matrix: 1 };
}

/// How far apart key frames of the pinned profile are.
const GOP_SECONDS: f64 = 2.0;
/// Ticks a second where the rate is variable, and the least where it is constant: what is late or early
/// there still finds a tick. Whole milliseconds and the 90 kHz of transport streams are exact.
const LEAST_TIMESCALE: u32 = 90_000;
/// How much further an edge is compressed than what it stands beside.
const EDGE_CRF_TENTHS: u16 = 30;
/// What is seen of an edge of an edge is what the first one lost, and hardly anything more.
const FINEST_CRF_TENTHS: u16 = 150;
/// Assumed where a rate is not constant: for the level only.
const VARIABLE_FPS: f64 = 30.0;

impl H264Settings {
    /// The profile of everything that is normalised: High, closed GOPs of two seconds.
    ///
    /// `frame_rate` is frames in so many seconds, `None` if variable.
    pub fn pinned(width: u32, height: u32, frame_rate: Option<(u32, u32)>) -> Self {
        let frame_rate = frame_rate.filter(|(frames, seconds)| *frames > 0 && *seconds > 0);
        let fps = frame_rate.map_or(VARIABLE_FPS, |(frames, seconds)| f64::from(frames) / f64::from(seconds));
        // What a B-pyramid keeps.
        let dpb_frames = 4;
        Self {
            version: 1,
            preset: Preset::Veryfast,
            crf_tenths: 200,
            profile: Profile::High,
            level_idc: level_idc(width, height, fps, dpb_frames.into()),
            // What the preset would take: more make edges a third slower for a hundredth fewer bytes.
            refs: 1,
            dpb_frames,
            bframes: 3,
            b_pyramid: BPyramid::Normal,
            weightp: 1,
            weightb: true,
            cabac: true,
            transform_8x8: true,
            chroma_qp_offset: -2,
            sps_id: 0,
            colour: Colour::UNSPECIFIED,
            sample_aspect: Some((1, 1)),
            frame_rate,
            timescale: frame_rate.map_or(LEAST_TIMESCALE, |(frames, _)| fine_timescale(frames)),
            keyint_frames: ((fps * GOP_SECONDS).round() as u32).max(2),
        }
    }

    /// The same parameter sets with as little effort as an edge that somebody waits for allows: a fast
    /// preset, and fewer bits to write, at which pictures stay well above 40 dB of their source. An edge of an edge is
    /// compressed less than that: a clip of a clip of a clip would come out worse each time.
    #[must_use]
    pub fn for_edge(&self) -> Self {
        if self.preset == Preset::Ultrafast {
            let crf_tenths = self.crf_tenths.saturating_sub(EDGE_CRF_TENTHS).max(FINEST_CRF_TENTHS);
            return Self { crf_tenths: crf_tenths.min(self.crf_tenths), ..self.clone() };
        }
        Self {
            preset: Preset::Ultrafast,
            crf_tenths: self.crf_tenths.saturating_add(EDGE_CRF_TENTHS),
            ..self.clone()
        }
    }

    /// FFmpeg's output options for the video stream, with times in so many ticks a second. The clock shows
    /// in the parameter sets only where the rate is variable; then it must be [`Self::timescale`].
    pub(crate) fn to_args(&self, clock: u32) -> Vec<String> {
        let crf = format!("{}.{}", self.crf_tenths / 10, self.crf_tenths % 10);
        let clock = format!("1/{clock}");
        let args = ["-c:v", "libx264", "-preset", self.preset.name(), "-profile:v", self.profile.name()];
        let rest = ["-pix_fmt", "yuv420p", "-crf", &crf, "-enc_time_base", &clock, "-x264-params"];
        let mut args: Vec<String> = args.into_iter().chain(rest).map(str::to_owned).collect();
        args.push(self.x264_params());
        args
    }

    fn x264_params(&self) -> String {
        let on = u8::from;
        let pyramid = match self.b_pyramid {
            BPyramid::None => "none",
            BPyramid::Strict => "strict",
            BPyramid::Normal => "normal",
        };
        let mut params = vec![
            "stitchable=1".to_owned(),
            format!("level={}.{}", self.level_idc / 10, self.level_idc % 10),
            format!("ref={}:dpb-size={}", self.refs, self.dpb_frames),
            format!("bframes={}:b-pyramid={pyramid}", self.bframes),
            format!("b-adapt={}", on(self.preset.places_b_frames())),
            format!("weightp={}:weightb={}", self.weightp, on(self.weightb)),
            format!("cabac={}:8x8dct={}", on(self.cabac), on(self.transform_8x8)),
            format!("chroma-qp-offset={}:psy-rd=1.0,0.0", self.chroma_qp_offset + self.preset.psy_offset()),
            format!("sps-id={}", self.sps_id),
            // Every key frame is an IDR picture, and only the distance makes one.
            format!("keyint={}:min-keyint=1:scenecut=0:open-gop=0", self.keyint_frames),
            // The fastest preset would leave the edges of blocks to be seen.
            "deblock=0,0".to_owned(),
            "interlaced=0:pic-struct=0:aud=0:nal-hrd=none:slices=0:chromaloc=0:overscan=undef:videoformat=undef"
                .to_owned(),
            self.colour.x264_params(),
        ];
        if let Some((width, height)) = self.sample_aspect {
            params.push(format!("sar={width}/{height}"));
        }
        match self.frame_rate {
            Some((frames, seconds)) => params.push(format!("force-cfr=1:fps={frames}/{seconds}")),
            None => params.push("force-cfr=0".to_owned()),
        }
        params.join(":")
    }
}

/// A multiple of the rate, so that every frame lasts a whole number of ticks.
fn fine_timescale(frames: u32) -> u32 {
    frames.saturating_mul(LEAST_TIMESCALE.div_ceil(frames))
}

impl Preset {
    fn name(self) -> &'static str {
        match self {
            Self::Ultrafast => "ultrafast",
            Self::Superfast => "superfast",
            Self::Veryfast => "veryfast",
            Self::Faster => "faster",
            Self::Fast => "fast",
            Self::Medium => "medium",
        }
    }

    /// Whether it is worth the time to look for where B-frames pay.
    fn places_b_frames(self) -> bool {
        !matches!(self, Self::Ultrafast | Self::Superfast)
    }

    /// What x264 takes off the chroma QP offset again where psycho-visual rate distortion is at work,
    /// which it is from sub-pixel refinement 6 on.
    fn psy_offset(self) -> i8 {
        match self {
            Self::Ultrafast | Self::Superfast | Self::Veryfast | Self::Faster => 0,
            Self::Fast | Self::Medium => 2,
        }
    }
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Main => "main",
            Self::High => "high",
        }
    }
}

impl Colour {
    /// From FFmpeg's names; what has no code here is unspecified.
    pub(crate) fn from_names(full_range: bool, primaries: &str, transfer: &str, matrix: &str) -> Self {
        let code = |names: &[(u8, &str, &str)], name: &str| {
            names.iter().find(|(_, _, ffmpeg)| *ffmpeg == name).map_or(2, |(code, _, _)| *code)
        };
        Self {
            full_range,
            primaries: code(PRIMARIES, primaries),
            transfer: code(TRANSFERS, transfer),
            matrix: code(MATRICES, matrix),
        }
    }

    fn x264_params(self) -> String {
        let name = |names: &[(u8, &'static str, &str)], code: u8| {
            names.iter().find(|(other, _, _)| *other == code).map_or("undef", |(_, x264, _)| *x264)
        };
        format!(
            "fullrange={}:colorprim={}:transfer={}:colormatrix={}",
            if self.full_range { "on" } else { "off" },
            name(PRIMARIES, self.primaries),
            name(TRANSFERS, self.transfer),
            name(MATRICES, self.matrix),
        )
    }
}

/// Code point, x264's name, FFmpeg's name.
const PRIMARIES: &[(u8, &str, &str)] = &[
    (1, "bt709", "bt709"),
    (4, "bt470m", "bt470m"),
    (5, "bt470bg", "bt470bg"),
    (6, "smpte170m", "smpte170m"),
    (7, "smpte240m", "smpte240m"),
    (8, "film", "film"),
    (9, "bt2020", "bt2020"),
    (10, "smpte428", "smpte428"),
    (11, "smpte431", "smpte431"),
    (12, "smpte432", "smpte432"),
];

const TRANSFERS: &[(u8, &str, &str)] = &[
    (1, "bt709", "bt709"),
    (4, "bt470m", "bt470m"),
    (5, "bt470bg", "bt470bg"),
    (6, "smpte170m", "smpte170m"),
    (7, "smpte240m", "smpte240m"),
    (8, "linear", "linear"),
    (9, "log100", "log100"),
    (10, "log316", "log316"),
    (11, "iec61966-2-4", "iec61966-2-4"),
    (12, "bt1361e", "bt1361e"),
    (13, "iec61966-2-1", "iec61966-2-1"),
    (14, "bt2020-10", "bt2020-10"),
    (15, "bt2020-12", "bt2020-12"),
    (16, "smpte2084", "smpte2084"),
    (17, "smpte428", "smpte428"),
    (18, "arib-std-b67", "arib-std-b67"),
];

const MATRICES: &[(u8, &str, &str)] = &[
    (1, "bt709", "bt709"),
    (4, "fcc", "fcc"),
    (5, "bt470bg", "bt470bg"),
    (6, "smpte170m", "smpte170m"),
    (7, "smpte240m", "smpte240m"),
    (9, "bt2020nc", "bt2020nc"),
    (10, "bt2020c", "bt2020c"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_form_is_explicit_and_stays() {
        let settings =
            H264Settings { colour: Colour::BT709, ..H264Settings::pinned(1280, 720, Some((30_000, 1001))) };
        let stored = r#"{"version":1,"preset":"veryfast","crf_tenths":200,"profile":"high","level_idc":31,"refs":1,"dpb_frames":4,"bframes":3,"b_pyramid":"normal","weightp":1,"weightb":true,"cabac":true,"transform_8x8":true,"chroma_qp_offset":-2,"sps_id":0,"colour":{"full_range":false,"primaries":1,"transfer":1,"matrix":1},"sample_aspect":[1,1],"frame_rate":[30000,1001],"timescale":90000,"keyint_frames":60}"#;
        assert_eq!(serde_json::to_string(&settings).unwrap(), stored);
        assert_eq!(serde_json::from_str::<H264Settings>(stored).unwrap(), settings);
        let unknown = stored.replace("\"version\"", "\"more\":1,\"version\"");
        assert!(serde_json::from_str::<H264Settings>(&unknown).is_err());
    }

    #[test]
    fn an_edge_of_an_edge_is_finer() {
        let pinned = H264Settings::pinned(1280, 720, Some((25, 1)));
        let edge = pinned.for_edge();
        assert!(edge.crf_tenths > pinned.crf_tenths);
        let of_edge = edge.for_edge();
        assert_eq!(of_edge, H264Settings { crf_tenths: pinned.crf_tenths, ..edge.clone() });
        let generations = std::iter::successors(Some(edge), |edge| Some(edge.for_edge()));
        let crfs: Vec<u16> = generations.map(|edge| edge.crf_tenths).take(5).collect();
        assert_eq!(crfs, [230, 200, 170, 150, 150]);
    }

    #[test]
    fn every_rate_has_a_clock_that_divides_its_frames() {
        for (rate, timescale, keyint_frames) in [
            (Some((25, 1)), 90_000, 50),
            (Some((30_000, 1001)), 90_000, 60),
            (Some((24_000, 1001)), 96_000, 48),
            (Some((60_000, 1001)), 120_000, 120),
            (Some((25, 2)), 90_000, 25),
            (Some((1, 10)), 90_000, 2),
            (Some((0, 1)), 90_000, 60),
            (None, 90_000, 60),
        ] {
            let settings = H264Settings::pinned(640, 360, rate);
            assert_eq!((settings.timescale, settings.keyint_frames), (timescale, keyint_frames), "{rate:?}");
            if let Some((frames, seconds)) = settings.frame_rate {
                assert_eq!(u64::from(timescale) * u64::from(seconds) % u64::from(frames), 0, "{rate:?}");
            }
        }
    }

    #[test]
    fn slow_presets_are_corrected_for_psycho_visual_tuning() {
        let params = |preset| H264Settings { preset, ..H264Settings::pinned(640, 360, None) }.x264_params();
        assert!(params(Preset::Superfast).contains(":chroma-qp-offset=-2:"));
        assert!(params(Preset::Medium).contains(":chroma-qp-offset=0:"));
    }

    #[test]
    fn colours_are_known_by_name_and_by_code() {
        let colour = Colour::from_names(false, "bt2020", "arib-std-b67", "bt2020nc");
        assert_eq!(colour, Colour { full_range: false, primaries: 9, transfer: 18, matrix: 9 });
        let params = colour.x264_params();
        assert_eq!(params, "fullrange=off:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc");
        assert_eq!(Colour::from_names(false, "", "odd", "gbr"), Colour::UNSPECIFIED);
    }
}
