//! What joins rest on: merged records, free ids, and the parameter sets that samples carry themselves.

use proptest::prelude::*;
use subclip_formats::h264::{
    DecoderConfig, FirstSlice, InBandError, InBandSet, MergeError, Parameters, ParseError, Pps, Reason,
    SetKind, Sps, conforms, first_slice, free_id, in_band_sets, merge,
};

use super::made::{Bits, pps, record_of, sps};
use super::table::{record, records};

#[test]
fn merges_a_source_with_its_edge() {
    let (source, edge) = (record("default"), record("own_id"));
    let merged = merge(&[&source, &edge]).unwrap();
    let config = DecoderConfig::parse(&merged).unwrap();
    let parts = [&source, &edge].map(|record| DecoderConfig::parse(record).unwrap());
    assert_eq!(config.sps, [parts[0].sps[0], parts[1].sps[0]]);
    assert_eq!(config.pps, [parts[0].pps[0], parts[1].pps[0]]);
    assert_eq!((config.profile, config.compatibility, config.level), (100, 0, 13));
    assert_eq!(config.extension.unwrap().chroma_format, 1);
    let parameters = Parameters::of_record(&merged).unwrap();
    assert_eq!((parameters.sps_ids(), parameters.pps_ids()), (vec![0, 7], vec![0, 7]));
    assert_eq!(conforms(&parameters), Err(vec![Reason::SeveralSps(2)]));
}

#[test]
fn equal_records_stay_one() {
    for row in records() {
        let merged = merge(&[&row.bytes, &row.bytes, &row.bytes]).unwrap();
        let (have, want) =
            (DecoderConfig::parse(&merged).unwrap(), DecoderConfig::parse(&row.bytes).unwrap());
        assert_eq!((have.sps, have.pps), (want.sps, want.pps), "{}", row.name);
        assert_eq!(merge(&[&merged]).unwrap(), merged, "{}", row.name);
    }
}

#[test]
fn the_level_rises_and_common_flags_stay() {
    let edge = record("own_id");
    let (level, flags) = (record("level_forced"), record("main"));
    let head = |records: &[&[u8]]| merge(records).unwrap()[1..4].to_vec();
    let other = |record: &[u8], id: u32| {
        let mut out = record_of(4, &[sps(id)], &[pps(id, id, 0)]);
        out[1..4].copy_from_slice(&record[1..4]);
        out
    };
    assert_eq!(head(&[&edge, &level]), [100, 0, 62]);
    assert_eq!(head(&[&level, &edge]), [100, 0, 62]);
    assert_eq!(head(&[&flags, &other(&flags, 4)]), [77, 0x40, 13]);
    assert_eq!(head(&[&flags, &edge]), [77, 0, 13], "the first one's profile, the flags of both");
}

#[test]
fn what_cannot_be_one_record_is_refused() {
    let check = |records: &[&[u8]], expected: MergeError| assert_eq!(merge(records), Err(expected));
    let one = |all_sps: &[Vec<u8>], all_pps: &[Vec<u8>]| record_of(4, all_sps, all_pps);
    let plain = one(&[sps(0)], &[pps(0, 0, 0)]);

    check(&[], MergeError::Nothing);
    let conflict = MergeError::Conflict { kind: SetKind::Sequence, id: 0 };
    check(&[&record("default"), &record("high_strict_pyramid")], conflict);
    let conflict = MergeError::Conflict { kind: SetKind::Picture, id: 0 };
    check(&[&record("default"), &record("stitchable")], conflict.clone());
    check(&[&plain, &one(&[sps(1)], &[pps(0, 1, 0)])], conflict.clone());
    check(&[&one(&[sps(0)], &[pps(0, 0, 0), pps(0, 0, 1)])], conflict);
    check(&[&plain, &record_of(2, &[sps(1)], &[pps(1, 1, 0)])], MergeError::NalLengthSize(4, 2));
    check(&[&record("own_id"), &record("high10")], MergeError::SampleFormat);
    check(&[&record("own_id"), &record("monochrome")], MergeError::SampleFormat);
    check(
        &[&plain, &plain[..9]],
        MergeError::Record { record: 1, error: ParseError::Truncated("sequenceParameterSetNALUnit") },
    );

    let pictures = |ids: std::ops::Range<u32>| -> Vec<Vec<u8>> { ids.map(|id| pps(id, 0, 0)).collect() };
    let sequences = |ids: std::ops::Range<u32>| -> Vec<Vec<u8>> { ids.map(sps).collect() };
    check(
        &[&one(&[sps(0)], &pictures(0..255)), &one(&[sps(0)], &pictures(255..256))],
        MergeError::TooMany(SetKind::Picture),
    );
    check(
        &[&one(&sequences(0..31), &[]), &one(&sequences(31..32), &[])],
        MergeError::TooMany(SetKind::Sequence),
    );
    assert!(merge(&[&one(&sequences(0..15), &[]), &one(&sequences(10..31), &[])]).is_ok());
}

