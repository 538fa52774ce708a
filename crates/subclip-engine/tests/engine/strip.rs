//! Film strips: the frames that are chosen, no others, in moving pictures and storyboards.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use subclip_engine::{AnimationFormat, AnimationRequest, Error, PictureFormat, StoryboardRequest, Strip};
use tokio::sync::mpsc;

use crate::lab::{Lab, bytes_of, ffmpeg, look, never, shades, shown, stream};

/// A strip that shows the frames of [`shades`] with these numbers at the seconds beside them.
fn feed(lab: &Lab, frames: u32, chosen: &[(u32, u32)]) -> Bytes {
    let mut order: Vec<String> = Vec::new();
    // FFmpeg lets a fragmented file begin at 0, whatever its first frame says: so that one is never chosen.
    let mut last = -0.001;
    for frame in 0..frames {
        last =
            chosen.iter().find(|(n, _)| *n == frame).map_or(last + 0.001, |(_, second)| f64::from(*second));
        order.push(format!("eq(N,{frame})*{last}"));
    }
    let times = order.join("+").replace(',', "\\,");
    let path = lab.make(
        "strip.mp4",
        &format!(
            "{} -vf settb=1/65536,setpts='floor(({times})*65536)' -fps_mode passthrough -c:v libx264 -bf 0 -g 8 \
             -enc_time_base 1/65536 -video_track_timescale 65536 \
             -movflags empty_moov+default_base_moof+frag_every_frame -use_editlist 0",
            shades("64x48", "25", frames)
        ),
    );
    bytes_of(&path)
}

/// What comes in pieces of some bytes.
fn strip(input: &Bytes, first: u32, count: u32) -> Strip {
    let (sender, receiver) = mpsc::channel(1);
    let input = input.clone();
    tokio::spawn(async move {
        for from in (0..input.len()).step_by(777) {
            if sender.send(input.slice(from..input.len().min(from + 777))).await.is_err() {
                return;
            }
        }
    });
    Strip { input: receiver, first, count }
}

async fn animate(lab: &Lab, strip: Strip, format: AnimationFormat) -> PathBuf {
    let name = if format == AnimationFormat::Gif { "moving.gif" } else { "moving.webp" };
    let request = AnimationRequest { strip, rate_milli: 12_500, width: 48, height: 36, format };
    let path = lab.path(name);
    std::fs::write(&path, lab.engine.animation(request, &never()).await.unwrap()).unwrap();
    path
}

#[tokio::test]
async fn chosen_frames_move_and_those_left_out_stay_on_the_screen() {
    let lab = Lab::new();
    // Decoding delays the first by a step.
    let input = feed(&lab, 20, &[(3, 2), (5, 3), (7, 5), (12, 6)]);
    let gif = animate(&lab, strip(&input, 2, 7), AnimationFormat::Gif).await;
    assert_eq!(shown(&gif), [3, 5, 5, 7, 12, 12, 12]);
    assert_eq!(stream(&gif, "v", "codec_name,width,height"), "gif,48,36");
    let times = look(&gif, "-show_entries packet=pts");
    assert_eq!(
        times.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(),
        ["0", "8", "16", "24", "32", "40", "48"]
    );
}

/// Size, and how long each frame is shown in milliseconds, of an animated WebP (RFC 9649, 2.7.1).
fn webp(path: &Path) -> ((u32, u32), Vec<u32>) {
    let bytes = bytes_of(path);
    let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], 0]);
    let (mut at, mut size, mut durations) = (12, (0, 0), Vec::new());
    while at < bytes.len() {
        match &bytes[at..at + 4] {
            b"VP8X" => size = (number(at + 12) + 1, number(at + 15) + 1),
            b"ANMF" => durations.push(number(at + 20)),
            _ => (),
        }
        let length = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
        at += 8 + length + length % 2;
    }
    (size, durations)
}

