//! Normalising: whatever comes, a file that can be cut comes out, with its pictures and sounds in place.

use std::fs;

use subclip_engine::Error;

use crate::lab::{Lab, Normalised, ffmpeg, look, shades, shown, stream, turned, video_times};

/// Normalises a made file and checks what every result must be.
async fn normalised(lab: &Lab, name: &str, options: &str) -> Normalised {
    let source = lab.make(name, options);
    let top = lab.normalise(&source).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    if let Some(plan) = &top.plan.video {
        let expected = format!("h264,High,{},{},1:1,yuv420p,progressive", plan.width, plan.height);
        let entries = "codec_name,profile,width,height,sample_aspect_ratio,pix_fmt,field_order";
        assert_eq!(stream(&top.path, "v", entries), expected, "{name}");
        let rotations = look(&top.path, "-select_streams v -show_entries side_data=rotation");
        assert!(rotations.concat().iter().all(String::is_empty), "{name}: {rotations:?}");
        every_key_frame_is_an_idr(&top, name);
    }
    if top.plan.audio.is_some() {
        let codec = stream(&top.path, "a", "codec_name,profile");
        assert_eq!(codec, "aac,LC", "{name}");
    }
    top
}

fn every_key_frame_is_an_idr(top: &Normalised, name: &str) {
    let args = ["-i", top.path.to_str().unwrap(), "-map", "0:v", "-c", "copy", "-bsf:v", "h264_mp4toannexb"];
    let stream = crate::lab::ffmpeg(args.into_iter().chain(["-f", "h264", "-"]));
    let units = stream.windows(4).filter(|window| window[..3] == [0, 0, 1]).map(|window| window[3] & 0x1f);
    let idrs = units.filter(|kind| *kind == 5).count();
    let packets = look(&top.path, "-select_streams v -show_entries packet=flags");
    let keys = packets.iter().filter(|row| row[0].starts_with('K')).count();
    assert!(keys >= 1 && idrs >= keys, "{name}: {keys} key frames, {idrs} IDR slices");
}

fn first_time(top: &Normalised, kind: &str) -> f64 {
    let rows = look(&top.path, &format!("-select_streams {kind} -show_entries packet=pts_time"));
    rows.iter().map(|row| row[0].parse().unwrap()).fold(f64::INFINITY, f64::min)
}

/// When anything is heard for the first time, in seconds.
fn heard_from(top: &Normalised) -> f64 {
    let file = top.path.display().to_string();
    let pcm = ffmpeg(["-i", &file, "-map", "0:a", "-ac", "1", "-ar", "48000", "-f", "s16le", "-"]);
    let loud = |sample: &[u8]| i16::from_le_bytes([sample[0], sample[1]]).unsigned_abs() > 1000;
    pcm.chunks_exact(2).position(loud).unwrap() as f64 / 48_000.0
}

#[tokio::test]
async fn every_picture_of_the_usual_codecs_at_its_place() {
    for (name, encoder) in [
        ("vp8.webm", "-c:v libvpx -b:v 2M -cpu-used 8 -deadline realtime"),
        ("vp9.webm", "-c:v libvpx-vp9 -b:v 2M -cpu-used 8 -deadline realtime"),
        ("hevc.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p10le"),
        ("mpeg2.ts", "-c:v mpeg2video -q:v 2 -bf 2 -g 12"),
        ("open.mkv", "-c:v libx264 -bf 3 -g 12 -x264-params open-gop=1"),
        ("mjpeg.avi", "-c:v mjpeg -q:v 2"),
    ] {
        let lab = Lab::new();
        let top = normalised(&lab, name, &format!("{} {encoder}", shades("128x96", "25", 40))).await;
        assert_eq!(shown(&top.path), (0..40).collect::<Vec<u8>>(), "{name}");
        let times = video_times(&top.path);
        let ticks = i64::from(top.plan.video.as_ref().unwrap().settings.timescale);
        for pair in times.windows(2) {
            // WebM, Matroska and AVI round to milliseconds.
            assert!(((pair[1] - pair[0]) * 25 - ticks).abs() <= ticks / 25, "{name}: {times:?}");
        }
    }
}

#[tokio::test]
async fn av1() {
    let lab = Lab::new();
    let encoder = "-c:v libsvtav1 -preset 12 -crf 20 -svtav1-params enable-overlays=0";
    let top = normalised(&lab, "av1.mkv", &format!("{} {encoder}", shades("128x96", "25", 10))).await;
    assert_eq!(shown(&top.path).len(), 10);
}

