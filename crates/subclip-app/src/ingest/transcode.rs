//! What can't be indexed as it came: copied into another container where that is enough, encoded anew where not.

use std::path::PathBuf;

use subclip_core::{ObjectId, Time};
use subclip_engine::{
    AudioPlan, Engine, Folder, H264Settings, NormaliseRequest, Probe, RemuxRequest, Stream, StreamKind,
    VideoPlan,
};
use subclip_storage::Storage;
use tokio_util::sync::CancellationToken;

use super::index::IndexedTrack;
use super::judge::SoundEnd;
use crate::model::{Conversion, InputFile, InputTrack};
use crate::{Error, Result};

const INPUT: &str = "input";
const REMUXED: &str = "remuxed.mp4";
const RESOUNDED: &str = "resounded.mp4";
const NORMALISED: &str = "normalised.mp4";

/// What becomes of sound that may stay as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sound {
    /// It stays.
    AsItIs,
    /// It is encoded, with silence where it is missing.
    Filled,
}

impl Sound {
    /// Where what is so treated may end: what could be filled was.
    pub(crate) fn end(self) -> SoundEnd {
        match self {
            Self::AsItIs => SoundEnd::WithPictures,
            Self::Filled => SoundEnd::Anywhere,
        }
    }
}

/// A file that the engine works on, in a folder of its own.
pub(crate) struct Transcode {
    engine: Engine,
    folder: Folder,
    /// What is in it.
    pub(crate) probe: Probe,
}

/// A file the engine made.
pub(crate) struct Made {
    /// Where it lies; gone when the [`Transcode`] is dropped.
    pub(crate) path: PathBuf,
    /// The settings its video was encoded with.
    pub(crate) encoder: Option<H264Settings>,
}

impl Transcode {
    /// Opens an object for the engine and looks what is in it.
    ///
    /// # Errors
    /// `Invalid` where the engine finds nothing it can decode.
    pub(crate) async fn open(
        engine: &Engine,
        storage: &Storage,
        object: ObjectId,
        cancel: &CancellationToken,
    ) -> Result<Self> {
        let folder = engine.folder()?;
        storage.place_at(object, &folder.input(INPUT)).await?;
        let probe = engine.probe(&folder, INPUT, cancel).await?;
        if probe.video().is_none() && probe.audio().is_none() {
            return Err(Error::invalid("There is neither video nor sound in this file that can be decoded."));
        }
        Ok(Self { engine: engine.clone(), folder, probe })
    }

    /// Whether its codecs conform, so that another container may be all it needs.
    fn may_remux(&self) -> bool {
        let video = self.probe.video().is_none_or(conforming_video);
        let audio = self.probe.audio().is_none_or(Stream::is_aac_lc);
        video && audio && !self.probe.container.contains("mp4")
    }

    /// Copies the streams into an MP4.
    async fn remux(
        &self,
        progress: &mut (dyn FnMut(u8) + Send),
        cancel: &CancellationToken,
    ) -> Result<Made, subclip_engine::Error> {
        let request = RemuxRequest::from(&self.probe);
        self.engine.remux(&self.folder, INPUT, REMUXED, &request, progress, cancel).await?;
        Ok(Made { path: self.folder.output(REMUXED), encoder: None })
    }

    /// Makes what can be made without encoding pictures; nothing where they must be. `file` is told what is done, and why
    /// copying failed.
    pub(crate) async fn with_pictures_as_they_are(
        &self,
        sound: Sound,
        progress: &mut (dyn FnMut(u8) + Send),
        cancel: &CancellationToken,
        file: &mut InputFile,
    ) -> Result<Option<Made>> {
        if sound == Sound::AsItIs && self.may_remux() {
            file.conversion = Some(Conversion::Copied);
            unless_refused(self.remux(&mut |_| {}, cancel).await, file)
        } else if self.may_keep_video() {
            file.conversion = Some(Conversion::SoundEncoded);
            if file.not_conforming.is_empty()
                && let Some(audio) = self.probe.audio().filter(|audio| !audio.is_aac_lc())
            {
                file.not_conforming
                    .push(format!("its sound is {}, which is not served as it is", audio.codec));
            }
            unless_refused(self.normalise_sound(sound, progress, cancel).await, file)
        } else {
            Ok(None)
        }
    }

    /// Whether what was made has pictures if the file has.
    pub(crate) fn has_its_pictures(&self, video: Option<&IndexedTrack>) -> bool {
        video.is_some() || self.probe.video().is_none()
    }

    fn audio(&self, sound: Sound) -> Option<AudioPlan> {
        let plan = match sound {
            Sound::AsItIs => AudioPlan::for_stream,
            Sound::Filled => AudioPlan::encoding,
        };
        self.probe.audio().map(plan)
    }

    /// Whether its video conforms by all that can be told from outside, so that only its sound need be encoded.
    fn may_keep_video(&self) -> bool {
        self.probe.video().is_some_and(conforming_video) && self.probe.audio().is_some()
    }

