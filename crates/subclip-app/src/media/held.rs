//! Bytes that were made whole and wait in memory for clients, once for all to whom they are sent. What they take is counted
//! until the last of it is sent: how long that takes is up to the slowest client.

use std::ops::{Deref, Range};
use std::sync::Arc;
use std::{fmt, io, iter};

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::sample_bytes::ByteStream;
use crate::{Error, Result};

/// Room for such bytes. A clone is the same room.
#[derive(Debug, Clone)]
pub struct Memory(Arc<Semaphore>);

/// What slow clients may hold of one kind of media, beside what is kept for others, in bytes.
const UNTAKEN_BYTES: u64 = 256 << 20;
/// Room is counted in units of so many bytes.
const UNIT_BYTES: usize = 1 << 10;
/// What is given to a connection at once.
const PIECE_BYTES: usize = 64 << 10;

impl Memory {
    /// Room for so many bytes.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let units = usize::try_from(bytes / UNIT_BYTES as u64).unwrap_or(usize::MAX);
        Self(Arc::new(Semaphore::new(units.min(Semaphore::MAX_PERMITS))))
    }

    /// Room for media of which so many bytes are kept for who asks next.
    pub(crate) fn beside(kept_bytes: u64) -> Self {
        Self::new(kept_bytes.saturating_add(UNTAKEN_BYTES))
    }

    /// Takes room for bytes, for as long as they are held.
    ///
    /// # Errors
    /// `Busy` where there is too much that clients have not taken.
    pub fn hold(&self, bytes: Bytes) -> Result<HeldBytes> {
        let full = || Error::busy("Too much is being sent right now; try again in a moment.");
        let units = u32::try_from(bytes.len().div_ceil(UNIT_BYTES)).map_err(|_| full())?;
        let room = self.0.clone().try_acquire_many_owned(units).map_err(|_| full())?;
        Ok(HeldBytes(Arc::new(Inner { bytes, _room: room })))
    }
}

/// Bytes that have their room until the last clone, and the last stream of them, is gone.
#[derive(Debug, Clone)]
pub struct HeldBytes(Arc<Inner>);

struct Inner {
    bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes.len())
    }
}

impl Deref for HeldBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl HeldBytes {
    /// The bytes `range` of them, as a connection takes them.
    ///
    /// # Errors
    /// `Internal` beyond the last.
    pub fn stream(&self, range: Range<u64>) -> Result<ByteStream> {
        let held = self.clone();
        let hold = move |piece| {
            let _ = &held;
            piece
        };
        Ok(in_pieces(self.part(range)?).map(hold).boxed())
    }

    /// The bytes `range` of them, for who is done with them soon: they are not counted.
    pub(crate) fn part(&self, range: Range<u64>) -> Result<Bytes> {
        if range.start > range.end || range.end > self.len() as u64 {
            return Err(Error::internal("a track has not the bytes that its index names"));
        }
        Ok(self.0.bytes.slice(range.start as usize..range.end as usize))
    }
}

/// Each piece is of its own: a connection that keeps the last of them must not keep them all.
fn in_pieces(mut bytes: Bytes) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::iter(iter::from_fn(move || {
        let piece = bytes.split_to(bytes.len().min(PIECE_BYTES));
        (!piece.is_empty()).then(|| Ok(Bytes::copy_from_slice(&piece)))
    }))
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt as _;

    use super::*;
    use crate::Kind;

    fn many(bytes: usize) -> Bytes {
        (0..bytes).map(|at| (at % 251) as u8).collect()
    }

    #[tokio::test]
    async fn bytes_take_their_room_once_and_until_the_last_is_sent() {
        let memory = Memory::new(300 << 10);
        let bytes = many(200 << 10);
        let held = memory.hold(bytes.clone()).unwrap();
        let mut streams = Vec::new();
        for _ in 0..100 {
            streams.push(held.stream(0..200 << 10).unwrap());
        }
        drop(held);
        let full =
            |memory: &Memory| matches!(memory.hold(many(200 << 10)), Err(error) if error.kind == Kind::Busy);
        assert!(full(&memory));
        drop(memory.hold(many(100 << 10)).unwrap());
        let mut last = streams.pop().unwrap();
        drop(streams);
        assert_eq!(last.try_next().await.unwrap().unwrap(), bytes[..PIECE_BYTES]);
        assert!(full(&memory), "the rest is not sent yet");
        let rest: Vec<Bytes> = last.try_collect().await.unwrap();
        assert_eq!(rest.concat(), bytes[PIECE_BYTES..]);
        assert!(!full(&memory));
        assert!(memory.hold(many(301 << 10)).is_err(), "there is never room for that");
    }

    #[test]
    fn what_is_not_there_is_no_part() {
        let held = Memory::new(1 << 10).hold(many(10)).unwrap();
        assert_eq!(held.part(3..10).unwrap(), many(10)[3..]);
        assert!(held.part(3..11).is_err() && held.stream(11..12).is_err());
    }

    #[tokio::test]
    async fn pieces_keep_nothing_of_what_they_were_part_of() {
        let bytes = many(150_000);
        let pieces: Vec<Bytes> = in_pieces(bytes.clone()).try_collect().await.unwrap();
        assert_eq!(pieces.iter().map(Bytes::len).collect::<Vec<_>>(), [65_536, 65_536, 18_928]);
        assert_eq!(pieces.concat(), bytes);
        assert!(bytes.is_unique());
    }
}
