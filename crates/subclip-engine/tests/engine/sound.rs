//! Sound alone: measured, made louder, and where it was.

use std::path::Path;

use futures::stream::{self, StreamExt};
use subclip_engine::{Loudness, SoundInput, SoundRequest};

use crate::lab::{Lab, bytes_of, ffmpeg, look, never};

/// A file of sound as it is given to the engine: in fragments, and in pieces of any length.
fn input(lab: &Lab, options: &str, end_s: f64) -> SoundInput {
    let path = lab.make(
        "sound.mp4",
        &format!(
            "{options} -c:a aac -b:a 128k -movflags empty_moov+default_base_moof+frag_every_frame -use_editlist 0"
        ),
    );
    let bytes = bytes_of(&path);
    let pieces: Vec<_> =
        (0..bytes.len()).step_by(1000).map(|at| bytes.slice(at..bytes.len().min(at + 1000))).collect();
    SoundInput { bytes: stream::iter(pieces).map(Ok).boxed(), end_s }
}

async fn loudness(lab: &Lab, sound: SoundInput) -> Loudness {
    let mut percents = Vec::new();
    let measured = lab.engine.loudness(sound, &mut |percent| percents.push(percent), &never()).await.unwrap();
    assert!(percents.is_sorted() && !percents.is_empty(), "{percents:?}");
    measured
}

const TONE: &str = "-f lavfi -i sine=f=1000:r=48000:d=6,volume=-12dB,aformat=channel_layouts=stereo";

#[tokio::test]
async fn the_measure_follows_the_gain() {
    let lab = Lab::new();
    let before = loudness(&lab, input(&lab, TONE, 6.0)).await;
    let lufs = before.integrated_lufs.unwrap();
    // FFmpeg's sine has an amplitude of an eighth, and goes into two channels with its power halved.
    assert!((before.true_peak_db + 33.1).abs() < 0.5, "{before:?}");
    let gain_db = -24.0 - lufs;
    let request =
        SoundRequest { gain_db, limit_db: None, channels: 2, sample_rate: 48_000, bitrate_kbps: 192 };
    let folder = lab.engine.folder().unwrap();
    lab.engine
        .encode_sound(&folder, input(&lab, TONE, 6.0), "made.mp4", &request, &mut |_| (), &never())
        .await
        .unwrap();
    let made = folder.output("made.mp4");
    let copied = format!("-i {}", made.display());
    let after = loudness(&lab, input(&lab, &copied, 6.0)).await;
    assert!((after.integrated_lufs.unwrap() + 24.0).abs() < 0.2, "{before:?} became {after:?}");
}

#[tokio::test]
async fn silence_has_no_loudness() {
    let lab = Lab::new();
    let silent = loudness(&lab, input(&lab, "-f lavfi -i anullsrc=r=48000:cl=mono -t 3", 3.0)).await;
    assert_eq!(silent.integrated_lufs, None);
}

/// Where sound begins in a file, in samples: players' edit lists are applied.
fn begins(path: &Path) -> usize {
    let raw = ffmpeg(["-i", path.to_str().unwrap(), "-ac", "1", "-f", "s16le", "-"]);
    let samples = raw.chunks(2).map(|two| i16::from_le_bytes([two[0], two[1]]));
    samples.into_iter().position(|sample| sample.abs() > 1000).unwrap()
}

#[tokio::test]
async fn sound_stays_where_it_was() {
    let lab = Lab::new();
    // Half a second of silence and a tone, with peaks that are held down and without.
    let late = "-f lavfi -i sine=f=1000:r=48000:d=2,volume=12dB,adelay=500:all=1";
    for limit_db in [None, Some(-3.0)] {
        let request =
            SoundRequest { gain_db: 6.0, limit_db, channels: 1, sample_rate: 48_000, bitrate_kbps: 128 };
        let folder = lab.engine.folder().unwrap();
        lab.engine
            .encode_sound(&folder, input(&lab, late, 2.5), "made.mp4", &request, &mut |_| (), &never())
            .await
            .unwrap();
        let made = folder.output("made.mp4");
        let packets = look(&made, "-show_entries packet=pts");
        assert_eq!(packets[0][0], "-1024", "one packet primes the decoder");
        // What is fed begins with a packet that primes the decoder too, and its times count from there.
        let expected = 24_000 + 1024;
        assert!(begins(&made).abs_diff(expected) < 100, "{limit_db:?}: {}", begins(&made));
    }
}
