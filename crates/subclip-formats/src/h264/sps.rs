//! The sequence parameter set (7.3.2.1.1): what a stretch of coded video has in common.

use super::bits::{BitReader, ParseError, skip_scaling_list};
use super::vui::Vui;

/// A sequence parameter set, as far as cutting, joining and imitating it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sps {
    /// `profile_idc`.
    pub profile_idc: u8,
    /// `constraint_set0_flag` (highest bit) to `constraint_set5_flag`, then two reserved bits.
    pub constraint_flags: u8,
    /// `level_idc`: ten times the level.
    pub level_idc: u8,
    /// `seq_parameter_set_id`, 0 to 31.
    pub id: u8,
    /// `chroma_format_idc`.
    pub chroma_format: ChromaFormat,
    /// Bits per luma sample.
    pub bit_depth_luma: u8,
    /// Bits per chroma sample.
    pub bit_depth_chroma: u8,
    /// Whether scaling lists are sent.
    pub scaling_matrix: bool,
    /// Bits of `frame_num`.
    pub log2_max_frame_num: u8,
    /// `pic_order_cnt_type`: 2 means that pictures are shown in the order they are decoded.
    pub poc_type: u8,
    /// Bits of `pic_order_cnt_lsb`, where [`Sps::poc_type`] is 0.
    pub log2_max_poc_lsb: Option<u8>,
    /// `max_num_ref_frames`.
    pub max_num_ref_frames: u8,
    /// `gaps_in_frame_num_value_allowed_flag`.
    pub frame_num_gaps: bool,
    /// `frame_mbs_only_flag`: no picture is coded as fields or with field macroblocks.
    pub progressive: bool,
    /// `direct_8x8_inference_flag`.
    pub direct_8x8_inference: bool,
    /// Width of the shown picture, after cropping.
    pub width: u32,
    /// Height of the shown picture, after cropping.
    pub height: u32,
    /// Video usability information, where there is any.
    pub vui: Option<Vui>,
}

/// How many chroma samples a picture has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChromaFormat {
    /// Luma alone.
    Monochrome,
    /// 4:2:0.
    Yuv420,
    /// 4:2:2.
    Yuv422,
    /// 4:4:4, or three planes coded on their own.
    Yuv444,
}

/// A picture of more macroblocks a side is beyond every level.
const MAX_SIDE_MACROBLOCKS: u32 = 4096;

impl Sps {
    /// Reads a NAL unit of type 7, header byte included.
    ///
    /// # Errors
    /// [`ParseError`] naming the syntax element that is missing or out of range.
    pub fn parse(nal: &[u8]) -> Result<Self, ParseError> {
        let mut r = open(nal)?;
        let profile_idc = r.byte("profile_idc")?;
        let constraint_flags = r.byte("constraint_set_flags")?;
        let level_idc = r.byte("level_idc")?;
        let id = r.small(31, "seq_parameter_set_id")?;
        let fidelity = if has_fidelity(profile_idc) { Fidelity::read(&mut r)? } else { Fidelity::default() };
        let log2_max_frame_num = r.small(12, "log2_max_frame_num_minus4")? + 4;
        let poc_type = r.small(2, "pic_order_cnt_type")?;
        let mut log2_max_poc_lsb = None;
        match poc_type {
            0 => log2_max_poc_lsb = Some(r.small(12, "log2_max_pic_order_cnt_lsb_minus4")? + 4),
            1 => skip_poc_cycle(&mut r)?,
            _ => {}
        }
        let max_num_ref_frames = r.small(16, "max_num_ref_frames")?;
        let frame_num_gaps = r.flag("gaps_in_frame_num_value_allowed_flag")?;
        let columns = r.unsigned(MAX_SIDE_MACROBLOCKS - 1, "pic_width_in_mbs_minus1")? + 1;
        let map_rows = r.unsigned(MAX_SIDE_MACROBLOCKS - 1, "pic_height_in_map_units_minus1")? + 1;
        let progressive = r.flag("frame_mbs_only_flag")?;
        if !progressive {
            r.flag("mb_adaptive_frame_field_flag")?;
        }
        let direct_8x8_inference = r.flag("direct_8x8_inference_flag")?;
        let rows = if progressive { map_rows } else { map_rows * 2 };
        let crop_unit = fidelity.crop_unit(progressive);
        let (width, height) = read_shown_size(&mut r, (columns * 16, rows * 16), crop_unit)?;
        let vui = if r.flag("vui_parameters_present_flag")? { Some(Vui::read(&mut r)?) } else { None };
        Ok(Self {
            profile_idc,
            constraint_flags,
            level_idc,
            id,
            chroma_format: fidelity.chroma_format,
            bit_depth_luma: fidelity.bit_depth_luma,
            bit_depth_chroma: fidelity.bit_depth_chroma,
            scaling_matrix: fidelity.scaling_matrix,
            log2_max_frame_num,
            poc_type,
            log2_max_poc_lsb,
            max_num_ref_frames,
            frame_num_gaps,
            progressive,
            direct_8x8_inference,
            width,
            height,
            vui,
        })
    }

