//! The index of a track: where each sample lies and when it is decoded and shown, and the GOPs they form.

use std::ops::Range;

/// One coded picture, or one packet of sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Where its bytes begin in the track's object.
    pub offset: u64,
    /// How many bytes it has.
    pub size: u32,
    /// When it is decoded, in the track's timescale; rises strictly from sample to sample.
    pub dts: i64,
    /// When it is shown, in the track's timescale, on the axis that all tracks of one source share
    /// (edit lists are applied already). Can lie before [`Sample::dts`] where an edit shifted it.
    pub pts: i64,
    /// Whether decoding can begin here.
    pub sync: bool,
}

impl Sample {
    /// The bytes it occupies in its object.
    #[must_use]
    pub fn bytes(&self) -> Range<u64> {
        self.offset..self.offset + u64::from(self.size)
    }
}

/// All samples of a track, in decode order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The samples; never empty, the first one sync.
    pub samples: Vec<Sample>,
    /// When the last one shown ends, in the track's timescale.
    pub end_pts: i64,
}

impl Index {
    /// The GOPs: every sync sample opens one.
    #[must_use]
    pub fn gop_map(&self) -> GopMap {
        let mut gops: Vec<Gop> = Vec::new();
        for (number, sample) in (0u32..).zip(&self.samples) {
            match gops.last_mut() {
                Some(gop) if !sample.sync => gop.size_bytes += u64::from(sample.size),
                _ => gops.push(Gop {
                    first_sample: number,
                    pts: sample.pts,
                    size_bytes: u64::from(sample.size),
                }),
            }
        }
        let samples = self.samples.len() as u32;
        GopMap { gops, samples, end_pts: self.end_pts }
    }

    /// The delay that makes every composition offset positive when decode times are the presentation times in
    /// rising order: the most that a sample is decoded behind its own presentation, in ticks. Zero without B-frames.
    #[must_use]
    pub fn composition_delay(&self) -> i64 {
        let mut order: Vec<i64> = self.samples.iter().map(|s| s.pts).collect();
        order.sort_unstable();
        order.iter().zip(&self.samples).map(|(&dts, sample)| dts - sample.pts).max().unwrap_or(0).max(0)
    }
}

/// A group of pictures that decodes on its own: an IDR and all up to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gop {
    /// The number of its first sample.
    pub first_sample: u32,
    /// When its first picture is shown; all its pictures lie from here up to the next GOP's.
    pub pts: i64,
    /// The bytes of all its samples.
    pub size_bytes: u64,
}

/// The GOPs of a track, small enough to be held whole for many hours of video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GopMap {
    /// In order of time; the first begins with sample 0.
    pub gops: Vec<Gop>,
    /// Samples in the track.
    pub samples: u32,
    /// When the last picture ends.
    pub end_pts: i64,
}

impl GopMap {
    /// The samples of GOP `gop`.
    #[must_use]
    pub fn samples_of(&self, gop: usize) -> Range<u32> {
        let end = self.gops.get(gop + 1).map_or(self.samples, |next| next.first_sample);
        self.gops[gop].first_sample..end
    }

    /// When GOP `gop` ends: where the next begins.
    #[must_use]
    pub fn end_of(&self, gop: usize) -> i64 {
        self.gops.get(gop + 1).map_or(self.end_pts, |next| next.pts)
    }

    /// The bytes of those GOPs that lie wholly in `samples`, which begin with a GOP, and the samples after them.
    #[must_use]
    pub fn whole_gops(&self, samples: Range<u32>) -> (u64, Range<u32>) {
        let first = self.of_sample(samples.start);
        let ends = (first..self.gops.len()).map(|gop| self.samples_of(gop).end);
        let whole = first + ends.take_while(|&end| end <= samples.end).count();
        let size_bytes = self.gops[first..whole].iter().map(|gop| gop.size_bytes).sum();
        let next = self.gops.get(whole).map_or(samples.end, |gop| gop.first_sample.min(samples.end));
        (size_bytes, next..samples.end)
    }

    /// The GOP that shows `pts`: the last that begins at or before it, or the first.
    #[must_use]
    pub fn at_pts(&self, pts: i64) -> usize {
        self.gops.partition_point(|gop| gop.pts <= pts).saturating_sub(1)
    }

    /// The GOP that sample `number` belongs to.
    #[must_use]
    pub fn of_sample(&self, number: u32) -> usize {
        self.gops.partition_point(|gop| gop.first_sample <= number).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(pts_and_sync: &[(i64, bool)]) -> Index {
        let samples = (0..)
            .zip(pts_and_sync)
            .map(|(n, &(pts, sync))| Sample { offset: n * 10, size: 10, dts: n as i64, pts, sync })
            .collect();
        Index { samples, end_pts: pts_and_sync.len() as i64 }
    }

    #[test]
    fn gops_open_at_sync_samples() {
        let map = index(&[(0, true), (2, false), (1, false), (3, true), (4, false)]).gop_map();
        assert_eq!(map.gops.len(), 2);
        assert_eq!((map.samples_of(0), map.samples_of(1)), (0..3, 3..5));
        assert_eq!((map.end_of(0), map.end_of(1)), (3, 5));
        assert_eq!(map.gops[0].size_bytes, 30);
        let whole = [0..5, 0..4, 0..3, 0..2, 3..5, 3..4].map(|samples| map.whole_gops(samples));
        assert_eq!(whole, [(50, 5..5), (30, 3..4), (30, 3..3), (0, 0..2), (20, 5..5), (0, 3..4)]);
        let at = [-5, 0, 2, 3, 99].map(|pts| map.at_pts(pts));
        assert_eq!(at, [0, 0, 0, 1, 1]);
        assert_eq!([0, 2, 3, 4].map(|n| map.of_sample(n)), [0, 0, 1, 1]);
    }

    #[test]
    fn delay_is_what_reordering_needs() {
        assert_eq!(index(&[(0, true), (1, false), (2, false)]).composition_delay(), 0);
        assert_eq!(index(&[(0, true), (2, false), (1, false)]).composition_delay(), 1, "one B-frame");
        let pyramid = index(&[(0, true), (4, false), (2, false), (1, false), (3, false)]);
        assert_eq!(pyramid.composition_delay(), 2, "B-pyramid");
    }
}
