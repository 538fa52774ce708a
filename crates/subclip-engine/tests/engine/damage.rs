//! When things go wrong around the engine: it says so, and works again.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use subclip_engine::{
    AudioPlan, Engine, Error, Flight, NormaliseRequest, PictureFormat, PictureRequest, Priority, VideoPlan,
};

use crate::lab::{Lab, SANDBOX, UHD, bytes_of, never};

fn short_video(lab: &Lab) -> PathBuf {
    lab.make("source.mp4", "-f lavfi -i testsrc2=s=128x96:r=25 -frames:v 10 -c:v libx264")
}

#[tokio::test]
async fn the_check_tells_the_version() {
    let version = Lab::new().engine.check().await.unwrap();
    assert!(
        version.starts_with(|first: char| first.is_ascii_digit() || first == 'n' || first == 'N'),
        "{version}"
    );
}

#[tokio::test]
async fn a_missing_program_is_named() {
    for (ffmpeg, ffprobe, missing) in [
        ("no-such-ffmpeg", "ffprobe", "no-such-ffmpeg"),
        ("/nothing/ffmpeg", "ffprobe", "/nothing/ffmpeg"),
        ("ffmpeg", "/nothing/ffprobe", "/nothing/ffprobe"),
    ] {
        let lab = Lab::with(|config| {
            config.ffmpeg = ffmpeg.into();
            config.ffprobe = ffprobe.into();
        });
        let error = lab.engine.check().await.unwrap_err();
        let expected = format!("{missing} was not found: install FFmpeg, or set the path to it");
        assert_eq!(error.to_string(), expected);
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn another_program_is_no_ffmpeg() {
    for program in ["true", "false"] {
        let lab = Lab::with(|config| config.ffmpeg = program.into());
        let error = lab.engine.check().await.unwrap_err().to_string();
        assert!(error.ends_with(&format!("/{program} does not work as FFmpeg's programs do")), "{error}");
    }
}

#[tokio::test]
async fn a_missing_launcher_is_named() {
    let lab = Lab::with(|config| config.launcher = vec!["/nothing/subclip".into(), "sandbox".into()]);
    let error = lab.engine.check().await.unwrap_err();
    assert!(matches!(&error, Error::NotFound { program } if program.ends_with("subclip")), "{error}");
}

#[tokio::test]
async fn a_killed_engine_is_worth_another_try() {
    let place = tempfile::tempdir().unwrap();
    let dying = place.path().join("engine-that-is-killed");
    symlink(SANDBOX, &dying).unwrap();
    let lab = Lab::with(|config| config.ffprobe = dying);
    let error = lab.probe(&short_video(&lab)).await.unwrap_err();
    assert!(matches!(error, Error::Killed { signal: 9 }), "{error}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn a_time_limit_ends_the_work_and_names_itself() {
    let lab = Lab::with(|config| config.limits.long = Duration::ZERO);
    let error = lab.normalise(&short_video(&lab)).await.err().unwrap();
    assert!(matches!(error, Error::TimedOut { limit: Duration::ZERO }), "{error}");
}

/// An input that never ends: only a cancelled token or a dropped future can.
async fn endless(
    engine: &Engine,
    lab: &Lab,
    progress: &mut (dyn FnMut(u8) + Send),
    cancel: &tokio_util::sync::CancellationToken,
) -> Result<(), Error> {
    let source = lab.make("long.mkv", "-f lavfi -i testsrc2=s=640x360:r=25 -t 60 -c:v mpeg4 -q:v 10");
    let folder = lab.folder_with(&source);
    let probe = engine.probe(&folder, "source", &never()).await?;
    let video = VideoPlan::for_stream(probe.video().unwrap(), UHD);
    let request =
        NormaliseRequest { video: Some(video), duration_s: Some(60.0), ..NormaliseRequest::default() };
    engine.normalise(&folder, "source", "top.mp4", &request, progress, cancel).await
}

#[tokio::test]
async fn cancelling_stops_the_work_and_frees_its_slot() {
    let lab = Lab::with(|config| {
        config.slots = 1;
        config.waiting = 0;
    });
    let cancel = never();
    // Cancelled from within, as soon as there is progress: so it was running.
    let mut progress = |_| cancel.cancel();
    let error = endless(&lab.engine, &lab, &mut progress, &cancel).await.unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error}");
    // The one slot is free, or this would be busy.
    lab.engine.check().await.unwrap();
}

#[tokio::test]
async fn dropping_the_future_stops_the_work_and_frees_its_slot() {
    let lab = Lab::with(|config| {
        config.slots = 1;
        config.waiting = 0;
    });
    let (tell, told) = tokio::sync::oneshot::channel();
    let mut tell = Some(tell);
    let mut progress = move |_| {
        if let Some(tell) = tell.take() {
            tell.send(()).unwrap();
        }
    };
    let never = never();
    tokio::select! {
        result = endless(&lab.engine, &lab, &mut progress, &never) => panic!("{result:?}"),
        _ = told => {}
    }
    lab.engine.check().await.unwrap();
}

#[tokio::test]
async fn what_is_already_cancelled_starts_nothing() {
    let lab = Lab::new();
    let cancel = never();
    cancel.cancel();
    let folder = lab.folder_with(&short_video(&lab));
    let error = lab.engine.probe(&folder, "source", &cancel).await.unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error}");
}

#[tokio::test]
async fn too_large_a_file_is_a_clean_error_and_the_next_one_works() {
    let lab = Lab::with(|config| config.limits.file_bytes = 100_000);
    let large = lab
        .make("large.mkv", "-f lavfi -i testsrc2=s=640x360:r=25,noise=alls=60:allf=t -t 2 -c:v mpeg4 -q:v 2");
    let error = lab.normalise(&large).await.err().unwrap();
    assert!(matches!(error, Error::OutputTooLarge { limit_bytes: 100_000 }), "{error}");
    lab.normalise(&short_video(&lab)).await.unwrap();
}

#[tokio::test]
async fn too_large_a_result_is_a_clean_error() {
    let lab = Lab::with(|config| config.limits.result_bytes = 1000);
    let gop = lab.make(
        "gop.mp4",
        "-f lavfi -i testsrc2=s=320x240:r=25 -frames:v 3 -c:v libx264 -movflags empty_moov+default_base_moof",
    );
    let request = PictureRequest::new(bytes_of(&gop), 12_800, i64::from(i32::MAX), PictureFormat::Png);
    let error = lab.engine.picture(&request, &never()).await.unwrap_err();
    assert!(matches!(error, Error::OutputTooLarge { limit_bytes: 1000 }), "{error}");
}

#[tokio::test]
async fn too_little_memory_is_a_clean_error() {
    let lab = Lab::with(|config| config.limits.memory_bytes = 400 << 20);
    let source = lab.make("source.mkv", "-f lavfi -i color=s=6000x6000:r=25 -frames:v 4 -c:v mpeg4");
    let error = lab.normalise(&source).await.err().unwrap();
    assert!(matches!(error, Error::OutOfMemory { .. }), "{error}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn an_engine_that_stops_reading_is_not_an_io_error() {
    let lab = Lab::new();
    // Far more than a pipe holds, and nothing that FFmpeg would read to its end.
    let request = PictureRequest::new(Bytes::from(vec![0xff; 8 << 20]), 1000, 0, PictureFormat::Png);
    let error = lab.engine.picture(&request, &never()).await.unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error}");
}

#[tokio::test]
async fn reasons_hold_no_temporary_paths() {
    let lab = Lab::new();
    let whole = fs::read(short_video(&lab)).unwrap();
    for (content, said) in [
        (
            b"this is no media at all, only words".to_vec(),
            "the file is damaged, or is not a media file: check that it plays elsewhere",
        ),
        (
            whole[..whole.len() / 2].to_vec(),
            "the file is incomplete, the index of the MP4 is missing: send the whole file",
        ),
        (Vec::new(), "the file is damaged, or is not a media file: check that it plays elsewhere"),
    ] {
        let path = lab.path("damaged");
        fs::write(&path, content).unwrap();
        let error = lab.probe(&path).await.unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{error}");
        assert_eq!(error.to_string(), said);
    }
}

#[tokio::test]
async fn contradictions_are_refused_before_anything_starts() {
    let lab = Lab::with(|config| config.launcher.clear());
    let folder = lab.engine.folder().unwrap();
    let nothing = NormaliseRequest::default();
    let audio = NormaliseRequest { audio: Some(AudioPlan::Copy { stream: 0 }), ..nothing.clone() };
    for (input, output, request) in
        [("source", "top", &nothing), ("../source", "top", &audio), ("source", "a/b", &audio)]
    {
        let result = lab.engine.normalise(&folder, input, output, request, &mut |_| (), &never()).await;
        assert!(matches!(result, Err(Error::Misused { .. })), "{result:?}");
    }
}

#[tokio::test]
async fn equal_work_is_done_once_and_one_who_leaves_fails_nobody() {
    let lab = Lab::new();
    let (engine, impatient, patient) = (&lab.engine, never(), never());
    let started = std::sync::atomic::AtomicU32::new(0);
    let work = |engine: Engine, flight: Flight| {
        started.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move {
            tokio::select! {
                () = flight.cancel.cancelled() => Err(Error::Cancelled),
                version = engine.check() => version.map(Bytes::from),
            }
        }
    };
    let first = engine.once("version", Priority::Edge, &impatient, work);
    let second = engine.once("version", Priority::Edge, &patient, work);
    let leave = async { impatient.cancel() };
    let (first, second, ()) = tokio::join!(biased; first, second, leave);
    assert!(matches!(first, Err(Error::Cancelled)));
    assert!(!second.unwrap().is_empty());
    assert_eq!(started.into_inner(), 1);
}
