//! Files that claim the absurd, contradict themselves or end early: each error names the box and the byte.

use subclip_formats::mp4::read::{MAX_TRACK_SAMPLES, ReadError, read_slice, read_with};

use crate::build::{
    Order, SizeForm, TestSample, TestTrack, boxed, ftyp, full, large, moov, plain_samples, progressive,
    visual, words,
};

/// A movie of five pictures in two chunks, times and offsets of each its own.
fn file() -> Vec<u8> {
    progressive(&[track()], Order::HeaderFirst).0
}

fn track() -> TestTrack {
    let samples = plain_samples(5)
        .iter()
        .zip([40, 41, 42, 43, 44])
        .map(|(&sample, duration)| TestSample { duration, ..sample })
        .collect();
    TestTrack { chunks: vec![3], composition_version: Some(0), ..TestTrack::video(samples) }
}

/// Where the first box of `kind` begins.
fn find(file: &[u8], kind: &[u8; 4]) -> usize {
    file.windows(4).position(|window| window == kind).unwrap() - 4
}

/// Writes `value` over the 32 bits at byte `at` of the first box of `kind`, counted from its header on.
fn patched(mut file: Vec<u8>, kind: &[u8; 4], at: usize, value: u32) -> Vec<u8> {
    let at = find(&file, kind) + at;
    file[at..at + 4].copy_from_slice(&value.to_be_bytes());
    file
}

#[track_caller]
fn check(file: &[u8], kind: &[u8; 4], expected: &str) {
    let error = read_slice(file).unwrap_err();
    let at = find(file, kind);
    assert_eq!(error.to_string(), expected.replace("at byte @", &format!("at byte {at}")));
}

const STBL: &str = "moov/trak[1]/mdia/minf/stbl";

#[test]
fn counts_beyond_the_box() {
    for (kind, at, expected) in [
        (b"stsz", 16, "stsz at byte @: says 4000000000 entries, has room for 5"),
        (b"stts", 12, "stts at byte @: says 4000000000 entries, has room for 5"),
        (b"ctts", 12, "ctts at byte @: says 4000000000 entries, has room for 1"),
        (b"stss", 12, "stss at byte @: says 4000000000 entries, has room for 1"),
        (b"stsc", 12, "stsc at byte @: says 4000000000 entries, has room for 2"),
        (b"stco", 12, "stco at byte @: says 4000000000 entries, has room for 2"),
        (b"stsd", 12, "stsd at byte @: says 4000000000 entries, has 1"),
    ] {
        check(&patched(file(), kind, at, 4_000_000_000), kind, &format!("{STBL}/{expected}"));
    }
}

#[test]
fn tables_that_disagree() {
    // All sizes alike: a count that costs no bytes.
    let constant = TestTrack {
        sizes: SizeForm::Constant,
        ..TestTrack::video(vec![TestSample { size: 1, duration: 40, composition: 0, sync: true }; 5])
    };
    let constant = progressive(&[constant], Order::HeaderFirst).0;
    let many = patched(constant, b"stsz", 16, 4_000_000_000);
    check(&many, b"stsc", &format!("{STBL}/stsc at byte @: covers 5 samples, stsz says 4000000000"));
    let many = patched(many, b"stsc", 20, 4_000_000_000);
    check(&many, b"stts", &format!("{STBL}/stts at byte @: covers 5 samples, stsz says 4000000000"));
    let many = patched(many, b"stts", 16, 4_000_000_000);
    let expected = "stsz at byte @: says 4000000000 samples of a track, which may have 4194304";
    check(&many, b"stsz", &format!("{STBL}/{expected}"));
    assert!(matches!(read_slice(&many), Err(ReadError::TooManySamples { .. })));
    let many = patched(many, b"stsz", 16, 4_000_000);
    let expected = format!("stsz at byte @: says 4000000 samples, the file has {} bytes", many.len());
    check(&many, b"stsz", &format!("{STBL}/{expected}"));
    // A plausible count, but the media is not there.
    let many = patched(many, b"stsz", 16, 1000);
    assert!(matches!(read_slice(&many), Err(ReadError::Truncated { .. })));

    for (kind, at, value, expected) in [
        (b"stts", 16, 0, "stts at byte @: covers 4 samples, stsz says 5"),
        (b"ctts", 16, 4, "ctts at byte @: covers 4 samples, stsz says 5"),
        (b"stsc", 20, 2, "stsc at byte @: covers 4 samples, stsz says 5"),
        (b"stsc", 16, 2, "stsc at byte @: does not begin with chunk 1"),
        (b"stsc", 28, 1, "stsc at byte @: has chunk numbers that do not rise"),
    ] {
        check(&patched(file(), kind, at, value), kind, &format!("{STBL}/{expected}"));
    }
}

