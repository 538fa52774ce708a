//! Storing objects and tracks: the row first, then the bytes, so that bytes without a row are always garbage.
//!
//! What they are for may be deleted in between, and a collection may pass before the bytes are there. So who stores
//! bytes looks for their row once more, and takes them back where it is gone.

use bytes::Bytes;
use subclip_core::{AssetId, Codec, Index, ObjectId, Sample, SoundTrackId, Track, TrackId, lowest_terms};
use subclip_db::{object, track};
use subclip_formats::stored;

use crate::app::App;
use crate::{Error, Result, random};

/// Who needs the bytes of a new object before any track says so: as long as it is preparing, they stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// An asset.
    Asset(AssetId),
    /// A sound beside the first.
    Sound(SoundTrackId),
}

impl Holder {
    /// Its id.
    pub(crate) fn bytes(self) -> [u8; 16] {
        match self {
            Self::Asset(id) => id.bytes(),
            Self::Sound(id) => id.bytes(),
        }
    }
}

/// Announces an object, unless an earlier run has done so.
pub(crate) async fn announce(app: &App, id: ObjectId, holder: Holder) -> Result<()> {
    if object::get(app.db(), id).await?.is_some() {
        return Ok(());
    }
    match holder {
        Holder::Asset(asset) => object::insert(app.db(), id, Some(asset), app.now_ms()).await?,
        Holder::Sound(sound) => object::insert_for_sound(app.db(), id, sound, app.now_ms()).await?,
    }
    Ok(())
}

