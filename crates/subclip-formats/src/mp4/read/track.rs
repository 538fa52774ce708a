//! A track while its samples are being gathered, and the bounds on how many there may be.

use subclip_core::{Sample, Timescale};

use super::edits::{self, EditList};
use super::error::ReadError;
use super::movie::{Kind, MovieTrack, SampleEntry};
use super::node::Node;

/// No time may lie further from zero than this many ticks: sums of a few such times can't overflow.
pub(super) const TIME_LIMIT: i64 = 1 << 60;

/// The most samples of one track: 19 hours of video at 60 pictures per second, 24 of sound at 48 kHz. A sample takes 32
/// bytes of memory while its file is read.
pub const MAX_TRACK_SAMPLES: u32 = 1 << 22;

/// The most samples all tracks of a file may list together: as many as two tracks may have.
pub const MAX_SAMPLES: u32 = 2 * MAX_TRACK_SAMPLES;

/// So many samples any file may list, together: some ten hours of video at 60 pictures per second and of sound.
const FREE_SAMPLES: u32 = 1 << 22;

/// Whoever lists more than [`FREE_SAMPLES`] needs so many bytes of file for each. A sample takes half of that in memory,
/// whereas one byte is enough for a sample and two runs of a table for the times of all: a small file would cost many
/// times its size. How long the samples last is no measure, as that is claimed as cheaply. What is encoded in earnest
/// has more: pictures a hundred bytes and up, and sound of 32 kbit/s has 85 at 48 kHz.
const BYTES_PER_SAMPLE: u64 = 64;

/// The most samples without bytes that a file may list; they cost nothing to claim.
pub const MAX_EMPTY_SAMPLES: u32 = 1 << 16;

/// What may still be allocated, and how far the file reaches.
pub(super) struct Bounds {
    pub(super) file_size: u64,
    most_samples: u32,
    samples_left: u32,
    empty_left: u32,
}

/// A sample as tables and runs tell it.
pub(super) struct RawSample {
    pub(super) offset: u64,
    pub(super) size: u32,
    pub(super) duration: u32,
    pub(super) composition: i32,
    pub(super) sync: bool,
}

impl Bounds {
    pub(super) fn new(file_size: u64) -> Self {
        let most_samples = most_samples(file_size);
        Self { file_size, most_samples, samples_left: most_samples, empty_left: MAX_EMPTY_SAMPLES }
    }

    /// Refuses a claim of `count` samples more of a track that can't be true, or is too much. Room is made only as each
    /// one is admitted.
    pub(super) fn foresee(&self, node: &Node<'_>, track: &TrackBuilder, count: u32) -> Result<(), ReadError> {
        let together = track.samples.len() as u64 + u64::from(count);
        if together > u64::from(MAX_TRACK_SAMPLES) {
            return Err(node.too_many_samples(format!(
                "says {together} samples of a track, which may have {MAX_TRACK_SAMPLES}"
            )));
        }
        if count > self.samples_left {
            let most = self.most_samples;
            return Err(node.too_large(format!("says {count} samples, this file may have {most}")));
        }
        let most = self.file_size.saturating_add(u64::from(MAX_EMPTY_SAMPLES));
        if u64::from(count) > most {
            return Err(
                node.malformed(format!("says {count} samples, the file has {} bytes", self.file_size))
            );
        }
        Ok(())
    }

    /// Accepts one sample if it lies within the file and there is room for it.
    pub(super) fn admit(
        &mut self,
        node: &Node<'_>,
        sample: &RawSample,
        number: u32,
    ) -> Result<(), ReadError> {
        self.samples_left = self.samples_left.checked_sub(1).ok_or_else(|| {
            node.too_large(format!("goes beyond the {} samples this file may have", self.most_samples))
        })?;
        if sample.size == 0 {
            self.empty_left = self.empty_left.checked_sub(1).ok_or_else(|| {
                node.too_large(format!("goes beyond the {MAX_EMPTY_SAMPLES} empty samples a file may have"))
            })?;
            return Ok(());
        }
        let end = sample.offset.checked_add(u64::from(sample.size));
        if end.is_none_or(|end| end > self.file_size) {
            let (offset, size, file_size) = (sample.offset, sample.size, self.file_size);
            return Err(node.truncated(format!(
                "sample {} has {size} bytes from {offset} on, the file ends at {file_size}",
                number + 1
            )));
        }
        Ok(())
    }
}