#[test]
fn samples_outside_of_the_file() {
    let size = file().len();
    let far = patched(file(), b"stco", 16, 4_000_000_000);
    let expected =
        format!("stco at byte @: sample 1 has 10 bytes from 4000000000 on, the file ends at {size}");
    check(&far, b"stco", &format!("{STBL}/{expected}"));
    let cut = file();
    let cut = &cut[..size - 5];
    let (start, end) = (size - 14, size - 5);
    let expected = format!("stco at byte @: sample 5 has 14 bytes from {start} on, the file ends at {end}");
    check(cut, b"stco", &format!("{STBL}/{expected}"));
    let wide = TestTrack { wide_offsets: true, ..track() };
    let wide = patched(progressive(&[wide], Order::HeaderFirst).0, b"co64", 16, u32::MAX);
    assert!(read_slice(&wide).unwrap_err().to_string().starts_with(&format!("{STBL}/co64 at byte ")));
}

#[test]
fn empty_samples_are_few() {
    let trun = full(b"trun", 0, 1, &words(&[4_000_000, 0]));
    let traf = boxed(b"traf", &[full(b"tfhd", 0, 0x02_0000, &words(&[1])), trun].concat());
    let trak = TestTrack::video(Vec::new()).trak(&[]);
    let mvex = boxed(b"mvex", &full(b"trex", 0, 0, &words(&[1, 1, 40, 0, 0])));
    let padding = boxed(b"free", &vec![0; 4_000_000]);
    let file = [ftyp(), moov(&[trak], &mvex, 0), boxed(b"moof", &traf), padding].concat();
    let expected = "moof[1]/traf[1]/trun[1] at byte @: goes beyond the 65536 empty samples a file may have";
    check(&file, b"trun", expected);
}

/// Two runs of one-byte samples, in a file of so many bytes that all of them could be there.
fn fragments_of(first: u32, second: u32, size: u64) -> Result<usize, ReadError> {
    let traf = |count| {
        let trun = full(b"trun", 0, 1, &words(&[count, 0]));
        boxed(b"moof", &boxed(b"traf", &[full(b"tfhd", 0, 0x02_0000, &words(&[1])), trun].concat()))
    };
    let trak = TestTrack::video(Vec::new()).trak(&[]);
    let mvex = boxed(b"mvex", &full(b"trex", 0, 0, &words(&[1, 1, 40, 1, 0])));
    let mut file = [ftyp(), moov(&[trak], &mvex, 0), traf(first), traf(second)].concat();
    // What fills the file is one box, of which no more than the head is asked for.
    let (rest, size) = (size - file.len() as u64, size as usize);
    file.extend([1u32.to_be_bytes(), *b"mdat"].concat());
    file.extend(rest.to_be_bytes());
    let movie = read_with(size as u64, |range| -> Result<Vec<u8>, ReadError> {
        let (start, end) = (range.start as usize, range.end as usize);
        let mut bytes = file.get(start..end.min(file.len())).unwrap_or_default().to_vec();
        bytes.resize(end - start, 0);
        Ok(bytes)
    })?;
    Ok(movie.tracks[0].samples.len())
}

#[test]
fn a_track_has_so_many_samples_and_no_more() {
    let most = MAX_TRACK_SAMPLES;
    assert_eq!(fragments_of(most - 1, 1, 1 << 30), Ok(most as usize));
    for (first, second, run) in [(most - 1, 2, 2), (1 << 24, 1, 1)] {
        let error = fragments_of(first, second, 1 << 40).unwrap_err();
        assert!(matches!(error, ReadError::TooManySamples { .. }), "{error}");
        let said = error.to_string();
        let together = u64::from(first) + if run == 2 { u64::from(second) } else { 0 };
        assert!(said.starts_with(&format!("moof[{run}]/traf[1]/trun[1] at byte ")), "{said}");
        assert!(
            said.ends_with(&format!("says {together} samples of a track, which may have {most}")),
            "{said}"
        );
    }
}

