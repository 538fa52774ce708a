//! Stored indexes from any bytes. Checksums are not asked for when fuzzing, so that damage reaches the reader.

#![no_main]

use std::ops::Range;

use libfuzzer_sys::fuzz_target;
use subclip_formats::stored::{Head, decode, encode};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(head) = Head::decode(bytes) {
        assert_eq!(head.pages_for(0..u32::MAX), 0..head.page_count());
        for page in 0..head.page_count() {
            let Range { start, end } = head.page_bytes(page);
            let samples = head.page_samples(page);
            assert!(!samples.is_empty() && samples.end <= head.samples);
            if let Some(Ok(decoded)) =
                bytes.get(start as usize..end as usize).map(|bytes| head.decode_page(page, bytes))
            {
                assert_eq!(decoded.len(), samples.len());
                assert_eq!(decoded[0].pts, head.first_pts_of_page(page));
            }
            let _ = (head.uniform_pts(samples.start), head.uniform_pts(samples.end - 1));
        }
        for time in [i64::MIN, head.end_pts, i64::MAX] {
            assert!(head.page_at_pts(time) < head.page_count());
        }
    }
    if let Ok((track, index)) = decode(bytes) {
        let again = encode(&track, &index, 0);
        assert_eq!(decode(&again), Ok((track, index)));
    }
});
