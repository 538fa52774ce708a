//! The sample tables of one track of a progressive file (ISO/IEC 14496-12, 8.6 and 8.7), built chunk by chunk, so
//! that no list of all samples is ever held.

use bytes::BufMut;
use subclip_core::{Time, Track};

use super::boxes::full_box;
use super::place::Placed;

/// The most samples a track may have, so that a `moov` stays below 4 GiB whatever they are: 155 hours at 60 fps.
pub const MAX_SAMPLES: u32 = 1 << 25;

/// Why a chunk cannot be appended to a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// More than [`MAX_SAMPLES`].
    #[error("more than {MAX_SAMPLES} samples do not fit into one file")]
    TooManySamples,
    /// A decode time before the one ahead of it, or too far behind it.
    #[error("sample {sample} is decoded {ticks} ticks after the one before it")]
    DecodeTime {
        /// Which sample, counted through all chunks.
        sample: u32,
        /// How long after.
        ticks: i64,
    },
}

/// A track of a progressive file: all that `moov` says of the samples pushed so far.
///
/// Takes some 4 to 20 bytes per sample.
#[derive(Debug, Clone)]
pub struct SampleTables<'a> {
    pub(super) track: &'a Track,
    pub(super) delay: i64,
    pub(super) chunks: Vec<Chunk>,
    samples: u32,
    /// Ready-made bodies of the tables, big-endian.
    sizes: Vec<u8>,
    sync_samples: Vec<u8>,
    durations: Runs,
    composition_offsets: Runs,
    signed_offsets: bool,
    first_dts: i64,
    /// The decode time and duration of the last sample; its entry is written when the next one is known.
    last: Option<(i64, u32)>,
}

/// Samples that lie next to each other in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    pub(super) first_dts: i64,
    pub(super) samples: u32,
    pub(super) size: u64,
}

impl<'a> SampleTables<'a> {
    /// An empty track, whose chunks will be placed with the constant composition delay `delay` (0 for sound).
    #[must_use]
    pub fn new(track: &'a Track, delay: i64) -> Self {
        Self {
            track,
            delay,
            chunks: Vec::new(),
            samples: 0,
            sizes: Vec::new(),
            sync_samples: Vec::new(),
            durations: Runs::default(),
            composition_offsets: Runs::default(),
            signed_offsets: false,
            first_dts: 0,
            last: None,
        }
    }

    /// Appends a chunk: samples that follow those pushed before and lie next to each other in the file.
    ///
    /// A sample lasts until the next one is decoded, whatever its own duration says; only the last one's counts.
    /// An empty chunk is passed over and gets no number.
    ///
    /// # Errors
    /// [`TableError`] where the decode times fall or leap, or there are too many samples.
    pub fn push(&mut self, chunk: &[Placed]) -> Result<(), TableError> {
        let Some(first) = chunk.first() else { return Ok(()) };
        if chunk.len() > (MAX_SAMPLES - self.samples) as usize {
            return Err(TableError::TooManySamples);
        }
        if self.samples == 0 {
            self.first_dts = first.dts;
        }
        let mut size = 0;
        for sample in chunk {
            self.push_sample(sample)?;
            size += u64::from(sample.size);
        }
        self.chunks.push(Chunk { first_dts: first.dts, samples: chunk.len() as u32, size });
        Ok(())
    }

    fn push_sample(&mut self, sample: &Placed) -> Result<(), TableError> {
        if let Some((dts, _)) = self.last {
            let ticks = sample.dts.saturating_sub(dts);
            let duration =
                u32::try_from(ticks).map_err(|_| TableError::DecodeTime { sample: self.samples, ticks })?;
            self.durations.push(duration);
        }
        self.last = Some((sample.dts, sample.duration));
        self.composition_offsets.push(sample.composition_offset.cast_unsigned());
        self.signed_offsets |= sample.composition_offset < 0;
        self.sizes.put_u32(sample.size);
        self.samples += 1;
        if sample.sync {
            self.sync_samples.put_u32(self.samples);
        }
        Ok(())
    }

    /// When the first sample is shown on the timeline.
    pub(super) fn start(&self) -> Time {
        Time::new(self.first_dts, self.track.timescale)
    }

    /// How long the samples last, in the track's timescale.
    pub(super) fn duration(&self) -> i64 {
        self.last.map_or(0, |(dts, duration)| {
            dts.saturating_add(i64::from(duration)).saturating_sub(self.first_dts)
        })
    }

    /// At least as many bytes as all tables take, chunk offsets included.
    pub(super) fn size_bound(&self) -> usize {
        let per_sample = self.sizes.len() + self.sync_samples.len();
        let runs = self.durations.finished.len() + self.composition_offsets.finished.len();
        // A chunk takes 12 bytes in stsc and 8 in co64 at the most.
        per_sample + runs + self.chunks.len() * 20 + 256
    }

    /// Appends `stts`, `ctts`, `stss`, `stsc` and `stsz`.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut durations = self.durations.clone();
        if let Some((_, duration)) = self.last {
            durations.push(duration);
        }
        full_box(out, b"stts", 0, 0, |out| durations.write(out));
        if !self.composition_offsets.are_all(0) {
            // In version 0 offsets have no sign (8.6.1.3).
            full_box(out, b"ctts", self.signed_offsets.into(), 0, |out| self.composition_offsets.write(out));
        }
        if self.sync_samples.len() < self.sizes.len() {
            full_box(out, b"stss", 0, 0, |out| {
                out.put_u32((self.sync_samples.len() / 4) as u32);
                out.put_slice(&self.sync_samples);
            });
        }
        full_box(out, b"stsc", 0, 0, |out| self.write_samples_per_chunk(out));
        full_box(out, b"stsz", 0, 0, |out| {
            out.put_u32(0);
            out.put_u32(self.samples);
            out.put_slice(&self.sizes);
        });
    }

    fn write_samples_per_chunk(&self, out: &mut Vec<u8>) {
        let count_at = out.len();
        let mut entries: u32 = 0;
        let mut samples = 0;
        out.put_u32(0);
        for (number, chunk) in (1..).zip(&self.chunks) {
            if chunk.samples != samples {
                samples = chunk.samples;
                entries += 1;
                out.put_u32(number);
                out.put_u32(samples);
                out.put_u32(1); // The sample description.
            }
        }
        out[count_at..count_at + 4].copy_from_slice(&entries.to_be_bytes());
    }
}

/// Values told by how often each comes in a row, as `stts` and `ctts` have them.
#[derive(Debug, Clone, Default)]
struct Runs {
    /// The finished runs: count and value, big-endian.
    finished: Vec<u8>,
    count: u32,
    value: u32,
}

impl Runs {
    fn push(&mut self, value: u32) {
        if value != self.value && self.count > 0 {
            self.finished.put_u32(self.count);
            self.finished.put_u32(self.value);
            self.count = 0;
        }
        self.value = value;
        self.count += 1;
    }

    fn are_all(&self, value: u32) -> bool {
        self.finished.is_empty() && self.value == value
    }

    /// Appends the number of entries and the entries.
    fn write(&self, out: &mut Vec<u8>) {
        out.put_u32((self.finished.len() / 8) as u32 + u32::from(self.count > 0));
        out.put_slice(&self.finished);
        if self.count > 0 {
            out.put_u32(self.count);
            out.put_u32(self.value);
        }
    }
}
