//! The operator's command: what it gets, what it may not have, and how it ends.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;
use subclip_engine::{Config, Engine, Error, Folder, Transcription};
use tokio_util::sync::CancellationToken;

use crate::lab::{Lab, SANDBOX, never};

/// A laboratory whose command is this shell script, with three seconds of sound that begins a second late.
async fn lab(script: &str) -> (Lab, Folder) {
    let place = tempfile::tempdir().unwrap().keep();
    let program = place.join("transcribe");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let lab = Lab::with(|config| config.transcriber = Some(program));
    let sound =
        lab.make("sound.m4a", "-f lavfi -i sine=duration=3:sample_rate=44100 -af asetpts=PTS+1/TB -c:a aac");
    let folder = lab.folder_with(&sound);
    lab.engine.wave(&folder, "source", "sound.wav", &never()).await.unwrap();
    (lab, folder)
}

fn request(timeout: Duration) -> Transcription<'static> {
    Transcription { sound: "sound.wav", language: "pt-BR", timeout, most_bytes: 100_000 }
}

async fn said(script: &str) -> Result<Bytes, Error> {
    let (lab, folder) = lab(script).await;
    lab.engine.transcribe(&folder, &request(Duration::from_secs(60)), &never()).await
}

#[tokio::test]
async fn it_hears_the_sound_and_knows_the_language_and_no_secret() {
    let script =
        "cat > heard.wav; wc -c < heard.wav; head -c 4 heard.wav; echo; echo \"$SUBCLIP_LANGUAGE\"; env";
    let said = said(script).await.unwrap();
    let said = String::from_utf8(said.to_vec()).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    let bytes: u32 = lines[0].parse().unwrap();
    // Four seconds of 16,000 samples of two bytes, and a header; AAC may add a packet.
    assert!((128_000..132_500).contains(&bytes), "{bytes}");
    assert_eq!(lines[1..3], ["RIFF", "pt-BR"]);
    let seen: Vec<&str> =
        lines[3..].iter().filter_map(|line| line.split_once('=')).map(|(name, _)| name).collect();
    assert!(seen.contains(&"PATH"));
    assert!(!seen.iter().any(|name| name.starts_with("CARGO")), "{seen:?}");
}

#[tokio::test]
async fn its_failures_are_told() {
    let refused = said("echo one >&2; echo 'no model' >&2; exit 3").await.unwrap_err();
    assert_eq!(refused.to_string(), "the transcription command failed with status 3: no model");
    assert!(matches!(refused, Error::Refused { .. }));
    assert!(matches!(said("exit 75").await, Err(Error::Unavailable { .. })));
    assert!(matches!(said("kill -SEGV $$").await, Err(Error::Killed { .. })));
    assert!(matches!(said("yes").await, Err(Error::OutputTooLarge { limit_bytes: 100_000 })));
    let (lab, folder) = lab("rm \"$0\"").await;
    let run = async || lab.engine.transcribe(&folder, &request(Duration::from_secs(60)), &never()).await;
    assert_eq!(run().await.unwrap(), "");
    assert!(matches!(run().await, Err(Error::NotFound { .. })));
    let mut config = Config::new(vec!["never started".into()], lab.path("other"));
    config.transcriber = Some("/nowhere/transcribe".into());
    let missing = Engine::new(config).unwrap_err();
    assert_eq!(missing.to_string(), "the transcription command /nowhere/transcribe was not found");
    assert!(lab.engine.can_transcribe() && !Lab::new().engine.can_transcribe());
}

#[tokio::test]
async fn what_it_started_ends_with_it() {
    let (lab, folder) = lab("sleep 600 > alive & wait").await;
    let pipe = folder.output("alive");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let reader = tokio::task::spawn_blocking(move || {
        // Opened when its child has the other end.
        let mut pipe = fs::File::open(pipe).unwrap();
        stop.cancel();
        // Ends when nobody has it any more.
        let mut said = Vec::new();
        pipe.read_to_end(&mut said).map(|_| said)
    });
    let stopped = lab.engine.transcribe(&folder, &request(Duration::from_secs(600)), &cancel).await;
    assert!(matches!(stopped, Err(Error::Cancelled)), "{stopped:?}");
    let ended = tokio::time::timeout(Duration::from_secs(60), reader).await;
    assert_eq!(ended.expect("its child lives").unwrap().unwrap(), b"");
    let before = lab.engine.transcribe(&folder, &request(Duration::from_secs(600)), &cancel).await;
    assert!(matches!(before, Err(Error::Cancelled)));
}

#[tokio::test]
async fn what_takes_too_long_is_ended() {
    let (lab, folder) = lab("sleep 600").await;
    let late = lab.engine.transcribe(&folder, &request(Duration::from_secs(1)), &never()).await;
    assert!(matches!(late, Err(Error::TimedOut { .. })), "{late:?}");
}

#[tokio::test]
async fn what_it_started_ends_with_the_server() {
    let place = tempfile::tempdir().unwrap();
    let (program, pipe) = (place.path().join("transcribe"), place.path().join("alive"));
    fs::write(&program, format!("#!/bin/sh\nsleep 600 > {} & wait\n", pipe.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // In the server's place; the program leads a process group, as it does there.
    let mut server = Command::new("sh")
        .arg("-c")
        .arg(r#"setsid "$@" --parent $$ --trusted -- "$PROGRAM" & wait"#)
        .args(["sh", SANDBOX, "--memory-bytes", "1000000000", "--cpu-seconds", "60"])
        .args(["--file-bytes", "1000000", "--nice", "1"])
        .env("PROGRAM", &program)
        .spawn()
        .unwrap();
    // Is there once the other end is.
    let mut alive = tokio::task::spawn_blocking(move || fs::File::open(pipe).unwrap()).await.unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    let reader = tokio::task::spawn_blocking(move || alive.read_to_end(&mut Vec::new()).unwrap());
    let ended = tokio::time::timeout(Duration::from_secs(60), reader).await;
    assert_eq!(ended.expect("it outlives the server").unwrap(), 0);
}
