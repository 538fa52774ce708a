//! Video usability information: how the pictures of a sequence are meant to be shown (Annex E.1).

use super::bits::{BitReader, ParseError};

/// What `vui_parameters()` says; everything in it is optional.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Vui {
    /// Width to height of one pixel, where it is said and not "unspecified".
    pub sample_aspect: Option<(u32, u32)>,
    /// `video_signal_type`.
    pub colour: Option<Colour>,
    /// `chroma_sample_loc_type` of the top and bottom field.
    pub chroma_location: Option<(u8, u8)>,
    /// `timing_info`.
    pub timing: Option<Timing>,
    /// Whether `hrd_parameters()` of NAL units are there.
    pub nal_hrd: bool,
    /// Whether `hrd_parameters()` of VCL NAL units are there.
    pub vcl_hrd: bool,
    /// `pic_struct_present_flag`.
    pub pic_struct: bool,
    /// `max_num_reorder_frames`: how many frames at the most are decoded before one shown earlier.
    pub num_reorder_frames: Option<u8>,
    /// `max_dec_frame_buffering`.
    pub max_dec_frame_buffering: Option<u8>,
}

/// How sample values stand for colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// `video_format`: 5 for unspecified.
    pub video_format: u8,
    /// `video_full_range_flag`.
    pub full_range: bool,
    /// `colour_primaries`, `transfer_characteristics`, `matrix_coefficients`.
    pub description: Option<(u8, u8, u8)>,
}

/// The clock of the sequence; a frame lasts two ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// `num_units_in_tick`.
    pub num_units_in_tick: u32,
    /// `time_scale`: units per second.
    pub time_scale: u32,
    /// `fixed_frame_rate_flag`.
    pub fixed: bool,
}

/// Table E-1, from `aspect_ratio_idc` 1 on.
const SAMPLE_ASPECTS: [(u32, u32); 16] = [
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
    (4, 3),
    (3, 2),
    (2, 1),
];
/// `Extended_SAR`.
const EXTENDED_SAR: u8 = 255;

impl Vui {
    pub(crate) fn read(r: &mut BitReader) -> Result<Self, ParseError> {
        let mut vui = Self::default();
        if r.flag("aspect_ratio_info_present_flag")? {
            vui.sample_aspect = read_aspect(r)?;
        }
        if r.flag("overscan_info_present_flag")? {
            r.flag("overscan_appropriate_flag")?;
        }
        if r.flag("video_signal_type_present_flag")? {
            vui.colour = Some(Colour::read(r)?);
        }
        if r.flag("chroma_loc_info_present_flag")? {
            let top = r.small(5, "chroma_sample_loc_type_top_field")?;
            vui.chroma_location = Some((top, r.small(5, "chroma_sample_loc_type_bottom_field")?));
        }
        if r.flag("timing_info_present_flag")? {
            vui.timing = Some(Timing {
                num_units_in_tick: r.bits(32, "num_units_in_tick")?,
                time_scale: r.bits(32, "time_scale")?,
                fixed: r.flag("fixed_frame_rate_flag")?,
            });
        }
        vui.nal_hrd = r.flag("nal_hrd_parameters_present_flag")?;
        if vui.nal_hrd {
            skip_hrd(r)?;
        }
        vui.vcl_hrd = r.flag("vcl_hrd_parameters_present_flag")?;
        if vui.vcl_hrd {
            skip_hrd(r)?;
        }
        if vui.nal_hrd || vui.vcl_hrd {
            r.flag("low_delay_hrd_flag")?;
        }
        vui.pic_struct = r.flag("pic_struct_present_flag")?;
        if r.flag("bitstream_restriction_flag")? {
            r.flag("motion_vectors_over_pic_boundaries_flag")?;
            r.unsigned(16, "max_bytes_per_pic_denom")?;
            r.unsigned(16, "max_bits_per_mb_denom")?;
            r.unsigned(32, "log2_max_mv_length_horizontal")?;
            r.unsigned(32, "log2_max_mv_length_vertical")?;
            vui.num_reorder_frames = Some(r.small(16, "max_num_reorder_frames")?);
            vui.max_dec_frame_buffering = Some(r.small(16, "max_dec_frame_buffering")?);
        }
        Ok(vui)
    }
}

impl Colour {
    fn read(r: &mut BitReader) -> Result<Self, ParseError> {
        let video_format = r.bits(3, "video_format")? as u8;
        let full_range = r.flag("video_full_range_flag")?;
        let description = if r.flag("colour_description_present_flag")? {
            let primaries = r.byte("colour_primaries")?;
            let transfer = r.byte("transfer_characteristics")?;
            Some((primaries, transfer, r.byte("matrix_coefficients")?))
        } else {
            None
        };
        Ok(Self { video_format, full_range, description })
    }
}

/// Reserved values and ratios with a zero mean "unspecified" (E.2.1).
fn read_aspect(r: &mut BitReader) -> Result<Option<(u32, u32)>, ParseError> {
    let idc = r.byte("aspect_ratio_idc")?;
    if idc == EXTENDED_SAR {
        let ratio = (r.bits(16, "sar_width")?, r.bits(16, "sar_height")?);
        return Ok((ratio.0 != 0 && ratio.1 != 0).then_some(ratio));
    }
    Ok(usize::from(idc).checked_sub(1).and_then(|row| SAMPLE_ASPECTS.get(row)).copied())
}

/// Skips `hrd_parameters()` (E.1.2).
fn skip_hrd(r: &mut BitReader) -> Result<(), ParseError> {
    let count = r.unsigned(31, "cpb_cnt_minus1")? + 1;
    r.bits(8, "bit_rate_scale")?;
    for _ in 0..count {
        r.unsigned(u32::MAX, "bit_rate_value_minus1")?;
        r.unsigned(u32::MAX, "cpb_size_value_minus1")?;
        r.flag("cbr_flag")?;
    }
    r.bits(20, "time_offset_length")?;
    Ok(())
}
