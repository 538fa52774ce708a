//! What playback sees of an asset: its timeline with the tracks at hand, and pictures of it.

use std::sync::Arc;

use bytes::Bytes;
use subclip_core::{AssetId, Medium, Place, PlaybackId, Time, Track, locate};
use subclip_db::span::{self, Role};
use subclip_db::{asset, playback_id, track};
use subclip_engine::{Fit, Rotation};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::cutting::feed;
use crate::media::{MediaFile, View};
use crate::model::AssetSettings;
use crate::rows;
use crate::{Error, Result};

pub use subclip_engine::PictureFormat;

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

/// An asset that plays.
#[derive(Debug)]
pub struct Playable {
    /// What opened it.
    pub id: PlaybackId,
    /// What it is.
    pub asset: AssetId,
    /// Another one every time the asset is looked up anew.
    pub generation: u64,
    /// What it plays.
    pub view: View,
    /// The constant composition delay of its pictures.
    pub delay: i64,
    /// The video track to announce.
    pub video: Option<Track>,
    /// The audio track to announce.
    pub audio: Option<Track>,
    /// Pictures per second, where they are evenly spaced.
    pub frame_rate: Option<f64>,
    /// Where pictures of it are taken when none is asked for, in seconds.
    pub thumbnail_time: Option<f64>,
}

impl Playable {
    /// Width and height in square pixels.
    #[must_use]
    pub fn shown_size(&self) -> Option<(u32, u32)> {
        let format = self.video.as_ref()?.video()?;
        let (across, down) = format.pixel_aspect;
        let width = u64::from(format.width) * u64::from(across) / u64::from(down.max(1));
        Some((u32::try_from(width).ok()?, format.height))
    }
}

impl App {
    /// What a playback id plays.
    ///
    /// # Errors
    /// `NotFound` for an unknown id and for an asset that failed; `Forbidden` for an id that wants a signed token;
    /// `NotReady` while the asset is preparing.
    pub async fn playable(&self, id: PlaybackId) -> Result<Arc<Playable>> {
        let load = async { self.load_playable(id).await.map(Arc::new) };
        self.playables().try_get_with(id, load).await.map_err(|error| (*error).clone())
    }

    /// Forgets what a playback id plays, because it turned out to be out of date.
    pub async fn forget_playable(&self, id: PlaybackId) {
        self.playables().invalidate(&id).await;
    }

    async fn load_playable(&self, id: PlaybackId) -> Result<Playable> {
        let not_found = || Error::not_found("playback id");
        let playback = playback_id::get(self.db(), id).await?.ok_or_else(not_found)?;
        if playback.policy == playback_id::Policy::Signed {
            return Err(Error::forbidden("This playback id needs a signed token."));
        }
        let row = asset::get(self.db(), playback.asset).await?.ok_or_else(not_found)?;
        match row.status {
            asset::Status::Preparing => {
                Err(Error::not_ready("The asset is still being prepared; try again soon."))
            }
            asset::Status::Errored => Err(not_found()),
            asset::Status::Ready => self.play(id, row).await,
        }
    }

    async fn play(&self, id: PlaybackId, row: asset::Asset) -> Result<Playable> {
        let timeline = span::timeline(self.db(), row.id, Role::Plays).await?;
        let view = self.view(self.db(), timeline).await?;
        let settings: AssetSettings = rows::parse(&row.settings)?;
        let rate = |t: &track::Track| {
            t.frame_rate_num.zip(t.frame_rate_den).map(|(n, d)| f64::from(n) / f64::from(d))
        };
        let tracks = track::of_asset(self.db(), row.id).await?;
        let longest = tracks.iter().filter(|t| t.width.is_some()).max_by_key(|t| t.duration_ticks);
        Ok(Playable {
            id,
            asset: row.id,
            generation: self.next_generation(),
            delay: view.composition_delay(),
            video: view.video_track()?,
            audio: view.audio_track().cloned(),
            frame_rate: longest.and_then(rate),
            thumbnail_time: settings.thumbnail_time,
            view,
        })
    }