/// Whether an earlier run stored the bytes of an object.
pub(crate) async fn is_stored(app: &App, id: ObjectId) -> Result<bool> {
    match app.storage().size(id).await {
        Ok(_) => Ok(true),
        Err(subclip_storage::Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Tells that all bytes of an object are in the store.
///
/// # Errors
/// `Conflict` where nobody wants them any more; they are gone then.
pub(crate) async fn object_stored(app: &App, id: ObjectId, size_bytes: u64) -> Result<()> {
    if object::set_size(app.db(), id, size_bytes).await? {
        return Ok(());
    }
    app.storage().delete(id).await?;
    Err(unwanted())
}

/// A track as it is stored, which takes some time to make of a long one.
#[derive(Debug)]
pub(crate) struct EncodedTrack {
    /// Without ids.
    pub(crate) facts: track::Track,
    /// The index.
    bytes: Bytes,
}

impl EncodedTrack {
    /// `least_delay` is the composition delay that clips of these samples were served with already, in the track's
    /// timescale: what is cached of them goes with it. 0 where there are none.
    pub(crate) fn of(track: &Track, index: &Index, least_delay: i64) -> Self {
        let bytes = Bytes::from(stored::encode(track, index, least_delay));
        Self { facts: Facts { track, index }.into(), bytes }
    }

    /// Frames of a stored track, or made anew of its frames. They have its frame rate, which a few of them, or those of
    /// several places, don't tell.
    pub(crate) fn part_of(whole: &track::Track, track: &Track, index: &Index, least_delay: i64) -> Self {
        let Self { facts, bytes } = Self::of(track, index, least_delay);
        let (frame_rate_num, frame_rate_den) = (whole.frame_rate_num, whole.frame_rate_den);
        Self { facts: track::Track { frame_rate_num, frame_rate_den, ..facts }, bytes }
    }
}

/// Stores a track, whose samples lie in `object` already; `encoder` are the settings of its media, if Subclip made that.
pub(crate) async fn store_track(
    app: &App,
    object: ObjectId,
    encoded: EncodedTrack,
    encoder: Option<serde_json::Value>,
) -> Result<TrackId> {
    let id = TrackId::from_bytes(random::id_bytes());
    let row = track::Track { id, object, encoder, ..encoded.facts };
    let tx = app.db().begin().await?;
    track::insert(&tx, &row).await?;
    tx.commit().await?;
    app.storage().put(id, encoded.bytes).await?;
    if track::get(app.db(), id).await?.is_none() {
        app.storage().delete(id).await?;
        return Err(unwanted());
    }
    Ok(id)
}

fn unwanted() -> Error {
    Error::conflict("What this was made for was deleted meanwhile.")
}

/// A track and its index, of which facts are wanted.
pub(crate) struct Facts<'a> {
    pub(crate) track: &'a Track,
    pub(crate) index: &'a Index,
}

impl From<Facts<'_>> for track::Track {
    /// The facts, without ids.
    fn from(Facts { track, index }: Facts<'_>) -> Self {
        let first = index.samples.iter().map(|s| s.pts).min().unwrap_or(0);
        let rate = track.video().and_then(|_| frame_rate(index, track.timescale.get()));
        let (width, height) = match &track.codec {
            Codec::Avc(format) => (format.shown_size().map(|(width, _)| width), Some(format.height)),
            Codec::Aac(_) => (None, None),
        };
        Self {
            id: TrackId::from_bytes([0; 16]),
            object: ObjectId::from_bytes([0; 16]),
            medium: track.medium(),
            language: track.language.clone(),
            width,
            height,
            frame_rate_num: rate.map(|(num, _)| num),
            frame_rate_den: rate.map(|(_, den)| den),
            channels: track.audio().map(|format| format.channels),
            sample_rate: track.audio().map(|format| format.sample_rate),
            duration_ticks: index.end_pts - first,
            timescale: track.timescale.get(),
            size_bytes: index.samples.iter().map(|s| u64::from(s.size)).sum(),
            samples: index.samples.len() as u32,
            encoder: None,
            edge_encoder: None,
        }
    }
}

fn frame_rate(index: &Index, timescale: u32) -> Option<(u32, u32)> {
    let mut shown: Vec<i64> = index.samples.iter().map(|s: &Sample| s.pts).collect();
    shown.sort_unstable();
    let length = index.end_pts - shown.first()?;
    Pace { count: shown.len(), length, timescale }.rate((0..).zip(shown))
}

/// Pictures, one after the other.
pub(crate) struct Pace {
    pub(crate) count: usize,
    /// How long they last together, in ticks.
    pub(crate) length: i64,
    /// Ticks per second.
    pub(crate) timescale: u32,
}

impl Pace {
    /// Their constant rate as a ratio in lowest terms, or `None` where they are unevenly spaced; `times` are the times of
    /// some of them with their numbers, in order and from the first on. Spacings that are a tick or two milliseconds off
    /// are the container's rounding: of a time, and of the end.
    pub(crate) fn rate(&self, times: impl IntoIterator<Item = (u32, i64)>) -> Option<(u32, u32)> {
        let Self { length, timescale, .. } = *self;
        let count = i64::try_from(self.count).ok()?;
        let mut times = times.into_iter().peekable();
        let &(_, first) = times.peek()?;
        if length <= 0 {
            return None;
        }
        let rounding = i64::from(2 * timescale.div_ceil(1000));
        if !times.all(|(n, pts)| (pts - first - i64::from(n) * length / count).abs() <= rounding) {
            return None;
        }
        let (num, den) = (count * i64::from(timescale), length);
        let usual = [(24_000, 1001), (30_000, 1001), (60_000, 1001), (120_000, 1001)];
        let near = |&(n, d): &(i64, i64)| ((num * d) as f64 / (den * n) as f64 - 1.0).abs() < 2e-4;
        let (num, den) = usual.into_iter().find(near).unwrap_or_else(|| whole_rate(num, den));
        lowest_terms(u64::try_from(num).ok()?, u64::try_from(den).ok()?)
    }
}

/// The whole or half rate that a ratio is rounded from, or the ratio itself.
fn whole_rate(num: i64, den: i64) -> (i64, i64) {
    let doubled = (2 * num + den / 2) / den;
    let off = (2.0 * num as f64 / den as f64 / doubled.max(1) as f64 - 1.0).abs();
    if off < 2e-4 { (doubled, 2) } else { (num, den) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(times: &[i64], end_pts: i64, timescale: u32) -> Option<(u32, u32)> {
        let sample = |&pts: &i64| Sample { offset: 0, size: 1, dts: pts, pts, sync: true };
        frame_rate(&Index { samples: times.iter().map(sample).collect(), end_pts }, timescale)
    }

    #[test]
    fn rates_are_recognised_through_rounding() {
        let times =
            |step: f64, count: i64| (0..count).map(|n| (n as f64 * step).round() as i64).collect::<Vec<_>>();
        assert_eq!(rate(&times(512.0, 90), 90 * 512, 15_360), Some((30, 1)));
        assert_eq!(rate(&times(1001.0, 90), 90 * 1001, 30_000), Some((30_000, 1001)));
        assert_eq!(rate(&times(1000.0 / 30.0, 90), 3000, 1000), Some((30, 1)), "milliseconds");
        assert_eq!(rate(&times(1001.0 / 24.0, 240), 10_010, 1000), Some((24_000, 1001)), "milliseconds");
        assert_eq!(
            rate(&times(1000.0 / 30.0, 300), 10_001, 1000),
            Some((30, 1)),
            "an end that is rounded too"
        );
        assert_eq!(rate(&times(8.0, 100), 800, 100), Some((25, 2)));
        assert_eq!(rate(&[0, 10, 90, 100], 110, 1000), None, "uneven");
    }
}
