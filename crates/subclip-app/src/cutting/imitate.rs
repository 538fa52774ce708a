//! Encoder settings that imitate a foreign stream, so that an edge's parameter sets come out as the stream's own, or
//! at least so alike that a decoder goes from one to the other without a hitch.

use subclip_engine::{BPyramid, Colour, H264Settings, Preset, Profile};
use subclip_formats::h264::Parameters;

/// Settings for edges of a stream with these parameter sets, under the parameter set id `sps_id`.
///
/// Profile, level, references and reordering are the stream's: a decoder sizes its picture buffer by them, and one
/// that must resize it between edge and middle may show pictures late.
pub(crate) fn imitate(source: &Parameters, timescale: u32, sps_id: u8) -> H264Settings {
    let (sps, pps) = (&source.sps, &source.pps);
    let profile = match sps.profile_idc {
        66 => Profile::Baseline,
        77 => Profile::Main,
        _ => Profile::High,
    };
    let reordered = match profile {
        Profile::Baseline => 0,
        Profile::Main | Profile::High => source.num_reorder_frames().unwrap_or(2),
    };
    let (bframes, b_pyramid) = match reordered {
        0 => (0, BPyramid::None),
        1 => (3, BPyramid::None),
        _ => (3, BPyramid::Normal),
    };
    H264Settings {
        version: 1,
        preset: Preset::Superfast,
        crf_tenths: EDGE_CRF_TENTHS,
        profile,
        level_idc: sps.level_idc,
        refs: sps.max_num_ref_frames.clamp(1, 16),
        bframes,
        b_pyramid,
        weightp: if pps.weighted_pred { 2 } else { 0 },
        weightb: pps.weighted_bipred_idc == 2,
        cabac: pps.cabac,
        transform_8x8: pps.transform_8x8,
        chroma_qp_offset: pps.chroma_qp_index_offset,
        sps_id,
        colour: colour(source),
        sample_aspect: sps.vui.and_then(|vui| vui.sample_aspect),
        frame_rate: source.timing().filter(|t| t.fixed).and(source.frame_rate()),
        timescale,
        keyint_frames: KEYINT_FRAMES,
    }
}

/// An edge stands between pictures of a higher effort: a low rate factor keeps it from being seen.
const EDGE_CRF_TENTHS: u16 = 170;
/// x264's own default; it decides nothing in an edge, which is one GOP, but shows in what it makes of a picture count.
const KEYINT_FRAMES: u32 = 250;

fn colour(source: &Parameters) -> Colour {
    let Some(said) = source.sps.vui.and_then(|vui| vui.colour) else { return Colour::UNSPECIFIED };
    let (primaries, transfer, matrix) = said.description.unwrap_or((2, 2, 2));
    Colour { full_range: said.full_range, primaries, transfer, matrix }
}
