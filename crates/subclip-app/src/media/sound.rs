//! Cutting sound: whole packets, never encoded anew, none of it outside the cut.

use subclip_core::{Span, Time};

use super::library::{Library, MediaTrack};
use super::view::View;
use crate::Result;

/// A cut of a timeline's sound.
pub(crate) struct SoundCut<'a> {
    pub(crate) view: &'a View,
    pub(crate) library: &'a Library,
    pub(crate) start: Time,
    pub(crate) end: Time,
}

impl SoundCut<'_> {
    /// The packets of a sound of this timeline that begin at or after the start and end at or before the end, as spans on
    /// the timeline cut from.
    pub(crate) async fn spans(&self, sound: &[Span]) -> Result<Vec<Span>> {
        let mut spans = Vec::new();
        for span in sound {
            if span.end() > self.start && span.start() < self.end {
                spans.extend(self.of_span(span).await?);
            }
        }
        Ok(spans)
    }

    async fn of_span(&self, span: &Span) -> Result<Option<Span>> {
        let packets = Packets::of(self.view, self.library, span).await?;
        let from = packets.first_at(packets.track_time(self.start.ceil_to(span.timescale))).await?;
        let end_pts = packets.track_time(self.end.floor_to(span.timescale));
        // The packet that begins before the end but outlasts it stays out: it sounds beyond the cut.
        let mut to = packets.first_at(end_pts).await?;
        if to > from && packets.start_of(to).await? > end_pts {
            to -= 1;
        }
        if to <= from {
            return Ok(None);
        }
        let start_pts = packets.start_of(from).await?;
        let duration = packets.start_of(to).await? - start_pts;
        let at = start_pts - packets.origin + span.at;
        Ok(Some(Span { samples: from..to, at, duration, ..span.clone() }))
    }
}

/// The boundary between two packets nearest to `time`, on a timeline of sound alone.
pub(crate) async fn nearest_sound_boundary(view: &View, library: &Library, time: Time) -> Result<Time> {
    let spans = &view.timeline.audio;
    let Some(span) = spans.iter().rfind(|span| span.start() <= time).or(spans.first()) else {
        return Ok(Time::ZERO);
    };
    let packets = Packets::of(view, library, span).await?;
    let wanted = packets.track_time(time.round_to(span.timescale));
    let later = packets.first_at(wanted).await?;
    let earlier = later.saturating_sub(1).max(span.samples.start);
    let (before, after) = (packets.start_of(earlier).await?, packets.start_of(later).await?);
    let nearest = if (after - wanted).abs() <= (wanted - before).abs() { after } else { before };
    Ok(Time::new(nearest - packets.origin + span.at, span.timescale))
}

/// The packets of a span, looked up by time a page at a time.
struct Packets<'a> {
    library: &'a Library,
    track: &'a MediaTrack,
    span: &'a Span,
    /// The track's time at which the span begins.
    origin: i64,
}

impl<'a> Packets<'a> {
    async fn of(view: &'a View, library: &'a Library, span: &'a Span) -> Result<Self> {
        let track = view.track(span);
        let origin = first_pts(library, track, span).await?;
        Ok(Self { library, track, span, origin })
    }

    /// The track's time at `ticks` of the timeline.
    fn track_time(&self, ticks: i64) -> i64 {
        ticks - self.span.at + self.origin
    }

    /// When packet `number` begins; for the one after the last, when that ends.
    async fn start_of(&self, number: u32) -> Result<i64> {
        if number >= self.span.samples.end {
            return Ok(self.origin + self.span.duration);
        }
        let samples = self.library.samples(self.track, number..number + 1).await?;
        Ok(samples.first().map_or(self.origin, |s| s.pts))
    }

    /// The first packet of the span that begins at or after `pts`.
    async fn first_at(&self, pts: i64) -> Result<u32> {
        let held = self.span.samples.clone();
        if pts <= self.origin {
            return Ok(held.start);
        }
        Ok(self.library.first_at_pts(self.track, pts).await?.clamp(held.start, held.end))
    }
}

async fn first_pts(library: &Library, track: &MediaTrack, span: &Span) -> Result<i64> {
    let samples = library.samples(track, span.samples.start..span.samples.start + 1).await?;
    Ok(samples.first().map_or(0, |s| s.pts))
}
