//! Progressive files.

use mp4_atom::{Decode, Ftyp, Moov};
use subclip_core::{Medium, Track};
use subclip_formats::mp4::write::{Layout, Placed, SampleTables, Slice, TableError, layout};

use super::fixtures::{audio, gop, packets, video};
use super::golden;

fn tables<'a>(track: &'a Track, delay: i64, chunks: &[&[Placed]]) -> SampleTables<'a> {
    let mut tables = SampleTables::new(track, delay);
    chunks.iter().for_each(|chunk| tables.push(chunk).unwrap());
    tables
}

fn moov(layout: &Layout) -> Moov {
    let mut bytes = &layout.head[..];
    Ftyp::decode(&mut bytes).unwrap();
    Moov::decode(&mut bytes).unwrap()
}

#[test]
fn golden_bytes() {
    let (picture, sound) = (video(30_000), audio(48_000));
    let (pictures, packets) = (gop(), packets(160, 9));
    let both = layout(&[
        tables(&picture, 1000, &[&pictures[..2], &pictures[2..]]),
        tables(&sound, 0, &[&packets[..4], &packets[4..8], &packets[8..]]),
    ]);
    golden::check("write_progressive.txt", &both.head);
    let order: Vec<(Medium, u32, u64)> =
        both.chunks.iter().map(|place| (place.medium, place.chunk, place.size)).collect();
    let expected = [
        (Medium::Video, 0, 201),
        (Medium::Audio, 0, 40),
        (Medium::Video, 1, 309),
        (Medium::Audio, 1, 40),
        (Medium::Audio, 2, 10),
    ];
    assert_eq!(order, expected);
    assert_eq!(both.size, both.head.len() as u64 + 600);

    golden::check("write_progressive_audio.txt", &layout(&[tables(&sound, 0, &[&packets])]).head);
}

#[test]
fn chunks_follow_each_other_and_the_tables_say_where() {
    let (picture, sound) = (video(30_000), audio(48_000));
    let packets = packets(0, 20);
    let chunks: Vec<&[Placed]> = packets.chunks(3).collect();
    let both = layout(&[tables(&picture, 1000, &[&gop()]), tables(&sound, 0, &chunks)]);
    let mut offset = both.head.len() as u64;
    for place in &both.chunks {
        assert_eq!(place.offset, offset);
        offset += place.size;
    }
    assert_eq!(offset, both.size);
    let moov = moov(&both);
    for (trak, medium) in moov.trak.iter().zip([Medium::Video, Medium::Audio]) {
        let told: Vec<u64> =
            trak.mdia.minf.stbl.stco.as_ref().unwrap().entries.iter().map(|&offset| offset.into()).collect();
        let placed: Vec<u64> =
            both.chunks.iter().filter(|place| place.medium == medium).map(|place| place.offset).collect();
        assert_eq!(told, placed);
    }
}

#[test]
fn offsets_take_64_bits_only_where_they_must() {
    let track = audio(48_000);
    // Two chunks; the second begins right behind `first` media bytes.
    let file = |first: u32| {
        let mut packets = packets(0, 2);
        packets[0].size = first;
        layout(&[tables(&track, 0, &[&packets[..1], &packets[1..]])])
    };
    let head_size = file(1).head.len();

    let last_narrow = file(u32::MAX - head_size as u32);
    assert_eq!(last_narrow.head.len(), head_size);
    assert_eq!(last_narrow.chunks[1].offset, u64::from(u32::MAX));
    let stbl = &moov(&last_narrow).trak[0].mdia.minf.stbl;
    assert_eq!(stbl.stco.as_ref().unwrap().entries, [head_size as u32, u32::MAX]);
    assert!(stbl.co64.is_none());

    let wide = file(u32::MAX - head_size as u32 + 1);
    assert_eq!(wide.head.len(), head_size + 8, "two offsets of four more bytes");
    let stbl = &moov(&wide).trak[0].mdia.minf.stbl;
    let told = &stbl.co64.as_ref().unwrap().entries;
    assert_eq!(told[..], [wide.chunks[0].offset, wide.chunks[1].offset]);
    assert!(stbl.stco.is_none());
    assert_eq!(wide.size, wide.chunks[1].offset + 10);
}

