//! The picture parameter set (7.3.2.2): how the slices of a picture are coded.

use super::bits::{BitReader, ParseError, skip_scaling_list};
use super::sps::ChromaFormat;

/// A picture parameter set, as far as cutting, joining and imitating it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pps {
    /// `pic_parameter_set_id`, 0 to 255.
    pub id: u8,
    /// `seq_parameter_set_id`: the set it builds on.
    pub sps_id: u8,
    /// `entropy_coding_mode_flag`.
    pub cabac: bool,
    /// Slice groups (flexible macroblock ordering): more than one only in Baseline and Extended.
    pub slice_groups: u8,
    /// References used by default from list 0 and list 1.
    pub num_ref_idx_default: (u8, u8),
    /// `weighted_pred_flag`.
    pub weighted_pred: bool,
    /// `weighted_bipred_idc`: 0 none, 1 explicit, 2 implicit.
    pub weighted_bipred_idc: u8,
    /// `pic_init_qp_minus26` plus 26.
    pub pic_init_qp: i8,
    /// `chroma_qp_index_offset`, for Cb and where nothing else is said for Cr.
    pub chroma_qp_index_offset: i8,
    /// The offset for Cr.
    pub second_chroma_qp_index_offset: i8,
    /// `deblocking_filter_control_present_flag`.
    pub deblocking_control: bool,
    /// `constrained_intra_pred_flag`.
    pub constrained_intra_pred: bool,
    /// `redundant_pic_cnt_present_flag`.
    pub redundant_pictures: bool,
    /// `transform_8x8_mode_flag`.
    pub transform_8x8: bool,
    /// Whether scaling lists are sent.
    pub scaling_matrix: bool,
}

impl Pps {
    /// Reads a NAL unit of type 8, header byte included. `chroma_format` is that of the sequence parameter set it
    /// names, see [`Pps::sps_id_of`].
    ///
    /// # Errors
    /// [`ParseError`] naming the syntax element that is missing or out of range.
    pub fn parse(nal: &[u8], chroma_format: ChromaFormat) -> Result<Self, ParseError> {
        let mut r = open(nal)?;
        let id = r.small(255, "pic_parameter_set_id")?;
        let sps_id = r.small(31, "seq_parameter_set_id")?;
        let cabac = r.flag("entropy_coding_mode_flag")?;
        r.flag("bottom_field_pic_order_in_frame_present_flag")?;
        let slice_groups = r.small(7, "num_slice_groups_minus1")? + 1;
        if slice_groups > 1 {
            skip_slice_groups(&mut r, slice_groups)?;
        }
        let l0 = r.small(31, "num_ref_idx_l0_default_active_minus1")? + 1;
        let l1 = r.small(31, "num_ref_idx_l1_default_active_minus1")? + 1;
        let weighted_pred = r.flag("weighted_pred_flag")?;
        let weighted_bipred_idc = r.bits(2, "weighted_bipred_idc")? as u8;
        // Down to -62 for samples of 14 bits.
        let pic_init_qp = r.signed(-62..=25, "pic_init_qp_minus26")? as i8 + 26;
        r.signed(-26..=25, "pic_init_qs_minus26")?;
        let chroma_qp_index_offset = r.signed(-12..=12, "chroma_qp_index_offset")? as i8;
        let mut pps = Self {
            id,
            sps_id,
            cabac,
            slice_groups,
            num_ref_idx_default: (l0, l1),
            weighted_pred,
            weighted_bipred_idc,
            pic_init_qp,
            chroma_qp_index_offset,
            second_chroma_qp_index_offset: chroma_qp_index_offset,
            deblocking_control: r.flag("deblocking_filter_control_present_flag")?,
            constrained_intra_pred: r.flag("constrained_intra_pred_flag")?,
            redundant_pictures: r.flag("redundant_pic_cnt_present_flag")?,
            transform_8x8: false,
            scaling_matrix: false,
        };
        if r.has_more() {
            pps.read_high(&mut r, chroma_format)?;
        }
        Ok(pps)
    }

    /// What the High profiles add.
    fn read_high(&mut self, r: &mut BitReader, chroma_format: ChromaFormat) -> Result<(), ParseError> {
        self.transform_8x8 = r.flag("transform_8x8_mode_flag")?;
        self.scaling_matrix = r.flag("pic_scaling_matrix_present_flag")?;
        if self.scaling_matrix {
            let large = match (self.transform_8x8, chroma_format) {
                (false, _) => 0,
                (true, ChromaFormat::Yuv444) => 6,
                (true, _) => 2,
            };
            for list in 0..6 + large {
                if r.flag("pic_scaling_list_present_flag")? {
                    skip_scaling_list(r, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
        self.second_chroma_qp_index_offset = r.signed(-12..=12, "second_chroma_qp_index_offset")? as i8;
        Ok(())
    }

    /// The set's id alone, which needs no sequence parameter set.
    pub(crate) fn id_of(nal: &[u8]) -> Result<u8, ParseError> {
        open(nal)?.small(255, "pic_parameter_set_id")
    }

    /// The id of the sequence parameter set that a picture parameter set builds on.
    ///
    /// # Errors
    /// [`ParseError`] when `nal` is not a picture parameter set.
    pub fn sps_id_of(nal: &[u8]) -> Result<u8, ParseError> {
        let mut r = open(nal)?;
        r.small(255, "pic_parameter_set_id")?;
        r.small(31, "seq_parameter_set_id")
    }
}

/// Opens a NAL unit that must be of type 8.
fn open(nal: &[u8]) -> Result<BitReader, ParseError> {
    BitReader::open(nal, 8, "a picture parameter set")
}

fn skip_slice_groups(r: &mut BitReader, groups: u8) -> Result<(), ParseError> {
    match r.small(6, "slice_group_map_type")? {
        0 => {
            for _ in 0..groups {
                r.unsigned(u32::MAX, "run_length_minus1")?;
            }
        }
        2 => {
            for _ in 1..groups {
                r.unsigned(u32::MAX, "top_left")?;
                r.unsigned(u32::MAX, "bottom_right")?;
            }
        }
        3..=5 => {
            r.flag("slice_group_change_direction_flag")?;
            r.unsigned(u32::MAX, "slice_group_change_rate_minus1")?;
        }
        6 => {
            // Ceil(Log2(groups)) bits each, one at least: the payload's end bounds the loop.
            let width = 8 - (groups - 1).leading_zeros();
            for _ in 0..=r.unsigned(u32::MAX, "pic_size_in_map_units_minus1")? {
                r.bits(width, "slice_group_id")?;
            }
        }
        _ => {}
    }
    Ok(())
}
