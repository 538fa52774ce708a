//! Sound made as loud as all other (EBU R 128): measured, and encoded anew in one run with a gain that does not change.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};
use subclip_core::{AssetId, Span, Time};
use subclip_engine::{ByteStream, Loudness, SoundInput, SoundRequest};
use subclip_formats::mp4::write::{Offsets, init_segment, place, segment_header};
use tokio_util::sync::CancellationToken;

use super::Made;
use crate::app::App;
use crate::ingest::{Indexed, IndexedTrack, SoundEnd, index_object};
use crate::media::{Library, MediaTrack, View};
use crate::store::{Holder, announce, is_stored, object_stored, store_track};
use crate::{Error, Result};

/// How loud sound is to be, in LUFS: that of ATSC A/85.
const TARGET_LUFS: f64 = -24.0;
/// What is nearer to it than this stays as it is.
const NEAR_ENOUGH_DB: f64 = 0.1;
/// The most that sound is raised: what is quieter than this allows for is noise.
const MOST_GAIN_DB: f64 = 40.0;
/// True peaks are to stay below this; where they would not, they are held down a little further, since a limiter sees
/// samples only.
const HIGHEST_PEAK_DB: f64 = -1.0;
const LIMIT_DB: f64 = -1.5;
/// A channel's share, as wherever sound is encoded.
const KBPS_A_CHANNEL: u32 = 96;
/// What the engine's encoder has layouts for.
const MOST_CHANNELS: u32 = 6;

/// Sound that is to be normalised.
pub(crate) struct Normalising<'a> {
    pub(crate) app: &'a App,
    /// What it is made for.
    pub(crate) asset: AssetId,
    /// Which of its sounds it is: 1 is the first.
    pub(crate) number: u32,
    /// Where it comes from.
    pub(crate) view: &'a View,
    /// Its spans, on the timeline of what is made.
    pub(crate) spans: &'a [Span],
    /// No packet ends later, if that is said.
    pub(crate) end: Option<Time>,
    pub(crate) cancel: &'a CancellationToken,
}

impl Normalising<'_> {
    /// The spans that take the sound's place; they are the same where it is loud enough as it is, or silent.
    pub(crate) async fn normalise(&self, progress: &mut (dyn FnMut(u8) + Send)) -> Result<Vec<Span>> {
        let Some(last) = self.spans.last() else { return Ok(Vec::new()) };
        let end_s = last.end().seconds();
        let app = self.app;
        let id = Made::Sound(self.number).object(self.asset);
        if !is_stored(app, id).await? {
            let engine = app.engine();
            let measured = engine.loudness(self.input(end_s)?, &mut |p| progress(p / 2), self.cancel).await?;
            tracing::debug!(asset = %self.asset, ?measured, "sound was measured");
            let Some((gain_db, limit_db)) = gain(measured) else { return Ok(self.spans.to_vec()) };
            let (channels, sample_rate) = self.format()?;
            let channels = channels.clamp(1, MOST_CHANNELS);
            let bitrate_kbps = KBPS_A_CHANNEL * channels;
            let request = SoundRequest { gain_db, limit_db, channels, sample_rate, bitrate_kbps };
            let folder = engine.folder()?;
            let mut later = |p| progress(50 + p / 2);
            engine
                .encode_sound(&folder, self.input(end_s)?, OUTPUT, &request, &mut later, self.cancel)
                .await?;
            announce(app, id, Holder::Asset(self.asset)).await?;
            let size = app.storage().adopt(id, &folder.output(OUTPUT)).await?;
            object_stored(app, id, size).await?;
        }
        match index_object(app, id, SoundEnd::Anywhere).await?.conforming() {
            Ok(Indexed { video: None, audio: Some(indexed), .. }) => Ok(vec![self.stored(indexed).await?]),
            other => {
                app.storage().delete(id).await?;
                let what = other.err().map(|reasons| reasons.sentences.join("; "));
                Err(Error::internal(format!("normalised sound is not as planned: {what:?}")))
            }
        }
    }

    async fn stored(&self, indexed: IndexedTrack) -> Result<Span> {
        let IndexedTrack { track, index, encoded, turn } = indexed;
        let samples = &index.samples;
        let pts = |n: usize| samples.get(n).map_or(index.end_pts, |sample| sample.pts);
        // The packet that primes the encoder lies before zero.
        let from = samples.partition_point(|sample| sample.pts < 0);
        let mut to = samples.len();
        if let Some(end) = self.end {
            let end_pts = end.floor_to(track.timescale);
            while to > from + 1 && pts(to) > end_pts {
                to -= 1;
            }
        }
        // Encoders fill their last packet up; it sounds no longer than what it was made of.
        let heard_until = self.spans.last().map_or(index.end_pts, |last| last.end().ceil_to(track.timescale));
        while to > from + 1 && pts(to - 1) >= heard_until {
            to -= 1;
        }
        if from >= to {
            return Err(Error::invalid("The sound can't be decoded."));
        }
        let at = pts(from);
        let duration = pts(to).min(heard_until.max(at + 1)) - at;
        let (timescale, samples) = (track.timescale, from as u32..to as u32);
        drop((index, turn));
        let id = store_track(self.app, Made::Sound(self.number).object(self.asset), *encoded, None).await?;
        Ok(Span { track: id, timescale, samples, at, duration })
    }

    fn format(&self) -> Result<(u32, u32)> {
        let track = self.view.track(&self.spans[0]);
        let format =
            track.head.track.audio().ok_or_else(|| Error::internal("sound of a track of pictures"))?;
        Ok((u32::from(format.channels), format.sample_rate))
    }

    /// The packets as the engine is given them, read as it takes them.
    fn input(&self, end_s: f64) -> Result<SoundInput> {
        let first = self.view.track(&self.spans[0]);
        let head = Bytes::from(init_segment(&first.head.track, 0));
        let mut stretches = Vec::new();
        for span in self.spans {
            let track = self.view.track(span).clone();
            if track.head.track.codec != first.head.track.codec
                || track.head.track.timescale != first.head.track.timescale
            {
                return Err(Error::invalid("Sound of several kinds can't be normalised together."));
            }
            let starts = span.samples.clone().step_by(PACKETS_AT_ONCE as usize);
            stretches.extend(starts.map(|start| Stretch { track: track.clone(), span: span.clone(), start }));
        }
        let library = self.app.library().clone();
        let rest = stream::iter((1..).zip(stretches))
            .then(move |(number, stretch)| stretch.read(library.clone(), number))
            .map_ok(|pieces| stream::iter(pieces).map(Ok::<_, Error>))
            .try_flatten();
        let bytes: ByteStream = stream::iter([Ok(head)]).chain(rest.map_err(std::io::Error::other)).boxed();
        Ok(SoundInput { bytes, end_s })
    }
}

