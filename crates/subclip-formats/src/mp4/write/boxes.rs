//! Boxes (ISO/IEC 14496-12, 4.2) appended to a byte vector: sizes are filled in once the body is written.

use bytes::BufMut;
use mp4_atom::Encode;

/// Appends a box of `kind` with the body that `body` appends.
pub(super) fn plain_box(out: &mut Vec<u8>, kind: &[u8; 4], body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.put_u32(0);
    out.put_slice(kind);
    body(out);
    let size = u32::try_from(out.len() - start)
        .expect("boxes other than mdat stay far below 4 GiB: the number of samples is bounded");
    out[start..start + 4].copy_from_slice(&size.to_be_bytes());
}

/// Appends a full box: a box that opens with a version and 24 bits of flags.
pub(super) fn full_box(
    out: &mut Vec<u8>,
    kind: &[u8; 4],
    version: u8,
    flags: u32,
    body: impl FnOnce(&mut Vec<u8>),
) {
    plain_box(out, kind, |out| {
        out.put_u32(u32::from(version) << 24 | flags);
        body(out);
    });
}

/// Appends a box of fixed shape.
pub(super) fn atom(out: &mut Vec<u8>, value: &impl Encode) {
    value.encode(out).expect("a vector takes every byte, and a box of fixed shape has no invalid value here");
}

/// Appends the header of an `mdat` with `media_bytes` behind it: 8 bytes, or 16 where the size needs 64 bits.
pub(super) fn mdat_header(out: &mut Vec<u8>, media_bytes: u64) {
    match u32::try_from(media_bytes + 8) {
        Ok(size) => {
            out.put_u32(size);
            out.put_slice(b"mdat");
        }
        Err(_) => {
            out.put_u32(1);
            out.put_slice(b"mdat");
            out.put_u64(media_bytes + 16);
        }
    }
}

/// How many bytes [`mdat_header`] appends.
pub(super) fn mdat_header_size(media_bytes: u64) -> usize {
    if media_bytes + 8 > u64::from(u32::MAX) { 16 } else { 8 }
}
