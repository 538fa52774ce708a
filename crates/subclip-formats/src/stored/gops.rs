//! The GOP map, in the head of a stored index; it also tells which samples are sync.

use subclip_core::{Gop, GopMap, Medium};

use super::varint::{Damage, Reader, put_signed, put_unsigned};

/// Sound, every packet of which is sync: no map.
const NONE: u8 = 0;
/// Every sample is a GOP of its own.
const EVERY_SAMPLE: u8 = 1;
/// A GOP begins at some samples.
const SOME_SAMPLES: u8 = 2;

/// Appends `map`, unless it is that of sound which can be entered anywhere.
pub(crate) fn put(out: &mut Vec<u8>, map: &GopMap, medium: Medium) {
    let every_sample = map.gops.len() == map.samples as usize;
    if every_sample && medium == Medium::Audio {
        out.push(NONE);
        return;
    }
    out.push(if every_sample { EVERY_SAMPLE } else { SOME_SAMPLES });
    put_unsigned(out, map.gops.len() as u64);
    let mut before = Before::default();
    for gop in &map.gops {
        if !every_sample {
            put_unsigned(out, u64::from(gop.first_sample - before.first_sample));
        }
        put_signed(out, gop.pts.wrapping_sub(before.expected_pts()));
        put_unsigned(out, gop.size_bytes);
        before.advance(gop);
    }
}

/// Reads a map whose GOPs are in order, the first beginning with sample 0. Empty for sound that can be entered
/// anywhere.
pub(crate) fn read(
    reader: &mut Reader<'_>,
    samples: u32,
    end_pts: i64,
    medium: Medium,
) -> Result<GopMap, Damage> {
    let form = reader.byte()?;
    if form == NONE && medium == Medium::Audio {
        return Ok(GopMap { gops: Vec::new(), samples, end_pts });
    }
    if form != EVERY_SAMPLE && form != SOME_SAMPLES {
        return Err("its GOP map has an unknown form");
    }
    let count: u32 = reader.narrow()?;
    if count == 0 || count > samples || (form == EVERY_SAMPLE && count != samples) {
        return Err("it has an impossible number of GOPs");
    }
    // Each GOP takes two bytes at least.
    let mut gops = Vec::with_capacity((count as usize).min(reader.left() / 2));
    let mut before = Before::default();
    for number in 0..count {
        let first_sample = if form == EVERY_SAMPLE {
            number
        } else {
            before.first_sample.checked_add(reader.narrow()?).ok_or(DISORDER)?
        };
        if first_sample >= samples || (number == 0) != (first_sample == before.first_sample) {
            return Err(DISORDER);
        }
        let pts = reader.time(before.expected_pts())?;
        let gop = Gop { first_sample, pts, size_bytes: reader.unsigned()? };
        before.advance(&gop);
        gops.push(gop);
    }
    let map = GopMap { gops, samples, end_pts };
    let most = |gop| map.samples_of(gop).len() as u64 * u64::from(u32::MAX);
    if map.gops.iter().enumerate().any(|(number, gop)| gop.size_bytes > most(number)) {
        return Err("a GOP has an impossible size");
    }
    Ok(map)
}

const DISORDER: Damage = "its GOPs are not in order";

/// What the next GOP is told apart from: GOPs mostly last equally long.
#[derive(Default)]
struct Before {
    first_sample: u32,
    pts: i64,
    duration: i64,
}

impl Before {
    fn expected_pts(&self) -> i64 {
        self.pts.wrapping_add(self.duration)
    }

    fn advance(&mut self, gop: &Gop) {
        self.duration = gop.pts.wrapping_sub(self.pts);
        self.pts = gop.pts;
        self.first_sample = gop.first_sample;
    }
}
