//! Captions read, written and trimmed: golden files by hand, and what must hold of any bytes.

#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

use std::path::Path;

use proptest::prelude::*;
use subclip_core::{Time, Timescale};
use subclip_formats::captions::{Captions, Cue, parse_webvtt, read};

fn data(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/captions").join(name)).unwrap()
}

fn check(written: &str, golden: &str) {
    assert_eq!(written, String::from_utf8(data(golden)).unwrap(), "{golden}");
}

#[test]
fn files_are_written_as_the_golden_ones_say() {
    let film = read(&data("film.vtt")).unwrap();
    assert_eq!(film.language.as_deref(), Some("en"));
    check(&film.webvtt(), "film.written.vtt");
    check(&film.hls_segment(), "film.segment.vtt");
    check(&film.transcript(), "film.txt");
    check(&read(&data("film.srt")).unwrap().webvtt(), "film.srt.vtt");
}

#[test]
fn a_clip_is_written_as_it_was_cut_by_hand() {
    // From frame 75 to frame 252 at 30 fps: 2.5 s to 8.4 s.
    let frame = |number| Time::new(number, Timescale::new(30).unwrap());
    let clip = read(&data("film.vtt")).unwrap().trimmed(frame(75), frame(252));
    check(&clip.webvtt(), "film.clip.vtt");
}

fn line() -> impl Strategy<Value = String> {
    "[a-z<>&:. \u{e9}/\\{}0-9-]{0,12}".prop_map(|line| line.replace("-->", "->"))
}

fn cue() -> impl Strategy<Value = Cue> {
    let text = prop::collection::vec(line(), 1..4)
        .prop_map(|lines| lines.into_iter().map(|line| format!("x{line}")).collect::<Vec<_>>().join("\n"));
    let id = prop_oneof![Just(String::new()), "[a-z]{1,5}"];
    let settings = prop_oneof![Just(String::new()), Just("line:0 align:start".to_owned())];
    (id, 0..40_000_000_i64, 1..100_000_i64, settings, text).prop_map(
        |(id, start_ms, length_ms, settings, text)| Cue {
            id,
            start_ms,
            end_ms: start_ms + length_ms,
            settings,
            text,
        },
    )
}

fn captions() -> impl Strategy<Value = Captions> {
    prop::collection::vec(cue(), 0..20).prop_map(|mut cues| {
        cues.sort_by_key(|cue| cue.start_ms);
        let head = vec!["STYLE\n::cue { color: red }".to_owned()];
        Captions { language: None, head, cues }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(captions in captions()) {
        prop_assert_eq!(parse_webvtt(&captions.webvtt()), Some(captions.clone()));
        prop_assert_eq!(read(captions.hls_segment().as_bytes()), Ok(captions));
    }

    #[test]
    fn a_part_holds_what_is_shown_in_it_and_nothing_else(
        captions in captions(), start in 0..1_200_000_i64, length in 1..600_000_i64,
    ) {
        let frame = |number| Time::new(number, Timescale::new(30).unwrap());
        let (from, to) = (frame(start), frame(start + length));
        let part = captions.trimmed(from, to);
        // A naive viewer of the whole film sees what one of the part does.
        let on_screen = |of: &Captions, ms: i64| -> Vec<String> {
            let shown = of.cues.iter().filter(|cue| (cue.start_ms..cue.end_ms).contains(&ms));
            shown.map(|cue| cue.text.clone()).collect()
        };
        let shift_ms = from.round_to(Timescale::MILLISECONDS);
        let length_ms = to.floor_to(Timescale::MILLISECONDS) - shift_ms;
        for ms in captions.cues.iter().flat_map(|cue| [cue.start_ms - 1, cue.start_ms, cue.end_ms - 1, cue.end_ms]) {
            let ms = ms - shift_ms;
            if (1..length_ms - 1).contains(&ms) {
                prop_assert_eq!(on_screen(&part, ms), on_screen(&captions, ms + shift_ms));
            }
        }
        for cue in &part.cues {
            prop_assert!(cue.start_ms >= 0 && cue.start_ms < cue.end_ms);
            prop_assert!(cue.end_ms <= length_ms);
        }
        prop_assert_eq!(parse_webvtt(&part.webvtt()), Some(part));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_text_that_is_read_is_written_well(
        start in prop_oneof![Just("WEBVTT\n\n"), Just("")],
        lines in prop::collection::vec(prop_oneof![
            Just(String::new()), Just("00:01.000 --> 00:02.000".to_owned()), Just("1".to_owned()),
            Just("00:00:01,500 --> 00:00:05,000 line:1".to_owned()), Just("STYLE".to_owned()), line(),
        ], 0..30),
    ) {
        let text = format!("{start}{}", lines.join("\n"));
        if let Ok(captions) = read(text.as_bytes()) {
            prop_assert_eq!(parse_webvtt(&captions.webvtt()), Some(Captions { language: None, ..captions }));
        }
    }
}
