//! An edge has the parameter sets of the file it is cut from, byte for byte.

use std::fs;

use subclip_engine::{BPyramid, EdgeRequest, H264Settings, Preset, Priority, Urgency};

use crate::lab::{Lab, Normalised, bytes_of, find_box, fragmented, never, video_times};

async fn edge_avcc(
    lab: &Lab,
    top: &Normalised,
    settings: H264Settings,
    from: usize,
    count: usize,
) -> Vec<u8> {
    let timescale = settings.timescale;
    let gop = fragmented(lab, &top.path, timescale);
    let times = video_times(&gop);
    let request = EdgeRequest {
        input: bytes_of(&gop),
        start_pts: times[from],
        end_pts: times.get(from + count).copied().unwrap_or(i64::MAX),
        frame_count: count as u32,
        settings,
        timescale,
    };
    let edge = lab.engine.encode_edge(&request, &Urgency::new(Priority::Edge), &never()).await.unwrap();
    find_box(&edge, b"avcC").to_vec()
}

/// Normalises one source and compares edges of several lengths and qualities.
async fn check(size: &str, rate: &str, more: &str) {
    let lab = Lab::new();
    let options = format!("-f lavfi -i testsrc2=s={size}:r={rate} -frames:v 40 {more} -c:v libx264");
    let source = lab.make("source.mp4", &options);
    let top = lab.normalise(&source).await.unwrap();
    let settings = top.plan.video.as_ref().unwrap().settings.clone();
    let expected = find_box(&fs::read(&top.path).unwrap(), b"avcC").to_vec();
    assert_eq!(settings.frame_rate.is_none(), more.contains("passthrough"), "{more}");
    assert_eq!(expected[1], 100, "High profile");
    assert_eq!(expected[3], settings.level_idc);

    for (from, count, crf_tenths) in [(0, 1, 200), (17, 1, 300), (5, 2, 180), (9, 12, 200)] {
        let edge = H264Settings { crf_tenths, ..settings.for_edge() };
        let found = edge_avcc(&lab, &top, edge, from, count).await;
        assert_eq!(found, expected, "{size} {rate} {more}: {count} frames from {from}, CRF {crf_tenths}");
    }
}

#[tokio::test]
async fn of_usual_rates_and_sizes() {
    check("640x360", "30000/1001", "").await;
    check("640x360", "24000/1001", "").await;
    check("320x240", "25", "").await;
    check("320x240", "60", "").await;
}

#[tokio::test]
async fn of_sizes_that_need_cropping() {
    check("854x480", "30", "").await;
    check("478x270", "25", "").await;
}

#[tokio::test]
async fn of_full_hd_with_an_odd_crop() {
    check("1918x1078", "30000/1001", "").await;
}

#[tokio::test]
async fn of_variable_rates() {
    check(
        "320x240",
        "30",
        "-vf settb=1/1000,setpts='(N+0.1*mod(N*N,7))/30/TB' -fps_mode passthrough -enc_time_base 1/1000",
    )
    .await;
}

#[tokio::test]
async fn of_tagged_colour() {
    check("320x240", "25", "-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv").await;
}

#[tokio::test]
async fn of_any_preset() {
    let lab = Lab::new();
    let source = lab.make("source.mp4", "-f lavfi -i testsrc2=s=320x240:r=25 -frames:v 20 -c:v libx264");
    let top = lab.normalise(&source).await.unwrap();
    let settings = top.plan.video.as_ref().unwrap().settings.clone();
    let expected = find_box(&bytes_of(&top.path), b"avcC").to_vec();
    for preset in [Preset::Ultrafast, Preset::Superfast, Preset::Faster, Preset::Fast, Preset::Medium] {
        let edge = H264Settings { preset, ..settings.clone() };
        assert_eq!(edge_avcc(&lab, &top, edge, 3, 4).await, expected, "{preset:?}");
    }
}

/// An edge beside a foreign source has ids of its own, and the source's other values.
#[tokio::test]
async fn of_another_encoder_are_reproduced_by_saying_its_settings() {
    let lab = Lab::new();
    let foreign =
        "stitchable=1:ref=2:bframes=2:b-pyramid=strict:weightp=2:keyint=50:open-gop=0:force-cfr=1:fps=25/1";
    let source = lab.make(
        "source.mp4",
        &format!(
            "-f lavfi -i testsrc2=s=320x240:r=25 -frames:v 40 -c:v libx264 -preset medium -profile:v high \
             -level 3.0 -x264-params {foreign} -video_track_timescale 12800"
        ),
    );
    let settings = H264Settings {
        level_idc: 30,
        refs: 2,
        dpb_frames: 3,
        bframes: 2,
        b_pyramid: BPyramid::Strict,
        weightp: 2,
        timescale: 12_800,
        ..H264Settings::pinned(320, 240, Some((25, 1))).for_edge()
    };
    let expected = find_box(&bytes_of(&source), b"avcC").to_vec();
    let top = Normalised::of(&lab, &source);
    assert_eq!(edge_avcc(&lab, &top, settings.clone(), 10, 5).await, expected);

    let other = edge_avcc(&lab, &top, H264Settings { sps_id: 1, ..settings.clone() }, 10, 5).await;
    assert_ne!(other, expected);
    // The same again: the first four bytes are profile and level, which stay.
    assert_eq!(other[..4], expected[..4]);
}