#[tokio::test]
async fn key_frames_are_two_seconds_apart() {
    let lab = Lab::new();
    let top =
        normalised(&lab, "long.mkv", &format!("{} -c:v mpeg4 -q:v 2 -g 300", shades("64x48", "25", 130)))
            .await;
    let packets = look(&top.path, "-select_streams v -show_entries packet=flags,pts_time");
    let keys: Vec<f64> =
        packets.iter().filter(|row| row[1].starts_with('K')).map(|row| row[0].parse().unwrap()).collect();
    assert_eq!(keys, [0.0, 2.0, 4.0]);
}

#[tokio::test]
async fn interlaced_video_is_woven_out() {
    let lab = Lab::new();
    let options = "-f lavfi -i testsrc2=s=720x576:r=25 -f lavfi -i sine -t 1 -vf setsar=64/45 -c:v mpeg2video \
                   -flags +ildct+ilme -top 1 -q:v 3 -c:a mp2";
    let top = normalised(&lab, "interlaced.ts", options).await;
    let plan = top.plan.video.as_ref().unwrap();
    assert!(plan.deinterlace);
    assert_eq!((plan.width, plan.height, plan.settings.frame_rate), (1024, 576, Some((25, 1))));
    assert_eq!(video_times(&top.path).len(), 25);
}

#[tokio::test]
async fn a_turned_video_stands_upright() {
    let lab = Lab::new();
    let flat = lab.make("flat.mp4", &format!("{} -c:v libx264", shades("128x64", "25", 10)));
    let turned = turned(&lab, &flat, 90).await;
    let top = lab.normalise(&turned).await.unwrap();
    assert_eq!(stream(&top.path, "v", "width,height"), "64,128");
    let side_data = look(&top.path, "-select_streams v -show_entries side_data=rotation");
    assert!(side_data.concat().iter().all(String::is_empty), "{side_data:?}");
    assert_eq!(shown(&top.path).len(), 10);
}

#[tokio::test]
async fn odd_sizes_and_pixels_become_even_and_square() {
    let lab = Lab::new();
    let options = "-f lavfi -i testsrc2=s=101x75:r=10 -t 1 -c:v ffv1";
    let top = normalised(&lab, "odd.mkv", options).await;
    assert_eq!(stream(&top.path, "v", "width,height"), "100,74");
    let options = "-f lavfi -i testsrc2=s=100x76:r=10,setsar=2/1 -t 1 -c:v mpeg4";
    let top = normalised(&lab, "wide.mkv", options).await;
    assert_eq!(stream(&top.path, "v", "width,height"), "200,76");
}

#[tokio::test]
async fn high_dynamic_range_is_brought_down() {
    for (transfer, name) in [("smpte2084", "pq.mp4"), ("arib-std-b67", "hlg.mp4")] {
        let lab = Lab::new();
        let tags =
            format!("colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:range=limited:log-level=none");
        let options = format!(
            "-f lavfi -i testsrc2=s=128x96:r=10 -t 1 -pix_fmt yuv420p10le -c:v libx265 -preset ultrafast \
             -x265-params {tags}"
        );
        let top = normalised(&lab, name, &options).await;
        assert!(top.plan.video.as_ref().unwrap().tone_map.is_some(), "{name}");
        let colour = stream(&top.path, "v", "color_range,color_space,color_transfer,color_primaries");
        assert_eq!(colour, "tv,bt709,bt709,bt709", "{name}");
        // A picture, and no plain of one shade.
        let range = shade_range(&top);
        assert!(range > 100, "{name}: {range}");
    }
}

/// How far the darkest and the lightest luma of the first picture are apart.
fn shade_range(top: &Normalised) -> u8 {
    let path = top.path.to_str().unwrap();
    let luma =
        crate::lab::ffmpeg(["-i", path, "-frames:v", "1", "-vf", "extractplanes=y", "-f", "rawvideo", "-"]);
    luma.iter().max().unwrap() - luma.iter().min().unwrap()
}

