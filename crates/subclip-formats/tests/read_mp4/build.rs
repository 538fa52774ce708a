//! Builds small files box by box, in every form the reader knows, and says which samples they hold.

use subclip_core::Sample;

/// A box.
pub(crate) fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(8 + body.len() as u32).to_be_bytes()[..], kind, body].concat()
}

/// A box with a 64-bit size.
pub(crate) fn large(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&1u32.to_be_bytes()[..], kind, &(16 + body.len() as u64).to_be_bytes(), body].concat()
}

/// A box with version and flags.
pub(crate) fn full(kind: &[u8; 4], version: u8, flags: u32, body: &[u8]) -> Vec<u8> {
    boxed(kind, &[&(u32::from(version) << 24 | flags).to_be_bytes()[..], body].concat())
}

/// Numbers, each big-endian in 32 bits.
pub(crate) fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// A number in 32 bits, or 64 in version 1.
fn sized(version: u8, number: u64) -> Vec<u8> {
    if version == 1 { number.to_be_bytes().to_vec() } else { (number as u32).to_be_bytes().to_vec() }
}

pub(crate) const MOVIE_TIMESCALE: u32 = 1000;
pub(crate) const IDENTITY: [u32; 9] = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000];

/// A baseline configuration with stand-ins for the parameter sets.
pub(crate) const AVCC: [u8; 17] = [1, 66, 0xc0, 30, 0xff, 0xe1, 0, 4, 0x67, 66, 0, 30, 1, 0, 2, 0x68, 0xce];

pub(crate) fn avc_entry() -> Vec<u8> {
    visual(b"avc1", &boxed(b"avcC", &AVCC))
}

pub(crate) fn visual(kind: &[u8; 4], children: &[u8]) -> Vec<u8> {
    let mut fields = [0; 78];
    fields[7] = 1;
    fields[24..28].copy_from_slice(&[0, 64, 0, 36]);
    boxed(kind, &[&fields[..], children].concat())
}

pub(crate) fn aac_entry() -> Vec<u8> {
    sound(b"mp4a", 0, &esds(0x40, &[0x11, 0x90]))
}

/// A sound description of QuickTime version `version`.
pub(crate) fn sound(kind: &[u8; 4], version: u8, children: &[u8]) -> Vec<u8> {
    let mut fields = vec![0; 28 + [0, 16, 36][usize::from(version)]];
    fields[7] = 1;
    fields[9] = version;
    boxed(kind, &[&fields[..], children].concat())
}

