//! Media segments.

use mp4_atom::{Decode, Moof};
use subclip_formats::mp4::write::{Placed, segment_header};

use super::fixtures::{gop, packets};
use super::golden;

#[test]
fn golden_bytes() {
    golden::check("write_segment_video.txt", &segment_header(7, &gop()).bytes);
    golden::check("write_segment_audio.txt", &segment_header(1, &packets(5_000_000_000, 3)).bytes);
}

/// Reads the header back with a parser that is not ours and compares everything that was placed.
fn check(samples: &[Placed], per_sample_bytes: usize) {
    let header = segment_header(3, samples);
    let mut rest = header.bytes.as_slice();
    let moof = Moof::decode(&mut rest).unwrap();
    let moof_size = header.bytes.len() - rest.len();
    let media_bytes: u64 = samples.iter().map(|sample| u64::from(sample.size)).sum();
    assert_eq!(rest, mdat(media_bytes));
    assert_eq!(header.size, header.bytes.len() as u64 + media_bytes);

    let [traf] = &moof.traf[..] else { panic!() };
    let [trun] = &traf.trun[..] else { panic!() };
    assert!(traf.tfhd.default_base_is_moof && traf.tfhd.base_data_offset.is_none());
    assert_eq!((moof.mfhd.sequence_number, traf.tfhd.track_id), (3, 1));
    assert_eq!(trun.data_offset, Some(header.bytes.len() as i32));
    // moof 8, mfhd 16, traf 8, tfhd 16, tfdt 20, trun 20: whatever is beyond was told per sample or by default.
    let defaults =
        [traf.tfhd.default_sample_duration, traf.tfhd.default_sample_size, traf.tfhd.default_sample_flags];
    let defaults = 4 * defaults.iter().flatten().count();
    let first_flags = moof_size - 88 - defaults - per_sample_bytes * samples.len();
    assert!(first_flags == 0 || first_flags == 4, "{first_flags} bytes too many");

    let mut dts = traf.tfdt.as_ref().unwrap().base_media_decode_time as i64;
    let mut read = Vec::new();
    for entry in &trun.samples {
        let duration = entry.duration.or(traf.tfhd.default_sample_duration).unwrap();
        let flags = entry.flags.or(traf.tfhd.default_sample_flags).unwrap();
        assert!(flags == 0x0200_0000 || flags == 0x0101_0000, "{flags:x}");
        read.push(Placed {
            dts,
            duration,
            composition_offset: entry.cts.unwrap_or(0) as i32,
            size: entry.size.or(traf.tfhd.default_sample_size).unwrap(),
            sync: flags == 0x0200_0000,
        });
        dts += i64::from(duration);
    }
    assert_eq!(read, samples);
}

fn mdat(media_bytes: u64) -> Vec<u8> {
    match u32::try_from(media_bytes + 8) {
        Ok(size) => [&size.to_be_bytes()[..], b"mdat"].concat(),
        Err(_) => [&[0, 0, 0, 1][..], b"mdat", &(media_bytes + 16).to_be_bytes()].concat(),
    }
}

#[test]
fn what_all_samples_share_is_told_once() {
    check(&gop(), 8);
    check(&gop()[..1], 4);
    check(&packets(0, 50), 0);
    let with = |change: &dyn Fn(usize, &mut Placed)| {
        let mut samples = packets(1 << 40, 4);
        samples.iter_mut().enumerate().for_each(|(n, sample)| change(n, sample));
        samples
    };
    check(&with(&|n, sample| sample.size = n as u32), 4);
    check(&with(&|n, sample| sample.sync = n == 0), 0);
    check(&with(&|n, sample| sample.sync = n != 0), 0);
    check(&with(&|n, sample| sample.sync = n % 2 == 0), 4);
    check(&with(&|n, sample| sample.composition_offset = n as i32), 4);
    check(&with(&|n, sample| sample.composition_offset = 1 - n as i32), 4);
    check(&with(&|n, sample| sample.duration += u32::from(n == 3)), 4);
}

#[test]
fn media_beyond_32_bits_get_a_wide_mdat() {
    let mut samples = packets(0, 2);
    (samples[0].size, samples[1].size) = (u32::MAX - 8, 0);
    check(&samples, 4);
    samples[1].size = 1;
    check(&samples, 4);
    assert_eq!(
        segment_header(1, &samples).size,
        u64::from(u32::MAX) - 7 + segment_header(1, &samples).bytes.len() as u64
    );
}
