//! Pictures of what plays: which frames, made how, and how many at a time.

mod animation;
mod kept;
mod storyboard;
mod strip;

use std::thread::available_parallelism;

use bytes::Bytes;
use subclip_core::{Place, Sample, Source, Time, locate};
use subclip_engine::{Fit, Rotation, Strip};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::playable::Playable;
use crate::room::Room;
use crate::{Error, Result};

use strip::{Exposure, Film};

pub(crate) use kept::Kept;

pub use animation::{AnimationRequest, LARGEST_ANIMATION, LONGEST_ANIMATION_MS};
pub use storyboard::Storyboard;
pub use subclip_engine::{AnimationFormat, PictureFormat};

/// How a picture is brought to a size of another shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureFit {
    /// As large as fits, in its own shape.
    Preserve,
    /// Out of shape.
    Stretch,
    /// Filled, and the middle cut out.
    Crop,
    /// As large as fits, with black bars.
    Pad,
}

/// A picture that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PictureRequest {
    /// In pixels; none follows from the height.
    pub width: Option<u32>,
    /// In pixels; none follows from the width.
    pub height: Option<u32>,
    /// What happens if both are given and the shape differs.
    pub fit: PictureFit,
    /// 0, 90, 180 or 270, clockwise.
    pub rotate_degrees: u16,
    /// Left and right change places.
    pub flip_horizontally: bool,
    /// Top and bottom change places.
    pub flip_vertically: bool,
    /// The file's format.
    pub format: PictureFormat,
}

impl PictureRequest {
    /// Everything about it, in letters, digits and dashes: equal for equal requests only.
    #[must_use]
    pub fn name(&self) -> String {
        let side = |pixels: Option<u32>| pixels.map_or("a".to_owned(), |p| p.to_string());
        let (width, height) = (side(self.width), side(self.height));
        let flips = (u8::from(self.flip_horizontally), u8::from(self.flip_vertically));
        let (fit, format) = (self.fit as u8, self.format as u8);
        format!("{width}x{height}-{fit}-{}-{}{}-{format}", self.rotate_degrees, flips.0, flips.1)
    }
}

/// A picture that was made.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The file.
    pub bytes: Bytes,
    /// The frame and all that was asked of it, in letters, digits and dashes: another for every other picture of the
    /// asset.
    pub name: String,
}

impl App {
    /// A picture of what is shown at `seconds`; without it: where the owner chose, or in the middle.
    ///
    /// # Errors
    /// `NotFound` where there are no pictures; `Busy` where too many are asked for at once or the engine died, `Full`
    /// where it had no room, `Broken` where it can't be used; `Invalid` where these media make no picture.
    pub async fn picture(
        &self,
        playable: &Playable,
        seconds: Option<f64>,
        request: &PictureRequest,
    ) -> Result<Picture> {
        let (place, at_pts) = self.frame_at(playable, seconds).await?;
        // Samples may move to another track; when they are shown stays the same.
        let shown = playable.view.sources()[place.span].timeline_time(at_pts);
        let name = format!("{}_{}-{}", shown.ticks(), shown.scale().get(), request.name());
        let key = format!("{}-{name}", playable.name());
        let make = self.make_picture(playable, place, at_pts, request);
        Ok(Picture { bytes: self.pictures().still(key, make).await?, name })
    }

    /// The GOP and the presentation time of the frame shown at a time; past the end, the last one.
    async fn frame_at(&self, playable: &Playable, seconds: Option<f64>) -> Result<(Place, i64)> {
        let duration = playable.view.timeline.duration();
        let seconds = seconds.or(playable.thumbnail_time).unwrap_or(duration.seconds() / 2.0);
        let time = Time::from_seconds(seconds).map_err(|_| Error::invalid("time: this is no time"))?;
        let sources = playable.view.sources();
        let place = locate(&sources, time).ok_or_else(|| Error::not_found("picture"))?;
        let samples = playable.view.gop(self.library(), place).await?;
        Ok((place, shown_at(&sources[place.span], &samples, time)))
    }

