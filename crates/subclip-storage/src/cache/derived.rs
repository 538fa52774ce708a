//! Bytes that can be made again, with a digest by which they are known to be what was made.

use std::io;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

/// Bytes that can be made again, and their SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    bytes: Bytes,
    digest: [u8; DIGEST_BYTES],
}

/// How long a digest is.
pub(super) const DIGEST_BYTES: usize = 32;

impl Derived {
    /// Bytes as they were just made.
    #[must_use]
    pub fn new(bytes: Bytes) -> Self {
        let digest = Sha256::digest(&bytes).into();
        Self { bytes, digest }
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Their SHA-256.
    #[must_use]
    pub fn digest(&self) -> &[u8; DIGEST_BYTES] {
        &self.digest
    }

    /// Their form in a file, in two parts: the bytes, and behind them the digest.
    pub(super) fn file(&self) -> [&[u8]; 2] {
        [&self.bytes, &self.digest]
    }

    /// What a file holds; `InvalidData` where that is not what was written.
    pub(super) fn of_file(file: Bytes) -> io::Result<Self> {
        let damaged = || io::Error::from(io::ErrorKind::InvalidData);
        let bytes = file.slice(..file.len().checked_sub(DIGEST_BYTES).ok_or_else(damaged)?);
        let made = Self::new(bytes);
        if made.digest == file[made.bytes.len()..] { Ok(made) } else { Err(damaged()) }
    }
}
