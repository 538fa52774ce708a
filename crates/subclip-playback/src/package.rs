//! A timeline made ready for streaming: its segments, worked out once and kept while it is watched.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use subclip_app::{Error, Library, Playable, Result, RungPlan};
use subclip_core::{Segment, Span, Time, Timescale, video_segments};
use tokio::sync::OnceCell;

use crate::keys;
use crate::rate::{Cost, Rate};
use crate::rates::{self, Rates};
use crate::representation::Stream;
use crate::segment::Role;
use crate::sound::Sound;

/// Segments are whole GOPs, or packets of sound, up to this length.
pub(crate) const TARGET_MS: u32 = subclip_app::PIECE_MS;
/// Pieces of pictures that are shorter than this are sent together with a neighbour, whatever span that is of. hls.js looks
/// segments up with a tolerance of a quarter of a second, and takes one for lost that is no longer than the delay.
const SHORTEST_MS: i64 = 500;
/// The longest delay that segments are written with. hls.js takes the delay for a part of the pictures' times, and places
/// segments anew where they seem to be a second or more away from where they belong.
const LONGEST_DELAY_MS: i64 = 200;
/// But no less than so many ticks: a picture may be decoded before sixteen that are shown earlier (H.264, E.2.1), and with a
/// tick for each of them there is always room to decode it.
const LEAST_DELAY_TICKS: i64 = 16;

/// The segments of a timeline.
pub(crate) struct Package {
    pub(crate) playable: Arc<Playable>,
    /// The constant composition delay of segments that follow one init.
    pub(crate) delay: i64,
    /// Pieces of pictures, each of one span.
    pub(crate) video: Vec<Segment>,
    /// Which of them each segment consists of that follows one init.
    runs: Vec<Range<usize>>,
    /// Each sound, the first one first.
    sounds: Vec<SoundSegments>,
    /// The pieces of pictures that begin where their parameter sets change: where a join by discontinuity breaks (RFC 8216,
    /// 6.2.4).
    breaks: BTreeSet<usize>,
    /// The rungs below, the largest first.
    pub(crate) rungs: Vec<Arc<RungPlan>>,
    /// Only the playlist that names the others tells them, and for sound and key pictures all samples are gone through.
    rates: OnceCell<ByRole<Rates>>,
}

/// What depends on which segments pictures are sent in.
struct ByRole<T> {
    shared: T,
    split: T,
}

/// The segments of a sound.
struct SoundSegments {
    number: u32,
    segments: Vec<Segment>,
    /// Those that begin where a join by discontinuity breaks the pictures, and so the sound.
    breaks: BTreeSet<usize>,
}

impl Package {
    pub(crate) async fn new(playable: Arc<Playable>, library: &Library) -> Result<Self> {
        let timeline = &playable.view.timeline;
        let video = video_segments(&playable.view.sources(), TARGET_MS);
        let runs = runs(&video, &timeline.video);
        let scale = playable.video.as_ref().map_or(Timescale::MILLISECONDS, |track| track.timescale);
        let delay = playable.delay.min(milliseconds(LONGEST_DELAY_MS).floor_to(scale).max(LEAST_DELAY_TICKS));
        let changes = changes(&playable);
        let begins = |change: &usize| video.iter().position(|segment| segment.span == *change);
        let breaks = changes.iter().filter_map(begins).collect();
        let times: Vec<Time> = changes.iter().map(|&span| timeline.video[span].start()).collect();
        let numbers = timeline.alternates.iter().map(|alternate| alternate.number);
        let mut sounds = Vec::new();
        for number in std::iter::once(1).chain(numbers) {
            let Some(spans) = timeline.sound(number) else { continue };
            let (mut segments, mut breaks) = (Vec::new(), BTreeSet::new());
            for (place, span) in spans.iter().enumerate() {
                let sound = Sound { library, track: playable.view.track(span), number: place, span };
                for (segment, broken) in sound.segments(&times).await? {
                    if broken {
                        breaks.insert(segments.len());
                    }
                    segments.push(segment);
                }
            }
            sounds.push(SoundSegments { number, segments, breaks });
        }
        let rates = OnceCell::new();
        let rungs = RungPlan::ladder(&playable, library).await?.into_iter().map(Arc::new).collect();
        Ok(Self { playable, delay, video, runs, sounds, breaks, rungs, rates })
    }

    /// How many segments there are of all.
    pub(crate) fn count(&self) -> usize {
        self.video.len() + self.sounds.iter().map(|sound| sound.segments.len()).sum::<usize>()
    }

    /// What the timeline plays of a stream; empty where it has none of it.
    pub(crate) fn spans(&self, stream: Stream) -> &[Span] {
        let timeline = &self.playable.view.timeline;
        match stream {
            Stream::Pictures => &timeline.video,
            Stream::Sound(number) => timeline.sound(number).unwrap_or_default(),
        }
    }

    fn sound(&self, number: u32) -> Option<&SoundSegments> {
        self.sounds.iter().find(|sound| sound.number == number)
    }

    /// The pieces of segment `number` of a stream, which follow each other; `None` beyond the last.
    pub(crate) fn segment(&self, stream: Stream, number: usize, role: Role) -> Option<&[Segment]> {
        match (stream, role) {
            (Stream::Pictures, Role::Shared) => self.runs.get(number).map(|run| &self.video[run.clone()]),
            (Stream::Pictures, Role::Split) => self.video.get(number).map(std::slice::from_ref),
            (Stream::Sound(sound), _) => self.sound(sound)?.segments.get(number).map(std::slice::from_ref),
        }
    }

