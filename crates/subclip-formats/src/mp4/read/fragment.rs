//! Movie fragments (`moof`, 8.8): track runs in all their flag forms.

use super::error::ReadError;
use super::movie::Kind;
use super::node::{Fields, Node, u32_at};
use super::track::{Bounds, Defaults, RawSample, TIME_LIMIT, TrackBuilder};

/// Flags of `tfhd` (8.8.7).
mod tfhd {
    pub(super) const BASE_DATA_OFFSET: u32 = 0x1;
    pub(super) const DESCRIPTION_INDEX: u32 = 0x2;
    pub(super) const DURATION: u32 = 0x8;
    pub(super) const SIZE: u32 = 0x10;
    pub(super) const FLAGS: u32 = 0x20;
    pub(super) const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;
}

/// Flags of `trun` (8.8.8).
mod trun {
    pub(super) const DATA_OFFSET: u32 = 0x1;
    pub(super) const FIRST_FLAGS: u32 = 0x4;
    pub(super) const DURATION: u32 = 0x100;
    pub(super) const SIZE: u32 = 0x200;
    pub(super) const FLAGS: u32 = 0x400;
    pub(super) const COMPOSITION: u32 = 0x800;
}

/// `sample_is_non_sync_sample`, or `sample_depends_on` saying that it does (8.8.3.1).
const NOT_SYNC: u32 = 0x0101_0000;

/// Reads the samples of a fragment that begins at byte `moof_offset` of the file.
pub(super) fn read(
    moof: &Node<'_>,
    moof_offset: u64,
    tracks: &mut [TrackBuilder],
    bounds: &mut Bounds,
) -> Result<(), ReadError> {
    // Where the data of the track fragment before ended: the base of the next one that names none.
    let mut data_end = moof_offset;
    for traf in moof.children(0) {
        let traf = traf?;
        if traf.kind().0 == *b"traf" {
            data_end = read_traf(&traf, moof_offset, data_end, tracks, bounds)?;
        }
    }
    Ok(())
}

/// Reads one track fragment and tells where its data ends.
fn read_traf(
    traf: &Node<'_>,
    moof_offset: u64,
    previous_end: u64,
    tracks: &mut [TrackBuilder],
    bounds: &mut Bounds,
) -> Result<u64, ReadError> {
    let head = traf.need(b"tfhd")?;
    let mut fields = head.fields();
    let (_, flags) = fields.version_and_flags()?;
    let number = fields.u32()?;
    let track = tracks
        .iter_mut()
        .find(|track| track.track.number == number)
        .ok_or_else(|| head.malformed(format!("names track {number}, which the moov has not")))?;
    let base = match flags {
        _ if flags & tfhd::BASE_DATA_OFFSET != 0 => fields.u64()?,
        _ if flags & tfhd::DEFAULT_BASE_IS_MOOF != 0 => moof_offset,
        _ => previous_end,
    };
    if flags & tfhd::DESCRIPTION_INDEX != 0 {
        fields.u32()?;
    }
    let or_default = |flag, fields: &mut Fields<'_>, default| {
        if flags & flag != 0 { fields.u32() } else { Ok(default) }
    };
    let defaults = Defaults {
        duration: or_default(tfhd::DURATION, &mut fields, track.defaults.duration)?,
        size: or_default(tfhd::SIZE, &mut fields, track.defaults.size)?,
        flags: or_default(tfhd::FLAGS, &mut fields, track.defaults.flags)?,
    };
    if let Some(time) = traf.find(b"tfdt")? {
        track.next_dts = decode_time(&time)?;
    }
    let mut data_end = base;
    for run in traf.children(0) {
        let run = run?;
        if run.kind().0 == *b"trun" {
            let run = Run::parse(&run, base, data_end, defaults)?;
            data_end = if track.is_listed() { run.push_to(track, bounds)? } else { run.skip()? };
        }
    }
    Ok(data_end)
}

