//! Which H.264 is kept as it came, and why the rest is encoded anew.

use std::fmt;

use super::parameters::Parameters;
use super::sps::ChromaFormat;

/// Why a video is not kept as it came; prints as a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// This many sequence parameter sets.
    SeveralSps(usize),
    /// A profile that players don't all have.
    Profile(u8),
    /// Not 4:2:0.
    Chroma(ChromaFormat),
    /// More than 8 bits per sample, luma and chroma.
    BitDepth(u8, u8),
    /// Pictures may be coded as fields.
    Interlaced,
    /// More than one slice group.
    SliceGroups(u8),
    /// Redundant coded pictures.
    RedundantPictures,
}

/// Whether the pictures may be streamed as they came: 8 bit 4:2:0, progressive, Baseline, Main or High, one
/// sequence parameter set. Arbitrary slice order leaves no trace in parameter sets and is not looked for.
///
/// # Errors
/// Every [`Reason`] why not.
pub fn conforms(parameters: &Parameters) -> Result<(), Vec<Reason>> {
    let sps = &parameters.sps;
    let mut reasons = Vec::new();
    if parameters.all_sps.len() > 1 {
        reasons.push(Reason::SeveralSps(parameters.all_sps.len()));
    }
    if !matches!(sps.profile_idc, 66 | 77 | 100) {
        reasons.push(Reason::Profile(sps.profile_idc));
    }
    if sps.chroma_format != ChromaFormat::Yuv420 {
        reasons.push(Reason::Chroma(sps.chroma_format));
    }
    if (sps.bit_depth_luma, sps.bit_depth_chroma) != (8, 8) {
        reasons.push(Reason::BitDepth(sps.bit_depth_luma, sps.bit_depth_chroma));
    }
    if !sps.progressive {
        reasons.push(Reason::Interlaced);
    }
    if let Some(pps) = parameters.all_pps.iter().find(|pps| pps.slice_groups > 1) {
        reasons.push(Reason::SliceGroups(pps.slice_groups));
    }
    if parameters.all_pps.iter().any(|pps| pps.redundant_pictures) {
        reasons.push(Reason::RedundantPictures);
    }
    if reasons.is_empty() { Ok(()) } else { Err(reasons) }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SeveralSps(count) => write!(f, "it has {count} sequence parameter sets instead of one"),
            Self::Profile(idc) => {
                let name = profile_name(*idc);
                write!(f, "its H.264 profile is {name} instead of Baseline, Main or High")
            }
            Self::Chroma(format) => {
                let name = match format {
                    ChromaFormat::Monochrome => "monochrome",
                    ChromaFormat::Yuv420 => "4:2:0",
                    ChromaFormat::Yuv422 => "4:2:2",
                    ChromaFormat::Yuv444 => "4:4:4",
                };
                write!(f, "its chroma format is {name} instead of 4:2:0")
            }
            Self::BitDepth(luma, chroma) if luma == chroma => {
                write!(f, "it has {luma} bits per sample instead of 8")
            }
            Self::BitDepth(luma, chroma) => {
                write!(f, "it has {luma} bits per luma and {chroma} per chroma sample instead of 8")
            }
            Self::Interlaced => write!(f, "it is coded as interlaced video"),
            Self::SliceGroups(groups) => write!(f, "its pictures are coded in {groups} slice groups"),
            Self::RedundantPictures => write!(f, "it carries redundant coded pictures"),
        }
    }
}

/// A profile's name (Annex A.2), with its number where it has none here.
fn profile_name(profile_idc: u8) -> String {
    let name = match profile_idc {
        44 => "CAVLC 4:4:4 Intra",
        83 | 86 => "Scalable",
        88 => "Extended",
        110 => "High 10",
        118 | 128 | 134 => "Multiview High",
        122 => "High 4:2:2",
        244 => "High 4:4:4 Predictive",
        _ => return format!("number {profile_idc}"),
    };
    name.to_owned()
}
