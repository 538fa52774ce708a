//! Parameter sets, decoder configuration records and heads of samples, from any bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use subclip_formats::h264::{
    ChromaFormat, DecoderConfig, Parameters, Pps, Sps, conforms, first_slice, free_id, in_band_sets, merge,
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(parameters) = Parameters::of_record(bytes) {
        let _ = conforms(&parameters)
            .map_err(|reasons| reasons.iter().map(ToString::to_string).collect::<String>());
        let _ = (parameters.frame_rate(), parameters.num_reorder_frames(), parameters.pixel_aspect());
        let merged = merge(&[bytes]);
        if let Ok(merged) = &merged {
            let again = Parameters::of_record(merged).expect("a merged record can be read");
            assert_eq!(again.sps, parameters.sps);
            assert_eq!(merge(&[merged, bytes]).as_ref(), Ok(merged));
        }
        if let Some(id) = free_id(&[bytes]) {
            assert!(!parameters.sps_ids().contains(&id) && !parameters.pps_ids().contains(&id));
        }
    }
    if let Ok(config) = DecoderConfig::parse(bytes) {
        assert_eq!(config.write(), bytes);
        let _ = in_band_sets(bytes, bytes.len() as u32, &config);
        for nal in &config.sps {
            let _ = in_band_sets(nal, u32::MAX, &config);
        }
    }
    let _ = Sps::parse(bytes);
    for chroma in [ChromaFormat::Yuv420, ChromaFormat::Yuv444] {
        let _ = Pps::parse(bytes, chroma);
    }
    for length_size in 0..6 {
        let _ = first_slice(bytes, length_size, bytes.len() as u32);
        let _ = first_slice(bytes, length_size, u32::MAX);
    }
});
