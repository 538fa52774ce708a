//! How much memory answers take that wait for their clients: what was made whole is held until the last of it is taken.

use std::sync::Arc;
use std::{io, iter};

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt as _};
use subclip_app::{ByteStream, Error, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What all answers that are being sent may hold. A clone is the same room.
///
/// Making is bounded elsewhere and is over when sending begins; how long that takes is up to the client. Pieces of rungs
/// have room of their own, so that neither keep viewers from the others.
#[derive(Debug, Clone)]
pub struct Sending {
    room: Arc<Semaphore>,
    small_bytes: usize,
}

/// Room for all of them, in bytes.
const ROOM_BYTES: usize = 256 << 20;
/// Answers up to this take no more than every connection may keep waiting.
const SMALL_BYTES: usize = 64 << 10;
/// What is given to a connection at once.
const PIECE_BYTES: usize = 64 << 10;
/// Room is counted in units of so many bytes.
const UNIT_BYTES: usize = 1 << 10;

impl Default for Sending {
    fn default() -> Self {
        Self::new(ROOM_BYTES, SMALL_BYTES)
    }
}

impl Sending {
    /// Room for `room_bytes` of answers that were made whole; up to `small_bytes` an answer takes none.
    #[must_use]
    pub fn new(room_bytes: usize, small_bytes: usize) -> Self {
        Self { room: Arc::new(Semaphore::new(room_bytes / UNIT_BYTES)), small_bytes }
    }

    /// A body of the part of `bytes` from `start` to `end`; all of them are held until the last of it is taken.
    ///
    /// # Errors
    /// `Busy` where too much is being sent.
    pub(crate) fn whole(&self, bytes: &Bytes, start: usize, end: usize) -> Result<Sent> {
        let part = bytes.slice(start..end);
        if part.len() <= self.small_bytes {
            // Of its own, so that it does not keep the rest.
            return Ok(Sent::Small(Bytes::copy_from_slice(&part)));
        }
        let held = self.take(bytes.len())?;
        let hold = move |piece| {
            let _ = &held;
            piece
        };
        Ok(Sent::Large(in_pieces(part).map(hold).boxed()))
    }

    fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        let full = || Error::busy("Too much is being sent right now; try again in a moment.");
        let units = u32::try_from(bytes.div_ceil(UNIT_BYTES)).map_err(|_| full())?;
        self.room.clone().try_acquire_many_owned(units).map_err(|_| full())
    }
}

/// What is sent of an answer that was made whole.
pub(crate) enum Sent {
    /// At once.
    Small(Bytes),
    /// As the client takes it.
    Large(ByteStream),
}

/// Bytes as a connection takes them. Each piece is of its own: a connection that keeps the last of them must not keep
/// them all.
pub(crate) fn in_pieces(mut bytes: Bytes) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::iter(iter::from_fn(move || {
        let piece = bytes.split_to(bytes.len().min(PIECE_BYTES));
        (!piece.is_empty()).then(|| Ok(Bytes::copy_from_slice(&piece)))
    }))
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt as _;
    use subclip_app::Kind;

    use super::*;

    fn large(sending: &Sending, bytes: &Bytes, start: usize, end: usize) -> Result<ByteStream> {
        match sending.whole(bytes, start, end)? {
            Sent::Large(stream) => Ok(stream),
            Sent::Small(small) => panic!("{} bytes take no room", small.len()),
        }
    }

    fn many(bytes: usize) -> Bytes {
        (0..bytes).map(|at| (at % 251) as u8).collect()
    }

    #[tokio::test]
    async fn room_is_held_until_the_last_is_taken() {
        let sending = Sending::new(400 << 10, 8 << 10);
        let bytes = many(200 << 10);
        let mut first = large(&sending, &bytes, 0, bytes.len()).unwrap();
        let second = large(&sending, &bytes, 100 << 10, 110 << 10).unwrap();
        let full = |error: Error| assert_eq!(error.kind, Kind::Busy);
        full(large(&sending, &bytes, 0, bytes.len()).err().unwrap());
        assert_eq!(first.try_next().await.unwrap().unwrap().len(), PIECE_BYTES);
        full(large(&sending, &many(9 << 10), 0, 9 << 10).err().unwrap());
        // A part of it holds it all, and who goes away leaves room.
        drop(second);
        drop(large(&sending, &bytes, 0, bytes.len()).unwrap());
        let rest: Vec<Bytes> = first.try_collect().await.unwrap();
        assert_eq!(rest.concat(), bytes[PIECE_BYTES..]);
        let again = large(&sending, &bytes, 0, bytes.len()).unwrap();
        let twice = large(&sending, &bytes, 0, bytes.len()).unwrap();
        drop((again, twice));
    }

    #[test]
    fn small_answers_go_on_while_there_is_no_room() {
        let sending = Sending::new(200 << 10, 8 << 10);
        let bytes = many(200 << 10);
        let _held = large(&sending, &bytes, 0, bytes.len()).unwrap();
        for (start, end) in [(0, 8 << 10), (100_000, 100_001), (5, 5)] {
            match sending.whole(&bytes, start, end).unwrap() {
                Sent::Small(small) => assert_eq!(small, bytes[start..end]),
                Sent::Large(_) => panic!("{start}..{end} is small"),
            }
        }
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
