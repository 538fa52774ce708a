//! The stored index: what is written comes back, whatever it is; what is damaged is refused; and it stays small.

#![expect(clippy::unwrap_used, reason = "what a test needs and does not get fails it")]

use std::ops::Range;

use proptest::prelude::*;
use subclip_core::{AudioFormat, Codec, Index, Sample, Timescale, Track, VideoFormat};
use subclip_formats::stored::{Head, StoredError, decode, encode};

fn video() -> Track {
    let config = vec![1, 100, 0, 31, 0xff, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68];
    let format = VideoFormat { config, width: 1920, height: 1080, pixel_aspect: (4, 3) };
    let timescale = Timescale::new(15360).unwrap();
    Track { timescale, codec: Codec::Avc(format), language: "und".to_owned() }
}

fn audio() -> Track {
    let format = AudioFormat { config: vec![0x11, 0x90], channels: 2, sample_rate: 48_000 };
    let timescale = Timescale::new(48_000).unwrap();
    Track { timescale, codec: Codec::Aac(format), language: "pt-BR".to_owned() }
}

/// A repeatable series of numbers below `limit` that look like noise.
fn noise(seed: u64, limit: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    }
}

/// 30 fps with three B-frames in a pyramid, GOPs of 61 pictures, about 5 Mbit/s, interleaved with sound every half
/// second.
fn film(seconds: u32) -> Index {
    const STEP: i64 = 512;
    let mut vary = noise(7, 1000);
    let mut offset = 48;
    let samples = (0..seconds * 30)
        .map(|n| {
            let (place, sync) = (n % 61, n % 61 == 0);
            let mean = if sync { 160_000 } else { [4_000, 50_000, 9_000, 4_500][place as usize % 4] };
            let size = (mean * (700 + vary()) / 1000) as u32;
            if n % 15 == 0 {
                offset += 8_000 + vary();
            }
            // I, then P B b b, shown as b B b P: two pictures of delay.
            let shift = if sync { 2 } else { [1, 5, 2, 0][place as usize % 4] };
            let (dts, pts) = (i64::from(n) * STEP, (i64::from(n) + shift) * STEP);
            offset += u64::from(size);
            Sample { offset: offset - u64::from(size), size, dts, pts, sync }
        })
        .collect();
    Index { samples, end_pts: (i64::from(seconds) * 30 + 2) * STEP }
}

/// AAC at 48 kHz, shifted by an edit that drops the encoder's priming.
fn sound(packets: u32) -> Index {
    let mut vary = noise(3, 120);
    let mut offset = 1 << 33;
    let samples: Vec<Sample> = (0..packets)
        .map(|n| {
            let size = 300 + vary() as u32;
            offset += u64::from(size) + if n % 24 == 0 { 60_000 } else { 0 };
            let dts = i64::from(n) * 1024;
            Sample { offset: offset - u64::from(size), size, dts, pts: dts - 1024, sync: true }
        })
        .collect();
    Index { end_pts: i64::from(packets) * 1024 - 1024, samples }
}

fn slice(bytes: &[u8], range: Range<u64>) -> &[u8] {
    &bytes[range.start as usize..range.end as usize]
}

#[test]
fn comes_back() {
    for (track, index) in
        [(video(), film(100)), (audio(), sound(3000)), (video(), film(1)), (audio(), sound(1))]
    {
        let bytes = encode(&track, &index, 0);
        let head = Head::decode(&bytes).unwrap();
        assert_eq!(head.samples as usize, index.samples.len());
        assert_eq!((head.end_pts, head.composition_delay), (index.end_pts, index.composition_delay()));
        if track.medium() == subclip_core::Medium::Video {
            assert_eq!(head.gops, index.gop_map());
        }
        assert_eq!(decode(&bytes), Ok((track, index)));
    }
}

#[test]
fn every_picture_can_be_a_gop() {
    let mut index = film(80);
    index.samples.iter_mut().for_each(|sample| sample.sync = true);
    let head = Head::decode(&encode(&video(), &index, 0)).unwrap();
    assert_eq!(head.gops, index.gop_map());
    assert_eq!(head.gops.gops.len(), 2400);
}

#[test]
fn a_delay_that_was_served_is_kept() {
    let index = film(80);
    let delay = |least| Head::decode(&encode(&video(), &index, least)).unwrap().composition_delay;
    let own = index.composition_delay();
    assert!(own > 0);
    assert_eq!((delay(0), delay(own - 1), delay(own + 7)), (own, own, own + 7));
}

