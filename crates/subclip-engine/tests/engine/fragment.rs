//! Fragments: the right pictures at their times, one set of parameter sets, and images where they belong.

use bytes::Bytes;
use subclip_engine::{
    Colour, Error, FragmentRequest, H264Settings, ImageFormat, LayerRequest, Layers, Priority,
};

use crate::lab::{Lab, bytes_of, ffmpeg, find_box, look, never, shades, shown, video_times};

const TIMESCALE: u32 = 12_800;
const SIZE: (usize, usize) = (64, 48);

/// 96 pictures in GOPs of 12, and their times.
fn gops(lab: &Lab, more: &str) -> (Bytes, Vec<i64>) {
    let source = shades("64x48", "25", 96);
    let path = lab.make(
        "gops.mp4",
        &format!(
            "{source} -c:v libx264 -crf 12 -g 12 -sc_threshold 0 -bf 3 {more} -video_track_timescale {TIMESCALE} \
             -movflags empty_moov+default_base_moof+frag_keyframe -use_editlist 0"
        ),
    );
    (bytes_of(&path), video_times(&path))
}

fn request(input: &Bytes, times: &[i64], layers: Option<&Layers>) -> FragmentRequest {
    let settings = H264Settings { keyint_frames: 20, ..H264Settings::pinned(64, 48, Some((25, 1))) };
    FragmentRequest {
        input: input.clone(),
        start_pts: times[0],
        end_pts: times[times.len() - 1] + 1,
        frame_count: times.len() as u32,
        timescale: TIMESCALE,
        settings: H264Settings { timescale: TIMESCALE, ..settings },
        height: 48,
        layers: layers.cloned(),
        priority: Priority::Normalise,
    }
}

/// The brightness of every pixel of a file's first picture.
fn first_picture(path: &std::path::Path) -> Vec<u8> {
    let path = path.to_str().unwrap();
    ffmpeg([
        "-ignore_editlist",
        "1",
        "-i",
        path,
        "-frames:v",
        "1",
        "-vf",
        "extractplanes=y",
        "-f",
        "rawvideo",
        "-",
    ])
}

/// A layer of one image, white unless its options say otherwise.
async fn layers(lab: &Lab, image: &str, format: ImageFormat, at: LayerRequest) -> Layers {
    let file = lab.make(image, "-f lavfi -i color=white:s=40x20 -frames:v 1");
    let folder = lab.folder_with(&file);
    assert_eq!(lab.engine.image_size(&folder, "source", format, &never()).await.unwrap(), (40, 20));
    let layer = lab.engine.layer(&folder, "source", format, &at, &never()).await.unwrap();
    lab.engine.layers(vec![layer]).await.unwrap()
}

#[tokio::test]
async fn pieces_of_one_track_have_one_set_of_parameter_sets() {
    let lab = Lab::new();
    let (input, times) = gops(&lab, "");
    let mut sets = Vec::new();
    for frames in [0..96, 0..48, 7..8, 13..50, 95..96] {
        let wanted = &times[frames.clone()];
        let made = lab.engine.encode_fragment(&request(&input, wanted, None), &never()).await.unwrap();
        let path = lab.path("made.mp4");
        std::fs::write(&path, &made).unwrap();
        let expected: Vec<u8> = frames.clone().map(|frame| (frame % 50) as u8).collect();
        assert_eq!(shown(&path), expected, "{frames:?}");
        let apart = |times: &[i64]| times.iter().map(|time| time - times[0]).collect::<Vec<_>>();
        assert_eq!(apart(&video_times(&path)), apart(wanted), "{frames:?}");
        let packets = look(&path, "-show_entries packet=flags");
        let keys: Vec<usize> = (0..packets.len()).filter(|&n| packets[n][0].starts_with('K')).collect();
        assert_eq!(keys, (0..frames.len()).step_by(20).collect::<Vec<_>>(), "a key frame every 20");
        assert_eq!(made.windows(4).filter(|window| window == b"moof").count(), 1, "{frames:?}");
        sets.push(find_box(&made, b"avcC").to_vec());
    }
    assert!(sets.iter().all(|set| *set == sets[0]));
}

#[tokio::test]
async fn pictures_that_come_at_any_time_keep_it() {
    let lab = Lab::new();
    let uneven =
        "-vf settb=1/12800,setpts='(N+0.4*mod(N,3))/25/TB' -fps_mode passthrough -enc_time_base 1/12800";
    let (input, times) = gops(&lab, uneven);
    let at = LayerRequest { x: 0, y: 0, width: 8, height: 8, opacity: 1.0 };
    let layers = layers(&lab, "white.png", ImageFormat::Png, at).await;
    let mut request = request(&input, &times[5..90], Some(&layers));
    request.settings.frame_rate = None;
    let made = lab.engine.encode_fragment(&request, &never()).await.unwrap();
    let path = lab.path("made.mp4");
    std::fs::write(&path, &made).unwrap();
    let apart = |times: &[i64]| times.iter().map(|time| time - times[0]).collect::<Vec<_>>();
    assert_eq!(apart(&video_times(&path)), apart(&times[5..90]));
}

