//! Progressive MP4 and M4A: `moov` first, then the chunks of all tracks in order of time, laid out exactly without
//! touching a byte of media.

use std::ops::Range;

use bytes::{BufMut, Bytes};
use subclip_core::{Medium, Time, Timescale, gcd};

use super::boxes::{full_box, mdat_header, plain_box};
use super::moov::{Trak, empty_edit, ftyp, media_edit, mvhd, trak};
use super::tables::SampleTables;

/// Where everything lies in a progressive file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// `ftyp`, `moov` and the header of `mdat`.
    pub head: Bytes,
    /// What follows, without gaps, in order of offset.
    pub chunks: Vec<ChunkPlace>,
    /// The size of the file.
    pub size: u64,
}

/// A chunk of samples in a progressive file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkPlace {
    /// Which track.
    pub medium: Medium,
    /// Which of the chunks pushed to that track.
    pub chunk: u32,
    /// Where it begins in the file.
    pub offset: u64,
    /// How many bytes it has.
    pub size: u64,
}

/// A part of a byte range of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slice {
    /// These bytes of [`Layout::head`].
    Head(Range<usize>),
    /// These bytes of a chunk.
    Chunk {
        /// Which track.
        medium: Medium,
        /// Which of the chunks pushed to that track.
        chunk: u32,
        /// Which of the chunk's bytes.
        bytes: Range<u64>,
    },
}

/// Lays out a file of at most one track per medium; M4A where there is sound alone.
///
/// Tracks without samples are left out. A track whose first sample is shown later than 0 gets a leading empty edit,
/// then one media edit that takes away its composition delay; no edit hides a sample.
#[must_use]
pub fn layout(tracks: &[SampleTables<'_>]) -> Layout {
    let tracks: Vec<&SampleTables<'_>> = tracks.iter().filter(|track| !track.chunks.is_empty()).collect();
    let mut order = interleave(&tracks);
    let media_bytes = order.last().map_or(0, |(_, last)| last.offset + last.size);

    // The head's own size decides whether offsets fit 32 bits, and their width decides its size.
    let last_offset = order.last().map_or(0, |(_, last)| last.offset);
    let width_after = |head_bytes: usize| {
        let fits = head_bytes as u64 + last_offset <= u64::from(u32::MAX);
        if fits { Width::Narrow } else { Width::Wide }
    };
    let mut width = width_after(0);
    let (mut head, mut offsets_at) = write_head(&tracks, media_bytes, width);
    if width != width_after(head.len()) {
        width = Width::Wide;
        (head, offsets_at) = write_head(&tracks, media_bytes, width);
    }
    let media_at = head.len() as u64;
    for (track, place) in &mut order {
        place.offset += media_at;
        let at = &mut offsets_at[*track];
        let bytes = place.offset.to_be_bytes();
        let bytes = &bytes[8 - width.bytes()..];
        head[*at..*at + bytes.len()].copy_from_slice(bytes);
        *at += bytes.len();
    }
    let chunks = order.into_iter().map(|(_, place)| place).collect();
    Layout { head: head.into(), chunks, size: media_at + media_bytes }
}

impl Slice {
    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Self::Head(bytes) => bytes.len() as u64,
            Self::Chunk { bytes, .. } => bytes.end - bytes.start,
        }
    }
}

impl Layout {
    /// What the bytes `range` of the file consist of, in order, no slice empty; what lies beyond the end is left out.
    pub fn slices(&self, range: Range<u64>) -> impl Iterator<Item = Slice> + '_ {
        let head = common(&range, 0, self.head.len() as u64)
            .map(|bytes| Slice::Head(bytes.start as usize..bytes.end as usize));
        let first = self.chunks.partition_point(|place| place.offset + place.size <= range.start);
        let end = range.end;
        let chunks = self.chunks[first..].iter().take_while(move |place| place.offset < end);
        let chunks = chunks.filter_map(move |place| {
            let bytes = common(&range, place.offset, place.size)?;
            Some(Slice::Chunk { medium: place.medium, chunk: place.chunk, bytes })
        });
        head.into_iter().chain(chunks)
    }
}

/// Which of the `size` bytes at `offset` lie in `range`, counted from `offset`; `None` if none do.
fn common(range: &Range<u64>, offset: u64, size: u64) -> Option<Range<u64>> {
    let start = range.start.max(offset);
    let end = range.end.min(offset + size);
    (start < end).then(|| start - offset..end - offset)
}