#[tokio::test]
async fn colours_are_kept_and_ranges_made_equal() {
    let lab = Lab::new();
    let options = "-f lavfi -i testsrc2=s=128x96:r=10 -t 1 -color_primaries smpte170m -color_trc smpte170m \
                   -colorspace smpte170m -c:v mpeg2video -q:v 2";
    let top = normalised(&lab, "sd.ts", options).await;
    let colour = stream(&top.path, "v", "color_space,color_transfer,color_primaries");
    assert_eq!(colour, "smpte170m,smpte170m,smpte170m");

    // Full-range white is 255, and becomes 235.
    let options = "-f lavfi -i color=white:s=64x64:r=5,format=yuvj420p -t 1 -c:v mjpeg -q:v 2";
    let top = normalised(&lab, "full.avi", options).await;
    let path = top.path.to_str().unwrap();
    let luma =
        crate::lab::ffmpeg(["-i", path, "-frames:v", "1", "-vf", "extractplanes=y", "-f", "rawvideo", "-"]);
    assert!(luma.iter().all(|luma| luma.abs_diff(235) <= 2), "{}", luma[0]);

    // Red in RGB stays red, by BT.709.
    let options = "-f lavfi -i color=red:s=64x64:r=5,format=gbrp -t 1 -c:v ffv1";
    let top = normalised(&lab, "rgb.mkv", options).await;
    assert_eq!(stream(&top.path, "v", "color_space"), "bt709");
    let path = top.path.to_str().unwrap();
    let yuv =
        crate::lab::ffmpeg(["-i", path, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]);
    assert!(yuv[0].abs_diff(63) <= 2, "luma of red is 63 by BT.709, not {}", yuv[0]);
}

#[tokio::test]
async fn every_kind_of_sound_alone() {
    for (name, encoder, expected) in [
        ("a.mp3", "-c:a libmp3lame -ar 44100 -ac 2", "44100,2"),
        ("b.wav", "-c:a pcm_s16le -ar 22050 -ac 1", "44100,1"),
        ("c.wav", "-c:a pcm_s24le -ar 96000 -ac 2", "48000,2"),
        ("d.ogg", "-c:a libopus -ac 2", "48000,2"),
        ("e.ogg", "-c:a libvorbis -ar 44100 -ac 2", "44100,2"),
        ("f.flac", "-c:a flac -ac 6 -ar 48000", "48000,2"),
        ("g.mka", "-c:a ac3 -ac 6 -ar 48000", "48000,2"),
        ("h.m4a", "-c:a aac -ac 1 -ar 32000", "32000,1"),
    ] {
        let lab = Lab::new();
        let top = normalised(&lab, name, &format!("-f lavfi -i sine=f=440:d=2 {encoder}")).await;
        assert!(top.plan.video.is_none());
        assert_eq!(stream(&top.path, "a", "sample_rate,channels"), expected, "{name}");
        let duration: f64 = stream(&top.path, "a", "duration").parse().unwrap();
        assert!((duration - 2.0).abs() < 0.1, "{name}: {duration}");
    }
}

#[tokio::test]
async fn a_cover_is_left_behind() {
    let lab = Lab::new();
    let options = "-f lavfi -i sine=d=1 -f lavfi -i color=s=64x64:d=0.04 -map 0 -map 1 -frames:v 1 -c:v mjpeg \
                   -disposition:v attached_pic";
    let top = normalised(&lab, "song.mp3", options).await;
    assert_eq!(look(&top.path, "-show_entries stream=codec_type").concat(), ["audio"]);
}

#[tokio::test]
async fn variable_rates_keep_their_times() {
    let lab = Lab::new();
    let options = format!(
        "{} -vf settb=1/1000,setpts='(N+0.3*mod(N,4))/25/TB' -fps_mode passthrough -enc_time_base 1/1000 -c:v libx264 -crf 10 \
         -video_track_timescale 1000",
        shades("64x48", "25", 40)
    );
    let top = normalised(&lab, "variable.mp4", &options).await;
    assert_eq!(shown(&top.path), (0..40).collect::<Vec<u8>>());
    let times = video_times(&top.path);
    for (frame, time) in times.iter().enumerate() {
        let expected_ms = ((frame as f64 + 0.3 * (frame % 4) as f64) * 40.0).round();
        let found_ms = (time - times[0]) as f64 / 90.0;
        assert!((found_ms - expected_ms).abs() <= 1.0, "frame {frame}: {found_ms} not {expected_ms}");
    }
}