#[test]
fn a_conflict_reads_as_a_sentence() {
    let error = merge(&[&record("default"), &record("stitchable")]).unwrap_err();
    assert_eq!(error.to_string(), "two different picture parameter sets claim id 0");
}

#[test]
fn the_lowest_id_free_for_both_kinds() {
    let with = |sps_ids: &[u32], pps_ids: &[u32]| {
        let all_pps: Vec<Vec<u8>> = pps_ids.iter().map(|&id| pps(id, 0, 0)).collect();
        record_of(4, &sps_ids.iter().map(|&id| sps(id)).collect::<Vec<_>>(), &all_pps)
    };
    assert_eq!(free_id(&[]), Some(0));
    assert_eq!(free_id(&[&with(&[0], &[0])]), Some(1));
    assert_eq!(free_id(&[&with(&[0, 2], &[1, 4, 200])]), Some(3));
    assert_eq!(free_id(&[&with(&[1], &[1]), &with(&[0], &[2])]), Some(3));
    assert_eq!(free_id(&[&with(&[0], &(0..32).collect::<Vec<_>>())]), None);
    assert_eq!(free_id(&[&[1, 2, 3]]), None, "what can't be read may have any id");
    let (source, edge) = (record("default"), record("own_id"));
    assert_eq!(free_id(&[&source, &edge]), Some(1));
}

#[test]
fn reads_what_no_common_encoder_writes() {
    // Baseline with each kind of slice group map, and redundant pictures.
    let maps: [fn(Bits) -> Bits; 7] = [
        |bits| bits.ue([0, 9, 9, 9]),
        |bits| bits.ue([1]),
        |bits| bits.ue([2, 0, 5, 6, 9]),
        |bits| bits.ue([3]).u(1, 1).ue([7]),
        |bits| bits.ue([4]).u(1, 1).ue([7]),
        |bits| bits.ue([5]).u(1, 1).ue([7]),
        |bits| bits.ue([6, 7]).u(16, 0x1b1b),
    ];
    for (kind, map) in maps.into_iter().enumerate() {
        let bits = map(Bits::default().ue([3, 0]).u(2, 0).ue([2]));
        let nal = bits.ue([0, 0]).u(3, 0).se([-26, 25, -12]).u(3, 0b001).nal(0x68);
        let record = record_of(4, &[sps(0)], &[pps(0, 0, 0), nal]);
        let parameters = Parameters::of_record(&record).unwrap();
        let odd = &parameters.all_pps[1];
        assert_eq!(
            (odd.id, odd.slice_groups, odd.pic_init_qp, odd.chroma_qp_index_offset),
            (3, 3, 0, -12),
            "{kind}"
        );
        let reasons = conforms(&parameters).unwrap_err();
        assert_eq!(reasons, [Reason::SliceGroups(3), Reason::RedundantPictures], "{kind}");
    }

    // Picture order counted in a cycle, fields, cropping on every side, both kinds of HRD.
    let bits = Bits::default().u(24, 0x58_00_1e).ue([5, 0, 1]).u(1, 0).se([-3, 1 << 20]).ue([2]).se([4, -4]);
    let bits = bits.ue([1]).u(1, 1).ue([9, 4]).u(4, 0b0111).ue([1, 2, 3, 4]);
    let hrd = |bits: Bits| bits.ue([1]).u(8, 0).ue([100, 200]).u(1, 0).ue([1 << 30, 7]).u(1, 1).u(20, 0);
    let bits = hrd(hrd(bits.u(1, 1).u(5, 0).u(1, 1)).u(1, 1)).u(1, 0).u(2, 0b10);
    let sps = Sps::parse(&bits.nal(0x67)).unwrap();
    assert_eq!((sps.id, sps.poc_type, sps.log2_max_poc_lsb, sps.max_num_ref_frames), (5, 1, None, 1));
    assert_eq!((sps.width, sps.height, sps.progressive), (160 - 3 * 2, 160 - 7 * 4, false));
    let vui = sps.vui.unwrap();
    assert!(vui.nal_hrd && vui.vcl_hrd && vui.pic_struct);
    assert!(sps.frame_num_gaps);
}

