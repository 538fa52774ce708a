//! Reads of ranges: from the page cache at once where everything is there, else on a thread that may wait.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use rustix::io::ReadWriteFlags;

use super::blocking;
use crate::error::{Error, Result};
use crate::ranges::{check, coalesce, pick};

/// Reading this much that nobody asked for costs less than another system call.
pub(super) const GAP_BYTES: u64 = 16 << 10;
/// Ranges are not joined beyond this, so that a small piece that lives long does not hold a large one.
const LONGEST_BYTES: u64 = 4 << 20;
/// Copying this much out of the page cache takes less time than handing the work to another thread and back.
const INLINE_BYTES: u64 = 1 << 20;

pub(super) fn size_of(file: &File) -> Result<u64> {
    let metadata = file.metadata();
    let sorted = |error| Error::from_io(error, "asking for an object's size", || "object".into());
    metadata.map(|metadata| metadata.len()).map_err(sorted)
}

/// The bytes of one range.
pub(super) async fn range(file: &Arc<File>, range: Range<u64>) -> Result<Bytes> {
    let mut read = ranges(file, std::slice::from_ref(&range)).await?;
    Ok(read.pop().unwrap_or_default())
}

/// The bytes of several ranges, near ones read in one go.
pub(super) async fn ranges(file: &Arc<File>, asked: &[Range<u64>]) -> Result<Vec<Bytes>> {
    let size_bytes = size_of(file)?;
    asked.iter().try_for_each(|range| check(range, size_bytes))?;
    let joined = coalesce(asked, GAP_BYTES, LONGEST_BYTES);
    let total_bytes: u64 = joined.iter().map(|range| range.end - range.start).sum();
    let at_once = if total_bytes <= INLINE_BYTES { read_cached(file, &joined) } else { None };
    let read = match at_once {
        Some(read) => read,
        None => read_waiting(file.clone(), joined.clone()).await?,
    };
    Ok(pick(asked, &joined, &read))
}

async fn read_waiting(file: Arc<File>, ranges: Vec<Range<u64>>) -> Result<Vec<Bytes>> {
    blocking(
        "reading an object",
        || "object".into(),
        move || {
            let read = |range: &Range<u64>| {
                let mut bytes = vec![0; (range.end - range.start) as usize];
                file.read_exact_at(&mut bytes, range.start)?;
                Ok(Bytes::from(bytes))
            };
            ranges.iter().map(read).collect::<io::Result<Vec<_>>>()
        },
    )
    .await
}

/// What the page cache holds, without waiting for a disk; nothing unless it holds all of it.
fn read_cached(file: &File, ranges: &[Range<u64>]) -> Option<Vec<Bytes>> {
    let read = |range: &Range<u64>| {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        fill_cached(file, &mut bytes, range.start).then(|| Bytes::from(bytes))
    };
    ranges.iter().map(read).collect()
}

/// Fills `buffer` with what lies at `offset`, if the page cache holds all of it.
pub(super) fn fill_cached(file: &File, buffer: &mut [u8], offset: u64) -> bool {
    let mut filled = 0;
    while filled < buffer.len() {
        let mut rest = [IoSliceMut::new(&mut buffer[filled..])];
        // A disk that would be waited for, a file system that cannot tell, a failure: the slow way finds out.
        match rustix::io::preadv2(file, &mut rest, offset + filled as u64, ReadWriteFlags::NOWAIT) {
            Ok(0) | Err(_) => return false,
            Ok(more) => filled += more,
        }
    }
    true
}
