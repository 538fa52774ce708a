//! Captions from any bytes: what is read is written so that it reads the same, and a part of it lies within its bounds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use subclip_core::{Time, Timescale};
use subclip_formats::captions::{Captions, parse_webvtt, read};

fuzz_target!(|bytes: &[u8]| {
    let Ok(captions) = read(bytes) else { return };
    let captions = Captions { language: None, ..captions };
    assert_eq!(parse_webvtt(&captions.webvtt()).as_ref(), Some(&captions));
    let _ = captions.transcript();
    let third = |of: i64| Time::new(of, Timescale::new(3000).expect("not zero"));
    let end_ms = captions.end_ms();
    let part = captions.trimmed(third(end_ms), third(2 * end_ms));
    assert!(part.cues.iter().all(|cue| 0 <= cue.start_ms && cue.start_ms < cue.end_ms));
    assert!(part.end_ms() <= end_ms);
    assert_eq!(parse_webvtt(&part.webvtt()), Some(part));
});
