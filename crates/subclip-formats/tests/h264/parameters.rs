//! Parameter sets of many encoder configurations, against what FFmpeg reads from them.

use std::collections::BTreeMap;

use subclip_formats::h264::{ChromaFormat, DecoderConfig, Parameters, Pps, Sps, Vui, conforms};

use super::table::{Record, record, records};

type Elements = BTreeMap<String, String>;

#[test]
fn every_element_is_read_as_by_ffmpeg() {
    let records = records();
    assert!(records.len() > 45, "the table is read whole");
    for Record { name, bytes, elements } in records {
        let parameters = Parameters::of_record(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut read = of_sps(&parameters.sps);
        read.append(&mut of_pps(&parameters.pps));
        assert_eq!(read, elements, "{name}");
    }
}

#[test]
fn records_are_written_back_as_they_were() {
    for Record { name, bytes, .. } in records() {
        assert_eq!(DecoderConfig::parse(&bytes).unwrap().write(), bytes, "{name}");
    }
}

#[test]
fn what_does_not_conform_says_why() {
    let expected: &[(&str, &[&str])] = &[
        ("interlaced", &["it is coded as interlaced video"]),
        ("fake_interlaced", &["it is coded as interlaced video"]),
        (
            "high10",
            &[
                "its H.264 profile is High 10 instead of Baseline, Main or High",
                "it has 10 bits per sample instead of 8",
            ],
        ),
        (
            "high422",
            &[
                "its H.264 profile is High 4:2:2 instead of Baseline, Main or High",
                "its chroma format is 4:2:2 instead of 4:2:0",
            ],
        ),
        (
            "high422_10",
            &[
                "its H.264 profile is High 4:2:2 instead of Baseline, Main or High",
                "its chroma format is 4:2:2 instead of 4:2:0",
                "it has 10 bits per sample instead of 8",
            ],
        ),
        (
            "high444",
            &[
                "its H.264 profile is High 4:4:4 Predictive instead of Baseline, Main or High",
                "its chroma format is 4:4:4 instead of 4:2:0",
            ],
        ),
        (
            "high444_scaling",
            &[
                "its H.264 profile is High 4:4:4 Predictive instead of Baseline, Main or High",
                "its chroma format is 4:4:4 instead of 4:2:0",
            ],
        ),
        ("lossless", &["its H.264 profile is High 4:4:4 Predictive instead of Baseline, Main or High"]),
        ("monochrome", &["its chroma format is monochrome instead of 4:2:0"]),
    ];
    let expected: BTreeMap<&str, &[&str]> = expected.iter().copied().collect();
    let mut failing = 0;
    for Record { name, bytes, .. } in records() {
        let reasons = conforms(&Parameters::of_record(&bytes).unwrap()).err().unwrap_or_default();
        let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        assert_eq!(reasons, expected.get(name.as_str()).copied().unwrap_or_default(), "{name}");
        failing += usize::from(!reasons.is_empty());
    }
    assert_eq!(failing, expected.len(), "every name is in the table");
}

#[test]
fn rates_and_delays_are_derived() {
    let of = |name| Parameters::of_record(&record(name)).unwrap();
    assert_eq!(of("default").frame_rate(), Some((25, 1)));
    assert_eq!(of("ntsc").frame_rate(), Some((30_000, 1001)));
    assert_eq!(of("car_detection").frame_rate(), Some((25, 2)));
    assert_eq!(of("crystal").frame_rate(), None);

    assert_eq!(of("default").num_reorder_frames(), Some(2));
    assert_eq!(of("baseline").num_reorder_frames(), Some(0));
    assert_eq!(of("intra_only").num_reorder_frames(), Some(0), "shown in the order of decoding");
    assert_eq!(of("crystal").num_reorder_frames(), None);

    assert_eq!(of("aspect_extended").pixel_aspect(), (64, 45));
    assert_eq!(of("aspect_unspecified").pixel_aspect(), (1, 1));
    assert_eq!((of("own_id").sps_ids(), of("own_id").pps_ids()), (vec![7], vec![7]));
}

fn of_sps(sps: &Sps) -> Elements {
    let mut out = Elements::new();
    let mut put = |name: &str, value: i64| {
        out.insert(name.to_owned(), value.to_string());
    };
    put("profile_idc", sps.profile_idc.into());
    put("constraint_flags", sps.constraint_flags.into());
    put("level_idc", sps.level_idc.into());
    put("seq_parameter_set_id", sps.id.into());
    if !matches!(sps.profile_idc, 66 | 77 | 88) {
        let chroma =
            [ChromaFormat::Monochrome, ChromaFormat::Yuv420, ChromaFormat::Yuv422, ChromaFormat::Yuv444];
        let idc = chroma.iter().position(|&format| format == sps.chroma_format).unwrap();
        put("chroma_format_idc", idc as i64);
        put("bit_depth_luma_minus8", i64::from(sps.bit_depth_luma) - 8);
        put("bit_depth_chroma_minus8", i64::from(sps.bit_depth_chroma) - 8);
        put("seq_scaling_matrix_present_flag", sps.scaling_matrix.into());
    }
    put("log2_max_frame_num_minus4", i64::from(sps.log2_max_frame_num) - 4);
    put("pic_order_cnt_type", sps.poc_type.into());
    if let Some(bits) = sps.log2_max_poc_lsb {
        put("log2_max_pic_order_cnt_lsb_minus4", i64::from(bits) - 4);
    }
    put("max_num_ref_frames", sps.max_num_ref_frames.into());
    put("gaps_in_frame_num_allowed_flag", sps.frame_num_gaps.into());
    put("frame_mbs_only_flag", sps.progressive.into());
    put("direct_8x8_inference_flag", sps.direct_8x8_inference.into());
    put("width", sps.width.into());
    put("height", sps.height.into());
    if let Some(vui) = &sps.vui {
        out.append(&mut of_vui(vui));
    }
    out
}

fn of_vui(vui: &Vui) -> Elements {
    let mut out = Elements::new();
    if let Some((width, height)) = vui.sample_aspect {
        out.insert("sample_aspect".to_owned(), format!("{width}:{height}"));
    }
    let mut put = |name: &str, value: i64| {
        out.insert(name.to_owned(), value.to_string());
    };
    if let Some(colour) = vui.colour {
        put("video_format", colour.video_format.into());
        put("video_full_range_flag", colour.full_range.into());
        if let Some((primaries, transfer, matrix)) = colour.description {
            put("colour_primaries", primaries.into());
            put("transfer_characteristics", transfer.into());
            put("matrix_coefficients", matrix.into());
        }
    }
    if let Some((top, bottom)) = vui.chroma_location {
        put("chroma_sample_loc_type_top_field", top.into());
        put("chroma_sample_loc_type_bottom_field", bottom.into());
    }
    if let Some(timing) = vui.timing {
        put("num_units_in_tick", timing.num_units_in_tick.into());
        put("time_scale", timing.time_scale.into());
        put("fixed_frame_rate_flag", timing.fixed.into());
    }
    put("nal_hrd_parameters_present_flag", vui.nal_hrd.into());
    put("vcl_hrd_parameters_present_flag", vui.vcl_hrd.into());
    put("pic_struct_present_flag", vui.pic_struct.into());
    if let Some(frames) = vui.num_reorder_frames {
        put("max_num_reorder_frames", frames.into());
    }
    if let Some(frames) = vui.max_dec_frame_buffering {
        put("max_dec_frame_buffering", frames.into());
    }
    out
}

fn of_pps(pps: &Pps) -> Elements {
    let elements: [(&str, i64); 15] = [
        ("pic_parameter_set_id", pps.id.into()),
        ("entropy_coding_mode_flag", pps.cabac.into()),
        ("num_slice_groups_minus1", i64::from(pps.slice_groups) - 1),
        ("num_ref_idx_l0_default_active_minus1", i64::from(pps.num_ref_idx_default.0) - 1),
        ("num_ref_idx_l1_default_active_minus1", i64::from(pps.num_ref_idx_default.1) - 1),
        ("weighted_pred_flag", pps.weighted_pred.into()),
        ("weighted_bipred_idc", pps.weighted_bipred_idc.into()),
        ("pic_init_qp_minus26", i64::from(pps.pic_init_qp) - 26),
        ("chroma_qp_index_offset", pps.chroma_qp_index_offset.into()),
        ("second_chroma_qp_index_offset", pps.second_chroma_qp_index_offset.into()),
        ("deblocking_filter_control_present_flag", pps.deblocking_control.into()),
        ("constrained_intra_pred_flag", pps.constrained_intra_pred.into()),
        ("redundant_pic_cnt_present_flag", pps.redundant_pictures.into()),
        ("transform_8x8_mode_flag", pps.transform_8x8.into()),
        ("pic_scaling_matrix_present_flag", pps.scaling_matrix.into()),
    ];
    elements.map(|(name, value)| (name.to_owned(), value.to_string())).into_iter().collect()
}
