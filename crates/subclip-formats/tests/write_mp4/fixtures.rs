//! Tracks and placed samples for the writers' tests.

use subclip_core::{AudioFormat, Codec, Timescale, Track, VideoFormat};
use subclip_formats::mp4::write::Placed;

/// An `avcC` as x264 makes it for High profile, level 3.1, with the extension fields of that profile.
pub(crate) const AVCC: &[u8] = &[
    1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 6, 0x67, 0x64, 0, 0x1f, 0xac, 0xd9, 1, 0, 4, 0x68, 0xeb, 0xe3, 0xcb,
    0xfd, 0xf8, 0xf8, 0,
];

/// An `AudioSpecificConfig`: AAC-LC, 48 kHz, stereo.
pub(crate) const ASC: &[u8] = &[0x11, 0x90];

pub(crate) fn scale(ticks_per_second: u32) -> Timescale {
    Timescale::new(ticks_per_second).unwrap()
}

pub(crate) fn video(timescale: u32) -> Track {
    let format = VideoFormat { config: AVCC.to_vec(), width: 1280, height: 720, pixel_aspect: (1, 1) };
    Track { timescale: scale(timescale), codec: Codec::Avc(format), language: "und".to_owned() }
}

pub(crate) fn audio(timescale: u32) -> Track {
    let format = AudioFormat { config: ASC.to_vec(), channels: 2, sample_rate: timescale };
    Track { timescale: scale(timescale), codec: Codec::Aac(format), language: "und".to_owned() }
}

/// One GOP of frames of 1000 ticks: I P B B P, with a delay of 1000.
pub(crate) fn gop() -> Vec<Placed> {
    let offsets = [1000, 3000, 0, 0, 1000];
    (0..5i64)
        .zip(offsets)
        .map(|(n, composition_offset)| Placed {
            dts: n * 1000,
            duration: 1000,
            composition_offset,
            size: 100 + n as u32,
            sync: n == 0,
        })
        .collect()
}

/// `count` packets of sound of 1024 ticks and 10 bytes from `start` on.
pub(crate) fn packets(start: i64, count: i64) -> Vec<Placed> {
    (0..count)
        .map(|n| Placed {
            dts: start + n * 1024,
            duration: 1024,
            composition_offset: 0,
            size: 10,
            sync: true,
        })
        .collect()
}
