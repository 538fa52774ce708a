//! Encoder settings that imitate a foreign stream, so that an edge's parameter sets come out as the stream's own, or
//! at least so alike that a decoder goes from one to the other without a hitch.

use subclip_engine::{BPyramid, Colour, H264Settings, Preset, Profile};
use subclip_formats::h264::Parameters;

/// Settings for edges under the stream's own parameter sets, which come out byte for byte if the stream was encoded by
/// x264 in the same way; nothing where it is plain that they won't.
pub(crate) fn same_sets(source: &Parameters, timescale: u32) -> Option<H264Settings> {
    let one_of_each = source.all_sps.len() == 1 && source.all_pps.len() == 1;
    let (pps, vui) = (&source.pps, source.sps.vui.unwrap_or_default());
    let coded_alike =
        pps.pic_init_qp == STITCHABLE_INIT_QP && !pps.scaling_matrix && !pps.constrained_intra_pred;
    let has_more = vui.nal_hrd || vui.vcl_hrd || vui.pic_struct || vui.chroma_location.is_some();
    // Where the rate is not fixed, the encoder writes its own clock.
    let timed_alike = vui.timing.is_some_and(|timing| {
        timing.fixed || (timing.num_units_in_tick, timing.time_scale) == (1, timescale.saturating_mul(2))
    });
    let reproducible = coded_alike && timed_alike && !has_more;
    (one_of_each && reproducible).then(|| H264Settings {
        refs: pps.num_ref_idx_default.0.clamp(1, 16),
        weightp: if pps.weighted_pred { 2 } else { 0 },
        weightb: pps.weighted_bipred_idc == 2,
        ..sets_beside(source, timescale, source.sps.id)
    })
}

/// What the engine's encoder writes whatever the quality, since edges must be alike at any.
const STITCHABLE_INIT_QP: i8 = 26;

/// Settings for edges with parameter sets of their own, under the id `sps_id`, to stand beside the stream's.
///
/// Profile, level, picture buffer and reordering are the stream's: a decoder that must resize its buffer between edge
/// and middle may show pictures late. All else is what is fastest.
pub(crate) fn sets_beside(source: &Parameters, timescale: u32, sps_id: u8) -> H264Settings {
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
        preset: Preset::Ultrafast,
        crf_tenths: EDGE_CRF_TENTHS,
        profile,
        level_idc: sps.level_idc,
        refs: 1,
        dpb_frames: sps.max_num_ref_frames.clamp(1, 16),
        bframes,
        b_pyramid,
        weightp: 0,
        weightb: bframes > 0,
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

/// What keeps an edge from being seen: on film grain, pictures then have 46 dB of their source's.
const EDGE_CRF_TENTHS: u16 = 240;
/// x264's own default; it decides nothing in an edge, which is one GOP, but shows in what it makes of a picture count.
const KEYINT_FRAMES: u32 = 250;

/// What a stream says its samples mean.
pub(crate) fn colour(source: &Parameters) -> Colour {
    let Some(said) = source.sps.vui.and_then(|vui| vui.colour) else { return Colour::UNSPECIFIED };
    let (primaries, transfer, matrix) = said.description.unwrap_or((2, 2, 2));
    Colour { full_range: said.full_range, primaries, transfer, matrix }
}
