//! What the engine is given to decode: a fragmented MP4 made of one GOP's samples.

use bytes::{Bytes, BytesMut};
use subclip_core::{Sample, Track};
use subclip_formats::mp4::read::MAX_GOP_BYTES;
use subclip_formats::mp4::write::{Offsets, init_segment, place, segment_header};

use crate::{Error, Result};

/// A fragmented MP4 of some samples.
pub(crate) struct Fed {
    pub(crate) bytes: Bytes,
    /// What a presentation time of the track is raised by in it.
    pub(crate) shift: i64,
}

/// Refuses samples that are too many to be held in memory, before they are read. Those of a track that was found to
/// conform never are.
pub(crate) fn may_be_fed(samples: &[Sample]) -> Result<()> {
    let bytes: u64 = samples.iter().map(|sample| u64::from(sample.size)).sum();
    if bytes > MAX_GOP_BYTES {
        return Err(Error::invalid(format!(
            "The pictures between two key frames have {bytes} bytes here, more than the {MAX_GOP_BYTES} that can be \
             decoded."
        )));
    }
    Ok(())
}

/// Writes samples, the first an IDR, for the engine; `media` are their bytes.
pub(crate) fn feed(track: &Track, samples: &[Sample], media: &[Bytes]) -> Result<Fed> {
    may_be_fed(samples)?;
    let mut order: Vec<i64> = samples.iter().map(|s| s.pts).collect();
    order.sort_unstable();
    let (Some(&origin), Some(&last)) = (order.first(), order.last()) else {
        return Err(Error::internal("nothing to decode"));
    };
    let delay = order.iter().zip(samples).map(|(&dts, sample)| dts - sample.pts).max().unwrap_or(0);
    let placed = place(samples, 0, last - origin + 1, Offsets::Delayed(delay)).map_err(Error::internal)?;
    let mut bytes = BytesMut::new();
    bytes.extend_from_slice(&init_segment(track, 0));
    bytes.extend_from_slice(&segment_header(1, &placed).bytes);
    for piece in media {
        bytes.extend_from_slice(piece);
    }
    Ok(Fed { bytes: bytes.freeze(), shift: delay - origin })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_into_memory_is_refused() {
        let half = Sample { offset: 0, size: (MAX_GOP_BYTES / 2) as u32, dts: 0, pts: 0, sync: true };
        assert_eq!(may_be_fed(&[half, half]), Ok(()));
        let one_more = Sample { size: 1, ..half };
        let error = may_be_fed(&[half, half, one_more]).unwrap_err();
        assert!(error.kind == crate::Kind::Invalid && error.message.contains("67108865 bytes"), "{error}");
    }
}
