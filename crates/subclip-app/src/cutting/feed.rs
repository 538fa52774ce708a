//! What the engine is given to decode: a fragmented MP4 made of one GOP's samples.

use bytes::{Bytes, BytesMut};
use subclip_core::{Sample, Track};
use subclip_formats::mp4::write::{Offsets, init_segment, place, segment_header};

use crate::{Error, Result};

/// A fragmented MP4 of some samples.
pub(crate) struct Fed {
    pub(crate) bytes: Bytes,
    /// What a presentation time of the track is raised by in it.
    pub(crate) shift: i64,
}

/// Writes samples, the first an IDR, for the engine; `media` are their bytes.
pub(crate) fn feed(track: &Track, samples: &[Sample], media: &[Bytes]) -> Result<Fed> {
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