    async fn make_picture(
        &self,
        playable: &Playable,
        place: Place,
        at_pts: i64,
        request: &PictureRequest,
    ) -> Result<Bytes> {
        // Whoever waits holds nothing yet: the GOP is read when its turn has come.
        let _turn = self.darkroom().enter().await?;
        let film =
            Film::new(playable, self.library(), &[Exposure { place, frames: vec![(at_pts, 0)] }]).await?;
        let at_pts = film.first_ticks();
        let request = subclip_engine::PictureRequest {
            input: film.read(self.library()).await?,
            timescale: Strip::TIMESCALE,
            at_pts,
            width: request.width,
            height: request.height,
            fit: match request.fit {
                PictureFit::Preserve => Fit::Preserve,
                PictureFit::Stretch => Fit::Stretch,
                PictureFit::Crop => Fit::Crop,
                PictureFit::Pad => Fit::Pad,
            },
            rotation: match request.rotate_degrees {
                90 => Rotation::Quarter,
                180 => Rotation::Half,
                270 => Rotation::ThreeQuarters,
                _ => Rotation::None,
            },
            flip_horizontally: request.flip_horizontally,
            flip_vertically: request.flip_vertically,
            format: request.format,
        };
        self.engine().picture(&request, &CancellationToken::new()).await.map_err(not_made)
    }
}

/// The presentation time of the frame of a GOP that is shown at a time: the last that is not later, or the first.
fn shown_at(source: &Source<'_>, samples: &[Sample], time: Time) -> i64 {
    let first = samples.first().map_or(0, |s| s.pts);
    let origin = source.timeline_time(first).ticks();
    let wanted = time.floor_to(source.span.timescale) - origin + first;
    samples.iter().map(|s| s.pts).filter(|&pts| pts <= wanted).max().unwrap_or(first)
}

/// The largest size in the shape of `shown` that fits into `bounds`: widths and heights, in pixels.
fn fitting(shown: (u32, u32), bounds: (u32, u32)) -> (u32, u32) {
    let part = |whole: u32, of: u32, to: u32| {
        let rounded = (u64::from(whole) * u64::from(to) + u64::from(of) / 2) / u64::from(of.max(1));
        u32::try_from(rounded.max(1)).unwrap_or(u32::MAX)
    };
    let height = part(shown.1, shown.0, bounds.0);
    if height <= bounds.1 { (bounds.0, height) } else { (part(shown.0, shown.1, bounds.1), bounds.1) }
}

/// Whoever asks for a picture may simply ask again, so what befell the machine is not a fault of the request.
fn not_made(error: subclip_engine::Error) -> Error {
    use subclip_engine::Error as Engine;
    match error {
        // Media that play are decoded in a moment, unless the machine has no time for it.
        Engine::Killed { .. } | Engine::Io { .. } | Engine::TimedOut { .. } => {
            tracing::warn!(%error, "a picture was not made");
            Error::busy("The picture could not be made this time; try again soon.")
        }
        other => other.into(),
    }
}

/// Where pictures are made, a few at a time: each holds a GOP, and anyone may ask for any number of them.
pub(crate) fn darkroom() -> Room {
    Room::new(AT_ONCE, WAITING, "Too many pictures are asked for at once; try again soon.")
}

/// Where strips of frames are looked through for moving pictures and storyboards, which takes longer: so few that single
/// pictures, and clips, don't wait for them.
pub(crate) fn light_table() -> Room {
    let at_once = (available_parallelism().map_or(1, usize::from) / 2).clamp(1, STRIPS_AT_ONCE);
    Room::new(
        at_once,
        STRIPS_WAITING,
        "Too many moving pictures and storyboards are asked for at once; try again soon.",
    )
}

/// Strips that are looked through, at the most, however many processors there are.
const STRIPS_AT_ONCE: usize = 4;
/// Strips that wait for a turn.
const STRIPS_WAITING: usize = 32;
/// Pictures in the making. The engine has about as many slots; what it lets wait holds its GOP meanwhile.
const AT_ONCE: usize = 4;
/// Pictures that wait for a turn.
const WAITING: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    #[test]
    fn what_befalls_the_machine_may_be_asked_again() {
        use subclip_engine::Error as Engine;
        let failed = || std::sync::Arc::new(std::io::ErrorKind::Other.into());
        for (error, kind) in [
            (Engine::Killed { signal: 9 }, Kind::Busy),
            (Engine::Io { doing: "starting a program", source: failed() }, Kind::Busy),
            (Engine::TimedOut { limit: std::time::Duration::from_secs(30) }, Kind::Busy),
            (Engine::Busy, Kind::Busy),
            (Engine::NoSpace, Kind::Full),
            (Engine::NotFound { program: "ffmpeg".into() }, Kind::Broken),
            (Engine::Sandbox { reason: String::new() }, Kind::Broken),
            (Engine::Refused { reason: "the file is damaged".into() }, Kind::Invalid),
            (Engine::OutOfMemory { limit_bytes: 1 }, Kind::Invalid),
        ] {
            assert_eq!(not_made(error.clone()).kind, kind, "{error}");
        }
    }
}
