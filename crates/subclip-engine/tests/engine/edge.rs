//! Edges: the right frames, at their times, decodable on their own.

use std::time::Duration;

use bytes::Bytes;
use subclip_engine::{EdgeRequest, Error, H264Settings, Priority, Urgency};

use crate::lab::{Lab, bytes_of, look, never, shades, shown, video_times};

/// A GOP of 48 pictures, and its times.
fn gop(lab: &Lab, rate: &str, timescale: u32, encoder: &str) -> (Bytes, Vec<i64>) {
    let source = shades("64x48", rate, 48);
    let path = lab.make(
        "gop.mp4",
        &format!(
            "{source} -c:v libx264 -g 250 {encoder} -video_track_timescale {timescale} \
             -movflags empty_moov+default_base_moof+frag_keyframe -use_editlist 0"
        ),
    );
    (bytes_of(&path), video_times(&path))
}

struct Cut {
    rate: &'static str,
    timescale: u32,
    encoder: &'static str,
}

impl Cut {
    async fn check(&self, from: usize, count: usize) {
        let lab = Lab::new();
        let (input, times) = gop(&lab, self.rate, self.timescale, self.encoder);
        assert_eq!(times.len(), 48);
        let request = EdgeRequest {
            input,
            start_pts: times[from],
            end_pts: times.get(from + count).copied().unwrap_or(times[47] + 1),
            frame_count: count as u32,
            settings: H264Settings::pinned(64, 48, Some((25, 1))).for_edge(),
            timescale: self.timescale,
        };
        let edge = lab.engine.encode_edge(&request, &Urgency::new(Priority::Edge), &never()).await.unwrap();
        let path = lab.path("edge.mp4");
        std::fs::write(&path, &edge).unwrap();

        let about = format!("{count} from {from}, {} {}", self.rate, self.encoder);
        let expected: Vec<u8> = (from..from + count).map(|frame| (frame % 50) as u8).collect();
        assert_eq!(shown(&path), expected, "{about}");
        let found = video_times(&path);
        let distance = |times: &[i64]| times.iter().map(|time| time - times[0]).collect::<Vec<_>>();
        assert_eq!(distance(&found), distance(&times[from..from + count]), "{about}");

        let packets = look(&path, "-ignore_editlist 1 -show_entries packet=dts,flags");
        assert_eq!(packets[0][0], "0", "{about}: decode times begin at 0");
        assert!(packets[0][1].starts_with('K'), "{about}");
        assert_eq!(packets.iter().filter(|row| row[1].starts_with('K')).count(), 1, "{about}");
        let moofs = edge.windows(4).filter(|window| window == b"moof").count();
        assert_eq!(moofs, 1, "{about}: one fragment");
    }
}

#[tokio::test]
async fn of_any_length_anywhere() {
    let cut = Cut { rate: "25", timescale: 12_800, encoder: "-bf 3" };
    for (from, count) in [(0, 1), (0, 48), (1, 1), (47, 1), (46, 2), (13, 1), (7, 30)] {
        cut.check(from, count).await;
    }
}

#[tokio::test]
async fn of_fractional_rates() {
    Cut { rate: "30000/1001", timescale: 30_000, encoder: "-bf 3" }.check(11, 20).await;
    Cut { rate: "24000/1001", timescale: 90_000, encoder: "-bf 0" }.check(20, 28).await;
}

#[tokio::test]
async fn of_variable_rates() {
    let encoder = "-bf 2 -vf settb=1/90000,setpts='(N+0.4*mod(N,3))/25/TB' -fps_mode passthrough -enc_time_base 1/90000";
    Cut { rate: "25", timescale: 90_000, encoder }.check(5, 17).await;
}

#[tokio::test]
async fn of_frames_far_from_zero() {
    let lab = Lab::new();
    let (input, times) = gop(&lab, "25", 1_000_000, "-bf 2");
    // Ten hours into a recording; at a million ticks a second that takes more than 32 bits.
    let ten_hours = 36_000_000_000_i64;
    let mut input = input.to_vec();
    let tfdt = input.windows(4).position(|window| window == b"tfdt").unwrap();
    assert_eq!(input[tfdt + 4], 1, "the time has 64 bits");
    input[tfdt + 8..tfdt + 16].copy_from_slice(&ten_hours.to_be_bytes());
    let request = EdgeRequest {
        input: input.into(),
        start_pts: ten_hours + times[4],
        end_pts: ten_hours + times[7],
        frame_count: 3,
        settings: H264Settings::pinned(64, 48, Some((25, 1))).for_edge(),
        timescale: 1_000_000,
    };
    let edge = lab.engine.encode_edge(&request, &Urgency::new(Priority::Edge), &never()).await.unwrap();
    let path = lab.path("edge.mp4");
    std::fs::write(&path, &edge).unwrap();
    assert_eq!(shown(&path), [4, 5, 6]);
}

