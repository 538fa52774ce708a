//! Remuxing: every packet as it was, the two media where they were.

use std::path::{Path, PathBuf};

use subclip_engine::{Error, RemuxRequest};

use crate::lab::{Lab, look, never};

async fn remux(lab: &Lab, file: &Path) -> Result<PathBuf, Error> {
    let folder = lab.folder_with(file);
    let probe = lab.engine.probe(&folder, "source", &never()).await?;
    let request = RemuxRequest {
        video: probe.video().map(|stream| stream.index),
        audio: probe.audio().map(|stream| stream.index),
        duration_s: probe.duration_s,
    };
    let mut percents = Vec::new();
    let mut progress = |percent| percents.push(percent);
    lab.engine.remux(&folder, "source", "plain.mp4", &request, &mut progress, &never()).await?;
    assert_eq!(percents.last(), Some(&100));
    let kept = lab.path("plain.mp4");
    std::fs::copy(folder.output("plain.mp4"), &kept).unwrap();
    Ok(kept)
}

/// When each packet of a stream is shown, to a tenth of a millisecond.
fn times(file: &Path, kind: &str) -> Vec<f64> {
    let rows = look(file, &format!("-select_streams {kind} -show_entries packet=pts_time"));
    let mut times: Vec<f64> = rows.iter().map(|row| row[0].parse().unwrap()).collect();
    times.sort_by(f64::total_cmp);
    times
}

async fn check(name: &str, options: &str, tolerance_s: f64) {
    let lab = Lab::new();
    let source = lab.make(
        name,
        &format!(
            "-f lavfi -i testsrc2=s=160x120:r=25 -itsoffset 0.4 -f lavfi -i sine=r=48000 -map 0 -map 1 -t 2 \
             -c:v libx264 -bf 2 -g 25 -pix_fmt yuv420p -c:a aac {options}"
        ),
    );
    let plain = remux(&lab, &source).await.unwrap();
    let (video, audio) = (times(&plain, "v"), times(&plain, "a"));
    let (source_video, source_audio) = (times(&source, "v"), times(&source, "a"));
    assert_eq!(video.len(), 50, "{name}");
    assert_eq!(source_audio.len(), audio.len(), "{name}");
    for (index, (found, expected)) in video.iter().zip(&source_video).enumerate() {
        let (found, expected) = (found - video[0], expected - source_video[0]);
        assert!((found - expected).abs() <= tolerance_s, "{name} frame {index}: {found} not {expected}");
    }
    let (found, expected) = (audio[0] - video[0], source_audio[0] - source_video[0]);
    assert!((found - expected).abs() <= tolerance_s, "{name}: audio is off by {}", found - expected);
}

#[tokio::test]
async fn from_matroska() {
    check("source.mkv", "", 0.0011).await;
}

#[tokio::test]
async fn from_a_transport_stream() {
    check("source.ts", "", 0.0011).await;
}

#[tokio::test]
async fn from_flash_video() {
    check("source.flv", "", 0.0021).await;
}

#[tokio::test]
async fn from_fragments() {
    check("source.mp4", "-movflags empty_moov+default_base_moof+frag_keyframe", 0.0011).await;
}

#[tokio::test]
async fn only_the_chosen_streams_and_no_tags() {
    let lab = Lab::new();
    let source = lab.make(
        "source.mkv",
        "-f lavfi -i testsrc2=s=160x120:r=25 -f lavfi -i sine -f lavfi -i sine=f=880 -map 0 -map 1 -map 2 -t 1 \
         -c:v libx264 -c:a aac -metadata title=Secret -disposition:a:0 0 -disposition:a:1 default",
    );
    let plain = remux(&lab, &source).await.unwrap();
    let kinds: Vec<String> = look(&plain, "-show_entries stream=codec_type").concat();
    assert_eq!(kinds, ["video", "audio"]);
    let bytes = std::fs::read(&plain).unwrap();
    assert!(!bytes.windows(6).any(|window| window == b"Secret"));
}

#[tokio::test]
async fn what_has_no_place_in_mp4_is_refused() {
    let lab = Lab::new();
    let source = lab.make("source.mkv", "-f lavfi -i testsrc2=s=160x120:r=25 -t 1 -c:v ffv1");
    let error = remux(&lab, &source).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
    assert!(!error.to_string().contains("run-"), "{error}");
}