#[tokio::test]
async fn few_frames_still_get_key_frames_in_time() {
    let lab = Lab::new();
    // A screen recording: a burst, then a frame now and then.
    let options = "-f lavfi -i testsrc2=s=64x48:r=10 -frames:v 40 -vf settb=1/1000,setpts='(N+gt(N,20)*(N-20)*15)/10/TB' \
                   -fps_mode passthrough -enc_time_base 1/1000 -c:v libx264 -video_track_timescale 1000";
    let top = normalised(&lab, "screen.mp4", options).await;
    assert_eq!(top.plan.video.as_ref().unwrap().settings.frame_rate, None);
    let packets = look(&top.path, "-select_streams v -show_entries packet=pts_time,flags");
    let mut last_key = 0.0;
    let mut last_time = 0.0;
    for row in &packets {
        let time: f64 = row[0].parse().unwrap();
        if row[1].starts_with('K') {
            // Whatever lies between two frames can't be helped.
            assert!(time - last_key <= 2.0 + 1.7, "{packets:?}");
            last_key = time;
        }
        last_time = f64::max(last_time, time);
    }
    assert!(last_time - last_key <= 2.0 + 1.7, "{packets:?}");
}

#[tokio::test]
async fn pictures_and_sounds_keep_their_distance() {
    for (name, offset_video, offset_audio) in
        [("late-video.mkv", 0.5, 0.0), ("late-audio.mkv", 0.0, 0.7), ("late-video.ts", 1.0, 0.0)]
    {
        let lab = Lab::new();
        let options = format!(
            "-itsoffset {offset_video} -f lavfi -i testsrc2=s=64x48:r=25:d=2 -itsoffset {offset_audio} \
             -f lavfi -i sine=r=48000:d=2 -map 0 -map 1 -c:v mpeg2video -q:v 2 -c:a mp2"
        );
        let top = normalised(&lab, name, &options).await;
        let found = first_time(&top, "v") - heard_from(&top);
        let expected = offset_video - offset_audio;
        assert!((found - expected).abs() < 0.06, "{name}: {found} not {expected}");
        // The encoder's priming comes first; what comes late has silence before it.
        assert!(first_time(&top, "a") < 0.0, "{name}");
    }
}

#[tokio::test]
async fn a_packet_of_sound_begins_with_the_first_picture() {
    for (name, late_s, sample_rate, codecs) in [
        ("late.mkv", 0.513, 48_000, "-c:v mpeg2video -q:v 2 -c:a mp2"),
        ("slow.mkv", 0.007, 32_000, "-c:v mpeg2video -q:v 2 -c:a mp2"),
        ("late.webm", 0.0, 44_100, "-c:v libvpx -deadline realtime -c:a libvorbis"),
        ("late.ts", 0.3, 48_000, "-c:v mpeg2video -q:v 2 -c:a mp2"),
    ] {
        let lab = Lab::new();
        let options = format!(
            "-itsoffset {late_s} -f lavfi -i testsrc2=s=64x48:r=25:d=1 -f lavfi -i sine=r={sample_rate}:d=2 \
             -map 0 -map 1 {codecs}"
        );
        let top = normalised(&lab, name, &options).await;
        let rows = look(&top.path, "-select_streams a -show_entries packet=pts_time");
        let first_picture = first_time(&top, "v");
        let after: Vec<f64> = rows.iter().map(|row| row[0].parse::<f64>().unwrap() - first_picture).collect();
        let first = after.into_iter().filter(|late| *late >= 0.0).fold(f64::INFINITY, f64::min);
        assert!(first < 0.002, "{name}: the first packet comes {first} s after the first picture");
    }
}

#[tokio::test]
async fn frames_before_the_start_stay_hidden() {
    let lab = Lab::new();
    let whole = lab.make("whole.mp4", &format!("{} -c:v libx264 -bf 2 -g 250", shades("64x48", "25", 40)));
    // Copied from the middle of a GOP: an edit list hides what only the decoder needs.
    let options = format!("-ss 0.4 -i {} -c copy", whole.display());
    let top = normalised(&lab, "cut.mp4", &options).await;
    let expected: Vec<u8> = (10..40).collect();
    assert_eq!(shown(&top.path), expected);
}

#[tokio::test]
async fn nothing_to_see_is_refused() {
    let lab = Lab::new();
    let whole = lab.make("whole.mkv", "-f lavfi -i testsrc2=s=64x48:r=25 -frames:v 5 -c:v mpeg2video");
    let mut bytes = fs::read(&whole).unwrap();
    // The container stays, the pictures are noise.
    let start = bytes.len() / 3;
    bytes[start..].iter_mut().for_each(|byte| *byte = byte.wrapping_mul(31).wrapping_add(7));
    let damaged = lab.path("damaged.mkv");
    fs::write(&damaged, bytes).unwrap();
    match lab.normalise(&damaged).await {
        Err(error) => assert!(matches!(error, Error::Refused { .. }), "{error}"),
        Ok(top) => assert!(!video_times(&top.path).is_empty()),
    }
}
