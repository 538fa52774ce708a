//! A timeline made ready for streaming: its segments, worked out once and kept while it is watched.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use subclip_app::{Library, Playable, Result};
use subclip_core::{Medium, Segment, Span, Time, Timescale, video_segments};
use tokio::sync::OnceCell;

use crate::rate::{Rate, Rates};
use crate::segment::Role;
use crate::sound::Sound;

/// Segments are whole GOPs, or packets of sound, up to this length.
pub(crate) const TARGET_MS: u32 = 4_000;
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
    pub(crate) audio: Vec<Segment>,
    /// The segments of each medium that begin where the pictures' parameter sets change: where a join by discontinuity
    /// breaks both (RFC 8216, 6.2.4).
    video_breaks: BTreeSet<usize>,
    audio_breaks: BTreeSet<usize>,
    /// Only the playlist that names the others tells them, and for sound all samples are gone through.
    rates: OnceCell<Rates>,
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
        let video_breaks = changes.iter().filter_map(begins).collect();
        let times: Vec<Time> = changes.iter().map(|&span| timeline.video[span].start()).collect();
        let (mut audio, mut audio_breaks) = (Vec::new(), BTreeSet::new());
        for (number, span) in timeline.audio.iter().enumerate() {
            let sound = Sound { library, track: playable.view.track(span), number, span };
            for (segment, broken) in sound.segments(&times).await? {
                if broken {
                    audio_breaks.insert(audio.len());
                }
                audio.push(segment);
            }
        }
        let rates = OnceCell::new();
        Ok(Self { playable, delay, video, runs, audio, video_breaks, audio_breaks, rates })
    }

    /// The pieces of segment `number` of a medium, which follow each other; `None` beyond the last.
    pub(crate) fn segment(&self, medium: Medium, number: usize, role: Role) -> Option<&[Segment]> {
        match (medium, role) {
            (Medium::Video, Role::Shared) => self.runs.get(number).map(|run| &self.video[run.clone()]),
            (Medium::Video, Role::Split) => self.video.get(number).map(std::slice::from_ref),
            (Medium::Audio, _) => self.audio.get(number).map(std::slice::from_ref),
        }
    }

    /// All segments of a medium.
    pub(crate) fn segments(&self, medium: Medium, role: Role) -> impl Iterator<Item = &[Segment]> {
        (0..).map_while(move |number| self.segment(medium, number, role))
    }

    /// The pieces of a medium that begin where a join by discontinuity breaks.
    pub(crate) fn breaks(&self, medium: Medium) -> &BTreeSet<usize> {
        match medium {
            Medium::Video => &self.video_breaks,
            Medium::Audio => &self.audio_breaks,
        }
    }

    /// What it takes to play it.
    pub(crate) async fn rates(&self, library: &Library) -> Result<Rates> {
        let rate = |medium, pieces, runs| Rate::of(&self.playable, library, medium, pieces, runs);
        let rates = async {
            let video = rate(Medium::Video, &self.video, &self.runs).await?;
            Ok(Rates { video, audio: rate(Medium::Audio, &self.audio, &[]).await? })
        };
        self.rates.get_or_try_init(|| rates).await.copied()
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
