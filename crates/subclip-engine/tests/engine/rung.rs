//! Pieces of rungs: the right pictures at their times, smaller, under one `avcC`, and never more than was said.

use bytes::Bytes;
use subclip_engine::{Colour, H264Settings, Priority, RungRequest, Urgency};

use crate::lab::{Lab, bytes_of, find_box, look, never, shades, shown, video_times};

/// A piece of 48 pictures, and its times.
fn piece(lab: &Lab, source: &str, timescale: u32, encoder: &str) -> (Bytes, Vec<i64>) {
    let path = lab.make(
        "piece.mp4",
        &format!(
            "{source} -c:v libx264 -g 24 {encoder} -video_track_timescale {timescale} \
             -movflags empty_moov+default_base_moof+frag_keyframe -use_editlist 0"
        ),
    );
    (bytes_of(&path), video_times(&path))
}

fn request(input: Bytes, timescale: u32, settings: H264Settings) -> RungRequest {
    RungRequest {
        input,
        frame_count: 48,
        width: 48,
        height: 36,
        settings,
        pace: (25, 1),
        most_kbps: 400,
        reserve_kbits: 200,
        timescale,
    }
}

async fn made(lab: &Lab, request: &RungRequest) -> Bytes {
    lab.engine.encode_rung(request, &Urgency::new(Priority::Rung), &never()).await.unwrap()
}

async fn check(rate: &str, timescale: u32, encoder: &str, frame_rate: Option<(u32, u32)>) {
    let lab = Lab::new();
    let (input, times) = piece(&lab, &shades("64x48", rate, 48), timescale, encoder);
    for reordered in [0, 1, 2] {
        let settings = H264Settings::for_rung((48, 36), frame_rate, (25, 1), reordered, timescale);
        let rung = made(&lab, &request(input.clone(), timescale, settings)).await;
        let path = lab.path("rung.mp4");
        std::fs::write(&path, &rung).unwrap();

        let about = format!("{rate} {timescale} {encoder}, {reordered} reordered");
        assert_eq!(shown(&path), (0..48).collect::<Vec<u8>>(), "{about}");
        let distance = |times: &[i64]| times.iter().map(|time| time - times[0]).collect::<Vec<_>>();
        assert_eq!(distance(&video_times(&path)), distance(&times), "{about}");
        let packets = look(&path, "-ignore_editlist 1 -show_entries packet=flags");
        assert_eq!(packets.iter().filter(|row| row[0].starts_with('K')).count(), 1, "{about}");
        assert!(packets[0][0].starts_with('K'), "{about}");
    }
}

#[tokio::test]
async fn show_every_picture_at_its_time() {
    check("25", 12_800, "-bf 3", Some((25, 1))).await;
    check("30000/1001", 30_000, "-bf 0", Some((30_000, 1001))).await;
    let uneven = "-bf 2 -vf settb=1/90000,setpts='(N+0.4*mod(N,3))/25/TB' -fps_mode passthrough \
                  -enc_time_base 1/90000";
    check("25", 90_000, uneven, None).await;
    check("25", 25, "-bf 2", Some((25, 1))).await;
}

#[tokio::test]
async fn of_one_profile_have_one_avcc() {
    let lab = Lab::new();
    for frame_rate in [Some((25, 1)), None] {
        let settings = H264Settings {
            colour: Colour::BT709,
            ..H264Settings::for_rung((48, 36), frame_rate, (25, 1), 2, 12_800)
        };
        let mut sets = Vec::new();
        for (source, frames) in
            [("smptebars=s=64x48", 48), ("testsrc2=s=320x240", 48), ("testsrc2=s=64x48", 1)]
        {
            let source = format!("-f lavfi -i {source}:r=25 -frames:v {frames}");
            let (input, _) = piece(&lab, &source, 12_800, "-bf 3 -pix_fmt yuv420p");
            let request = RungRequest {
                frame_count: frames,
                most_kbps: 100 * frames,
                ..request(input, 12_800, settings.clone())
            };
            sets.push(find_box(&made(&lab, &request).await, b"avcC").to_vec());
        }
        assert!(sets.windows(2).all(|pair| pair[0] == pair[1]), "{frame_rate:?}");
        // What `CODECS` says before anything is encoded.
        assert_eq!(sets[0][1..4], [100, 0, settings.level_idc]);
    }
}

#[tokio::test]
async fn take_no_more_than_was_said() {
    let lab = Lab::new();
    let noise = "-f lavfi -i nullsrc=s=320x240:r=25,geq=random(1)*255:128:128 -frames:v 48";
    let (input, _) = piece(&lab, noise, 12_800, "-crf 20 -pix_fmt yuv420p");
    for (most_kbps, reserve_kbits) in [(1500, 750), (700, 350)] {
        let settings = H264Settings::for_rung((240, 180), Some((25, 1)), (25, 1), 2, 12_800);
        let base = request(input.clone(), 12_800, settings);
        let request = RungRequest { width: 240, height: 180, most_kbps, reserve_kbits, ..base };
        let rung = made(&lab, &request).await;
        let most_bytes = (f64::from(most_kbps) * 48.0 / 25.0 + f64::from(reserve_kbits)) * 1000.0 / 8.0;
        assert!((rung.len() as f64) < most_bytes * 1.05, "{} bytes for {most_bytes}", rung.len());
        assert!((rung.len() as f64) > most_bytes * 0.5, "noise takes what it gets: {}", rung.len());
        assert_eq!(made(&lab, &request).await, rung, "the same every time");
    }
}

#[tokio::test]
async fn need_a_size_and_a_rate() {
    let lab = Lab::new();
    let settings = H264Settings::for_rung((48, 36), None, (25, 1), 2, 12_800);
    let good = request(Bytes::from_static(b"x"), 12_800, settings);
    for bad in [
        RungRequest { width: 47, ..good.clone() },
        RungRequest { height: 0, ..good.clone() },
        RungRequest { most_kbps: 0, ..good.clone() },
        RungRequest { frame_count: 0, ..good.clone() },
    ] {
        let refused = lab.engine.encode_rung(&bad, &Urgency::new(Priority::Rung), &never()).await;
        assert!(matches!(refused, Err(subclip_engine::Error::Misused { .. })));
    }
    let refused = lab.engine.encode_rung(&good, &Urgency::new(Priority::Rung), &never()).await;
    assert!(matches!(refused, Err(subclip_engine::Error::Refused { .. })));
}
