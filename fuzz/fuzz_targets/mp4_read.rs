//! MP4, MOV and fragmented MP4 from any bytes, and on into the stored index.

#![no_main]

use libfuzzer_sys::fuzz_target;
use subclip_formats::mp4::read::{conforming, read_slice};
use subclip_formats::stored;

fuzz_target!(|file: &[u8]| {
    let movie = match read_slice(file) {
        Ok(movie) => movie,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    for track in &movie.tracks {
        match conforming(track) {
            Ok((track, index)) => {
                assert!(index.samples.iter().all(|sample| sample.bytes().end <= file.len() as u64));
                let bytes = stored::encode(&track, &index, 0);
                assert_eq!(stored::decode(&bytes), Ok((track, index)));
            }
            Err(reasons) => assert!(reasons.iter().all(|reason| !reason.to_string().is_empty())),
        }
    }
});