pub(crate) fn esds(object_type: u8, config: &[u8]) -> Vec<u8> {
    let specific = [&[5, config.len() as u8], config].concat();
    let decoder = [&[4, 0x80, 13 + specific.len() as u8, object_type][..], &[0; 12], &specific].concat();
    let stream = [&[3, 0x80, 0x80, 0x80, 3 + decoder.len() as u8, 0, 0, 0][..], &decoder].concat();
    full(b"esds", 0, 0, &stream)
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct TestSample {
    pub(crate) size: u32,
    pub(crate) duration: u32,
    pub(crate) composition: i32,
    pub(crate) sync: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum SizeForm {
    Table,
    Constant,
    Compact(u8),
}

/// An edit: length in the movie's timescale, media time, rate.
pub(crate) type Edit = (u64, i64, u32);

#[derive(Debug, Clone)]
pub(crate) struct TestTrack {
    pub(crate) number: u32,
    pub(crate) handler: [u8; 4],
    pub(crate) timescale: u32,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) samples: Vec<TestSample>,
    /// Samples in each chunk; the last one takes what is left.
    pub(crate) chunks: Vec<usize>,
    pub(crate) sizes: SizeForm,
    pub(crate) wide_offsets: bool,
    pub(crate) composition_version: Option<u8>,
    pub(crate) sync_table: bool,
    pub(crate) header_version: u8,
    pub(crate) matrix: [u32; 9],
    pub(crate) language: u16,
    pub(crate) edits: Vec<Edit>,
}

/// Samples of 10, 11, 12... bytes, 40 ticks each, the first one sync.
pub(crate) fn plain_samples(count: u32) -> Vec<TestSample> {
    (0..count).map(|n| TestSample { size: 10 + n, duration: 40, composition: 0, sync: n == 0 }).collect()
}

impl TestTrack {
    pub(crate) fn video(samples: Vec<TestSample>) -> Self {
        Self {
            number: 1,
            handler: *b"vide",
            timescale: 1000,
            entries: vec![avc_entry()],
            samples,
            chunks: Vec::new(),
            sizes: SizeForm::Table,
            wide_offsets: false,
            composition_version: None,
            sync_table: true,
            header_version: 0,
            matrix: IDENTITY,
            language: 0x55c4,
            edits: Vec::new(),
        }
    }

    pub(crate) fn audio(samples: Vec<TestSample>) -> Self {
        let (handler, entries) = (*b"soun", vec![aac_entry()]);
        Self { number: 2, handler, entries, sync_table: false, ..Self::video(samples) }
    }

    /// The ranges of samples in each chunk.
    fn chunk_ranges(&self) -> Vec<std::ops::Range<usize>> {
        let (mut ranges, mut at) = (Vec::new(), 0usize);
        for length in self.chunks.iter().copied().chain([usize::MAX]) {
            let end = at.max(at.saturating_add(length).min(self.samples.len()));
            if end > at {
                ranges.push(at..end);
            }
            at = end;
        }
        ranges
    }

    pub(crate) fn trak(&self, chunk_offsets: &[u64]) -> Vec<u8> {
        let v = self.header_version;
        let times = [sized(v, 0), sized(v, 0)].concat();
        let tkhd = [
            times.clone(),
            words(&[self.number, 0]),
            sized(v, 0),
            words(&[0; 4]),
            words(&self.matrix),
            words(&[64 << 16, 36 << 16]),
        ]
        .concat();
        let mdhd =
            [times, words(&[self.timescale]), sized(v, 0), words(&[u32::from(self.language) << 16])].concat();
        let hdlr = [&[0; 4], &self.handler[..], &[0; 13]].concat();
        let dinf = boxed(b"dinf", &full(b"dref", 0, 0, &[words(&[1]), full(b"url ", 0, 1, &[])].concat()));
        let minf = boxed(b"minf", &[dinf, self.stbl(chunk_offsets)].concat());
        let mdia = [full(b"mdhd", v, 0, &mdhd), full(b"hdlr", 0, 0, &hdlr), minf].concat();
        let edits = if self.edits.is_empty() { Vec::new() } else { self.edts() };
        boxed(b"trak", &[full(b"tkhd", v, 3, &tkhd), edits, boxed(b"mdia", &mdia)].concat())
    }

    fn edts(&self) -> Vec<u8> {
        let v = self.header_version;
        let entry = |&(duration, time, rate): &Edit| {
            [sized(v, duration), sized(v, time as u64), words(&[rate])].concat()
        };
        let entries: Vec<u8> = self.edits.iter().flat_map(entry).collect();
        boxed(b"edts", &full(b"elst", v, 0, &[words(&[self.edits.len() as u32]), entries].concat()))
    }

    fn stbl(&self, chunk_offsets: &[u64]) -> Vec<u8> {
        let stsd = [words(&[self.entries.len() as u32]), self.entries.concat()].concat();
        let mut out = full(b"stsd", 0, 0, &stsd);
        out.extend(full(b"stts", 0, 0, &run_lengths(self.samples.iter().map(|s| s.duration))));
        if let Some(version) = self.composition_version {
            let runs = run_lengths(self.samples.iter().map(|s| s.composition as u32));
            out.extend(full(b"ctts", version, 0, &runs));
        }
        if self.sync_table {
            let sync: Vec<u32> = (1..).zip(&self.samples).filter(|(_, s)| s.sync).map(|(n, _)| n).collect();
            out.extend(full(b"stss", 0, 0, &words(&[&[sync.len() as u32], &sync[..]].concat())));
        }
        let mut runs: Vec<u32> = Vec::new();
        for (number, range) in (1..).zip(self.chunk_ranges()) {
            if runs.len() < 3 || runs[runs.len() - 2] != range.len() as u32 {
                runs.extend([number, range.len() as u32, 1]);
            }
        }
        out.extend(full(b"stsc", 0, 0, &[words(&[runs.len() as u32 / 3]), words(&runs)].concat()));
        out.extend(self.size_box());
        let count = words(&[chunk_offsets.len() as u32]);
        out.extend(if self.wide_offsets {
            let offsets: Vec<u8> = chunk_offsets.iter().flat_map(|offset| offset.to_be_bytes()).collect();
            full(b"co64", 0, 0, &[count, offsets].concat())
        } else {
            let offsets: Vec<u32> = chunk_offsets.iter().map(|&offset| offset as u32).collect();
            full(b"stco", 0, 0, &[count, words(&offsets)].concat())
        });
        boxed(b"stbl", &out)
    }

    fn size_box(&self) -> Vec<u8> {
        let count = self.samples.len() as u32;
        let sizes: Vec<u32> = self.samples.iter().map(|s| s.size).collect();
        match self.sizes {
            SizeForm::Table => full(b"stsz", 0, 0, &[words(&[0, count]), words(&sizes)].concat()),
            SizeForm::Constant => full(b"stsz", 0, 0, &words(&[sizes[0], count])),
            SizeForm::Compact(bits) => {
                let table: Vec<u8> = match bits {
                    4 => sizes
                        .chunks(2)
                        .map(|pair| (pair[0] << 4 | pair.get(1).copied().unwrap_or(0)) as u8)
                        .collect(),
                    8 => sizes.iter().map(|&size| size as u8).collect(),
                    _ => sizes.iter().flat_map(|&size| (size as u16).to_be_bytes()).collect(),
                };
                full(b"stz2", 0, 0, &[words(&[u32::from(bits), count]), table].concat())
            }
        }
    }

    /// The samples as the reader should give them without edits, their chunks lying at `chunk_offsets`.
    fn expected(&self, chunk_offsets: &[u64]) -> Vec<Sample> {
        let (mut out, mut dts) = (Vec::new(), 0);
        for (range, &start) in self.chunk_ranges().into_iter().zip(chunk_offsets) {
            let mut offset = start;
            for sample in &self.samples[range] {
                let pts = dts + i64::from(sample.composition);
                let sync = sample.sync || !self.sync_table || self.handler == *b"soun";
                out.push(Sample { offset, size: sample.size, dts, pts, sync });
                offset += u64::from(sample.size);
                dts += i64::from(sample.duration);
            }
        }
        out
    }
}

fn run_lengths(values: impl Iterator<Item = u32>) -> Vec<u8> {
    let mut runs: Vec<[u32; 2]> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some([count, last]) if *last == value => *count += 1,
            _ => runs.push([1, value]),
        }
    }
    [words(&[runs.len() as u32]), words(runs.as_flattened())].concat()
}

