//! What a decoder configuration record says about its video: what an encoder imitates to make pictures that may
//! stand beside it.

use subclip_core::lowest_terms;

use super::avcc::DecoderConfig;
use super::bits::ParseError;
use super::pps::Pps;
use super::sps::Sps;
use super::vui::Timing;

/// The parameter sets of a record, read.
///
/// Where a record has several sets, [`Parameters::sps`] is its first and [`Parameters::pps`] the first that builds
/// on that; [`Parameters::all_sps`] and [`Parameters::all_pps`] have them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// Bytes in the length before each NAL unit of a sample: 1, 2 or 4.
    pub nal_length_size: u8,
    /// The sequence parameter set.
    pub sps: Sps,
    /// The picture parameter set.
    pub pps: Pps,
    /// All sequence parameter sets, in the record's order.
    pub all_sps: Vec<Sps>,
    /// All picture parameter sets, in the record's order.
    pub all_pps: Vec<Pps>,
}

impl Parameters {
    /// Reads all parameter sets of an `avcC` record.
    ///
    /// # Errors
    /// [`ParseError`] when the record or one of its sets can't be read, has no set of a kind, or has a picture
    /// parameter set that builds on a sequence parameter set that is not there.
    pub fn of_record(record: &[u8]) -> Result<Self, ParseError> {
        let config = DecoderConfig::parse(record)?;
        let all_sps = config.sps.iter().map(|nal| Sps::parse(nal)).collect::<Result<Vec<_>, _>>()?;
        let all_pps = config.pps.iter().map(|nal| parse_pps(nal, &all_sps)).collect::<Result<Vec<_>, _>>()?;
        let sps = all_sps.first().cloned().ok_or(ParseError::Missing("sequence parameter set"))?;
        let pps = all_pps
            .iter()
            .find(|pps| pps.sps_id == sps.id)
            .cloned()
            .ok_or(ParseError::Missing("picture parameter set"))?;
        Ok(Self { nal_length_size: config.nal_length_size, sps, pps, all_sps, all_pps })
    }

    /// Width to height of one pixel; square where nothing is said.
    #[must_use]
    pub fn pixel_aspect(&self) -> (u32, u32) {
        self.sps.vui.and_then(|vui| vui.sample_aspect).unwrap_or((1, 1))
    }

    /// The clock, where one is said that ticks.
    #[must_use]
    pub fn timing(&self) -> Option<Timing> {
        self.sps.vui?.timing.filter(|timing| timing.num_units_in_tick > 0 && timing.time_scale > 0)
    }

    /// Frames per second as a ratio in lowest terms, where the clock is there: a frame lasts two ticks (E.2.1).
    #[must_use]
    pub fn frame_rate(&self) -> Option<(u32, u32)> {
        let timing = self.timing()?;
        lowest_terms(timing.time_scale.into(), 2 * u64::from(timing.num_units_in_tick))
    }

    /// How many frames at the most are decoded before one that is shown earlier, where the sets tell: as they say,
    /// or none where pictures are shown in the order they are decoded.
    #[must_use]
    pub fn num_reorder_frames(&self) -> Option<u8> {
        let said = self.sps.vui.and_then(|vui| vui.num_reorder_frames);
        said.or((self.sps.poc_type == 2).then_some(0))
    }

    /// The ids of the sequence parameter sets, in the record's order.
    #[must_use]
    pub fn sps_ids(&self) -> Vec<u8> {
        self.all_sps.iter().map(|sps| sps.id).collect()
    }

    /// The ids of the picture parameter sets, in the record's order.
    #[must_use]
    pub fn pps_ids(&self) -> Vec<u8> {
        self.all_pps.iter().map(|pps| pps.id).collect()
    }
}

/// Reads a picture parameter set that builds on one of `all_sps`.
pub(crate) fn parse_pps(nal: &[u8], all_sps: &[Sps]) -> Result<Pps, ParseError> {
    let sps_id = Pps::sps_id_of(nal)?;
    let sps = all_sps.iter().find(|sps| sps.id == sps_id);
    Pps::parse(nal, sps.ok_or(ParseError::Missing("sequence parameter set"))?.chroma_format)
}
