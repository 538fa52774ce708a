//! Why a file was not taken as it is, in Mux's terms as far as it has one.

use subclip_app::{Input, InputTrack, Oddity};

use crate::mux::wire::NonStandardInputReasons as Reasons;

/// The reasons, for an input that had to be converted; what Mux has no term for is the catch-all.
pub(super) fn non_standard(input: &Input) -> Option<Reasons> {
    let file = input.file.as_ref().filter(|file| !file.not_conforming.is_empty())?;
    let mut reasons = Reasons::default();
    for track in &file.tracks {
        match track.medium.as_str() {
            "video" => of_pictures(track, &mut reasons),
            "audio" if track.codec != "aac" => reasons.audio_codec = Some(track.codec.clone()),
            _ => {}
        }
    }
    for oddity in &file.oddities {
        match oddity {
            Oddity::LongGop => reasons.video_gop_size = Some("high"),
            // What is heavy because it is long is only long.
            Oddity::HeavyGop if file.oddities.contains(&Oddity::LongGop) => {}
            Oddity::HeavyGop => reasons.video_bitrate = Some("high"),
            Oddity::VideoEdits => reasons.video_edit_list = Some("non-standard"),
            Oddity::AudioEdits => reasons.audio_edit_list = Some("non-standard"),
        }
    }
    if reasons == Reasons::default() {
        reasons.unexpected_media_file_parameters = Some("non-standard");
    }
    // Non-standard to Mux, yet never why a file was converted here: it takes no other reason's place.
    reasons.pixel_aspect_ratio = file.tracks.iter().find_map(pixel_aspect_ratio);
    Some(reasons)
}

fn of_pictures(track: &InputTrack, reasons: &mut Reasons) {
    if track.codec != "h264" {
        reasons.video_codec = Some(track.codec.clone());
    }
    if let Some(rate) = track.frame_rate.filter(|rate| !(5.0..=120.0).contains(rate)) {
        reasons.video_frame_rate = Some(rate.to_string());
    }
    if let (Some(width), Some(height)) = (track.width, track.height)
        && width.max(height) > 2048
    {
        reasons.video_resolution = Some(format!("{width}x{height}"));
    }
    reasons.unsupported_pixel_format =
        track.pixel_format.clone().filter(|name| !is_usual(name, &track.codec));
}

fn pixel_aspect_ratio(track: &InputTrack) -> Option<String> {
    let (across, down) = track.pixel_aspect.filter(|(across, down)| across != down)?;
    Some(format!("{across}:{down}"))
}

/// Of HEVC, ten bits are as usual as eight.
fn is_usual(pixel_format: &str, codec: &str) -> bool {
    matches!(pixel_format, "yuv420p" | "yuvj420p") || (codec == "hevc" && pixel_format == "yuv420p10le")
}

#[cfg(test)]
mod tests {
    use subclip_app::InputFile;

    use super::*;

    fn check(tracks: Vec<InputTrack>, oddities: Vec<Oddity>, expected: serde_json::Value) {
        let file =
            InputFile { tracks, oddities, not_conforming: vec!["Why.".to_owned()], ..InputFile::default() };
        let input = Input { file: Some(file), ..Input::default() };
        assert_eq!(serde_json::to_value(non_standard(&input)).unwrap(), expected);
    }

    fn video(codec: &str, width: u32, rate: f64) -> InputTrack {
        InputTrack {
            medium: "video".to_owned(),
            codec: codec.to_owned(),
            width: Some(width),
            height: Some(2000),
            frame_rate: Some(rate),
            pixel_aspect: Some((1, 1)),
            pixel_format: Some("yuv420p".to_owned()),
            ..InputTrack::default()
        }
    }

    #[test]
    fn tracks_tell_most_of_it() {
        let audio =
            InputTrack { medium: "audio".to_owned(), codec: "opus".to_owned(), ..InputTrack::default() };
        check(
            vec![video("vp8", 1000, 30.0), audio],
            vec![],
            serde_json::json!({"video_codec": "vp8", "audio_codec": "opus"}),
        );
        check(
            vec![video("h264", 3840, 2.5)],
            vec![],
            serde_json::json!({"video_frame_rate": "2.5", "video_resolution": "3840x2000"}),
        );
        check(
            vec![InputTrack { pixel_aspect: Some((64, 45)), ..video("mpeg2video", 720, 25.0) }],
            vec![],
            serde_json::json!({"video_codec": "mpeg2video", "pixel_aspect_ratio": "64:45"}),
        );
        check(
            vec![InputTrack { pixel_aspect: Some((64, 45)), ..video("h264", 720, 25.0) }],
            vec![],
            serde_json::json!({
                "unexpected_media_file_parameters": "non-standard", "pixel_aspect_ratio": "64:45"
            }),
        );
    }

    #[test]
    fn pixel_formats_are_named_where_they_are_unusual() {
        for (codec, format, expected) in [
            ("h264", "yuv422p", serde_json::json!({"unsupported_pixel_format": "yuv422p"})),
            ("h264", "yuvj420p", serde_json::json!({"unexpected_media_file_parameters": "non-standard"})),
            ("hevc", "yuv420p10le", serde_json::json!({"video_codec": "hevc"})),
            (
                "vp9",
                "yuv420p10le",
                serde_json::json!({"video_codec": "vp9", "unsupported_pixel_format": "yuv420p10le"}),
            ),
        ] {
            let track = InputTrack { pixel_format: Some(format.to_owned()), ..video(codec, 1000, 30.0) };
            check(vec![track], vec![], expected);
        }
    }

    #[test]
    fn samples_and_edits_tell_the_rest() {
        for (oddity, expected) in [
            (Oddity::LongGop, serde_json::json!({"video_gop_size": "high"})),
            (Oddity::HeavyGop, serde_json::json!({"video_bitrate": "high"})),
            (Oddity::VideoEdits, serde_json::json!({"video_edit_list": "non-standard"})),
            (Oddity::AudioEdits, serde_json::json!({"audio_edit_list": "non-standard"})),
        ] {
            check(vec![video("h264", 1000, 30.0)], vec![oddity], expected);
        }
        let long = serde_json::json!({"video_gop_size": "high"});
        check(vec![video("h264", 1000, 30.0)], vec![Oddity::LongGop, Oddity::HeavyGop], long);
        let catch_all = serde_json::json!({"unexpected_media_file_parameters": "non-standard"});
        check(vec![video("h264", 1000, 30.0)], vec![], catch_all);
    }

    #[test]
    fn what_was_taken_as_it_is_has_none() {
        let input = Input { file: Some(InputFile::default()), ..Input::default() };
        assert_eq!((non_standard(&input), non_standard(&Input::default())), (None, None));
    }
}
