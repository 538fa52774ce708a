//! Properties: what is placed keeps its presentation, and what is written reads back as what was placed.

use proptest::prelude::*;
use subclip_core::{Index, Medium, Sample};
use subclip_formats::mp4::read::{Movie, read_slice};
use subclip_formats::mp4::write::{
    Offsets, Placed, SampleTables, Slice, init_segment, layout, place, segment_header,
};

use super::fixtures::{audio, video};

/// Video of up to five GOPs of up to 24 frames with durations of their own, decoded in any order after the first,
/// on a track whose times begin anywhere; and where each GOP begins.
fn gops() -> impl Strategy<Value = (Index, Vec<usize>)> {
    let gop = prop::collection::vec((1i64..5000, any::<u16>(), 0u32..300), 1..24);
    (prop::collection::vec(gop, 1..6), -100_000i64..100_000).prop_map(|(gops, start)| {
        let (mut samples, mut starts) = (Vec::new(), Vec::new());
        let (mut shown, mut offset) = (start, 0);
        for gop in gops {
            starts.push(samples.len());
            let mut frames: Vec<(u16, i64, u32)> = Vec::new();
            for (number, (duration, order, size)) in gop.into_iter().enumerate() {
                // The IDR is decoded first and shown first, the others in the order of a random key.
                frames.push((if number == 0 { 0 } else { order.max(1) }, shown, size));
                shown += duration;
            }
            frames.sort_by_key(|&(order, ..)| order);
            for (number, (_, pts, size)) in frames.into_iter().enumerate() {
                let dts = samples.len() as i64;
                samples.push(Sample { offset, size, dts, pts, sync: number == 0 });
                offset += u64::from(size);
            }
        }
        (Index { samples, end_pts: shown }, starts)
    })
}

/// The placed samples of each GOP, the first picture on `at`.
fn place_gops(index: &Index, starts: &[usize], at: i64) -> Vec<Vec<Placed>> {
    let delay = index.composition_delay();
    let origin = index.samples[0].pts;
    let end_of = |number: usize| starts.get(number + 1).copied().unwrap_or(index.samples.len());
    let gop = |number: usize| {
        let samples = &index.samples[starts[number]..end_of(number)];
        let end = index.samples.get(end_of(number)).map_or(index.end_pts, |next| next.pts);
        place(samples, samples[0].pts - origin + at, end - origin + at, Offsets::Delayed(delay)).unwrap()
    };
    (0..starts.len()).map(gop).collect()
}

/// Bytes for a run of samples that no other run has.
fn media(placed: &[Placed], seed: usize) -> Vec<u8> {
    let size: usize = placed.iter().map(|sample| sample.size as usize).sum();
    (0..size).map(|n| (n * 7 + seed * 31) as u8).collect()
}

/// Compares the times, sizes and sync flags that a track reads back with those placed, and returns its samples.
fn check_track(movie: &Movie, track: usize, placed: &[Placed], delay: i64) -> Vec<Sample> {
    let read = &movie.tracks[track];
    assert_eq!(read.samples.len(), placed.len());
    for (sample, placed) in read.samples.iter().zip(placed) {
        let pts = placed.dts + i64::from(placed.composition_offset) - delay;
        assert_eq!((sample.pts, sample.dts), (pts, placed.dts - delay));
        assert_eq!((sample.size, sample.sync), (placed.size, placed.sync));
    }
    // A reader gives the picture shown last the duration that it has in order of decoding.
    let last = read.samples.iter().zip(placed).max_by_key(|(sample, _)| sample.pts);
    assert_eq!(Some(read.end_pts), last.map(|(sample, placed)| sample.pts + i64::from(placed.duration)));
    read.samples.clone()
}

