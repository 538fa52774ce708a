//! Pictures: the right frame, in the right shape, in each format.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use subclip_engine::{Fit, PictureFormat, PictureRequest, Rotation};

use crate::lab::{Lab, bytes_of, ffmpeg, never, shades, shown, stream, video_times};

const TIMESCALE: u32 = 12_800;
const FRAGMENTS: &str =
    "-video_track_timescale 12800 -movflags empty_moov+default_base_moof+frag_keyframe -use_editlist 0";

async fn take(lab: &Lab, request: &PictureRequest) -> PathBuf {
    let name = match request.format {
        PictureFormat::Jpeg => "picture.jpg",
        PictureFormat::Png => "picture.png",
        PictureFormat::Webp => "picture.webp",
    };
    let path = lab.path(name);
    std::fs::write(&path, lab.engine.picture(request, &never()).await.unwrap()).unwrap();
    path
}

#[tokio::test]
async fn the_frame_is_the_one_shown_at_the_time() {
    let lab = Lab::new();
    let gop = lab.make("gop.mp4", &format!("{} -c:v libx264 -bf 3 {FRAGMENTS}", shades("64x48", "25", 20)));
    let (input, times) = (bytes_of(&gop), video_times(&gop));
    for (at_pts, expected) in [
        (times[0], 0),
        (times[0] - 100, 0),
        (times[0] + 1, 0),
        (times[1] - 1, 0),
        (times[1], 1),
        (times[7], 7),
        (times[8] - 1, 7),
        (times[19], 19),
        (times[19] + 5000, 19),
    ] {
        let request = PictureRequest::new(input.clone(), TIMESCALE, at_pts, PictureFormat::Png);
        assert_eq!(shown(&take(&lab, &request).await), [expected], "at {at_pts}");
    }
}

#[tokio::test]
async fn each_format_is_what_it_says() {
    let lab = Lab::new();
    let gop = lab
        .make("gop.mp4", &format!("-f lavfi -i testsrc=s=320x180:r=25 -frames:v 2 -c:v libx264 {FRAGMENTS}"));
    for (format, codec) in
        [(PictureFormat::Jpeg, "mjpeg"), (PictureFormat::Png, "png"), (PictureFormat::Webp, "webp")]
    {
        let request = PictureRequest::new(bytes_of(&gop), TIMESCALE, 0, format);
        let path = take(&lab, &request).await;
        assert_eq!(stream(&path, "v", "codec_name,width,height"), format!("{codec},320,180"));
    }
}

/// A frame whose left half is red and whose right half is blue.
fn halves(lab: &Lab, more: &str) -> Bytes {
    let path = lab.make(
        "halves.mp4",
        &format!(
            "-f lavfi -i color=red:s=160x180:r=25 -f lavfi -i color=blue:s=160x180:r=25 \
             -filter_complex hstack{more} -frames:v 2 -pix_fmt yuv420p -c:v libx264 -crf 1 {FRAGMENTS}"
        ),
    );
    bytes_of(&path)
}

/// The colour of a pixel: red, blue, black, or something else.
fn colour_at(picture: &Path, x: u32, y: u32) -> &'static str {
    let crop = format!("format=rgb24,crop=1:1:{x}:{y}");
    let path = picture.to_str().unwrap();
    match ffmpeg(["-i", path, "-vf", &crop, "-f", "rawvideo", "-"])[..] {
        [200..=255, 0..60, 0..60] => "red",
        [0..60, 0..60, 200..=255] => "blue",
        [0..30, 0..30, 0..30] => "black",
        _ => "something else",
    }
}

#[tokio::test]
async fn shapes_are_fitted() {
    let lab = Lab::new();
    let plain = PictureRequest::new(halves(&lab, ""), TIMESCALE, 0, PictureFormat::Png);
    for (width, height, fit, expected) in [
        (None, None, Fit::Preserve, "320,180"),
        (Some(160), None, Fit::Preserve, "160,90"),
        (None, Some(60), Fit::Stretch, "107,60"),
        (Some(100), Some(100), Fit::Preserve, "100,56"),
        (Some(100), Some(100), Fit::Stretch, "100,100"),
        (Some(100), Some(100), Fit::Crop, "100,100"),
        (Some(100), Some(100), Fit::Pad, "100,100"),
        (Some(641), Some(361), Fit::Crop, "641,361"),
        (Some(1), Some(1), Fit::Crop, "1,1"),
        (Some(1), Some(1000), Fit::Pad, "1,1000"),
    ] {
        let request = PictureRequest { width, height, fit, ..plain.clone() };
        let path = take(&lab, &request).await;
        assert_eq!(stream(&path, "v", "width,height"), expected, "{width:?} {height:?} {fit:?}");
    }
    let padded = PictureRequest { width: Some(100), height: Some(100), fit: Fit::Pad, ..plain };
    let path = take(&lab, &padded).await;
    assert_eq!([colour_at(&path, 50, 5), colour_at(&path, 20, 50)], ["black", "red"]);
}

#[tokio::test]
async fn odd_sizes_are_met_in_every_format() {
    let lab = Lab::new();
    let input = halves(&lab, "");
    for format in [PictureFormat::Jpeg, PictureFormat::Png, PictureFormat::Webp] {
        for (width, height, fit, expected) in [
            (333, 77, Fit::Stretch, "333,77"),
            (333, 77, Fit::Crop, "333,77"),
            (333, 77, Fit::Pad, "333,77"),
            (77, 333, Fit::Pad, "77,333"),
            (333, 77, Fit::Preserve, "137,77"),
            (77, 333, Fit::Preserve, "77,43"),
        ] {
            let plain = PictureRequest::new(input.clone(), TIMESCALE, 0, format);
            let request = PictureRequest { width: Some(width), height: Some(height), fit, ..plain };
            let path = take(&lab, &request).await;
            assert_eq!(stream(&path, "v", "width,height"), expected, "{format:?} {fit:?}");
        }
    }
}

#[tokio::test]
async fn turning_comes_before_flipping_and_fitting() {
    let lab = Lab::new();
    let plain = PictureRequest::new(halves(&lab, ""), TIMESCALE, 0, PictureFormat::Png);
    // The colours near the left and at the top.
    for (rotation, horizontally, vertically, size, left, top) in [
        (Rotation::None, false, false, "320,180", "red", "red"),
        (Rotation::None, true, false, "320,180", "blue", "blue"),
        (Rotation::None, false, true, "320,180", "red", "red"),
        (Rotation::Half, false, false, "320,180", "blue", "blue"),
        (Rotation::Quarter, false, false, "180,320", "red", "red"),
        (Rotation::ThreeQuarters, false, false, "180,320", "blue", "blue"),
        (Rotation::Quarter, false, true, "180,320", "blue", "blue"),
    ] {
        let request = PictureRequest {
            rotation,
            flip_horizontally: horizontally,
            flip_vertically: vertically,
            ..plain.clone()
        };
        let path = take(&lab, &request).await;
        let about = format!("{rotation:?} {horizontally} {vertically}");
        assert_eq!(stream(&path, "v", "width,height"), size, "{about}");
        assert_eq!([colour_at(&path, 20, 20), colour_at(&path, 40, 40)], [left, top], "{about}");
    }
}

#[tokio::test]
async fn pixels_become_square() {
    let lab = Lab::new();
    let request = PictureRequest::new(halves(&lab, ",setsar=2/1"), TIMESCALE, 0, PictureFormat::Jpeg);
    assert_eq!(stream(&take(&lab, &request).await, "v", "width,height"), "640,180");
}
