//! The reader itself: it says which bytes it wants next and is given them, so it runs on any kind of storage.

use std::ops::Range;

use super::error::ReadError;
use super::fragment;
use super::moov::Moov;
use super::movie::Movie;
use super::node::{FourCc, Header, Node};
use super::track::Bounds;

/// The most bytes a `moov` or a `moof` may have; they are held in memory whole.
///
/// Two tracks of [`MAX_TRACK_SAMPLES`](super::MAX_TRACK_SAMPLES) take 44 bytes for each pair of samples, 176 MiB, if each
/// sample is a chunk by itself: size (4) and place (8) of either, and the picture's two times (8 each) and its number
/// among the key frames (4). The rest is room for what else is in there.
pub const MAX_INDEX_BOX_BYTES: u64 = 192 << 20;

/// The most bytes that are asked for at once: what was read is held twice for a moment.
pub const MAX_READ_BYTES: u64 = 4 << 20;

/// The most top-level boxes a file may have: more than a day of fragments of one picture each.
pub const MAX_TOP_LEVEL_BOXES: u32 = 1 << 23;

/// Bytes read to see what the file begins with, and behind a movie header or a jump.
const LOOK_AHEAD_BYTES: u64 = 4096;

/// The most that is read ahead in the hope of a whole `moof`.
const MAX_LOOK_AHEAD_BYTES: u64 = 64 << 10;

/// Bytes of the longest box header.
const HEADER_BYTES: u64 = 16;

/// Reads a movie by asking for ranges of the file.
///
/// Only box headers, the `moov` and the `moof`s are asked for, with a little look-ahead, so that a fragment costs
/// one read. Ask [`Reader::wanted`], give what it names to [`Reader::feed`], and when nothing more is wanted take
/// the movie with [`Reader::finish`]. After an error the reader is of no more use.
pub struct Reader {
    bounds: Bounds,
    /// Where the next top-level box begins.
    position: u64,
    /// What was read and is still of use, from `window_start` of the file on.
    window: Vec<u8>,
    window_start: u64,
    asked: Option<Range<u64>>,
    look_ahead: u64,
    boxes: u32,
    moofs: u32,
    /// Whether a box was seen that only this format has.
    recognised: bool,
    /// The first box that reaches beyond the end of the file: why a movie header may be missing.
    overrun: Option<ReadError>,
    moov: Option<Moov>,
    done: bool,
}

/// What came of one step.
enum Step {
    Want(Range<u64>),
    Moved,
    Done,
}

impl Reader {
    /// A reader for a file of `file_size` bytes.
    #[must_use]
    pub fn new(file_size: u64) -> Self {
        Self {
            bounds: Bounds::new(file_size),
            position: 0,
            window: Vec::new(),
            window_start: 0,
            asked: None,
            look_ahead: LOOK_AHEAD_BYTES,
            boxes: 0,
            moofs: 0,
            recognised: false,
            overrun: None,
            moov: None,
            done: false,
        }
    }

    /// The bytes of the file that are needed next; `None` when the movie is complete.
    ///
    /// # Errors
    /// Any [`ReadError`] that what was read so far gives cause for.
    pub fn wanted(&mut self) -> Result<Option<Range<u64>>, ReadError> {
        loop {
            match self.step()? {
                Step::Want(range) => {
                    self.asked = Some(range.clone());
                    return Ok(Some(range));
                }
                Step::Moved => {}
                Step::Done => {
                    self.done = true;
                    self.window = Vec::new();
                    return Ok(None);
                }
            }
        }
    }