#[test]
fn impossible_sets_are_refused() {
    let check = |nal: Vec<u8>, name: &'static str| {
        assert_eq!(Sps::parse(&nal).unwrap_err(), ParseError::OutOfRange(name));
    };
    let head = || Bits::default().u(24, 0x4d_40_1e);
    check(head().ue([32]).nal(0x67), "seq_parameter_set_id");
    check(head().ue([0, 13]).nal(0x67), "log2_max_frame_num_minus4");
    check(head().ue([0, 0, 3]).nal(0x67), "pic_order_cnt_type");
    check(head().ue([0, 0, 2, 17]).nal(0x67), "max_num_ref_frames");
    check(head().ue([0, 0, 2, 1]).u(1, 0).ue([4096]).nal(0x67), "pic_width_in_mbs_minus1");
    let whole_picture = head().ue([0, 0, 2, 1]).u(1, 0).ue([0, 0]).u(3, 0b111).ue([4, 4, 0, 0]).u(1, 0);
    check(whole_picture.nal(0x67), "frame_crop_offset");

    let orphan = record_of(4, &[sps(0)], &[pps(0, 1, 0)]);
    assert_eq!(Parameters::of_record(&orphan), Err(ParseError::Missing("sequence parameter set")));
    let bare = record_of(4, &[sps(0)], &[]);
    assert_eq!(Parameters::of_record(&bare), Err(ParseError::Missing("picture parameter set")));
}

/// A sample: each NAL unit behind its length.
fn sample(length_size: usize, units: &[&[u8]]) -> Vec<u8> {
    let unit = |nal: &&[u8]| [&(nal.len() as u32).to_be_bytes()[4 - length_size..], nal].concat();
    units.iter().flat_map(unit).collect()
}

const DELIMITER: &[u8] = &[9, 0xf0];
const MESSAGE: &[u8] = &[6, 5, 1, 0, 0x80];

#[test]
fn the_first_slice_tells() {
    let idr: &[u8] = &[&[0x65][..], &[7; 200]].concat();
    let cases: &[(&[&[u8]], FirstSlice)] = &[
        (&[idr], FirstSlice::Idr),
        (&[DELIMITER, MESSAGE, &sps(0), &pps(0, 0, 0), idr, &[0x41, 1]], FirstSlice::Idr),
        (&[DELIMITER, &[0x41, 1], idr], FirstSlice::NotIdr),
        (&[&[2, 1]], FirstSlice::NotIdr),
        (&[&[], &[0x01]], FirstSlice::NotIdr),
        (&[DELIMITER, MESSAGE], FirstSlice::Broken),
        (&[&[0x85, 1]], FirstSlice::Broken),
        (&[], FirstSlice::Broken),
    ];
    for length_size in [1, 2, 3, 4] {
        for (units, expected) in cases {
            let bytes = sample(length_size, units);
            assert_eq!(first_slice(&bytes, length_size as u8, bytes.len() as u32), *expected, "{units:?}");
        }
    }
    assert_eq!(first_slice(&[0; 9], 0, 9), FirstSlice::Broken);
    assert_eq!(first_slice(&[0; 9], 5, 9), FirstSlice::Broken);
    assert_eq!(first_slice(&[0, 0, 0, 9, 0x65], 4, 12), FirstSlice::Broken, "longer than the sample");
    assert_eq!(first_slice(&[0xff; 9], 4, u32::MAX), FirstSlice::Broken);
    // A unit that ends just so that the next length would reach the end of the largest sample.
    let near_the_end = [&(u32::MAX - 8).to_be_bytes()[..], &[6, 5, 1]].concat();
    let all = FirstSlice::NeedMore { at_least_bytes: u32::MAX };
    assert_eq!(first_slice(&near_the_end, 4, u32::MAX), all);
}

