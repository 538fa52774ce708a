//! What the engine made of some frames, taken out of its container and held against the plan frame by frame.

use bytes::{Bytes, BytesMut};
use subclip_core::{Sample, Timescale};
use subclip_formats::mp4::read::{self, SampleEntry};

/// Frames as they came out of the engine.
#[derive(Debug)]
pub(crate) struct MadeFrames {
    /// Their `AVCDecoderConfigurationRecord`.
    pub(crate) config: Vec<u8>,
    /// Their samples, shown when it is planned, the first at 0; they are decoded at the times that frames are shown.
    pub(crate) samples: Vec<Sample>,
    /// The bytes of those, end to end.
    pub(crate) bytes: Bytes,
}

impl MadeFrames {
    /// Reads what was made of frames that are shown at `planned`, in rising order, in this timescale. What is not
    /// exactly that, in a GOP of its own, is said in words that fit "… came out".
    pub(crate) fn read_gop(made: &Bytes, timescale: Timescale, planned: &[i64]) -> Result<Self, String> {
        let made = Self::read(made, timescale, planned, 0)?;
        if made.samples.iter().skip(1).any(|sample| sample.sync) {
            return Err("more than one key frame".into());
        }
        Ok(made)
    }

    /// The same of GOPs, whose frames may be as many ticks beside the plan as `rounding`: they are put back.
    pub(crate) fn read(
        made: &Bytes,
        timescale: Timescale,
        planned: &[i64],
        rounding: i64,
    ) -> Result<Self, String> {
        let movie = read::read_slice(made).map_err(|error| error.to_string())?;
        let [track] = movie.tracks.as_slice() else {
            return Err(format!("{} tracks", movie.tracks.len()));
        };
        let [SampleEntry::Avc(format)] = track.entries.as_slice() else {
            return Err("not H.264".into());
        };
        if track.samples.len() != planned.len() {
            return Err(format!("{} frames instead of {}", track.samples.len(), planned.len()));
        }
        if track.timescale != timescale {
            return Err(format!("a timescale of {}", track.timescale.get()));
        }
        let mut order: Vec<i64> = track.samples.iter().map(|s| s.pts).collect();
        order.sort_unstable();
        let apart = |times: &[i64], n: usize| times[n] - times[0];
        let close = |n: usize| (apart(&order, n) - apart(planned, n)).abs() <= rounding;
        if !(0..order.len()).all(close) || order.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("frames at other times".into());
        }
        if track.samples.first().is_none_or(|first| !first.sync || first.pts != order[0]) {
            return Err("no key frame at the beginning".into());
        }
        let mut samples = Vec::with_capacity(planned.len());
        let mut offset = 0;
        for (number, sample) in track.samples.iter().enumerate() {
            let rank = order.partition_point(|&pts| pts < sample.pts);
            let (pts, dts) = (apart(planned, rank), apart(planned, number));
            samples.push(Sample { offset, pts, dts, ..*sample });
            offset += u64::from(sample.size);
        }
        let bytes = end_to_end(made, &track.samples).ok_or("a frame cut off")?;
        Ok(Self { config: format.config.clone(), samples, bytes })
    }
}

/// The bytes of samples: a part of what they came in where they lie there end to end, as they do in one fragment.
fn end_to_end(made: &Bytes, samples: &[Sample]) -> Option<Bytes> {
    let place = |sample: &Sample| {
        let range = sample.bytes();
        let range = usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?;
        (range.end <= made.len()).then_some(range)
    };
    if samples.windows(2).all(|pair| pair[0].bytes().end == pair[1].offset) {
        let (first, last) = (place(samples.first()?)?, place(samples.last()?)?);
        return Some(made.slice(first.start..last.end));
    }
    let mut bytes = BytesMut::new();
    for sample in samples {
        bytes.extend_from_slice(&made[place(sample)?]);
    }
    Some(bytes.freeze())
}

#[cfg(test)]
mod tests {
    use subclip_core::{Codec, Track, VideoFormat};
    use subclip_formats::mp4::write::{Offsets, init_segment, place, segment_header};

    use super::*;

    const CONFIG: [u8; 13] = [1, 100, 0, 31, 0xff, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68];

    fn clock() -> Timescale {
        Timescale::new(1000).unwrap()
    }

    /// What an engine made of frames that are decoded in this order; `+` are key frames.
    fn made(frames: &[(i64, char)]) -> Bytes {
        let sample =
            |&(pts, kind): &(i64, char)| Sample { offset: 0, size: 3, dts: 0, pts, sync: kind == '+' };
        let samples: Vec<Sample> = frames.iter().map(sample).collect();
        let format = VideoFormat { config: CONFIG.to_vec(), width: 64, height: 36, pixel_aspect: (1, 1) };
        let track = Track { timescale: clock(), codec: Codec::Avc(format), language: "und".into() };
        let placed = place(&samples, 7, 500, Offsets::Signed).unwrap();
        let media: Vec<u8> = (0..frames.len() as u8).flat_map(|number| [number; 3]).collect();
        [init_segment(&track, 0), segment_header(1, &placed).bytes, media].concat().into()
    }

    #[test]
    fn frames_are_put_where_they_are_planned() {
        let came = made(&[(0, '+'), (121, '-'), (39, '-'), (80, '+')]);
        let planned = [1000, 1040, 1080, 1120];
        let read = MadeFrames::read(&came, clock(), &planned, 1).unwrap();
        assert_eq!((read.config, &read.bytes[..]), (CONFIG.to_vec(), &came[came.len() - 12..]));
        let told: Vec<_> = read.samples.iter().map(|s| (s.offset, s.dts, s.pts, s.sync)).collect();
        assert_eq!(told, [(0, 0, 0, true), (3, 40, 120, false), (6, 80, 40, false), (9, 120, 80, true)]);
    }

    #[test]
    fn what_is_not_as_planned_is_said() {
        let check = |frames: &[(i64, char)], expected: Result<(), &str>| {
            let read = MadeFrames::read_gop(&made(frames), clock(), &[5, 45, 85]);
            assert_eq!(read.map(drop), expected.map_err(str::to_owned), "{frames:?}");
        };
        check(&[(0, '+'), (40, '-'), (80, '-')], Ok(()));
        check(&[(0, '+'), (80, '-'), (40, '-')], Ok(()));
        check(&[(0, '+'), (40, '-')], Err("2 frames instead of 3"));
        check(&[(0, '+'), (41, '-'), (80, '-')], Err("frames at other times"));
        check(&[(0, '-'), (40, '-'), (80, '-')], Err("no key frame at the beginning"));
        check(&[(40, '+'), (0, '-'), (80, '-')], Err("no key frame at the beginning"));
        check(&[(0, '+'), (40, '+'), (80, '-')], Err("more than one key frame"));
        let read = |scale| MadeFrames::read_gop(&made(&[(0, '+')]), Timescale::new(scale).unwrap(), &[0]);
        assert_eq!(read(999).map(drop), Err("a timescale of 1000".into()));
    }
}