/// All chunks in order of time, with the number of their track, offsets counted from the first media byte.
fn interleave(tracks: &[&SampleTables<'_>]) -> Vec<(usize, ChunkPlace)> {
    let mut chunks: Vec<(Time, usize, ChunkPlace)> = Vec::new();
    for (number, tables) in tracks.iter().enumerate() {
        for (chunk, &at) in (0..).zip(&tables.chunks) {
            let time = Time::new(at.first_dts, tables.track.timescale);
            let medium = tables.track.medium();
            chunks.push((time, number, ChunkPlace { medium, chunk, offset: 0, size: at.size }));
        }
    }
    // Stable: at one instant the first track's chunk leads.
    chunks.sort_by_key(|&(time, ..)| time);
    let mut offset = 0;
    let places = chunks.into_iter().map(|(_, track, place)| {
        let place = ChunkPlace { offset, ..place };
        offset += place.size;
        (track, place)
    });
    places.collect()
}

/// How many bits chunk offsets take.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Width {
    /// 32, in `stco`.
    Narrow,
    /// 64, in `co64`.
    Wide,
}

impl Width {
    fn bytes(self) -> usize {
        if self == Self::Narrow { 4 } else { 8 }
    }
}

/// The head with all chunk offsets zero, and where in it the offsets of each track begin.
fn write_head(tracks: &[&SampleTables<'_>], media_bytes: u64, width: Width) -> (Vec<u8>, Vec<usize>) {
    let table_bytes: usize = tracks.iter().map(|tables| tables.size_bound()).sum();
    let mut out = Vec::with_capacity(table_bytes + 1024 * (tracks.len() + 1));
    let mut offsets_at = Vec::new();
    if tracks.iter().any(|tables| tables.track.medium() == Medium::Video) {
        ftyp(&mut out, b"isom", &[b"isom", b"iso2", b"avc1", b"mp41"]);
    } else {
        ftyp(&mut out, b"M4A ", &[b"M4A ", b"isom", b"iso2", b"mp42"]);
    }
    plain_box(&mut out, b"moov", |out| {
        let scale = movie_timescale(tracks);
        let traks: Vec<Trak<'_>> =
            (1..).zip(tracks).map(|(id, tables)| describe(id, tables, scale)).collect();
        let duration = traks.iter().map(|trak| trak.movie_duration).max().unwrap_or(0);
        mvhd(out, scale, duration, tracks.len() as u32);
        for (description, tables) in traks.into_iter().zip(tracks) {
            trak(out, description, |out| {
                tables.write(out);
                let kind = if width == Width::Narrow { b"stco" } else { b"co64" };
                full_box(out, kind, 0, 0, |out| {
                    out.put_u32(tables.chunks.len() as u32);
                    offsets_at.push(out.len());
                    out.put_bytes(0, tables.chunks.len() * width.bytes());
                });
            });
        }
    });
    mdat_header(&mut out, media_bytes);
    (out, offsets_at)
}

/// The track's durations and edits on the movie's timescale.
fn describe<'a>(id: u32, tables: &SampleTables<'a>, scale: Timescale) -> Trak<'a> {
    let on_movie = |time: Time| time.round_to(scale).max(0).unsigned_abs();
    let start = on_movie(tables.start());
    let duration = on_movie(Time::new(tables.duration(), tables.track.timescale));
    let mut edits = Vec::new();
    if start > 0 {
        edits.push(empty_edit(start));
    }
    if start > 0 || tables.delay > 0 {
        edits.push(media_edit(duration, tables.delay));
    }
    Trak {
        id,
        track: tables.track,
        movie_duration: start + duration,
        media_duration: tables.duration().max(0).unsigned_abs(),
        edits,
    }
}

/// The timescale that edits and the movie's duration are told in.
///
/// The least common multiple of the tracks' timescales tells all of them exactly. Where it would push the duration
/// past 32 bits (which some players read edits in), the finest of the tracks' own is taken: a time rounded to it and
/// back to a coarser one is still the same tick.
fn movie_timescale(tracks: &[&SampleTables<'_>]) -> Timescale {
    let scales = || tracks.iter().map(|tables| tables.track.timescale);
    let finest = scales().max_by_key(|scale| scale.get()).unwrap_or(Timescale::MILLISECONDS);
    let common = scales().try_fold(1u32, |common, scale| {
        let scale = scale.get();
        common.checked_mul(scale / gcd(common.into(), scale.into()) as u32)
    });
    let fits = |scale: &Timescale| {
        tracks.iter().all(|tables| {
            let end = Time::new(tables.duration(), tables.track.timescale).ceil_to(*scale);
            end.saturating_add(tables.start().ceil_to(*scale)) <= i64::from(u32::MAX)
        })
    };
    common.and_then(|common| Timescale::new(common).ok()).filter(fits).unwrap_or(finest)
}
