//! What the reader asks for: headers and indexes, in few reads, and never the media.

use std::ops::Range;

use subclip_formats::mp4::read::{MAX_READ_BYTES, Movie, ReadError, Reader, read_slice, read_with};

use crate::build::{Order, TestTrack, boxed, ftyp, full, large, moov, plain_samples, progressive, words};

/// Reads `file` with what it asked for.
fn reads(file: &[u8]) -> (Movie, Vec<Range<u64>>) {
    let mut ranges = Vec::new();
    let movie = read_with(file.len() as u64, |range| {
        ranges.push(range.clone());
        Ok::<_, ReadError>(file[range.start as usize..range.end as usize].to_vec())
    });
    (movie.unwrap(), ranges)
}

fn big_track() -> TestTrack {
    let mut samples = plain_samples(100);
    samples.iter_mut().for_each(|sample| sample.size = 100_000);
    TestTrack::video(samples)
}

#[test]
fn a_header_in_front_takes_one_read() {
    let (file, _) = progressive(&[big_track()], Order::HeaderFirst);
    assert_eq!(reads(&file).1.len(), 1);
}

#[test]
fn a_header_at_the_end_takes_two_reads_and_no_media() {
    for order in [Order::HeaderLast, Order::Large] {
        let (file, _) = progressive(&[big_track()], order);
        let ranges = reads(&file).1;
        assert_eq!(ranges.len(), 2, "{ranges:?}");
        assert!(ranges.iter().map(|range| range.end - range.start).sum::<u64>() < 16_384);
    }
}

#[test]
fn a_fragment_takes_one_read() {
    let traks = [TestTrack::video(Vec::new()).trak(&[])];
    let trex = full(b"trex", 0, 0, &words(&[1, 1, 40, 100, 0]));
    let run = full(b"trun", 0, 0x301, &words(&[&[100, 2000][..], &[40, 100].repeat(100)].concat()));
    let moof = boxed(b"moof", &boxed(b"traf", &[full(b"tfhd", 0, 0x02_0000, &words(&[1])), run].concat()));
    let fragment =
        [boxed(b"styp", b"msdhmsdh"), boxed(b"sidx", &[0; 44]), moof, boxed(b"mdat", &[0; 100_000])].concat();
    let mut file = [ftyp(), moov(&traks, &boxed(b"mvex", &trex), 0)].concat();
    let fragments = 40;
    for _ in 0..fragments {
        file.extend(&fragment);
    }
    let (movie, ranges) = reads(&file);
    assert_eq!(movie.tracks[0].samples.len(), fragments * 100);
    assert!(ranges.len() <= fragments + 1, "{} reads", ranges.len());
    assert!(ranges.iter().map(|range| range.end - range.start).sum::<u64>() < file.len() as u64 / 20);
}

#[test]
fn the_whole_file_is_never_read_twice() {
    let (file, _) = progressive(&[big_track()], Order::HeaderLast);
    for range in reads(&file).1.windows(2) {
        assert!(range[0].end <= range[1].start, "{range:?}");
    }
}

#[test]
fn a_long_header_is_asked_for_in_pieces() {
    let trak = TestTrack::video(plain_samples(1)).trak(&[24]);
    let long = boxed(b"free", &vec![0; 3 * MAX_READ_BYTES as usize]);
    let file = [ftyp(), boxed(b"free", &[0; 200]), moov(&[trak], &long, 0)].concat();
    let (movie, ranges) = reads(&file);
    assert_eq!(movie.tracks[0].samples.len(), 1);
    assert_eq!(ranges.len(), 4, "{ranges:?}");
    assert!(ranges.iter().all(|range| range.end - range.start <= MAX_READ_BYTES), "{ranges:?}");
    assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start), "{ranges:?}");
}

#[test]
fn a_short_answer_is_an_error() {
    let mut reader = Reader::new(100);
    assert_eq!(reader.wanted(), Ok(Some(0..100)));
    assert_eq!(reader.wanted(), Ok(Some(0..100)), "asking again changes nothing");
    assert!(matches!(reader.feed(&[0; 99]), Err(ReadError::Truncated { .. })));
    assert_eq!(Reader::new(100).finish(), Err(ReadError::NotIsoBmff), "finished too early");
}

#[test]
fn errors_of_the_source_come_through() {
    let failing = |_| Err(std::io::Error::other("the disk is gone"));
    assert_eq!(read_with(100, failing).unwrap_err().to_string(), "the disk is gone");
    let (file, _) = progressive(&[big_track()], Order::HeaderLast);
    assert_eq!(read_slice(&file).unwrap(), reads(&file).0);
}

#[test]
fn boxes_beyond_four_gigabytes_are_passed_over() {
    // A file that exists only as its two ends: 16 GiB of media in between.
    let trak = TestTrack { wide_offsets: true, ..TestTrack::video(plain_samples(2)) };
    let size = 16u64 << 30;
    let mut head = [ftyp(), large(b"mdat", &[])].concat();
    let media = head.len() as u64;
    let at = head.len() - 8;
    head[at..].copy_from_slice(&(size + 16).to_be_bytes());
    let tail = moov(&[trak.trak(&[media + size - 100])], &[], 1);
    let total = media + size + tail.len() as u64;
    let movie = read_with(total, |range| {
        let byte = |at: u64| match (head.get(at as usize), at.checked_sub(media + size)) {
            (Some(&byte), _) => byte,
            (None, Some(at)) => tail[at as usize],
            (None, None) => 0,
        };
        Ok::<_, ReadError>(range.map(byte).collect())
    });
    assert_eq!(movie.unwrap().tracks[0].samples[1].offset, media + size - 90);
}
