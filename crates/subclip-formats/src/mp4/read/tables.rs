//! The sample tables of a `moov` (8.6 to 8.7): sizes, times, chunks and sync samples into one list.

use super::error::ReadError;
use super::node::{Node, u32_at};
use super::track::{Bounds, RawSample, TrackBuilder};

/// Reads the samples that `stbl` lists into `track`.
pub(super) fn read(stbl: &Node<'_>, track: &mut TrackBuilder, bounds: &mut Bounds) -> Result<(), ReadError> {
    let sizes_box = match stbl.find(b"stsz")? {
        Some(stsz) => stsz,
        None => stbl.need(b"stz2")?,
    };
    let sizes = Sizes::parse(&sizes_box)?;
    if sizes.count == 0 {
        return Ok(());
    }
    let chunk_box = match stbl.find(b"stco")? {
        Some(stco) => stco,
        None => stbl.need(b"co64")?,
    };
    let chunks = ChunkOffsets::parse(&chunk_box)?;
    let runs_box = stbl.need(b"stsc")?;
    let mut runs = ChunkRuns::parse(&runs_box, chunks.len())?;
    let times_box = stbl.need(b"stts")?;
    let mut durations = RunLengths::parse(&times_box)?;
    let offsets_box = stbl.find(b"ctts")?;
    let mut offsets = offsets_box.as_ref().map(RunLengths::parse).transpose()?;

    // Nothing is allocated before every table agrees that there are so many samples.
    let count = sizes.count;
    for (tells, table_box) in [
        (runs.total(), &runs_box),
        (durations.total(), &times_box),
        (offsets.as_ref().map_or(u64::MAX, RunLengths::total), offsets_box.as_ref().unwrap_or(stbl)),
    ] {
        if tells < u64::from(count) {
            return Err(
                table_box.malformed(format!("covers {tells} samples, {} says {count}", sizes_box.kind()))
            );
        }
    }
    bounds.foresee(&sizes_box, track, count)?;
    let mut sync = SyncList::parse(stbl)?;

    let mut number = 0;
    for chunk in 0..chunks.len() {
        let mut offset = chunks.get(chunk);
        for _ in 0..runs.samples_of(chunk).min(count - number) {
            let sample = RawSample {
                offset,
                size: sizes.get(number),
                duration: durations.next_value(),
                composition: offsets.as_mut().map_or(0, |offsets| offsets.next_value() as i32),
                sync: sync.holds(number),
            };
            bounds.admit(&chunk_box, &sample, number)?;
            track.push(&sample);
            offset += u64::from(sample.size);
            number += 1;
        }
    }
    Ok(())
}

/// `stsz` or `stz2`.
struct Sizes<'a> {
    count: u32,
    /// Bits of an entry; 0 when all have one size.
    width: u8,
    constant: u32,
    table: &'a [u8],
}

impl<'a> Sizes<'a> {
    fn parse(node: &'a Node<'_>) -> Result<Self, ReadError> {
        let mut fields = node.fields();
        fields.version_and_flags()?;
        if node.kind().0 == *b"stsz" {
            let constant = fields.u32()?;
            let count = fields.u32()?;
            let width = if constant == 0 { 32 } else { 0 };
            let table = if constant == 0 { fields.table(count, 4)? } else { &[] };
            return Ok(Self { count, width, constant, table });
        }
        fields.skip(3)?;
        let width = fields.u8()?;
        let count = fields.u32()?;
        let table = fields.rest();
        let room = match width {
            4 => table.len() * 2,
            8 | 16 => table.len() / usize::from(width / 8),
            _ => return Err(node.malformed(format!("says sizes have {width} bits, 4, 8 and 16 are known"))),
        };
        if room < count as usize {
            return Err(node.malformed(format!("says {count} entries, has room for {room}")));
        }
        Ok(Self { count, width, constant: 0, table })
    }

    fn get(&self, number: u32) -> u32 {
        let at = number as usize;
        match self.width {
            4 => u32::from(self.table[at / 2] >> (4 * (1 - at % 2)) & 0xf),
            8 => u32::from(self.table[at]),
            16 => u32::from(u16::from_be_bytes([self.table[at * 2], self.table[at * 2 + 1]])),
            32 => u32_at(self.table, at * 4),
            _ => self.constant,
        }
    }
}

