//! A timeline with the tracks it plays at hand: what cutting and playback both look through.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use subclip_core::{
    Alternate, Boundary, Codec, Place, Plan, Sample, Source, Span, Time, Timeline, Track, TrackId,
    VideoFormat, locate, plan,
};
use subclip_formats::h264;

use super::library::{Library, MediaTrack};
use super::sound::{SoundCut, nearest_sound_boundary};
use crate::store::Pace;
use crate::{Error, Result};

/// A timeline and its tracks.
#[derive(Debug, Clone)]
pub struct View {
    /// What is played.
    pub timeline: Timeline,
    tracks: HashMap<TrackId, Arc<MediaTrack>>,
}

impl View {
    /// A view of `timeline`, whose tracks are all among `tracks`; the others are let go.
    pub(crate) fn new(timeline: Timeline, tracks: impl IntoIterator<Item = Arc<MediaTrack>>) -> Result<Self> {
        let mut tracks: HashMap<_, _> = tracks.into_iter().map(|track| (track.id, track)).collect();
        tracks.retain(|id, _| timeline.spans().any(|span| span.track == *id));
        if timeline.spans().any(|span| !tracks.contains_key(&span.track)) {
            return Err(Error::conflict(
                "Some of the media was moved or deleted at the same moment; try again.",
            ));
        }
        Ok(Self { timeline, tracks })
    }

    /// The track a span of this timeline belongs to.
    #[must_use]
    pub fn track(&self, span: &Span) -> &Arc<MediaTrack> {
        &self.tracks[&span.track]
    }

    /// Its tracks, each once.
    pub(crate) fn tracks(&self) -> impl Iterator<Item = &Arc<MediaTrack>> {
        self.tracks.values()
    }

    /// What holding its tracks costs, in bytes.
    pub(crate) fn weight_bytes(&self) -> usize {
        self.tracks.values().map(|track| track.weight_bytes()).sum()
    }