    /// The set's id alone, which needs no more than the first bytes to be in order.
    pub(crate) fn id_of(nal: &[u8]) -> Result<u8, ParseError> {
        let mut r = open(nal)?;
        r.bits(24, "profile_idc")?;
        r.small(31, "seq_parameter_set_id")
    }
}

/// Opens a NAL unit that must be of type 7.
fn open(nal: &[u8]) -> Result<BitReader, ParseError> {
    BitReader::open(nal, 7, "a sequence parameter set")
}

/// What only the High profiles and those built on them say.
struct Fidelity {
    chroma_format: ChromaFormat,
    bit_depth_luma: u8,
    bit_depth_chroma: u8,
    scaling_matrix: bool,
}

impl Default for Fidelity {
    fn default() -> Self {
        Self {
            chroma_format: ChromaFormat::Yuv420,
            bit_depth_luma: 8,
            bit_depth_chroma: 8,
            scaling_matrix: false,
        }
    }
}

impl Fidelity {
    fn read(r: &mut BitReader) -> Result<Self, ParseError> {
        let chroma_format = match r.small(3, "chroma_format_idc")? {
            0 => ChromaFormat::Monochrome,
            1 => ChromaFormat::Yuv420,
            2 => ChromaFormat::Yuv422,
            _ => ChromaFormat::Yuv444,
        };
        if chroma_format == ChromaFormat::Yuv444 {
            r.flag("separate_colour_plane_flag")?;
        }
        let bit_depth_luma = r.small(6, "bit_depth_luma_minus8")? + 8;
        let bit_depth_chroma = r.small(6, "bit_depth_chroma_minus8")? + 8;
        r.flag("qpprime_y_zero_transform_bypass_flag")?;
        let scaling_matrix = r.flag("seq_scaling_matrix_present_flag")?;
        if scaling_matrix {
            let lists = if chroma_format == ChromaFormat::Yuv444 { 12 } else { 8 };
            for list in 0..lists {
                if r.flag("seq_scaling_list_present_flag")? {
                    skip_scaling_list(r, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
        Ok(Self { chroma_format, bit_depth_luma, bit_depth_chroma, scaling_matrix })
    }

    /// `CropUnitX` and `CropUnitY` (7.4.2.1.1).
    fn crop_unit(&self, progressive: bool) -> (u32, u32) {
        let (x, y) = match self.chroma_format {
            ChromaFormat::Yuv420 => (2, 2),
            ChromaFormat::Yuv422 => (2, 1),
            _ => (1, 1),
        };
        (x, if progressive { y } else { y * 2 })
    }
}

/// The profiles whose parameter sets carry a chroma format (7.3.2.1.1).
fn has_fidelity(profile_idc: u8) -> bool {
    matches!(profile_idc, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135)
}

fn skip_poc_cycle(r: &mut BitReader) -> Result<(), ParseError> {
    const ANY: std::ops::RangeInclusive<i32> = i32::MIN..=i32::MAX;
    r.flag("delta_pic_order_always_zero_flag")?;
    r.signed(ANY, "offset_for_non_ref_pic")?;
    r.signed(ANY, "offset_for_top_to_bottom_field")?;
    for _ in 0..r.unsigned(255, "num_ref_frames_in_pic_order_cnt_cycle")? {
        r.signed(ANY, "offset_for_ref_frame")?;
    }
    Ok(())
}

/// Reads `frame_cropping` and takes it off the coded size.
fn read_shown_size(
    r: &mut BitReader,
    (width, height): (u32, u32),
    (unit_x, unit_y): (u32, u32),
) -> Result<(u32, u32), ParseError> {
    if !r.flag("frame_cropping_flag")? {
        return Ok((width, height));
    }
    // Each is bounded by the coded size, so that their sum can't overflow.
    let left = r.unsigned(width / unit_x, "frame_crop_left_offset")?;
    let right = r.unsigned(width / unit_x, "frame_crop_right_offset")?;
    let top = r.unsigned(height / unit_y, "frame_crop_top_offset")?;
    let bottom = r.unsigned(height / unit_y, "frame_crop_bottom_offset")?;
    let shown = |coded: u32, cropped: u32| {
        coded.checked_sub(cropped).filter(|&rest| rest > 0).ok_or(ParseError::OutOfRange("frame_crop_offset"))
    };
    Ok((shown(width, (left + right) * unit_x)?, shown(height, (top + bottom) * unit_y)?))
}
