//! Turning sound into captions: by the operator's own command, which the engine runs.

use std::time::Duration;

use futures::StreamExt as _;
use subclip_core::{AssetId, Medium};
use subclip_engine::{Folder, Transcription};
use subclip_formats::captions::{Captions, MOST_BYTES};
use tokio::io::AsyncWriteExt as _;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::labels::LANGUAGE_AUTO;
use crate::media::MediaFile;
use crate::{Error, Kind, Result};

/// The files in the engine's folder.
const SOUND: &str = "sound.m4a";
const WAVE: &str = "sound.wav";
/// How long a command may take beside what the sound's length allows it.
const LEAST_TIME: Duration = Duration::from_secs(10 * 60);
/// How many times the sound's length it may take.
const TIMES_ITS_LENGTH: u32 = 10;
/// But no longer than this.
const MOST_TIME: Duration = Duration::from_secs(24 * 3600);

/// # Errors
/// `Invalid`, in words for who asked for captions of sound, where there is nothing that makes any.
pub(crate) fn cannot_transcribe(app: &App) -> Result<()> {
    if app.engine().can_transcribe() {
        return Ok(());
    }
    Err(Error::invalid(
        "Captions can't be generated: no transcription command is set up on this server (SUBCLIP_TRANSCRIBE).",
    ))
}

/// The captions of an asset's sound, on its timeline.
///
/// # Errors
/// `Invalid` where it has no sound, or where what comes of it are no captions; `Broken` without a command; those of the
/// engine.
pub(crate) async fn transcript(
    app: &App,
    asset: AssetId,
    language: &str,
    cancel: &CancellationToken,
) -> Result<Captions> {
    if !app.engine().can_transcribe() {
        return Err(Error::new(
            Kind::Broken,
            "The transcription command that was set up is not there any more.",
        ));
    }
    let playable = app.playable_of(asset).await?;
    if playable.audio.is_none() {
        return Err(Error::invalid("The asset has no sound that captions could be generated from."));
    }
    let length = playable.view.timeline.duration().seconds().max(0.0);
    let allowed = Duration::try_from_secs_f64(length * f64::from(TIMES_ITS_LENGTH)).unwrap_or(MOST_TIME);
    let folder = app.engine().folder()?;
    write_sound(app, MediaFile::new(playable, app.library(), &[Medium::Audio]).await?, &folder, cancel)
        .await?;
    app.engine().wave(&folder, SOUND, WAVE, cancel).await?;
    let request = Transcription {
        sound: WAVE,
        language: if language.is_empty() { LANGUAGE_AUTO } else { language },
        timeout: allowed.saturating_add(LEAST_TIME).min(MOST_TIME),
        most_bytes: MOST_BYTES as u64,
    };
    let bytes = app.engine().transcribe(&folder, &request, cancel).await?;
    let read = super::tracks::read(bytes).await;
    read.map_err(|error| Error {
        message: format!("The transcription command failed: {}", error.message),
        ..error
    })
}

/// Writes the sound where the engine reads it: it must seek in it.
async fn write_sound(app: &App, file: MediaFile, folder: &Folder, cancel: &CancellationToken) -> Result<()> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Error::full(),
        _ => Error::internal(format!("writing the sound: {error}")),
    };
    let size = file.size();
    let mut bytes = std::sync::Arc::new(file).stream(app.clone(), 0..size);
    let mut out = tokio::fs::File::create(folder.input(SOUND)).await.map_err(failed)?;
    loop {
        let next = tokio::select! {
            next = bytes.next() => next,
            () = cancel.cancelled() => return Err(Error::conflict("The work was cancelled.")),
        };
        match next {
            Some(chunk) => out.write_all(&chunk.map_err(failed)?).await.map_err(failed)?,
            None => return out.flush().await.map_err(failed),
        }
    }
}