#[tokio::test]
async fn without_frames_are_refused() {
    let lab = Lab::new();
    let (input, times) = gop(&lab, "25", 12_800, "-bf 2");
    let request = EdgeRequest {
        input,
        start_pts: times[47] + 1,
        end_pts: i64::MAX,
        frame_count: 1,
        settings: H264Settings::pinned(64, 48, Some((25, 1))).for_edge(),
        timescale: 12_800,
    };
    let error = lab.engine.encode_edge(&request, &Urgency::new(Priority::Edge), &never()).await.unwrap_err();
    assert_eq!(error.to_string(), "the frames at the cut can't be decoded");
    for wrong in [
        EdgeRequest { frame_count: 0, ..request.clone() },
        EdgeRequest { timescale: 0, ..request.clone() },
        EdgeRequest { end_pts: request.start_pts, ..request.clone() },
    ] {
        assert!(matches!(
            lab.engine.encode_edge(&wrong, &Urgency::new(Priority::Edge), &never()).await,
            Err(Error::Misused { .. })
        ));
    }
}

/// On moving pictures an edge looks like its source: 35 dB or more, frame by frame.
#[tokio::test]
async fn look_like_their_source() {
    let lab = Lab::new();
    let gop = lab.make(
        "gop.mp4",
        "-f lavfi -i mandelbrot=s=640x360:r=30 -frames:v 40 -c:v libx264 -crf 18 -pix_fmt yuv420p \
         -video_track_timescale 15360 -movflags empty_moov+default_base_moof+frag_keyframe -use_editlist 0",
    );
    let times = video_times(&gop);
    let request = EdgeRequest {
        input: bytes_of(&gop),
        start_pts: times[10],
        end_pts: times[30],
        frame_count: 20,
        settings: H264Settings::pinned(640, 360, Some((30, 1))).for_edge(),
        timescale: 15_360,
    };
    let edge = lab.engine.encode_edge(&request, &Urgency::new(Priority::Edge), &never()).await.unwrap();
    let path = lab.path("edge.mp4");
    std::fs::write(&path, &edge).unwrap();
    let compare = format!(
        "-i {} -i {} -lavfi [0]setpts=N[a];[1]trim=start_frame=10:end_frame=30,setpts=N[b];\
         [a][b]psnr=stats_file={} -f null -",
        path.display(),
        gop.display(),
        lab.path("psnr").display()
    );
    crate::lab::ffmpeg(compare.split_whitespace());
    let report = std::fs::read_to_string(lab.path("psnr")).unwrap();
    let worst = report
        .split_whitespace()
        .filter_map(|field| field.strip_prefix("psnr_avg:"))
        .map(|value| value.parse::<f64>().unwrap())
        .fold(f64::INFINITY, f64::min);
    assert_eq!(report.lines().count(), 20);
    assert!(worst >= 35.0, "{worst} dB");
}

#[tokio::test]
async fn have_a_time_limit_of_their_own() {
    for (of_edges_s, of_pictures_s, in_time) in [(60, 0, true), (0, 60, false)] {
        let lab = Lab::with(|config| {
            config.limits.edge = Duration::from_secs(of_edges_s);
            config.limits.short = Duration::from_secs(of_pictures_s);
        });
        let (input, times) = gop(&lab, "25", 12_800, "-bf 2");
        let request = EdgeRequest {
            input,
            start_pts: times[4],
            end_pts: times[7],
            frame_count: 3,
            settings: H264Settings::pinned(64, 48, Some((25, 1))).for_edge(),
            timescale: 12_800,
        };
        match lab.engine.encode_edge(&request, &Urgency::new(Priority::Edge), &never()).await {
            Ok(_) => assert!(in_time),
            Err(error) => assert!(!in_time && matches!(error, Error::TimedOut { .. }), "{error}"),
        }
    }
}