    /// All segments of a stream.
    pub(crate) fn segments(&self, stream: Stream, role: Role) -> impl Iterator<Item = &[Segment]> {
        (0..).map_while(move |number| self.segment(stream, number, role))
    }

    /// Whether a piece of a stream begins where a join by discontinuity breaks.
    pub(crate) fn is_break(&self, stream: Stream, piece: usize) -> bool {
        match stream {
            Stream::Pictures => self.breaks.contains(&piece),
            Stream::Sound(number) => self.sound(number).is_some_and(|sound| sound.breaks.contains(&piece)),
        }
    }

    /// The pieces of pictures that begin so.
    pub(crate) fn breaks(&self) -> &BTreeSet<usize> {
        &self.breaks
    }

    /// The rung of these lines. `NotFound` where the ladder has none.
    pub(crate) fn rung(&self, lines: u32) -> Result<&Arc<RungPlan>> {
        let found = self.rungs.iter().find(|plan| plan.rung.lines == lines);
        found.ok_or_else(|| Error::not_found("quality"))
    }

    /// What it takes to play it, with pictures in segments that have this role.
    pub(crate) async fn rates(&self, library: &Library, role: Role) -> Result<Rates> {
        let ByRole { shared, split } = self.rates.get_or_try_init(|| self.all_rates(library)).await?;
        Ok(if role == Role::Split { split.clone() } else { shared.clone() })
    }

    async fn all_rates(&self, library: &Library) -> Result<ByRole<Rates>> {
        let playable = &self.playable;
        let spans = self.spans(Stream::Pictures);
        let video = rates::of_pieces(playable, library, spans, &self.video).await?;
        let alone: Vec<Range<usize>> = (0..self.video.len()).map(|piece| piece..piece + 1).collect();
        let mut rungs = ByRole { shared: Vec::new(), split: Vec::new() };
        for plan in &self.rungs {
            let bounds = rates::of_rung(plan, spans, &self.video);
            rungs.shared.push((plan.rung.lines, bounds.rate(&self.runs)));
            rungs.split.push((plan.rung.lines, bounds.rate(&alone)));
        }
        let mut sounds = Vec::with_capacity(self.sounds.len());
        for SoundSegments { number, segments, .. } in &self.sounds {
            let spans = self.spans(Stream::Sound(*number));
            let costs = rates::of_pieces(playable, library, spans, segments).await?;
            sounds.push((*number, Rate::of(&costs)));
        }
        let shared = Rates {
            video: Rate::of(&Cost::of_runs(&video, &self.runs)),
            rungs: rungs.shared.into(),
            sounds: sounds.into(),
            keys: keys::rate(playable, library).await?,
            marks: None,
        };
        let split = Rates { video: Rate::of(&video), rungs: rungs.split.into(), ..shared.clone() };
        Ok(ByRole { shared, split })
    }
}

/// Joins pieces that are too short to the next one, and the last to the one before it.
fn runs(pieces: &[Segment], spans: &[Span]) -> Vec<Range<usize>> {
    let seconds = |piece: &Segment| Time::new(piece.duration, spans[piece.span].timescale).seconds();
    let is_short = |run: &Range<usize>| {
        pieces[run.clone()].iter().map(seconds).sum::<f64>() < milliseconds(SHORTEST_MS).seconds()
    };
    let mut runs: Vec<Range<usize>> = Vec::new();
    for number in 0..pieces.len() {
        match runs.last_mut() {
            Some(last) if is_short(last) => last.end = number + 1,
            _ => runs.push(number..number + 1),
        }
    }
    if let Some(short) = runs.pop_if(|last| is_short(last)) {
        match runs.last_mut() {
            Some(last) => last.end = short.end,
            None => runs.push(short),
        }
    }
    runs
}

fn milliseconds(count: i64) -> Time {
    Time::new(count, Timescale::MILLISECONDS)
}

/// The spans of pictures whose parameter sets are not those of the span before.
fn changes(playable: &Playable) -> Vec<usize> {
    let spans = &playable.view.timeline.video;
    let config = |n: usize| playable.view.track(&spans[n]).head.track.video().map(|v| v.config.as_slice());
    (1..spans.len()).filter(|&n| config(n) != config(n - 1)).collect()
}

#[cfg(test)]
mod tests {
    use subclip_core::TrackId;

    use super::*;

    #[test]
    fn short_pieces_are_sent_with_a_neighbour() {
        let check = |pieces_ms: &[i64], expected: &[Range<usize>]| {
            let mut at = 0;
            let piece = |&duration: &i64| {
                at += duration;
                Segment { span: 0, samples: 0..1, at: at - duration, duration }
            };
            let pieces: Vec<Segment> = pieces_ms.iter().map(piece).collect();
            let track = TrackId::from_bytes([1; 16]);
            let timescale = Timescale::MILLISECONDS;
            let span = Span { track, timescale, samples: 0..1, at: 0, duration: at };
            assert_eq!(runs(&pieces, &[span]), expected, "{pieces_ms:?}");
        };
        check(&[], &[]);
        check(&[40], std::slice::from_ref(&(0..1)));
        check(&[500, 4000], &[0..1, 1..2]);
        check(&[499, 4000], std::slice::from_ref(&(0..2)));
        check(&[4000, 40], std::slice::from_ref(&(0..2)));
        check(&[2200, 100, 300], std::slice::from_ref(&(0..3)));
        check(&[2200, 100, 3000, 3000], &[0..1, 1..3, 3..4]);
        check(&[300; 7], &[0..2, 2..4, 4..7]);
    }
}