#[test]
fn sound_that_is_not_all_sync_keeps_its_flags() {
    let mut index = sound(2000);
    index.samples[1500].sync = false;
    let bytes = encode(&audio(), &index, 0);
    assert_eq!(decode(&bytes), Ok((audio(), index)));
}

#[test]
fn the_head_says_how_long_it_is() {
    let bytes = encode(&video(), &film(200), 0);
    let needed = Head::needed(&bytes[..16]).unwrap();
    assert!(needed < bytes.len() / 10, "{needed} of {}", bytes.len());
    assert_eq!(Head::decode(&bytes[..needed]), Head::decode(&bytes));
    assert_eq!(Head::decode(&bytes[..needed - 1]), Err(StoredError::Truncated { needed }));
    assert_eq!(Head::needed(&bytes[..15]), Err(StoredError::Truncated { needed: 16 }));
    assert_eq!(Head::needed(b"ftyp"), Err(StoredError::NotAnIndex));
    let newer = [&bytes[..4], &[9, 0], &bytes[6..]].concat();
    assert_eq!(Head::needed(&newer), Err(StoredError::Version(9)));
}

#[test]
fn pages_are_found() {
    let index = film(100);
    let bytes = encode(&video(), &index, 0);
    let head = Head::decode(&bytes).unwrap();
    assert_eq!(head.page_count(), 3);
    let cases = [(0..1, 0..1), (0..1024, 0..1), (0..1025, 0..2), (1023..1025, 0..2), (2048..9999, 2..3)];
    for (samples, pages) in cases {
        assert_eq!(head.pages_for(samples.clone()), pages, "{samples:?}");
    }
    for empty in [5..5, 3000..3001, 9999..u32::MAX] {
        assert!(head.pages_for(empty).is_empty());
    }
    for page in 0..3 {
        let range = head.page_samples(page);
        let expected = &index.samples[range.start as usize..range.end as usize];
        assert_eq!(head.decode_page(page, slice(&bytes, head.page_bytes(page))).unwrap(), expected);
        let first = expected[0];
        assert_eq!(head.first_pts_of_page(page), first.pts);
        assert_eq!(head.uniform_pts(range.start), None, "there are B-frames");
    }
    assert_eq!(head.page_bytes(2).end, bytes.len() as u64);
}

#[test]
fn times_of_sound_need_no_page() {
    let index = sound(2050);
    let head = Head::decode(&encode(&audio(), &index, 0)).unwrap();
    for (number, sample) in (0..).zip(&index.samples) {
        assert_eq!(head.uniform_pts(number), Some(sample.pts));
    }
    assert_eq!(head.uniform_pts(2050), None);
    let at = [-9999, -1024, 1023 * 1024 - 1, 1023 * 1024, i64::MAX].map(|pts| head.page_at_pts(pts));
    assert_eq!(at, [0, 0, 0, 1, 2]);
}

#[test]
fn stays_small() {
    let bytes = encode(&video(), &film(2 * 3600), 0);
    let per_sample = bytes.len() as f64 / (2.0 * 3600.0 * 30.0);
    assert!(per_sample < 3.5, "{per_sample} bytes per picture");

    let bytes = encode(&audio(), &sound(2 * 3600 * 48_000 / 1024), 0);
    let per_sample = bytes.len() as f64 / (2.0 * 3600.0 * 48_000.0 / 1024.0);
    assert!(per_sample < 1.5, "{per_sample} bytes per packet");

    let head = Head::needed(&encode(&video(), &film(12 * 3600), 0)).unwrap();
    assert!(head < 200_000, "a head of {head} bytes for twelve hours of pictures");
    let head = Head::needed(&encode(&audio(), &sound(12 * 3600 * 48_000 / 1024), 0)).unwrap();
    assert!(head < 50_000, "a head of {head} bytes for twelve hours of sound");
}