#[tokio::test]
async fn webp_moves_at_the_same_pace() {
    let lab = Lab::new();
    let input = feed(&lab, 20, &[(3, 2), (5, 3), (7, 5), (12, 6)]);
    let (size, durations) = webp(&animate(&lab, strip(&input, 2, 5), AnimationFormat::Webp).await);
    assert_eq!(size, (48, 36));
    // What does not change is one frame.
    assert_eq!(durations, [80, 160, 80, 80]);
    let (_, durations) = webp(&animate(&lab, strip(&input, 2, 7), AnimationFormat::Webp).await);
    assert_eq!(durations.iter().sum::<u32>(), 560);
}

/// The shade of the pixel in the middle of a tile, as a frame's number.
fn tile(picture: &Path, x: u32, y: u32) -> u8 {
    let crop =
        format!("crop=4:4:{x}:{y},scale=1:1:flags=area:in_range=pc:out_range=tv,format=gray,setrange=tv");
    let grey = ffmpeg(["-i", picture.to_str().unwrap(), "-vf", &crop, "-f", "rawvideo", "-"]);
    (i32::from(grey[0]) - 30 + 2).div_euclid(4).rem_euclid(50) as u8
}

#[tokio::test]
async fn tiles_stand_in_rows() {
    let lab = Lab::new();
    let input = feed(&lab, 20, &[(1, 1), (4, 2), (9, 4), (10, 5), (19, 7)]);
    for (format, name) in
        [(PictureFormat::Jpeg, "b.jpg"), (PictureFormat::Png, "b.png"), (PictureFormat::Webp, "b.webp")]
    {
        let strip = strip(&input, 1, 7);
        let request = StoryboardRequest { strip, columns: 3, tile_width: 32, tile_height: 24, format };
        let path = lab.path(name);
        std::fs::write(&path, lab.engine.storyboard(request, &never()).await.unwrap()).unwrap();
        assert_eq!(stream(&path, "v", "width,height"), "96,72", "{format:?}");
        if format != PictureFormat::Jpeg {
            continue;
        }
        let tiles = |n: u32| tile(&path, n % 3 * 32 + 16, n / 3 * 24 + 12);
        assert_eq!([0, 1, 2, 3, 4, 5, 6].map(tiles), [1, 4, 4, 9, 10, 10, 19]);
    }
}

#[tokio::test]
async fn a_strip_that_breaks_off_is_an_error_and_one_too_long_is_not() {
    let lab = Lab::new();
    let input = feed(&lab, 20, &[(1, 1), (4, 2), (9, 4)]);
    let animate = async |strip| {
        let format = AnimationFormat::Gif;
        let request = AnimationRequest { strip, rate_milli: 12_500, width: 48, height: 36, format };
        lab.engine.animation(request, &never()).await
    };
    assert!(matches!(animate(strip(&input.slice(..100), 1, 3)).await, Err(Error::Refused { .. })));
    assert!(matches!(animate(strip(&Bytes::new(), 1, 3)).await, Err(Error::Refused { .. })));
    assert!(matches!(animate(strip(&input, 1, 0)).await, Err(Error::Misused { .. })));
    let path = lab.path("one.gif");
    std::fs::write(&path, animate(strip(&input, 2, 1)).await.unwrap()).unwrap();
    assert_eq!(shown(&path), [4]);
}

#[tokio::test]
async fn sizes_that_make_no_picture_are_refused_before_anything_starts() {
    let lab = Lab::new();
    for (tile_width, tile_height, count, columns) in
        [(33, 24, 5, 5), (32, 0, 5, 5), (4000, 24, 5, 5), (32, 24, 0, 5), (32, 24, 5, 0), (32, 8000, 50, 5)]
    {
        let strip = strip(&Bytes::new(), 1, count);
        let request =
            StoryboardRequest { strip, columns, tile_width, tile_height, format: PictureFormat::Jpeg };
        let made = lab.engine.storyboard(request, &never()).await;
        assert!(matches!(made, Err(Error::Misused { .. })), "{tile_width}x{tile_height} {count}/{columns}");
    }
}
