//! Buffers that are used again and again: memory that was just sent is in the processor's cache and need not be cleared.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// Buffers of one size. Lends any number, and keeps some of those that come back.
pub(super) struct Buffers {
    size_bytes: usize,
    kept: usize,
    free: Mutex<Vec<Box<[u8]>>>,
}

impl Buffers {
    pub(super) fn new(size_bytes: usize, kept: usize) -> Self {
        Self { size_bytes, kept, free: Mutex::default() }
    }

    /// A buffer with anything in it.
    pub(super) fn lend(self: &Arc<Self>) -> Buffer {
        // The one that came back last is the likeliest to be in the processor's cache.
        let bytes = self.lock().pop().unwrap_or_else(|| vec![0; self.size_bytes].into_boxed_slice());
        Buffer { bytes, length: 0, home: Some(self.clone()) }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Box<[u8]>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A buffer; one on loan goes home when it is dropped.
pub(super) struct Buffer {
    bytes: Box<[u8]>,
    length: usize,
    home: Option<Arc<Buffers>>,
}

impl Buffer {
    /// One of its own, of this size.
    pub(super) fn of(size_bytes: usize) -> Self {
        Self { bytes: vec![0; size_bytes].into_boxed_slice(), length: 0, home: None }
    }

    /// All of it, to be filled.
    pub(super) fn space(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Its first `length` bytes, as long as anybody holds them.
    pub(super) fn freeze(mut self, length: usize) -> Bytes {
        self.length = length;
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let Some(home) = &self.home else { return };
        let mut free = home.lock();
        if free.len() < home.kept {
            free.push(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_used_again_and_bounded() {
        let buffers = Arc::new(Buffers::new(4, 2));
        let mut lent: Vec<Buffer> = (0..3).map(|_| buffers.lend()).collect();
        lent[0].space().copy_from_slice(b"abcd");
        let bytes = lent.remove(0).freeze(3);
        assert_eq!(bytes, "abc");
        let part = bytes.slice(1..2);
        drop(bytes);
        assert_eq!((buffers.lock().len(), &part[..]), (0, &b"b"[..]), "not while a part is held");
        drop(part);
        assert_eq!(buffers.lend().space(), b"abcd");
        drop(lent);
        assert_eq!(buffers.lock().len(), 2);
    }
}