    /// Takes the bytes that [`Reader::wanted`] named last.
    ///
    /// # Errors
    /// [`ReadError::Truncated`] when there are fewer of them.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        let Some(asked) = self.asked.take() else { return Ok(()) };
        let length = asked.end - asked.start;
        let Some(bytes) = usize::try_from(length).ok().and_then(|length| bytes.get(..length)) else {
            let what = format!("{length} bytes were asked for, {} came", bytes.len());
            return Err(ReadError::Truncated { path: "file".to_owned(), offset: asked.start, what });
        };
        self.window.extend_from_slice(bytes);
        Ok(())
    }

    /// The movie.
    ///
    /// # Errors
    /// [`ReadError::NotIsoBmff`] when nothing of the format was seen; [`ReadError::Truncated`] or
    /// [`ReadError::Malformed`] when there is no movie header, or the reader still wanted something.
    pub fn finish(self) -> Result<Movie, ReadError> {
        if let Some(moov) = self.moov.filter(|_| self.done) {
            let fragmented = moov.extended || self.moofs > 0;
            let tracks = moov.tracks.into_iter().map(super::track::TrackBuilder::finish).collect();
            return Ok(Movie { tracks, fragmented, timescale: moov.timescale });
        }
        if !self.recognised {
            return Err(ReadError::NotIsoBmff);
        }
        let missing = || ReadError::Malformed {
            path: "moov".to_owned(),
            offset: self.position.min(self.bounds.file_size),
            what: "the file has none".to_owned(),
        };
        Err(self.overrun.clone().unwrap_or_else(missing))
    }

    fn step(&mut self) -> Result<Step, ReadError> {
        let file_size = self.bounds.file_size;
        if self.done || self.position.saturating_add(8) > file_size {
            return Ok(Step::Done);
        }
        let position = self.position;
        let header = match Header::parse(self.at(position)) {
            Ok(header) => header,
            Err(_) if self.window_end() < (position + HEADER_BYTES).min(file_size) => {
                return Ok(self.want(position + HEADER_BYTES, self.look_ahead));
            }
            Err(_) => return Ok(Step::Done),
        };
        self.recognise(header.kind)?;
        let node = Node::root(header, self.number_of(header.kind), position, &[]);
        let size = header.size.unwrap_or(file_size - position);
        if size < header.length {
            // A file that only happens to begin like one of ours.
            let error = node.malformed(format!("says it has {size} bytes, less than its header"));
            return Err(if self.recognised { error } else { ReadError::NotIsoBmff });
        }
        let end = position.saturating_add(size);
        if end > file_size && self.overrun.is_none() {
            self.overrun =
                Some(node.truncated(format!("says it ends at byte {end}, the file ends at {file_size}")));
        }
        let holds_index = match &header.kind.0 {
            b"moov" => self.moov.is_none(),
            b"moof" => true,
            _ => false,
        };
        if holds_index {
            if end > file_size {
                return Err(
                    node.truncated(format!("says it ends at byte {end}, the file ends at {file_size}"))
                );
            }
            if size > MAX_INDEX_BOX_BYTES {
                return Err(node.too_large(format!("has {size} bytes, {MAX_INDEX_BOX_BYTES} are allowed")));
            }
            if self.window_end() < end {
                return Ok(self.want(end, 0));
            }
            self.read_index(header, position..end)?;
        }
        self.boxes += 1;
        if self.boxes > MAX_TOP_LEVEL_BOXES {
            return Err(node.too_large(format!("a file may have {MAX_TOP_LEVEL_BOXES} top-level boxes")));
        }
        self.position = end;
        // Without fragments to come, all is known.
        let complete = self.moov.as_ref().is_some_and(|moov| !moov.expects_fragments());
        Ok(if complete { Step::Done } else { Step::Moved })
    }

    /// Reads a `moov` or `moof` whose bytes are all in the window.
    fn read_index(&mut self, header: Header, range: Range<u64>) -> Result<(), ReadError> {
        let start = (range.start + header.length - self.window_start) as usize;
        let end = (range.end - self.window_start) as usize;
        let number = self.number_of(header.kind);
        let node = Node::root(header, number, range.start, &self.window[start..end]);
        if header.kind.0 == *b"moov" {
            self.moov = Some(Moov::parse(&node, &mut self.bounds)?);
            return Ok(());
        }
        let moov = self.moov.as_mut().ok_or_else(|| node.malformed("comes before the moov"))?;
        fragment::read(&node, range.start, &mut moov.tracks, &mut self.bounds)?;
        self.moofs += 1;
        // The next fragment's boxes up to the end of its moof are likely as long, give or take; a second read costs
        // more than some bytes too many, so a long one is remembered for a while.
        let spent = range.end - self.window_start;
        let remembered = self.look_ahead - self.look_ahead / 16;
        self.look_ahead = (spent + spent / 4).max(remembered).clamp(1024, MAX_LOOK_AHEAD_BYTES);
        Ok(())
    }

    /// Decides by the first box whether this is a file of the format at all.
    fn recognise(&mut self, kind: FourCc) -> Result<(), ReadError> {
        self.recognised |= matches!(&kind.0, b"ftyp" | b"moov" | b"moof" | b"styp");
        let plausible = self.boxes > 0
            || self.recognised
            || matches!(
                &kind.0,
                b"mdat" | b"free" | b"skip" | b"wide" | b"pnot" | b"sidx" | b"uuid" | b"emsg"
            );
        if plausible { Ok(()) } else { Err(ReadError::NotIsoBmff) }
    }

    /// The number of a `moof` in paths, counted from one.
    fn number_of(&self, kind: FourCc) -> Option<u32> {
        (kind.0 == *b"moof").then_some(self.moofs + 1)
    }

    /// What of the window lies at `position` and behind.
    fn at(&self, position: u64) -> &[u8] {
        let skip = position.checked_sub(self.window_start).and_then(|skip| usize::try_from(skip).ok());
        skip.and_then(|skip| self.window.get(skip..)).unwrap_or(&[])
    }

    fn window_end(&self) -> u64 {
        self.window_start + self.window.len() as u64
    }

    /// Asks for what is missing up to `end` from the current position on, and up to `ahead` bytes if that is more.
    fn want(&mut self, end: u64, ahead: u64) -> Step {
        let keep = self.at(self.position).len();
        self.window.drain(..self.window.len() - keep);
        self.window_start = self.position;
        let start = self.window_end();
        let end = end.max(self.position + ahead).saturating_add(HEADER_BYTES).min(self.bounds.file_size);
        Step::Want(start..end.min(start + MAX_READ_BYTES))
    }
}

/// Reads a movie with a function that reads ranges of a file of `size` bytes.
///
/// # Errors
/// What `read` gives, and any [`ReadError`].
pub fn read_with<E: From<ReadError>>(
    size: u64,
    mut read: impl FnMut(Range<u64>) -> Result<Vec<u8>, E>,
) -> Result<Movie, E> {
    let mut reader = Reader::new(size);
    while let Some(range) = reader.wanted()? {
        reader.feed(&read(range)?)?;
    }
    Ok(reader.finish()?)
}

/// Reads a movie that is in memory whole.
///
/// # Errors
/// Any [`ReadError`].
pub fn read_slice(file: &[u8]) -> Result<Movie, ReadError> {
    let mut reader = Reader::new(file.len() as u64);
    while let Some(range) = reader.wanted()? {
        reader.feed(&file[range.start as usize..range.end as usize])?;
    }
    reader.finish()
}