const OUTPUT: &str = "sound.mp4";

/// How much louder sound is to be, and from where on its peaks are held down; none where it stays as it is.
fn gain(measured: Loudness) -> Option<(f64, Option<f64>)> {
    let gain_db = (TARGET_LUFS - measured.integrated_lufs?).min(MOST_GAIN_DB);
    let limit_db = (measured.true_peak_db + gain_db > HIGHEST_PEAK_DB).then_some(LIMIT_DB);
    (gain_db.abs() >= NEAR_ENOUGH_DB).then_some((gain_db, limit_db))
}

/// Some ten seconds.
const PACKETS_AT_ONCE: u32 = 512;

/// Some packets of a span.
struct Stretch {
    track: Arc<MediaTrack>,
    span: Span,
    start: u32,
}

impl Stretch {
    /// A segment of them.
    async fn read(self, library: Library, number: u32) -> Result<Vec<Bytes>> {
        let held = self.span.samples.clone();
        let origin = first_pts(&library, &self.track, held.start..held.start + 1).await?;
        let end = held.end.min(self.start + PACKETS_AT_ONCE);
        let samples = library.samples(&self.track, self.start..end).await?;
        let at = |pts: i64| pts - origin + self.span.at;
        let until = if end < held.end {
            at(first_pts(&library, &self.track, end..end + 1).await?)
        } else {
            self.span.at + self.span.duration
        };
        let first = samples.first().map_or(origin, |sample| sample.pts);
        let placed = place(&samples, at(first), until, Offsets::Delayed(0)).map_err(Error::internal)?;
        let mut pieces = vec![Bytes::from(segment_header(number, &placed).bytes)];
        pieces.extend(library.read(&self.track, &samples).await?);
        Ok(pieces)
    }
}

async fn first_pts(library: &Library, track: &MediaTrack, range: Range<u32>) -> Result<i64> {
    let samples = library.samples(track, range).await?;
    samples.first().map(|sample| sample.pts).ok_or_else(|| Error::internal("an index is too short"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gain_leads_to_the_target_and_peaks_stay_below_full_scale() {
        let measured = |lufs, true_peak_db| gain(Loudness { integrated_lufs: lufs, true_peak_db });
        assert_eq!(measured(Some(-14.0), -0.5), Some((-10.0, None)));
        assert_eq!(measured(Some(-34.0), -20.0), Some((10.0, None)));
        assert_eq!(measured(Some(-34.0), -10.9), Some((10.0, Some(LIMIT_DB))));
        assert_eq!(measured(Some(-69.0), -60.0), Some((40.0, None)));
        assert_eq!(measured(Some(-24.05), -3.0), None, "near enough");
        assert_eq!(measured(None, -90.0), None, "silence");
    }
}
