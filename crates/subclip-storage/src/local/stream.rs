//! Streams of an open file: each piece from the page cache at once where it is there, else on a thread that may wait.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};

use super::blocking;
use super::buffers::{Buffer, Buffers};
use super::read::{GAP_BYTES, fill_cached, size_of};
use crate::backend::Source;
use crate::error::Result;
use crate::ranges::{Piece, check, pieces};
use crate::storage::PIECE_BYTES;

/// A file that is being read.
pub(super) struct OpenFile {
    pub(super) file: Arc<File>,
    pub(super) buffers: Arc<Buffers>,
}

impl Source for OpenFile {
    fn stream(&self, ranges: &[Range<u64>]) -> Result<BoxStream<'static, Result<Bytes>>> {
        let size_bytes = size_of(&self.file)?;
        ranges.iter().try_for_each(|range| check(range, size_bytes))?;
        let (file, buffers) = (self.file.clone(), self.buffers.clone());
        let read = move |piece: Piece| read(file.clone(), room(&buffers, piece.read_bytes()), piece);
        Ok(stream::iter(pieces(ranges, PIECE_BYTES as u64, GAP_BYTES)).then(read).boxed())
    }
}

/// Room for so many bytes. What is small is not given a whole buffer: it may wait for long, with others of its kind, for a
/// client that takes its time.
fn room(buffers: &Arc<Buffers>, read_bytes: usize) -> Buffer {
    if read_bytes > PIECE_BYTES / 8 { buffers.lend() } else { Buffer::of(read_bytes) }
}

async fn read(file: Arc<File>, mut buffer: Buffer, piece: Piece) -> Result<Bytes> {
    let cached = |space: &mut [u8], offset| match fill_cached(&file, space, offset) {
        true => Ok(()),
        false => Err(io::ErrorKind::WouldBlock.into()),
    };
    if let Ok(length) = fill(buffer.space(), &piece, cached) {
        return Ok(buffer.freeze(length));
    }
    blocking(
        "reading an object",
        || "object".into(),
        move || {
            let length = fill(buffer.space(), &piece, |space, offset| file.read_exact_at(space, offset))?;
            Ok(buffer.freeze(length))
        },
    )
    .await
}

/// Reads a piece into `space`, leaves out what lies between its wanted parts, and tells how many bytes there are.
fn fill(
    space: &mut [u8],
    piece: &Piece,
    mut read_at: impl FnMut(&mut [u8], u64) -> io::Result<()>,
) -> io::Result<usize> {
    let mut length = 0;
    for read in &piece.reads {
        let from = length;
        let at = |offset: u64| from + (offset - read.whole.start) as usize;
        read_at(&mut space[from..at(read.whole.end)], read.whole.start)?;
        for wanted in &read.wanted {
            let (start, end) = (at(wanted.start), at(wanted.end));
            if start != length {
                space.copy_within(start..end, length);
            }
            length += end - start;
        }
    }
    Ok(length)
}