    /// The video spans with their GOPs.
    #[must_use]
    pub fn sources(&self) -> Vec<Source<'_>> {
        self.timeline.video.iter().map(|span| Source { span, gops: &self.track(span).head.gops }).collect()
    }

    /// The constant composition delay of the whole timeline: the largest its tracks need (design, "one presentation
    /// delay").
    #[must_use]
    pub fn composition_delay(&self) -> i64 {
        self.timeline.video.iter().map(|span| self.track(span).head.composition_delay).max().unwrap_or(0)
    }

    /// The video track to announce for the whole timeline: the longest part's format, with the parameter sets of all.
    ///
    /// # Errors
    /// `Internal` where the parameter sets contradict each other; the planner never lets that come to be.
    pub fn video_track(&self) -> Result<Option<Track>> {
        let Some(longest) = self.timeline.video.iter().max_by_key(|span| span.duration) else {
            return Ok(None);
        };
        let mut configs = vec![self.video_format(longest)?.config.as_slice()];
        for span in &self.timeline.video {
            configs.push(self.video_format(span)?.config.as_slice());
        }
        let config = h264::merge(&configs).map_err(Error::internal)?;
        let mut track = self.track(longest).head.track.clone();
        if let Codec::Avc(format) = &mut track.codec {
            format.config = config;
        }
        Ok(Some(track))
    }

    /// The audio track to announce.
    #[must_use]
    pub fn audio_track(&self) -> Option<&Track> {
        self.sound_track(1)
    }

    /// The track to announce of a sound by its number, 1 being the first.
    #[must_use]
    pub fn sound_track(&self, number: u32) -> Option<&Track> {
        let first = self.timeline.sound(number)?.first()?;
        Some(&self.track(first).head.track)
    }

    /// Pictures in so many seconds of the longest part, where they are evenly spaced as far as its key frames tell. That is told
    /// from what the timeline plays alone: the track may hold more, and less after it was compacted.
    pub(crate) fn frame_rate(&self) -> Option<(u32, u32)> {
        let span = self.timeline.video.iter().max_by_key(|span| span.duration)?;
        let gops = &self.track(span).head.gops;
        let shown =
            gops.of_sample(span.samples.start)..gops.of_sample(span.samples.end.saturating_sub(1)) + 1;
        let starts = gops.gops[shown].iter().map(|gop| (gop.first_sample - span.samples.start, gop.pts));
        let pace = Pace { count: span.samples.len(), length: span.duration, timescale: span.timescale.get() };
        pace.rate(starts)
    }

    /// Bits per second of all pictures that the timeline plays.
    pub(crate) async fn picture_bps(&self, library: &Library) -> Result<f64> {
        let mut size_bytes = 0;
        for span in &self.timeline.video {
            let track = self.track(span);
            let (whole_bytes, rest) = track.head.gops.whole_gops(span.samples.clone());
            let rest = library.samples(track, rest).await?;
            size_bytes += whole_bytes + rest.iter().map(|sample| u64::from(sample.size)).sum::<u64>();
        }
        Ok(size_bytes as f64 * 8.0 / self.timeline.duration().seconds().max(0.001))
    }

    /// The video format of a span.
    pub(crate) fn video_format(&self, span: &Span) -> Result<&VideoFormat> {
        let track = &self.track(span).head.track;
        track.video().ok_or_else(|| Error::internal("a video span names a track of sound"))
    }

    /// The samples of a GOP that the timeline shows.
    ///
    /// # Errors
    /// As [`Library::samples`].
    pub async fn gop(&self, library: &Library, place: Place) -> Result<Vec<Sample>> {
        let source = &self.sources()[place.span];
        library.samples(self.track(source.span), source.samples_of(place.gop)).await
    }

    /// The boundary between frames (or, for sound alone, between packets) nearest to `time`, and the samples of the
    /// GOP it lies in.
    async fn boundary(&self, library: &Library, time: Time) -> Result<(Boundary, Vec<Sample>)> {
        let sources = self.sources();
        let place =
            locate(&sources, time).ok_or_else(|| Error::internal("a timeline without pictures was cut"))?;
        let samples = self.gop(library, place).await?;
        let boundary = Boundary::snap(&sources, place, &samples, time);
        let samples =
            if boundary.place == place { samples } else { self.gop(library, boundary.place).await? };
        Ok((boundary, samples))
    }

    /// When these frames (counted from 0, in the order shown) begin and end.
    ///
    /// # Errors
    /// `Invalid` where there are not so many.
    pub async fn frames_time(&self, library: &Library, frames: Range<u32>) -> Result<Range<Time>> {
        let count: u32 = self.sources().iter().map(|source| source.span.samples.len() as u32).sum();
        if frames.end > count {
            let (wanted, last) = (frames.start.max(count), count.saturating_sub(1));
            return Err(Error::invalid(format!(
                "There is no frame {wanted}: there are {count}, the first is 0 and the last {last}."
            )));
        }
        Ok(self.frame_time(library, frames.start).await?..self.frame_time(library, frames.end).await?)
    }

    /// When a frame begins; for the number after the last, when that ends.
    async fn frame_time(&self, library: &Library, number: u32) -> Result<Time> {
        let mut before = 0;
        for (span_number, source) in self.sources().iter().enumerate() {
            let held = source.span.samples.clone();
            if number - before < held.len() as u32 {
                let wanted = held.start + number - before;
                let gop = source.gops.of_sample(wanted);
                let samples = self.gop(library, Place { span: span_number, gop }).await?;
                let mut shown: Vec<i64> = samples.iter().map(|s| s.pts).collect();
                shown.sort_unstable();
                // Pictures of a GOP are all shown before those of the next, so counts of samples are counts of frames.
                let rank = wanted - source.gops.gops[gop].first_sample;
                return Ok(source.timeline_time(shown[rank as usize]));
            }
            before += held.len() as u32;
        }
        Ok(self.timeline.duration())
    }

    /// Snaps both times to boundaries.
    ///
    /// # Errors
    /// As [`Library::samples`].
    pub async fn snap(&self, library: &Library, start: Time, end: Time) -> Result<(Time, Time)> {
        if self.timeline.video.is_empty() {
            let start = nearest_sound_boundary(self, library, start).await?;
            return Ok((start, nearest_sound_boundary(self, library, end).await?));
        }
        Ok((self.boundary(library, start).await?.0.time, self.boundary(library, end).await?.0.time))
    }

    /// The plan for the pictures between two times, which snap to boundaries. Empty for sound alone.
    ///
    /// # Errors
    /// `Invalid` where no frame lies between them.
    pub async fn plan(&self, library: &Library, start: Time, end: Time) -> Result<Plan> {
        if self.timeline.video.is_empty() {
            return Ok(Plan { parts: Vec::new(), start, end });
        }
        let (from, from_samples) = self.boundary(library, start).await?;
        let (to, to_samples) = self.boundary(library, end).await?;
        plan(&self.sources(), &from, &from_samples, &to, &to_samples)
            .map_err(|e| Error::invalid(e.to_string()))
    }

    /// The part of this timeline that a clip between two boundaries needs: the GOPs it touches, and its sound. The
    /// spans keep their places on this timeline.
    ///
    /// # Errors
    /// As [`Library::samples`].
    pub async fn pins(&self, library: &Library, start: Time, end: Time) -> Result<Timeline> {
        let mut pins = self.sound(library, start, end).await?;
        pins.video = self.sources().iter().filter_map(|source| source.touched(start, end)).collect();
        Ok(pins)
    }

    /// All sound between two boundaries, on this timeline: no pictures.
    pub(crate) async fn sound(&self, library: &Library, start: Time, end: Time) -> Result<Timeline> {
        let cut = SoundCut { view: self, library, start, end };
        let mut sound = Timeline { audio: cut.spans(&self.timeline.audio).await?, ..Timeline::default() };
        for alternate in &self.timeline.alternates {
            let spans = cut.spans(&alternate.spans).await?;
            if !spans.is_empty() {
                sound.alternates.push(Alternate { number: alternate.number, spans });
            }
        }
        Ok(sound)
    }
}
