//! A timeline made ready for streaming: its segments, worked out once and kept while it is watched.

use std::collections::BTreeSet;
use std::sync::Arc;

use subclip_app::{Library, Playable, Result};
use subclip_core::{Medium, Segment, Time, video_segments};
use tokio::sync::OnceCell;

use crate::rate::{Rate, Rates};
use crate::sound::Sound;

/// Segments are whole GOPs, or packets of sound, up to this length.
pub(crate) const TARGET_MS: u32 = 4_000;

/// The segments of a timeline.
pub(crate) struct Package {
    pub(crate) playable: Arc<Playable>,
    pub(crate) video: Vec<Segment>,
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
        Ok(Self { playable, video, audio, video_breaks, audio_breaks, rates: OnceCell::new() })
    }

    /// The segments of a medium, and which of them begin at a break.
    pub(crate) fn segments(&self, medium: Medium) -> (&[Segment], &BTreeSet<usize>) {
        match medium {
            Medium::Video => (&self.video, &self.video_breaks),
            Medium::Audio => (&self.audio, &self.audio_breaks),
        }
    }

    /// What it takes to play it.
    pub(crate) async fn rates(&self, library: &Library) -> Result<Rates> {
        let rate = |medium, segments| Rate::of(&self.playable, library, medium, segments);
        let rates = async {
            let video = rate(Medium::Video, &self.video).await?;
            Ok(Rates { video, audio: rate(Medium::Audio, &self.audio).await? })
        };
        self.rates.get_or_try_init(|| rates).await.copied()
    }

    /// How many segments a medium has.
    pub(crate) fn count(&self, medium: Medium) -> usize {
        self.segments(medium).0.len()
    }
}

/// The spans of pictures whose parameter sets are not those of the span before.
fn changes(playable: &Playable) -> Vec<usize> {
    let spans = &playable.view.timeline.video;
    let config = |n: usize| playable.view.track(&spans[n]).head.track.video().map(|v| v.config.as_slice());
    (1..spans.len()).filter(|&n| config(n) != config(n - 1)).collect()
}