/// `tfdt` (8.8.12).
fn decode_time(tfdt: &Node<'_>) -> Result<i64, ReadError> {
    let mut fields = tfdt.fields();
    let (version, _) = fields.version_and_flags()?;
    let time = fields.u64_or_u32(version)?;
    if time > TIME_LIMIT as u64 {
        return Err(tfdt.malformed(format!("says a decode time of {time}, beyond what can be counted")));
    }
    Ok(time as i64)
}

/// A track run, its table not yet walked.
struct Run<'a> {
    node: &'a Node<'a>,
    flags: u32,
    count: u32,
    offset: u64,
    first_flags: Option<u32>,
    table: &'a [u8],
    defaults: Defaults,
}

impl<'a> Run<'a> {
    fn parse(
        node: &'a Node<'a>,
        base: u64,
        previous_end: u64,
        defaults: Defaults,
    ) -> Result<Self, ReadError> {
        let mut fields = node.fields();
        let (_, flags) = fields.version_and_flags()?;
        let count = fields.u32()?;
        let offset = if flags & trun::DATA_OFFSET == 0 {
            previous_end
        } else {
            let distance = fields.i32()?;
            base.checked_add_signed(i64::from(distance)).ok_or_else(|| {
                node.malformed(format!(
                    "says its data lies {distance} bytes from {base}, outside of any file"
                ))
            })?
        };
        let first_flags = if flags & trun::FIRST_FLAGS == 0 { None } else { Some(fields.u32()?) };
        let table = fields.table(count, width(flags))?;
        Ok(Self { node, flags, count, offset, first_flags, table, defaults })
    }

    /// Adds the run's samples to `track` and tells where their data ends.
    fn push_to(&self, track: &mut TrackBuilder, bounds: &mut Bounds) -> Result<u64, ReadError> {
        bounds.foresee(self.node, track, self.count)?;
        if track.next_dts > TIME_LIMIT {
            return Err(self.node.malformed("lies beyond the times that can be counted"));
        }
        let pictures = track.track.kind == Kind::Video;
        let mut offset = self.offset;
        for number in 0..self.count {
            let mut row = self.row(number);
            let mut field = |flag, default| if self.flags & flag == 0 { default } else { row.next_value() };
            let duration = field(trun::DURATION, self.defaults.duration);
            let size = field(trun::SIZE, self.defaults.size);
            let first = self.first_flags.filter(|_| number == 0);
            let flags = field(trun::FLAGS, first.unwrap_or(self.defaults.flags));
            // Version 0 says unsigned, but negative offsets are written under it all the same.
            let composition = field(trun::COMPOSITION, 0) as i32;
            let sync = !pictures || flags & NOT_SYNC == 0;
            let sample = RawSample { offset, size, duration, composition, sync };
            bounds.admit(self.node, &sample, number)?;
            track.push(&sample);
            offset = offset.saturating_add(u64::from(size));
        }
        Ok(offset)
    }

    /// Where the run's data ends, for tracks that nothing reads.
    fn skip(&self) -> Result<u64, ReadError> {
        let mut bytes = u64::from(self.count) * u64::from(self.defaults.size);
        if self.flags & trun::SIZE != 0 {
            let before = width(self.flags & trun::DURATION);
            bytes = (0..self.count).map(|n| u64::from(u32_at(self.row(n).rest, before))).sum();
        }
        self.offset.checked_add(bytes).ok_or_else(|| self.node.malformed("has data outside of any file"))
    }

    fn row(&self, number: u32) -> Row<'a> {
        Row { rest: &self.table[number as usize * width(self.flags)..] }
    }
}

/// Bytes that a run with these flags has for each sample.
fn width(flags: u32) -> usize {
    let columns = flags & (trun::DURATION | trun::SIZE | trun::FLAGS | trun::COMPOSITION);
    columns.count_ones() as usize * 4
}

/// The fields of one sample in a run; there are as many as the flags say.
struct Row<'a> {
    rest: &'a [u8],
}

impl Row<'_> {
    fn next_value(&mut self) -> u32 {
        let value = u32_at(self.rest, 0);
        self.rest = &self.rest[4..];
        value
    }
}