#[test]
fn a_wide_mdat_only_where_it_must() {
    let track = audio(48_000);
    let check = |media_bytes: u64, expected: &[u8]| {
        let mut packets = packets(0, 2);
        (packets[0].size, packets[1].size) = (u32::MAX, (media_bytes - u64::from(u32::MAX)) as u32);
        let file = layout(&[tables(&track, 0, &[&packets])]);
        assert!(file.head.ends_with(expected), "{media_bytes}");
        assert_eq!(file.size, file.head.len() as u64 + media_bytes);
        assert_eq!(file.chunks[0].offset, file.head.len() as u64);
    };
    let mut packets = packets(0, 1);
    packets[0].size = u32::MAX - 8;
    let file = layout(&[tables(&track, 0, &[&packets])]);
    assert!(file.head.ends_with(b"\xff\xff\xff\xffmdat"));
    check(1 << 32, b"\0\0\0\x01mdat\0\0\0\x01\0\0\0\x10");
    check((1 << 32) + 5, b"\0\0\0\x01mdat\0\0\0\x01\0\0\0\x15");
}

/// `(segment_duration, media_time)` of every edit of a track.
fn edits(moov: &Moov, track: usize) -> Vec<(u64, Option<u64>)> {
    let edts = moov.trak[track].edts.clone();
    let entries = edts.map_or(Vec::new(), |edts| edts.elst.unwrap().entries);
    entries.iter().map(|edit| (edit.segment_duration, edit.media_time)).collect()
}

#[test]
fn edits_keep_the_offset_and_hide_nothing() {
    let (picture, sound) = (video(30_000), audio(44_100));
    type Edits<'a> = &'a [(u64, Option<u64>)];
    let check = |delay: i64, start: i64, video_edits: Edits<'_>, audio_edits: Edits<'_>| {
        let both =
            moov(&layout(&[tables(&picture, delay, &[&gop()]), tables(&sound, 0, &[&packets(start, 2)])]));
        // The least common multiple: a tick of video is 147 of the movie's, a tick of sound 100.
        assert_eq!(both.mvhd.timescale, 4_410_000);
        assert_eq!(edits(&both, 0), video_edits, "delay {delay}");
        assert_eq!(edits(&both, 1), audio_edits, "start {start}");
        assert_eq!((both.trak[0].mdia.mdhd.duration, both.trak[1].mdia.mdhd.duration), (5000, 2048));
        let shown = [both.trak[0].tkhd.duration, both.trak[1].tkhd.duration];
        assert_eq!(shown, [735_000, 204_800 + start as u64 * 100]);
        assert_eq!(both.mvhd.duration, shown[0].max(shown[1]));
    };
    check(1000, 0, &[(735_000, Some(1000))], &[]);
    check(0, 1, &[], &[(100, None), (204_800, Some(0))]);
    check(1000, 441_000, &[(735_000, Some(1000))], &[(44_100_000, None), (204_800, Some(0))]);
}

#[test]
fn the_movie_timescale_is_exact_or_recoverable() {
    let check = |video_scale: u32, audio_scale: u32, packet_ticks: u32, expected: u32| {
        let (picture, sound) = (video(video_scale), audio(audio_scale));
        let mut packets = packets(7, 1);
        packets[0].duration = packet_ticks;
        let both = moov(&layout(&[tables(&picture, 1000, &[&gop()]), tables(&sound, 0, &[&packets])]));
        assert_eq!(both.mvhd.timescale, expected, "{video_scale} and {audio_scale}");
        let told = edits(&both, 1);
        let back = told[0].0 as f64 * f64::from(audio_scale) / f64::from(expected);
        assert_eq!(back.round(), 7.0, "the offset survives rounding");
    };
    check(30_000, 48_000, 1024, 240_000);
    check(90_000, 90_000, 1024, 90_000);
    check(12_800, 44_100, 1024, 5_644_800);
    // Two hours fit 32 bits no more in the common multiple.
    check(12_800, 44_100, 7200 * 44_100, 44_100);
    check(90_000, 44_100, 7200 * 44_100, 90_000);
    // The common multiple itself does not fit.
    check(1_000_000_007, 44_100, 1024, 1_000_000_007);
}