pub(crate) fn moov(traks: &[Vec<u8>], more: &[u8], version: u8) -> Vec<u8> {
    let mvhd = [
        sized(version, 0),
        sized(version, 0),
        words(&[MOVIE_TIMESCALE]),
        sized(version, 0),
        words(&[0x10000, 0, 0, 0]),
        words(&IDENTITY),
        words(&[0; 7]),
    ]
    .concat();
    boxed(b"moov", &[full(b"mvhd", version, 0, &mvhd), traks.concat(), more.to_vec()].concat())
}

pub(crate) fn ftyp() -> Vec<u8> {
    boxed(b"ftyp", b"isom\0\0\x02\0isom")
}

/// Where the movie header and the media lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Order {
    HeaderFirst,
    HeaderLast,
    /// As header first, the media in a box that reaches to the end of the file.
    OpenEnd,
    /// As header last, all top-level boxes with 64-bit sizes.
    Large,
}

/// A progressive file, chunks of its tracks in turn, and the samples it holds, by track.
pub(crate) fn progressive(tracks: &[TestTrack], order: Order) -> (Vec<u8>, Vec<Vec<Sample>>) {
    let chunks: Vec<_> = tracks.iter().map(TestTrack::chunk_ranges).collect();
    let mut relative: Vec<Vec<u64>> = vec![Vec::new(); tracks.len()];
    let mut media: Vec<u8> = Vec::new();
    for chunk in 0..chunks.iter().map(Vec::len).max().unwrap_or(0) {
        for (track, ranges) in chunks.iter().enumerate() {
            if let Some(range) = ranges.get(chunk) {
                // A byte that is nobody's between chunks.
                media.push(0xff);
                relative[track].push(media.len() as u64);
                let size: u32 = tracks[track].samples[range.clone()].iter().map(|s| s.size).sum();
                media.resize(media.len() + size as usize, track as u8);
            }
        }
    }
    let header = |start: u64| {
        let traks: Vec<_> = tracks
            .iter()
            .zip(&relative)
            .map(|(track, offsets)| track.trak(&offsets.iter().map(|o| o + start).collect::<Vec<_>>()))
            .collect();
        moov(&traks, &boxed(b"udta", b"\0\0\0\0"), tracks[0].header_version)
    };
    let (before, media_box) = match order {
        Order::HeaderFirst => ([ftyp(), header(0)].concat(), boxed(b"mdat", &media)),
        Order::OpenEnd => {
            let mut open = boxed(b"mdat", &media);
            open[..4].fill(0);
            ([ftyp(), header(0)].concat(), open)
        }
        Order::HeaderLast => (ftyp(), boxed(b"mdat", &media)),
        Order::Large => (ftyp(), large(b"mdat", &media)),
    };
    let start = before.len() as u64 + if order == Order::Large { 16 } else { 8 };
    let file = match order {
        Order::HeaderFirst | Order::OpenEnd => [ftyp(), header(start), media_box].concat(),
        Order::HeaderLast => [ftyp(), media_box, header(start)].concat(),
        Order::Large => [ftyp(), media_box, large(b"moov", &header(start)[8..])].concat(),
    };
    let expected = tracks
        .iter()
        .zip(&relative)
        .map(|(track, offsets)| track.expected(&offsets.iter().map(|o| o + start).collect::<Vec<_>>()))
        .collect();
    (file, expected)
}
