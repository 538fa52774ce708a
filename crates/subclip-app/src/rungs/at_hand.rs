//! Pieces at hand: what viewers asked for last is read and checked once, and shared by all to whom it is sent.

use std::sync::Arc;

use moka::future::Cache;
use subclip_storage::CacheKey;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::piece::RungPiece;
use crate::newest::newest;
use crate::{Error, Result};

/// Pieces that slow clients have not taken yet, in bytes.
const UNTAKEN_BYTES: u64 = 256 << 20;
/// Room is counted in units of so many bytes.
const UNIT_BYTES: usize = 1 << 10;

/// Pieces in memory.
pub(super) struct AtHand {
    kept: Cache<CacheKey, Arc<RungPiece>>,
    room: Arc<Semaphore>,
}

/// Room in memory, for as long as it is held.
pub(super) type Held = OwnedSemaphorePermit;

impl AtHand {
    /// Room for so many bytes of pieces that are kept, and for others that are being sent.
    pub(super) fn new(kept_bytes: u64) -> Self {
        Self::with(kept_bytes, UNTAKEN_BYTES)
    }

    fn with(kept_bytes: u64, untaken_bytes: u64) -> Self {
        let weigh = |piece: &Arc<RungPiece>| piece.weight_bytes();
        let units = kept_bytes.saturating_add(untaken_bytes) / UNIT_BYTES as u64;
        let units = usize::try_from(units).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self { kept: newest(kept_bytes, weigh), room: Arc::new(Semaphore::new(units)) }
    }

    pub(super) async fn get(&self, key: CacheKey) -> Option<Arc<RungPiece>> {
        self.kept.get(&key).await
    }

    /// Keeps a piece for who asks next.
    pub(super) async fn keep(&self, key: CacheKey, piece: Arc<RungPiece>) {
        self.kept.insert(key, piece).await;
    }

    /// Room for a piece of so many bytes.
    ///
    /// # Errors
    /// `Busy` where there is too much that clients have not taken.
    pub(super) fn room(&self, bytes: usize) -> Result<Held> {
        let full = || Error::busy("Too much is being sent right now; try again in a moment.");
        let units = u32::try_from(bytes.div_ceil(UNIT_BYTES)).map_err(|_| full())?;
        self.room.clone().try_acquire_many_owned(units).map_err(|_| full())
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::Kind;

    fn piece(at_hand: &AtHand, bytes: usize) -> Result<Arc<RungPiece>> {
        let held = at_hand.room(bytes)?;
        Ok(Arc::new(RungPiece::of(Vec::new(), Bytes::from(vec![0; bytes]), [0; 8], held)))
    }

    fn key(n: u8) -> CacheKey {
        CacheKey::new([n; 8], [n; 32])
    }

    #[tokio::test]
    async fn a_piece_takes_its_room_once_however_many_it_is_sent_to() {
        let at_hand = AtHand::with(1 << 20, 1 << 20);
        at_hand.keep(key(1), piece(&at_hand, 900 << 10).unwrap()).await;
        let mut sent = Vec::new();
        for _ in 0..100 {
            sent.push(at_hand.get(key(1)).await.unwrap());
        }
        let other = piece(&at_hand, 1 << 20).unwrap();
        assert_eq!(piece(&at_hand, 1 << 20).unwrap_err().kind, Kind::Busy);
        drop(other);
        // Pushed out by another one, it has its room until the last of it is sent.
        at_hand.keep(key(2), piece(&at_hand, 900 << 10).unwrap()).await;
        at_hand.kept.run_pending_tasks().await;
        assert!(at_hand.get(key(1)).await.is_none());
        assert!(piece(&at_hand, 300 << 10).is_err());
        drop(sent);
        // The cache lets go of what it pushed out when it is used again, a while later.
        for _ in 0..10_000 {
            at_hand.kept.invalidate(&key(3)).await;
            at_hand.kept.run_pending_tasks().await;
        }
        assert!(piece(&at_hand, 1 << 20).is_ok());
    }
    #[tokio::test]
    async fn without_memory_nothing_is_kept_and_all_is_sent() {
        let at_hand = AtHand::with(0, 1 << 20);
        at_hand.keep(key(1), piece(&at_hand, 5).unwrap()).await;
        at_hand.kept.run_pending_tasks().await;
        assert!(at_hand.get(key(1)).await.is_none());
    }
}