#[test]
fn durations_beyond_32_bits_are_told_in_64() {
    let sound = audio(48_000);
    let mut packets = packets(0, 3);
    for (n, packet) in (0..).zip(&mut packets) {
        (packet.dts, packet.duration) = (n * i64::from(u32::MAX), u32::MAX);
    }
    let long = moov(&layout(&[tables(&sound, 5, &[&packets])]));
    let duration = 3 * u64::from(u32::MAX);
    assert_eq!((long.mvhd.duration, long.trak[0].mdia.mdhd.duration), (duration, duration));
    assert_eq!(edits(&long, 0), [(duration, Some(5))]);
}

#[test]
fn slices_cover_exactly_what_is_asked() {
    let sound = audio(48_000);
    let packets = packets(0, 6);
    let file = layout(&[tables(&sound, 0, &[&packets[..2], &packets[2..3], &packets[3..]])]);
    let head = file.head.len();
    let at = head as u64;
    let check = |range: std::ops::Range<u64>, expected: &[Slice]| {
        assert_eq!(file.slices(range.clone()).collect::<Vec<_>>(), expected, "{range:?}");
    };
    let chunk = |chunk, bytes| Slice::Chunk { medium: Medium::Audio, chunk, bytes };
    check(0..at, &[Slice::Head(0..head)]);
    check(3..5, &[Slice::Head(3..5)]);
    check(at - 1..at + 1, &[Slice::Head(head - 1..head), chunk(0, 0..1)]);
    check(at + 19..at + 31, &[chunk(0, 19..20), chunk(1, 0..10), chunk(2, 0..1)]);
    check(at + 20..at + 30, &[chunk(1, 0..10)]);
    check(at + 59..at + 999, &[chunk(2, 29..30)]);
    for nothing in [at + 60..at + 61, 5..5, at + 25..at + 25, u64::MAX..u64::MAX] {
        check(nothing, &[]);
    }
    assert_eq!(file.size, at + 60);
}

#[test]
fn decode_times_rule_and_must_rise() {
    let sound = audio(48_000);
    let mut tables = SampleTables::new(&sound, 0);
    tables.push(&packets(0, 1)).unwrap();
    tables.push(&[]).unwrap();
    // A gap of 6 ticks lengthens the packet before it.
    tables.push(&packets(1030, 1)).unwrap();
    let file = layout(&[tables.clone()]);
    let stts = &moov(&file).trak[0].mdia.minf.stbl.stts;
    let told: Vec<(u32, u32)> = stts.entries.iter().map(|run| (run.sample_count, run.sample_delta)).collect();
    assert_eq!(told, [(1, 1030), (1, 1024)]);
    assert_eq!(file.chunks.len(), 2);

    assert_eq!(tables.push(&packets(0, 1)), Err(TableError::DecodeTime { sample: 2, ticks: -1030 }));
    assert_eq!(
        tables.clone().push(&packets(1 << 40, 1)),
        Err(TableError::DecodeTime { sample: 2, ticks: (1 << 40) - 1030 })
    );
}

#[test]
fn nothing_gives_an_empty_file() {
    let sound = audio(48_000);
    let file = layout(&[SampleTables::new(&sound, 0)]);
    assert!(file.chunks.is_empty() && moov(&file).trak.is_empty());
    assert_eq!(file.size, file.head.len() as u64);
}