/// What is drawn of a white image at a place, as the pixels that are brighter than the rest.
async fn check_drawn(
    image: &str,
    at: LayerRequest,
    shade: u8,
    x: std::ops::Range<usize>,
    y: std::ops::Range<usize>,
) {
    let format = if image.ends_with("png") { ImageFormat::Png } else { ImageFormat::Jpeg };
    let lab = Lab::new();
    let (input, times) = gops(&lab, "");
    let layers = layers(&lab, image, format, at).await;
    let made =
        lab.engine.encode_fragment(&request(&input, &times[24..36], Some(&layers)), &never()).await.unwrap();
    let path = lab.path("made.mp4");
    std::fs::write(&path, &made).unwrap();
    let picture = first_picture(&path);
    assert_eq!(picture.len(), SIZE.0 * SIZE.1);
    // The 25th shade.
    let ground = 30 + 4 * 24;
    for (n, &pixel) in picture.iter().enumerate() {
        let (column, row) = (n % SIZE.0, n / SIZE.0);
        let expected = if x.contains(&column) && y.contains(&row) { shade } else { ground };
        assert!(pixel.abs_diff(expected) <= 8, "{at:?}: {column},{row} is {pixel}, not {expected}");
    }
}

#[tokio::test]
async fn an_image_is_drawn_where_it_belongs() {
    let at = LayerRequest { x: 10, y: 20, width: 16, height: 8, opacity: 1.0 };
    check_drawn("white.png", at, 235, 10..26, 20..28).await;
    check_drawn("white.jpg", at, 235, 10..26, 20..28).await;
    // Odd places, and half outside.
    check_drawn("white.png", LayerRequest { x: 11, y: 21, ..at }, 235, 11..27, 21..29).await;
    check_drawn("white.png", LayerRequest { x: -7, y: -3, ..at }, 235, 0..9, 0..5).await;
    check_drawn("white.png", LayerRequest { x: 57, y: 45, ..at }, 235, 57..64, 45..48).await;
    // Half as opaque: halfway from 126 to 235.
    check_drawn("white.png", LayerRequest { opacity: 0.5, ..at }, 180, 10..26, 20..28).await;
}

#[tokio::test]
async fn a_full_range_stays_full() {
    let lab = Lab::new();
    let (input, times) = gops(&lab, "-pix_fmt yuvj420p");
    let mut request = request(&input, &times[..12], None);
    request.settings.colour = Colour { full_range: true, ..Colour::UNSPECIFIED };
    let before = lab.path("gops.mp4");
    let made = lab.engine.encode_fragment(&request, &never()).await.unwrap();
    let path = lab.path("made.mp4");
    std::fs::write(&path, &made).unwrap();
    let (was, is) = (first_picture(&before)[0], first_picture(&path)[0]);
    assert!(was.abs_diff(is) <= 2, "{was} became {is}");
}

#[tokio::test]
async fn what_is_no_image_is_refused() {
    let lab = Lab::new();
    let file = lab.path("text.png");
    std::fs::write(&file, "not an image").unwrap();
    let folder = lab.folder_with(&file);
    let at = LayerRequest { x: 0, y: 0, width: 8, height: 8, opacity: 1.0 };
    for format in [ImageFormat::Png, ImageFormat::Jpeg] {
        let size = lab.engine.image_size(&folder, "source", format, &never()).await.unwrap_err();
        assert!(size.to_string().contains("the image can't be decoded"), "{size}");
        let layer = lab.engine.layer(&folder, "source", format, &at, &never()).await.unwrap_err();
        assert!(layer.to_string().contains("the image can't be decoded"), "{layer}");
    }
    let whole = lab.make("noise.png", "-f lavfi -i nullsrc=s=300x200,geq=random(1)*255:128:128 -frames:v 1");
    let half = lab.path("half.png");
    let bytes = std::fs::read(whole).unwrap();
    std::fs::write(&half, &bytes[..bytes.len() / 2]).unwrap();
    let folder = lab.folder_with(&half);
    let cut_off = lab.engine.layer(&folder, "source", ImageFormat::Png, &at, &never()).await;
    assert!(matches!(cut_off, Err(Error::Refused { .. })), "{cut_off:?}");
}