/// `stco` or `co64`.
enum ChunkOffsets<'a> {
    Narrow(&'a [[u8; 4]]),
    Wide(&'a [[u8; 8]]),
}

impl<'a> ChunkOffsets<'a> {
    fn parse(node: &'a Node<'_>) -> Result<Self, ReadError> {
        let mut fields = node.fields();
        fields.version_and_flags()?;
        Ok(match &node.kind().0 {
            b"co64" => Self::Wide(fields.counted()?),
            _ => Self::Narrow(fields.counted()?),
        })
    }

    fn len(&self) -> usize {
        match self {
            Self::Narrow(table) => table.len(),
            Self::Wide(table) => table.len(),
        }
    }

    fn get(&self, chunk: usize) -> u64 {
        match self {
            Self::Narrow(table) => u64::from(u32::from_be_bytes(table[chunk])),
            Self::Wide(table) => u64::from_be_bytes(table[chunk]),
        }
    }
}

/// `stsc`: how many samples each chunk has.
struct ChunkRuns<'a> {
    table: &'a [[u8; 12]],
    chunks: usize,
    run: usize,
}

impl<'a> ChunkRuns<'a> {
    fn parse(node: &'a Node<'_>, chunks: usize) -> Result<Self, ReadError> {
        let mut fields = node.fields();
        fields.version_and_flags()?;
        let table = fields.counted::<12>()?;
        if table.first().is_some_and(|entry| u32_at(entry, 0) != 1) {
            return Err(node.malformed("does not begin with chunk 1"));
        }
        if !table.is_sorted_by(|a, b| u32_at(a, 0) < u32_at(b, 0)) {
            return Err(node.malformed("has chunk numbers that do not rise"));
        }
        Ok(Self { table, chunks, run: 0 })
    }

    /// Samples in all chunks together.
    fn total(&self) -> u64 {
        let first =
            |run: usize| self.table.get(run).map_or(u64::MAX, |entry| u64::from(u32_at(entry, 0)) - 1);
        let chunks = self.chunks as u64;
        let runs = 0..self.table.len();
        runs.map(|run| {
            let length = first(run + 1).min(chunks) - first(run).min(chunks);
            length.saturating_mul(u64::from(u32_at(&self.table[run], 4)))
        })
        .fold(0, u64::saturating_add)
    }

    /// Samples in chunk `chunk`, counted from zero; chunks are asked for in turn.
    fn samples_of(&mut self, chunk: usize) -> u32 {
        while self.table.get(self.run + 1).is_some_and(|next| u32_at(next, 0) as usize <= chunk + 1) {
            self.run += 1;
        }
        self.table.get(self.run).map_or(0, |entry| u32_at(entry, 4))
    }
}

/// `stts` or `ctts`: a value for each of so many samples.
struct RunLengths<'a> {
    table: &'a [[u8; 8]],
    used: u32,
}

impl<'a> RunLengths<'a> {
    fn parse(node: &'a Node<'_>) -> Result<Self, ReadError> {
        let mut fields = node.fields();
        fields.version_and_flags()?;
        Ok(Self { table: fields.counted()?, used: 0 })
    }

    fn total(&self) -> u64 {
        self.table.iter().map(|entry| u64::from(u32_at(entry, 0))).sum()
    }

    fn next_value(&mut self) -> u32 {
        while let Some((entry, rest)) = self.table.split_first() {
            if self.used < u32_at(entry, 0) {
                self.used += 1;
                return u32_at(entry, 4);
            }
            self.table = rest;
            self.used = 0;
        }
        0
    }
}

/// `stss`: the sync samples; all of them when it is absent.
struct SyncList {
    /// Sample numbers from zero, rising; walked by `at`.
    numbers: Option<Vec<u32>>,
    at: usize,
}

impl SyncList {
    fn parse(stbl: &Node<'_>) -> Result<Self, ReadError> {
        let Some(stss) = stbl.find(b"stss")? else { return Ok(Self { numbers: None, at: 0 }) };
        let mut fields = stss.fields();
        fields.version_and_flags()?;
        let mut numbers: Vec<u32> =
            fields.counted::<4>()?.iter().map(|entry| u32::from_be_bytes(*entry).wrapping_sub(1)).collect();
        numbers.sort_unstable();
        Ok(Self { numbers: Some(numbers), at: 0 })
    }

    /// Whether sample `number` is sync; samples are asked for in turn.
    fn holds(&mut self, number: u32) -> bool {
        let Some(numbers) = &self.numbers else { return true };
        while numbers.get(self.at).is_some_and(|&sync| sync < number) {
            self.at += 1;
        }
        numbers.get(self.at) == Some(&number)
    }
}