#[test]
fn boxes_that_do_not_fit() {
    for kind in [b"trak", b"mdia", b"stbl", b"stsz", b"avc1", b"avcC"] {
        let error = read_slice(&patched(file(), kind, 0, 1 << 30)).unwrap_err().to_string();
        let at = find(&file(), kind);
        assert!(
            error.contains(&format!("at byte {at}: says it has 1073741824 bytes, its parent has ")),
            "{error}"
        );
        let error = read_slice(&patched(file(), kind, 0, 7)).unwrap_err().to_string();
        assert!(error.contains(&format!("at byte {at}: says it has 7 bytes")), "{error}");
    }
    let moov = patched(file(), b"moov", 0, 1 << 30);
    let (end, size) = (find(&moov, b"moov") + (1 << 30), moov.len());
    check(&moov, b"moov", &format!("moov at byte @: says it ends at byte {end}, the file ends at {size}"));
    let late = patched(progressive(&[track()], Order::HeaderLast).0, b"mdat", 0, 5);
    check(&late, b"mdat", "mdat at byte @: says it has 5 bytes, less than its header");
}

#[test]
fn files_that_are_cut_anywhere_never_panic() {
    for order in [Order::HeaderFirst, Order::HeaderLast, Order::OpenEnd, Order::Large] {
        let file = progressive(&[track()], order).0;
        for length in 0..file.len() {
            assert!(read_slice(&file[..length]).is_err(), "{order:?} {length}");
        }
    }
}

#[test]
fn files_that_are_no_movie() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice();
    for other in [b"".as_slice(), b"ftyp", png, b"ID3\x04\0\0\0\0\0\0\0\0", &boxed(b"free", &[]), &[0; 64]] {
        assert_eq!(read_slice(other), Err(ReadError::NotIsoBmff), "{other:?}");
    }
    check(&ftyp(), b"ftyp", "moov at byte 20: the file has none");
    let open = [ftyp(), large(b"mdat", &[0; 100])].concat();
    check(&open, b"mdat", "moov at byte 136: the file has none");
    let expected = "mdat at byte @: says it ends at byte 136, the file ends at 130";
    check(&open[..130], b"mdat", expected);
    check(&[ftyp(), boxed(b"moof", &[])].concat(), b"moof", "moof[1] at byte @: comes before the moov");
}

#[test]
fn a_movie_header_beyond_the_bound_is_not_asked_for() {
    let mut reader = subclip_formats::mp4::read::Reader::new(1 << 40);
    let range = reader.wanted().unwrap().unwrap();
    let mut head =
        [ftyp(), [1u32.to_be_bytes(), *b"moov"].concat(), (1u64 << 32).to_be_bytes().to_vec()].concat();
    head.resize((range.end - range.start) as usize, 0);
    reader.feed(&head).unwrap();
    let error = reader.wanted().unwrap_err();
    assert_eq!(error.to_string(), "moov at byte 20: has 4294967296 bytes, 201326592 are allowed");
}

#[test]
fn kinds_that_are_refused() {
    let with_entry =
        |entry: Vec<u8>| progressive(&[TestTrack { entries: vec![entry], ..track() }], Order::HeaderFirst).0;
    let encrypted = with_entry(visual(b"encv", &[]));
    check(&encrypted, b"encv", &format!("{STBL}/stsd/encv at byte @: the media is encrypted"));
    let elsewhere = patched(file(), b"url ", 8, 0);
    let expected = "moov/trak[1]/mdia/minf/dinf/dref/url  at byte @: the media lies in another file";
    check(&elsewhere, b"url ", expected);
    let compressed = [ftyp(), boxed(b"moov", &boxed(b"cmov", &[]))].concat();
    check(&compressed, b"cmov", "moov/cmov at byte @: the movie header is compressed");
    assert!(matches!(read_slice(&compressed), Err(ReadError::Unsupported { .. })));
}

#[test]
fn headers_that_make_no_sense() {
    let no_scale = patched(file(), b"mvhd", 20, 0);
    check(&no_scale, b"mvhd", "moov/mvhd at byte @: says a timescale of zero");
    let no_scale = patched(file(), b"mdhd", 20, 0);
    check(&no_scale, b"mdhd", "moov/trak[1]/mdia/mdhd at byte @: says a timescale of zero");
    let no_sizes = patched(file(), b"stsz", 4, 0);
    let expected = read_slice(&no_sizes).unwrap_err().to_string();
    assert!(expected.ends_with(": has no stz2"), "{expected}");
    let config = patched(file(), b"avcC", 8, 0);
    let expected = format!("{STBL}/stsd/avc1/avcC at byte @: is not a version 1 AVC configuration");
    check(&config, b"avcC", &expected);
    let twice = progressive(&[track(), track()], Order::HeaderFirst).0;
    let error = read_slice(&twice).unwrap_err().to_string();
    assert!(error.starts_with("moov/trak[2] at byte ") && error.ends_with(": has track id 1 like another"));
}
