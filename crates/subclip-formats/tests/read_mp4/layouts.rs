//! Whatever the layout, what was written is what is read.

use proptest::prelude::*;
use subclip_formats::mp4::read::read_slice;

use crate::build::{Order, SizeForm, TestSample, TestTrack, progressive};

fn samples() -> impl Strategy<Value = Vec<TestSample>> {
    let sample = (1u32..5000, 1u32..4000, -4000i32..4000, any::<bool>());
    let sample = sample.prop_map(|(size, duration, composition, sync)| TestSample {
        size,
        duration,
        composition,
        sync,
    });
    proptest::collection::vec(sample, 1..60)
}

fn track(number: u32) -> impl Strategy<Value = TestTrack> {
    let forms = (any::<bool>(), any::<bool>(), 0u8..5, any::<bool>(), any::<bool>());
    (samples(), proptest::collection::vec(1usize..9, 0..20), forms).prop_map(
        move |(samples, chunks, forms)| {
            let (wide_offsets, version_1, size_form, sync_table, reordered) = forms;
            let mut track =
                TestTrack { number, chunks, wide_offsets, sync_table, ..TestTrack::video(samples) };
            track.header_version = u8::from(version_1);
            track.composition_version = reordered.then_some(u8::from(version_1));
            let (sizes, modulus) = match size_form {
                0 => (SizeForm::Table, u32::MAX),
                1 => (SizeForm::Constant, 1),
                2 => (SizeForm::Compact(4), 15),
                3 => (SizeForm::Compact(8), 255),
                _ => (SizeForm::Compact(16), 65_535),
            };
            track.sizes = sizes;
            for sample in &mut track.samples {
                sample.size = if modulus == 1 { 77 } else { 1 + sample.size % modulus };
                sample.composition = if reordered { sample.composition } else { 0 };
            }
            track
        },
    )
}

proptest! {
    #[test]
    fn any_layout_reads_back(
        first in track(1),
        second in track(2),
        order in prop_oneof![
            Just(Order::HeaderFirst),
            Just(Order::HeaderLast),
            Just(Order::OpenEnd),
            Just(Order::Large)
        ],
    ) {
        let (file, expected) = progressive(&[first, second], order);
        let movie = read_slice(&file).unwrap();
        let found: Vec<_> = movie.tracks.into_iter().map(|track| track.samples).collect();
        prop_assert_eq!(found, expected);
    }
}