    /// The size of the file that a rendition of a ready asset stands for; `None` where the asset lacks its medium.
    ///
    /// # Errors
    /// `NotFound` where the asset is gone.
    pub(crate) async fn file_size(&self, asset: AssetId, media: &'static [Medium]) -> Result<Option<u64>> {
        if let Some(known) = self.file_sizes().get(&(asset, media)).await {
            return Ok(known);
        }
        let row = asset::get(self.db(), asset).await?.ok_or_else(|| Error::not_found("asset"))?;
        let playable = Arc::new(self.play(PlaybackId::from_bytes([0; 16]), row).await?);
        let has_all = media.iter().any(|medium| match medium {
            Medium::Video => playable.video.is_some(),
            Medium::Audio => media.len() == 1 && playable.audio.is_some(),
        });
        let size =
            if has_all { Some(MediaFile::new(playable, self.library(), media).await?.size()) } else { None };
        self.file_sizes().insert((asset, media), size).await;
        Ok(size)
    }

    /// A picture of what is shown at `seconds` (without it: where the owner chose, or in the middle), and the time
    /// in the track's ticks of the frame it shows.
    ///
    /// # Errors
    /// `NotFound` where there are no pictures; `Busy` where too many are asked for at once.
    pub async fn picture(
        &self,
        playable: &Playable,
        seconds: Option<f64>,
        request: &PictureRequest,
    ) -> Result<(Bytes, i64)> {
        let (place, at_pts) = self.frame_at(playable, seconds).await?;
        let key = format!("{}-{}-{at_pts}-{}", playable.asset, place.span, request.name());
        let make = self.make_picture(playable, place, at_pts, request);
        let bytes = self.pictures().try_get_with(key, make).await.map_err(|error| (*error).clone())?;
        Ok((bytes, at_pts))
    }

    /// The GOP and the presentation time of the frame shown at a time; past the end, the last one.
    async fn frame_at(&self, playable: &Playable, seconds: Option<f64>) -> Result<(Place, i64)> {
        let duration = playable.view.timeline.duration();
        let seconds = seconds.or(playable.thumbnail_time).unwrap_or(duration.seconds() / 2.0);
        let time = Time::from_seconds(seconds).map_err(|_| Error::invalid("time: this is no time"))?;
        let sources = playable.view.sources();
        let place = locate(&sources, time).ok_or_else(|| Error::not_found("picture"))?;
        let samples = playable.view.gop(self.library(), place).await?;
        let span = sources[place.span].span;
        let first = samples.first().map_or(0, |s| s.pts);
        let origin = sources[place.span].timeline_time(first).ticks();
        let wanted = time.floor_to(span.timescale) - origin + first;
        let shown = samples.iter().map(|s| s.pts).filter(|&pts| pts <= wanted).max();
        Ok((place, shown.unwrap_or(first)))
    }

    async fn make_picture(
        &self,
        playable: &Playable,
        place: Place,
        at_pts: i64,
        request: &PictureRequest,
    ) -> Result<Bytes> {
        let samples = playable.view.gop(self.library(), place).await?;
        let span = &playable.view.timeline.video[place.span];
        let track = playable.view.track(span);
        // Nothing after the wanted frame, in the order of decoding, is needed.
        let needed = samples.iter().position(|s| s.pts == at_pts).map_or(samples.len(), |n| n + 1);
        let samples = &samples[..needed];
        let media = self.library().read(track.object, samples).await?;
        let fed = feed(&track.head.track, samples, &media)?;
        let request = subclip_engine::PictureRequest {
            input: fed.bytes,
            timescale: span.timescale.get(),
            at_pts: at_pts + fed.shift,
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
        Ok(self.engine().picture(&request, &CancellationToken::new()).await?)
    }
}