    /// Copies the video and encodes the sound.
    async fn normalise_sound(
        &self,
        sound: Sound,
        progress: &mut (dyn FnMut(u8) + Send),
        cancel: &CancellationToken,
    ) -> Result<Made, subclip_engine::Error> {
        let request = NormaliseRequest {
            copied_video: self.probe.video().map(|s| s.index),
            audio: self.audio(sound),
            sound_until_s: self.pictures_until_s(),
            first_picture_s: self.probe.first_picture_s(),
            duration_s: self.probe.duration_s,
            video: None,
        };
        self.engine.normalise(&self.folder, INPUT, RESOUNDED, &request, progress, cancel).await?;
        Ok(Made { path: self.folder.output(RESOUNDED), encoder: None })
    }

    /// When the last picture ends, as far as the file tells.
    fn pictures_until_s(&self) -> Option<f64> {
        self.probe.video().map_or(self.probe.duration_s, |video| self.probe.duration_of(video))
    }

    /// Makes a file of the sound alone. Where it is filled, it lasts until then.
    pub(crate) async fn sound_alone(
        &self,
        sound: Sound,
        until: Time,
        progress: &mut (dyn FnMut(u8) + Send),
        cancel: &CancellationToken,
    ) -> Result<Made, subclip_engine::Error> {
        let (audio, duration_s) = (self.audio(sound), self.probe.duration_s);
        let sound_until_s = Some(until.seconds());
        let request = NormaliseRequest { audio, sound_until_s, duration_s, ..NormaliseRequest::default() };
        self.engine.normalise(&self.folder, INPUT, RESOUNDED, &request, progress, cancel).await?;
        Ok(Made { path: self.folder.output(RESOUNDED), encoder: None })
    }

    /// Encodes video and sound as the pinned profile has it; no picture gets more than `most_lines` lines.
    pub(crate) async fn normalise(
        &self,
        most_lines: u32,
        sound: Sound,
        progress: &mut (dyn FnMut(u8) + Send),
        cancel: &CancellationToken,
    ) -> Result<Made> {
        let bounds = (most_lines * 16 / 9, most_lines);
        let video = self.probe.video().map(|stream| VideoPlan::for_stream(stream, bounds));
        let encoder = video.as_ref().map(|plan| plan.settings.clone());
        let audio = self.audio(sound);
        let (sound_until_s, duration_s) = (self.pictures_until_s(), self.probe.duration_s);
        let first_picture_s = self.probe.first_picture_s();
        let request =
            NormaliseRequest { video, copied_video: None, audio, sound_until_s, first_picture_s, duration_s };
        self.engine.normalise(&self.folder, INPUT, NORMALISED, &request, progress, cancel).await?;
        Ok(Made { path: self.folder.output(NORMALISED), encoder })
    }
}

/// What came of copying, or nothing where the engine says that this media can't be copied: it may be decoded all the
/// same. `file` is told why.
fn unless_refused<T>(copied: Result<T, subclip_engine::Error>, file: &mut InputFile) -> Result<Option<T>> {
    match copied {
        Ok(made) => Ok(Some(made)),
        Err(subclip_engine::Error::Refused { reason }) => {
            file.not_conforming.push(format!("it can't be copied as it is: {reason}"));
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn conforming_video(stream: &Stream) -> bool {
    stream.codec == "h264"
        && stream.pix_fmt.as_deref() == Some("yuv420p")
        && stream.field_order.as_deref().is_none_or(|order| order == "progressive" || order == "unknown")
        && stream.rotation == 0
}

impl From<&Probe> for InputFile {
    fn from(probe: &Probe) -> Self {
        let kept = probe.streams.iter().filter(|s| !s.is_attached_picture);
        Self {
            container: probe.container.clone(),
            tracks: kept.filter_map(|stream| input_track(stream, probe.duration_of(stream))).collect(),
            ..Self::default()
        }
    }
}

fn input_track(stream: &Stream, duration_s: Option<f64>) -> Option<InputTrack> {
    let positive = |n: u32| Some(n).filter(|&n| n > 0);
    let rate = |(frames, seconds): (u32, u32)| f64::from(frames) / f64::from(seconds.max(1));
    let medium = match stream.kind {
        StreamKind::Video => "video",
        StreamKind::Audio => "audio",
        _ => return None,
    };
    Some(InputTrack {
        medium: medium.into(),
        codec: stream.codec.clone(),
        duration_s,
        width: positive(stream.width),
        height: positive(stream.height),
        pixel_aspect: stream.sample_aspect,
        pixel_format: stream.pix_fmt.clone(),
        frame_rate: stream.avg_frame_rate.map(rate).filter(|_| medium == "video"),
        sample_rate: positive(stream.sample_rate),
        channels: positive(stream.channels),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_that_can_not_be_copied_is_tried_otherwise() {
        let mut file = InputFile::default();
        assert_eq!(unless_refused(Ok(7), &mut file), Ok(Some(7)));
        assert_eq!(file.not_conforming, [""; 0]);
        let refused = subclip_engine::Error::Refused { reason: "a packet has no time".into() };
        assert_eq!(unless_refused::<u8>(Err(refused), &mut file), Ok(None));
        assert_eq!(file.not_conforming, ["it can't be copied as it is: a packet has no time"]);
        let other = [subclip_engine::Error::Cancelled, subclip_engine::Error::NoSpace];
        for error in other {
            assert!(unless_refused::<u8>(Err(error), &mut file).is_err());
        }
        assert_eq!(file.not_conforming.len(), 1, "what is no fault of the media tells nothing of it");
    }
}