#[test]
fn damage_is_noticed() {
    let (track, index) = (video(), film(40));
    let bytes = encode(&track, &index, 0);
    let mut damaged = bytes.clone();
    for at in 0..bytes.len() {
        damaged[at] ^= 1 << (at % 8);
        assert!(decode(&damaged).is_err(), "a bit of byte {at} is flipped");
        damaged[at] = bytes[at];
    }
    for end in 0..bytes.len() {
        assert!(decode(&bytes[..end]).is_err(), "{end} bytes are left");
    }
    assert!(decode(&[&bytes[..], &[0]].concat()).is_err());

    let mut head = Head::decode(&bytes).unwrap();
    let mut page = slice(&bytes, head.page_bytes(1)).to_vec();
    page[3] ^= 1;
    let error = head.decode_page(1, &page).unwrap_err();
    assert_eq!(error.to_string(), "page 1 of the stored index is damaged: its checksum is wrong");

    head.gops.gops[1].pts += 1;
    let error = head.decode_page(0, slice(&bytes, head.page_bytes(0))).unwrap_err();
    assert_eq!(error, StoredError::Page { page: 0, what: "its times are not those of the GOP map" });
}

/// Puts the right checksum into a head that was tampered with, as an enemy would.
fn seal(bytes: &mut [u8]) {
    let Ok(length) = Head::needed(bytes) else { return };
    let Some(head) = bytes.get_mut(..length) else { return };
    let body = [&head[..12], &head[16..]].concat();
    head[12..16].copy_from_slice(&crc32fast::hash(&body).to_le_bytes());
}

/// Uses everything a head offers.
fn exercise(head: &Head, bytes: &[u8]) {
    assert_eq!(head.pages_for(0..head.samples), 0..head.page_count());
    for page in 0..head.page_count() {
        let range = head.page_bytes(page);
        if let Some(bytes) = bytes.get(range.start as usize..range.end as usize) {
            let _ = head.decode_page(page, bytes);
        }
        let samples = head.page_samples(page);
        assert!(!samples.is_empty() && samples.end <= head.samples);
        let _ = (head.uniform_pts(samples.start), head.uniform_pts(samples.end));
    }
    for time in [i64::MIN, 0, i64::MAX] {
        assert!(head.page_at_pts(time) < head.page_count());
    }
    for gop in 0..head.gops.gops.len() {
        assert!(!head.gops.samples_of(gop).is_empty());
    }
}

/// Arbitrary samples that an index may have: the first one sync, the rest anything.
fn any_index() -> impl Strategy<Value = Index> {
    const FAR: i64 = 1 << 59;
    let regular =
        (Just(0u64), 0..9000u32, Just(512i64), (0..4i64).prop_map(|n| n * 512), prop::bool::weighted(0.05));
    let wild = (0..1u64 << 60, any::<u32>(), 1..FAR >> 12, -FAR..FAR, any::<bool>());
    let sample = prop_oneof![9 => regular, 1 => wild];
    (prop::collection::vec(sample, 1..2300), -FAR..FAR, -FAR..FAR).prop_map(|(parts, start, end_pts)| {
        let (mut offset, mut dts) = (0u64, start);
        let mut samples: Vec<Sample> = Vec::new();
        for (gap, size, step, shift, sync) in parts {
            // Anywhere in the object, not only onwards.
            offset = (offset + gap) % (1 << 62);
            dts += step;
            samples.push(Sample { offset, size, dts, pts: dts + shift, sync: sync || samples.is_empty() });
            offset += u64::from(size);
        }
        Index { samples, end_pts }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_index_comes_back(index in any_index(), silent in any::<bool>()) {
        let track = if silent { video() } else { audio() };
        prop_assert_eq!(decode(&encode(&track, &index, 0)), Ok((track, index)));
    }

    #[test]
    fn tampering_does_not_break_the_reader(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        seconds in 1..80u32,
        silent in any::<bool>(),
    ) {
        let mut bytes = if silent { encode(&video(), &film(seconds), 0) } else { encode(&audio(), &sound(seconds), 0) };
        let length = Head::needed(&bytes).unwrap();
        for (at, value) in changes {
            bytes[16 + at.index(length - 16)] = value;
        }
        seal(&mut bytes);
        if let Ok(head) = Head::decode(&bytes) {
            exercise(&head, &bytes);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in prop::collection::vec(prop_oneof![0..4u8, any::<u8>()], 0..300)) {
        let length = (body.len() as u32 + 16).to_le_bytes();
        let mut bytes = [&b"SCIX\x01\0\0\0"[..], &length, &[0; 4], &body].concat();
        seal(&mut bytes);
        if let Ok(head) = Head::decode(&bytes) {
            exercise(&head, &bytes);
        }
    }
}