proptest! {
    #[test]
    fn placing_keeps_presentation((index, starts) in gops(), at in 0i64..1 << 40) {
        let delay = index.composition_delay();
        let placed: Vec<Placed> = place_gops(&index, &starts, at).concat();
        for (placed, sample) in placed.iter().zip(&index.samples) {
            let pts = placed.dts + i64::from(placed.composition_offset) - delay;
            prop_assert_eq!(pts - at, sample.pts - index.samples[0].pts);
            prop_assert_eq!((placed.size, placed.sync), (sample.size, sample.sync));
        }
        for pair in placed.windows(2) {
            prop_assert!(pair[0].duration > 0);
            prop_assert_eq!(pair[0].dts + i64::from(pair[0].duration), pair[1].dts);
        }
        let last = placed.last().unwrap();
        prop_assert_eq!(last.dts + i64::from(last.duration), index.end_pts - index.samples[0].pts + at);
        // The whole run at once places the same.
        let end = index.end_pts - index.samples[0].pts + at;
        let whole = |offsets| place(&index.samples, at, end, offsets);
        prop_assert_eq!(&whole(Offsets::Delayed(delay)).unwrap(), &placed);
        // A smaller delay moves decoding alone.
        for smaller in [delay - 1, delay / 2, 0].into_iter().filter(|&smaller| (0..delay).contains(&smaller)) {
            let tight = whole(Offsets::Delayed(smaller)).unwrap();
            prop_assert_eq!(tight[0].dts, at);
            prop_assert!(tight.iter().any(|sample| sample.composition_offset == 0), "it is used up");
            for (tight, placed) in tight.iter().zip(&placed) {
                let shown = |sample: &Placed| sample.dts + i64::from(sample.composition_offset);
                prop_assert_eq!(shown(tight) - smaller, shown(placed) - delay);
                prop_assert!(tight.composition_offset >= 0 && tight.dts <= placed.dts);
            }
            for pair in tight.windows(2) {
                prop_assert_eq!(pair[0].dts + i64::from(pair[0].duration), pair[1].dts);
            }
            let last = tight.last().unwrap();
            prop_assert_eq!(last.dts + i64::from(last.duration), end);
        }
        for (signed, delayed) in whole(Offsets::Signed).unwrap().iter().zip(&placed) {
            prop_assert_eq!(i64::from(signed.composition_offset), i64::from(delayed.composition_offset) - delay);
            prop_assert_eq!((signed.dts, signed.duration), (delayed.dts, delayed.duration));
        }
    }

    #[test]
    fn segments_read_back((index, starts) in gops()) {
        let track = video(30_000);
        let delay = index.composition_delay();
        let segments = place_gops(&index, &starts, 0);
        let mut file = init_segment(&track, delay);
        let mut offsets = Vec::new();
        for (number, segment) in segments.iter().enumerate() {
            let header = segment_header(number as u32 + 1, segment);
            let start = file.len() as u64;
            file.extend(&header.bytes);
            for sample in segment {
                offsets.push(file.len() as u64);
                file.extend(vec![number as u8; sample.size as usize]);
            }
            prop_assert_eq!(file.len() as u64, start + header.size);
        }
        let movie = read_slice(&file).unwrap();
        let read = check_track(&movie, 0, &segments.concat(), delay);
        prop_assert_eq!(read.iter().map(|sample| sample.offset).collect::<Vec<_>>(), offsets);
    }

    #[test]
    fn progressive_files_read_back(
        (index, starts) in gops(),
        sound in prop::collection::vec(0u32..60, 1..80),
        audio_start in 0i64..3000,
        per_chunk in 1usize..20,
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let (picture_track, sound_track) = (video(30_000), audio(48_000));
        let delay = index.composition_delay();
        let pictures: Vec<Placed> = place_gops(&index, &starts, 0).concat();
        let sound: Vec<Placed> = (0..).zip(sound).map(|(n, size)| Placed {
            dts: audio_start + n * 1024, duration: 1024, composition_offset: 0, size, sync: true,
        }).collect();
        let chunks = |medium| match medium {
            Medium::Video => pictures.chunks(per_chunk),
            Medium::Audio => sound.chunks(per_chunk),
        };
        let mut tables =
            [SampleTables::new(&picture_track, delay), SampleTables::new(&sound_track, 0)];
        for (tables, medium) in tables.iter_mut().zip([Medium::Video, Medium::Audio]) {
            chunks(medium).for_each(|chunk| tables.push(chunk).unwrap());
        }
        let layout = layout(&tables);
        let bytes_of = |medium, chunk: u32| {
            media(chunks(medium).nth(chunk as usize).unwrap(), chunk as usize * 2 + medium as usize)
        };
        let bytes = |range| layout.slices(range).flat_map(|slice| match slice {
            Slice::Head(range) => layout.head[range].to_vec(),
            Slice::Chunk { medium, chunk, bytes } =>
                bytes_of(medium, chunk)[bytes.start as usize..bytes.end as usize].to_vec(),
        }).collect::<Vec<u8>>();

        let file = bytes(0..layout.size);
        prop_assert_eq!(file.len() as u64, layout.size);
        // Any way of asking for the file in ranges gives the same file.
        let mut edges: Vec<u64> = cuts.iter().map(|cut| cut.index(file.len()) as u64).collect();
        edges.extend([0, layout.size]);
        edges.sort_unstable();
        let parts: Vec<u8> = edges.windows(2).flat_map(|edge| bytes(edge[0]..edge[1])).collect();
        prop_assert!(parts == file);

        let movie = read_slice(&file).unwrap();
        for (number, (placed, delay, medium)) in
            [(&pictures, delay, Medium::Video), (&sound, 0, Medium::Audio)].into_iter().enumerate()
        {
            let read = check_track(&movie, number, placed, delay);
            // The samples' bytes, in order, are the chunks' bytes, in order.
            let through_index: Vec<u8> = read.iter()
                .flat_map(|sample| file[sample.offset as usize..][..sample.size as usize].to_vec())
                .collect();
            let count = chunks(medium).len() as u32;
            let pushed: Vec<u8> = (0..count).flat_map(|chunk| bytes_of(medium, chunk)).collect();
            prop_assert!(through_index == pushed);
        }
    }
}