#[test]
fn a_short_prefix_asks_for_more_until_it_is_enough() {
    let message: &[u8] = &[&[6][..], &[1; 3000]].concat();
    let bytes = sample(4, &[DELIMITER, message, &[0x65, 1, 2, 3]]);
    let mut have = 0;
    let mut asked = Vec::new();
    let found = loop {
        match first_slice(&bytes[..have], 4, bytes.len() as u32) {
            FirstSlice::NeedMore { at_least_bytes } => {
                assert!(at_least_bytes as usize > have && at_least_bytes as usize <= bytes.len());
                have = at_least_bytes as usize;
                asked.push(have);
            }
            found => break found,
        }
    };
    assert_eq!((found, asked), (FirstSlice::Idr, vec![5, 11, 6 + 4 + 3001 + 5]));
}

#[test]
fn sets_in_samples_are_compared_with_the_record() {
    let record = record_of(4, &[sps(0)], &[pps(0, 0, 0), pps(1, 0, 0)]);
    let config = DecoderConfig::parse(&record).unwrap();
    let found = |units: &[&[u8]]| {
        let bytes = sample(4, units);
        in_band_sets(&bytes, bytes.len() as u32, &config)
    };
    let slice: &[u8] = &[0x65, 1, 2, 3];
    let set = |kind, id, replaces| InBandSet { kind, id, replaces };
    let padded = [&sps(0)[..], &[0, 0]].concat();
    assert_eq!(found(&[DELIMITER, &padded, &pps(1, 0, 0), slice]), Ok(vec![]), "as in the record");
    assert_eq!(found(&[&pps(1, 0, 5), slice]), Ok(vec![set(SetKind::Picture, 1, true)]));
    assert_eq!(
        found(&[&sps(2), &pps(2, 2, 0), &pps(2, 2, 0), slice]),
        Ok(vec![set(SetKind::Sequence, 2, false), set(SetKind::Picture, 2, false)])
    );
    assert_eq!(found(&[slice, &pps(1, 0, 5)]), Ok(vec![]), "only the head of the sample is looked at");
    assert_eq!(found(&[&[0x68], slice]), Err(InBandError::Broken));
    assert_eq!(found(&[DELIMITER]), Err(InBandError::Broken));

    let bytes = sample(4, &[&pps(1, 0, 5), slice]);
    let set_end = 4 + pps(1, 0, 5).len() as u32;
    for (have, need) in [(0, 5), (5, set_end), (set_end, set_end + 5)] {
        let error = InBandError::NeedMore { at_least_bytes: need };
        assert_eq!(in_band_sets(&bytes[..have as usize], bytes.len() as u32, &config), Err(error));
    }
}

/// Everything that reads bytes, on any bytes.
fn read_all(bytes: &[u8]) {
    let _ = (Parameters::of_record(bytes).map(|parameters| conforms(&parameters)), free_id(&[bytes]));
    let _ = (Sps::parse(bytes), Pps::sps_id_of(bytes), merge(&[bytes, bytes]));
    for length_size in 0..6 {
        let _ = first_slice(bytes, length_size, bytes.len() as u32 + 9);
    }
    if let Ok(config) = DecoderConfig::parse(bytes) {
        assert_eq!(config.write(), bytes);
        let _ = in_band_sets(bytes, u32::MAX, &config);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0..3usize) {
        if let Some(first) = bytes.first_mut() {
            *first = [0x67, 0x68, 1][kind];
        }
        read_all(&bytes);
    }

    #[test]
    fn damaged_records_are_read_or_refused(
        row in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<prop::sample::Index>(),
    ) {
        let records = records();
        let mut bytes = records[row.index(records.len())].bytes.clone();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        read_all(&bytes);
        read_all(&bytes[..end.index(bytes.len())]);
    }
}
