//! Short ways to make what tests are about.

use std::convert::Infallible;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use subclip_core::{ObjectId, TrackId, UploadId};
use subclip_storage::{Appended, Kind, Result, Storage, Stored};

pub(crate) fn object(n: u8) -> ObjectId {
    ObjectId::from_bytes([n; 16])
}

pub(crate) fn index(n: u8) -> TrackId {
    TrackId::from_bytes([n; 16])
}

pub(crate) fn upload(n: u8) -> UploadId {
    UploadId::from_bytes([n; 16])
}

/// Bytes of which every stretch is different, and different for every seed.
pub(crate) fn pattern(seed: u8, length: usize) -> Bytes {
    let mix = |n: usize| (n.wrapping_mul(2_654_435_761) >> 13) as u8 ^ seed;
    (0..length).map(mix).collect()
}

/// A stream of these bytes in pieces.
pub(crate) fn pieces(
    bytes: &Bytes,
    piece_bytes: usize,
) -> impl Stream<Item = std::result::Result<Bytes, Infallible>> + Send + use<> {
    let pieces: Vec<_> = bytes.chunks(piece_bytes).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

/// Appends bytes that all arrive.
pub(crate) async fn append(storage: &Storage, n: u8, offset: u64, bytes: &Bytes) -> Result<u64> {
    let Appended { length, interrupted } =
        storage.staging_append(upload(n), offset, pieces(bytes, 1000)).await?;
    assert!(interrupted.is_none());
    Ok(length)
}

/// Everything of a kind, in order.
pub(crate) async fn listed(storage: &Storage, kind: Kind) -> Vec<Stored> {
    let mut found: Vec<Stored> = storage.list(kind).try_collect().await.unwrap();
    found.sort();
    found
}

/// All that a stream brings, and how long its longest piece is.
pub(crate) async fn drain(mut stream: impl Stream<Item = Result<Bytes>> + Unpin) -> (Bytes, usize) {
    let mut all = Vec::new();
    let mut longest = 0;
    while let Some(piece) = stream.next().await {
        let piece = piece.unwrap();
        longest = longest.max(piece.len());
        all.extend_from_slice(&piece);
    }
    (all.into(), longest)
}
