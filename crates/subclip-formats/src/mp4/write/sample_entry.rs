//! Sample descriptions (ISO/IEC 14496-12, 8.5.2): `avc1` and `mp4a` around configurations that are written as they
//! came, never parsed and encoded anew.

use bytes::BufMut;
use subclip_core::{AudioFormat, Codec, VideoFormat};

use super::boxes::{full_box, plain_box};

/// The `stsd` box of `codec`: one entry.
pub(super) fn stsd(out: &mut Vec<u8>, codec: &Codec) {
    full_box(out, b"stsd", 0, 0, |out| {
        out.put_u32(1);
        match codec {
            Codec::Avc(format) => avc1(out, format),
            Codec::Aac(format) => mp4a(out, format),
        }
    });
}

/// ISO/IEC 14496-15, 5.4.2.
fn avc1(out: &mut Vec<u8>, format: &VideoFormat) {
    plain_box(out, b"avc1", |out| {
        entry_header(out);
        out.put_bytes(0, 16);
        out.put_u16(saturated(format.width));
        out.put_u16(saturated(format.height));
        out.put_u32(0x0048_0000); // 72 dpi, horizontally and vertically: the template value.
        out.put_u32(0x0048_0000);
        out.put_u32(0);
        out.put_u16(1); // One frame per sample.
        out.put_bytes(0, 32); // No compressor name.
        out.put_u16(24); // Depth: colour, no alpha.
        out.put_i16(-1);
        plain_box(out, b"avcC", |out| out.put_slice(&format.config));
        if !is_square(format.pixel_aspect) {
            plain_box(out, b"pasp", |out| {
                out.put_u32(format.pixel_aspect.0);
                out.put_u32(format.pixel_aspect.1);
            });
        }
    });
}

/// ISO/IEC 14496-14, 5.6.
fn mp4a(out: &mut Vec<u8>, format: &AudioFormat) {
    plain_box(out, b"mp4a", |out| {
        entry_header(out);
        out.put_u64(0);
        out.put_u16(format.channels);
        out.put_u16(16); // Bits per sample: the template value.
        out.put_u32(0);
        // 16.16 fixed point; a rate that does not fit is told by the AudioSpecificConfig alone.
        out.put_u32(u16::try_from(format.sample_rate).map_or(0, |rate| u32::from(rate) << 16));
        full_box(out, b"esds", 0, 0, |out| es_descriptor(out, &format.config));
    });
}

/// The fields that all sample entries open with: six reserved bytes and the data reference.
fn entry_header(out: &mut Vec<u8>) {
    out.put_bytes(0, 6);
    out.put_u16(1);
}

/// The elementary stream descriptor (ISO/IEC 14496-1, 7.2.6.5) of AAC with the given `AudioSpecificConfig`.
fn es_descriptor(out: &mut Vec<u8>, config: &[u8]) {
    const ES: u8 = 3;
    const DECODER_CONFIG: u8 = 4;
    const DECODER_SPECIFIC: u8 = 5;
    const SYNC_LAYER_CONFIG: u8 = 6;

    descriptor(out, ES, |out| {
        out.put_u16(0); // The track's number is used instead (ISO/IEC 14496-14, 3.1.2).
        out.put_u8(0);
        descriptor(out, DECODER_CONFIG, |out| {
            out.put_u8(0x40); // MPEG-4 audio.
            out.put_u8(0x15); // An audio stream, with the reserved bit set.
            out.put_bytes(0, 3); // Buffer size: not told.
            out.put_u32(0); // Bit rates: not told.
            out.put_u32(0);
            descriptor(out, DECODER_SPECIFIC, |out| out.put_slice(config));
        });
        descriptor(out, SYNC_LAYER_CONFIG, |out| out.put_u8(2)); // As MP4 files have it.
    });
}

/// A descriptor: a tag, its size in groups of seven bits, its body.
fn descriptor(out: &mut Vec<u8>, tag: u8, body: impl FnOnce(&mut Vec<u8>)) {
    let mut inner = Vec::new();
    body(&mut inner);
    out.put_u8(tag);
    let groups = (1..4).find(|groups| inner.len() >> (7 * groups) == 0).unwrap_or(4);
    for group in (0..groups).rev() {
        let more = if group == 0 { 0 } else { 0x80 };
        out.put_u8(more | (inner.len() >> (7 * group) & 0x7f) as u8);
    }
    out.put_slice(&inner);
}

/// Whether pixels are square, or their shape makes no sense.
pub(super) fn is_square((horizontal, vertical): (u32, u32)) -> bool {
    horizontal == vertical || horizontal == 0 || vertical == 0
}

fn saturated(length: u32) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptor_sizes_take_as_many_bytes_as_they_need() {
        let check = |length: usize, expected: &[u8]| {
            let mut out = Vec::new();
            descriptor(&mut out, 9, |out| out.put_bytes(0, length));
            assert_eq!(out[..out.len() - length], *expected, "{length}");
        };
        check(0, &[9, 0]);
        check(127, &[9, 127]);
        check(128, &[9, 0x81, 0]);
        check(16_384, &[9, 0x81, 0x80, 0]);
    }
}