/// The most samples that all tracks of a file of so many bytes may list together.
fn most_samples(file_size: u64) -> u32 {
    u32::try_from(file_size / BYTES_PER_SAMPLE).unwrap_or(MAX_SAMPLES).clamp(FREE_SAMPLES, MAX_SAMPLES)
}

/// What `trex` and `tfhd` say of samples that don't say it themselves.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Defaults {
    pub(super) duration: u32,
    pub(super) size: u32,
    pub(super) flags: u32,
}

/// A track that still gathers samples, on the media's own axis.
pub(super) struct TrackBuilder {
    /// All but samples, edits and end.
    pub(super) track: MovieTrack,
    pub(super) edit_list: EditList,
    pub(super) defaults: Defaults,
    /// Where the next sample is decoded if nothing says otherwise.
    pub(super) next_dts: i64,
    pub(super) samples: Vec<Sample>,
    /// When the last sample shown so far is shown, and how long.
    last_shown: Option<(i64, u32)>,
}

impl TrackBuilder {
    pub(super) fn new(track: MovieTrack, edit_list: EditList) -> Self {
        let defaults = Defaults::default();
        Self { track, edit_list, defaults, next_dts: 0, samples: Vec::new(), last_shown: None }
    }

    /// Whether anything reads the samples of this track.
    pub(super) fn is_listed(&self) -> bool {
        self.track.entries.iter().any(|entry| !matches!(entry, SampleEntry::Other { .. }))
    }

    pub(super) fn push(&mut self, raw: &RawSample) {
        let dts = self.next_dts;
        let pts = dts + i64::from(raw.composition);
        // Every packet of sound decodes on its own, whatever flags a muxer left.
        let sync = raw.sync || self.track.kind == Kind::Audio;
        self.samples.push(Sample { offset: raw.offset, size: raw.size, dts, pts, sync });
        if self.last_shown.is_none_or(|(last, _)| pts >= last) {
            self.last_shown = Some((pts, raw.duration));
        }
        self.next_dts = dts + i64::from(raw.duration);
    }

    /// The track with its times on the movie's axis.
    pub(super) fn finish(self) -> MovieTrack {
        let Self { mut track, edit_list, mut samples, last_shown, .. } = self;
        if let Some((pts, duration)) = last_shown {
            track.end_pts = pts + last_duration(&samples, pts, duration);
        }
        let pictures = track.kind == Kind::Video;
        track.edits = edits::apply(edit_list, track.timescale, pictures, &mut samples, &mut track.end_pts);
        samples.shrink_to_fit();
        track.samples = samples;
        track
    }
}

/// How long the sample shown last, at `pts`, lasts. Some muxers leave its duration zero: then as long as the one
/// shown before it.
fn last_duration(samples: &[Sample], pts: i64, duration: u32) -> i64 {
    if duration > 0 {
        return i64::from(duration);
    }
    let before = samples.iter().map(|sample| sample.pts).filter(|&before| before < pts).max();
    before.map_or(1, |before| pts - before)
}

/// The track's timescale, or one tick per second where a track that nobody reads says zero.
pub(super) fn timescale(mdhd: &Node<'_>, ticks: u32, kind: Kind) -> Result<Timescale, ReadError> {
    match (Timescale::new(ticks), kind) {
        (Ok(timescale), _) => Ok(timescale),
        (Err(_), Kind::Other(_)) => Timescale::new(1).map_err(|_| mdhd.malformed("has no timescale")),
        (Err(_), _) => Err(mdhd.malformed("says a timescale of zero")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_lists_as_many_samples_as_its_size_bears() {
        let cases = [
            (0, 1 << 22),
            (16 << 20, 1 << 22),
            (256 << 20, 1 << 22),
            (384 << 20, 6 << 20),
            (512 << 20, 1 << 23),
            (1 << 30, 1 << 23),
            (u64::MAX, 1 << 23),
        ];
        for (file_size, most) in cases {
            assert_eq!(most_samples(file_size), most, "{file_size}");
        }
    }
}
