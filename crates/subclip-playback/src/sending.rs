//! How much memory answers take that wait for their clients: what was made whole is held until the last of it is taken.

use bytes::Bytes;
use subclip_app::{ByteStream, Memory, Result};

/// What all answers that were made whole and are being sent may hold. A clone is the same room.
///
/// Making is bounded elsewhere and is over when sending begins; how long that takes is up to the client. Media that were
/// made have room of their own, so that neither keep viewers from the others.
#[derive(Debug, Clone)]
pub struct Sending {
    memory: Memory,
    small_bytes: usize,
}

/// Room for all of them, in bytes.
const ROOM_BYTES: u64 = 256 << 20;
/// Answers up to this take no more than every connection may keep waiting.
const SMALL_BYTES: usize = 64 << 10;

impl Default for Sending {
    fn default() -> Self {
        Self::new(ROOM_BYTES, SMALL_BYTES)
    }
}

impl Sending {
    /// Room for `room_bytes` of answers; up to `small_bytes` an answer takes none.
    #[must_use]
    pub fn new(room_bytes: u64, small_bytes: usize) -> Self {
        Self { memory: Memory::new(room_bytes), small_bytes }
    }

    /// A body of the part of `bytes` from `start` to `end`; all of them are held until the last of it is taken.
    ///
    /// # Errors
    /// `Busy` where too much is being sent.
    pub(crate) fn whole(&self, bytes: &Bytes, start: u64, end: u64) -> Result<Sent> {
        let part = bytes.slice(start as usize..end as usize);
        if part.len() <= self.small_bytes {
            // Of its own, so that it does not keep the rest.
            return Ok(Sent::Small(Bytes::copy_from_slice(&part)));
        }
        Ok(Sent::Large(self.memory.hold(bytes.clone())?.stream(start..end)?))
    }
}

/// What is sent of an answer that was made whole.
pub(crate) enum Sent {
    /// At once.
    Small(Bytes),
    /// As the client takes it.
    Large(ByteStream),
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt as _;
    use subclip_app::{Error, Kind};

    use super::*;

    fn large(sending: &Sending, bytes: &Bytes, start: u64, end: u64) -> Result<ByteStream> {
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
        let mut first = large(&sending, &bytes, 0, 200 << 10).unwrap();
        let second = large(&sending, &bytes, 100 << 10, 110 << 10).unwrap();
        let full = |error: Error| assert_eq!(error.kind, Kind::Busy);
        full(large(&sending, &bytes, 0, 200 << 10).err().unwrap());
        first.try_next().await.unwrap().unwrap();
        full(large(&sending, &many(9 << 10), 0, 9 << 10).err().unwrap());
        // A part of it holds it all, and who goes away leaves room.
        drop(second);
        drop(large(&sending, &bytes, 0, 200 << 10).unwrap());
        first.try_collect::<Vec<_>>().await.unwrap();
        let again = large(&sending, &bytes, 0, 200 << 10).unwrap();
        let twice = large(&sending, &bytes, 0, 200 << 10).unwrap();
        drop((again, twice));
    }

    #[test]
    fn small_answers_go_on_while_there_is_no_room() {
        let sending = Sending::new(200 << 10, 8 << 10);
        let bytes = many(200 << 10);
        let _held = large(&sending, &bytes, 0, 200 << 10).unwrap();
        for (start, end) in [(0, 8 << 10), (100_000, 100_001), (5, 5)] {
            match sending.whole(&bytes, start, end).unwrap() {
                Sent::Small(small) => assert_eq!(small, bytes[start as usize..end as usize]),
                Sent::Large(_) => panic!("{start}..{end} is small"),
            }
        }
    }
}
