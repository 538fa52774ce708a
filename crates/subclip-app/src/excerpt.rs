//! Excerpts: parts of what an asset plays, played without being assets. They are cut like clips, on first play. Their edges
//! have no rows: they are held in memory, and kept in the cache.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use moka::future::Cache;
use subclip_core::{PlaybackId, Time, Timescale};

use crate::app::App;
use crate::cutting::{held_edges, lay_out};
use crate::mark::{Mark, digest};
use crate::media::{MediaTrack, Memory, View};
use crate::newest::newest;
use crate::playable::Playable;
use crate::room::Room;
use crate::sounds::PlayedSound;
use crate::{Error, Kind, Result};

/// From when to when of an asset's timeline, in microseconds: on frame boundaries, which are much farther apart than that,
/// so that they are found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Excerpt {
    start_us: i64,
    end_us: i64,
}

/// The times that are asked for, on the asset's timeline; a missing one is the asset's own.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ExcerptTimes {
    /// Where to begin.
    pub start: Option<Time>,
    /// Where to end.
    pub end: Option<Time>,
}

impl ExcerptTimes {
    /// Whether none is asked for.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }
}

impl From<Excerpt> for ExcerptTimes {
    fn from(excerpt: Excerpt) -> Self {
        Self { start: Some(excerpt.start()), end: Some(excerpt.end()) }
    }
}

impl Excerpt {
    /// From `start` to `end`, to the microsecond.
    #[must_use]
    pub fn new(start: Time, end: Time) -> Self {
        Self { start_us: start.round_to(microseconds()), end_us: end.round_to(microseconds()) }
    }

    /// When it begins.
    #[must_use]
    pub fn start(self) -> Time {
        Time::new(self.start_us, microseconds())
    }

    /// When it ends.
    #[must_use]
    pub fn end(self) -> Time {
        Time::new(self.end_us, microseconds())
    }

    /// Both times, for a signature.
    pub(crate) fn bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.start_us.to_be_bytes());
        bytes[8..].copy_from_slice(&self.end_us.to_be_bytes());
        bytes
    }
}

/// The edges of an excerpt, as they were made this time: another build of the encoder may make others of the same frames,
/// with other parameter sets or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// What decoders have to know of it.
    pub mark: Mark,
    /// A digest of all their bytes.
    content: [u8; 8],
}

impl Made {
    /// `None` where nothing had to be encoded.
    fn of(edges: &[MediaTrack]) -> Option<Self> {
        if edges.is_empty() {
            return None;
        }
        let records = || edges.iter().filter_map(|edge| edge.head.track.video()).map(|video| &*video.config);
        let content = digest(records().chain(edges.iter().filter_map(MediaTrack::held_bytes)));
        Some(Self { mark: Mark::of(records()), content })
    }

    /// What tells it from what another encoder makes, in hex digits.
    pub(crate) fn name(&self) -> String {
        format!("{:016x}", u64::from_be_bytes(self.content))
    }
}

fn microseconds() -> Timescale {
    Timescale::new(1_000_000).expect("a million is no zero")
}

/// `10333333-20000000`.
impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.start_us, self.end_us)
    }
}

/// What can't be an excerpt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an excerpt is two numbers of microseconds, the second larger")]
pub struct NoExcerpt;

impl FromStr for Excerpt {
    type Err = NoExcerpt;

    /// What `Display` writes, to the letter.
    fn from_str(text: &str) -> Result<Self, NoExcerpt> {
        let (start, end) = text.split_once('-').ok_or(NoExcerpt)?;
        let number = |text: &str| text.parse::<i64>().map_err(|_| NoExcerpt);
        let excerpt = Self { start_us: number(start)?, end_us: number(end)? };
        let in_order = 0 <= excerpt.start_us && excerpt.start_us < excerpt.end_us;
        if in_order && excerpt.to_string() == text { Ok(excerpt) } else { Err(NoExcerpt) }
    }
}

/// Room for the edges of excerpts, and what holds them together.
const EXCERPTS_BYTES: u64 = 32 << 20;
/// Excerpts whose edges are made at once, and those that wait. Each holds a GOP or two meanwhile.
const AT_ONCE: usize = 4;
const WAITING: usize = 64;

/// A timeline, by its generation, and the part of it.
type Key = (u64, Excerpt);

/// The excerpts that are played.
pub(crate) struct Excerpts {
    known: Cache<Key, Arc<Playable>>,
    turns: Room,
    /// Room for the edges, those that are kept included. Who fetches an excerpt as a file has them until the end of it.
    pub(crate) memory: Memory,
}

impl Excerpts {
    pub(crate) fn new() -> Self {
        let full = "Too many parts of videos are asked for at once; try again soon.";
        Self {
            known: newest(EXCERPTS_BYTES, |playable: &Arc<Playable>| playable.weight_bytes()).build(),
            turns: Room::new(AT_ONCE, WAITING, full),
            memory: Memory::beside(EXCERPTS_BYTES),
        }
    }
}

impl App {
    /// Part of what a playback id plays, exact to the frame: `whole` is what it plays. Where the part is all of it, that.
    ///
    /// # Errors
    /// `Invalid` where the times hold no frame; `Busy` where too much is asked for at once or the engine died.
    pub async fn excerpt(
        &self,
        id: PlaybackId,
        whole: Arc<Playable>,
        times: ExcerptTimes,
    ) -> Result<Arc<Playable>> {
        match self.excerpt_of(&whole, times).await {
            // Samples of clips move when their source is deleted.
            Err(error) if matches!(error.kind, Kind::Conflict | Kind::NotFound) => {
                self.forget_playable(id).await;
                let whole = self.playable(id).await?;
                self.excerpt_of(&whole, times).await
            }
            other => other,
        }
    }

    pub(crate) async fn excerpt_of(
        &self,
        whole: &Arc<Playable>,
        times: ExcerptTimes,
    ) -> Result<Arc<Playable>> {
        let Some(cut) = Cut::new(self, &whole.view, times).await? else { return Ok(whole.clone()) };
        let excerpt = Excerpt::new(cut.start, cut.end);
        let make = async { cut.make(self, whole, excerpt).await.map(Arc::new).map_err(not_made) };
        let (known, key) = (&self.excerpts().known, (whole.generation, excerpt));
        let made = known.try_get_with(key, make).await.map_err(|error| (*error).clone())?;
        let sounds = sounds_of(&made.view, whole);
        if made.texts == whole.texts && made.sounds == sounds {
            return Ok(made);
        }
        // Captions come and go while the samples stay, and sounds get other names.
        let anew = Arc::new(Playable { texts: whole.texts.clone(), sounds, ..(*made).clone() });
        known.insert(key, anew.clone()).await;
        Ok(anew)
    }
}

/// Those sounds of a whole of which something lies in the part.
fn sounds_of(part: &View, whole: &Playable) -> Arc<[PlayedSound]> {
    let there = whole.sounds.iter().filter(|sound| part.timeline.sound(sound.number).is_some());
    there.cloned().collect()
}

/// A viewer may simply ask again, so what befell the machine is not a fault of the request.
fn not_made(error: Error) -> Error {
    match error.kind {
        Kind::Internal => {
            tracing::warn!(%error, "a part was not made");
            Error::busy("This part could not be made this time; try again soon.")
        }
        _ => error,
    }
}

/// Where a timeline is cut: on boundaries between frames.
struct Cut {
    start: Time,
    end: Time,
}

impl Cut {
    /// `None` where all of it is asked for.
    async fn new(app: &App, view: &View, times: ExcerptTimes) -> Result<Option<Self>> {
        let duration = view.timeline.duration();
        let start = times.start.unwrap_or(Time::ZERO);
        let end = times.end.unwrap_or(duration).min(duration);
        if start >= duration {
            return Err(Error::invalid(format!(
                "The part would begin at {start} s, but all of it lasts only {duration} s."
            )));
        }
        let (start, end) = view.snap(app.library(), start, end).await?;
        if end <= start {
            return Err(Error::invalid("No frame lies between the start and the end of the part."));
        }
        let is_all = start <= Time::ZERO && end >= duration;
        Ok((!is_all).then_some(Self { start, end }))
    }

    async fn make(&self, app: &App, whole: &Playable, excerpt: Excerpt) -> Result<Playable> {
        let (view, library) = (&whole.view, app.library());
        let plan = view.plan(library, self.start, self.end).await?;
        let edges: Vec<_> = plan.edges().collect();
        let edges = held_edges(app, view, &edges, &app.excerpts().turns).await?;
        let sound = view.sound(library, self.start, self.end).await?;
        let made = Made::of(&edges);
        let timeline = lay_out(&plan, edges.iter().map(|edge| edge.id), sound)?;
        let tracks = view.tracks().cloned().chain(edges.into_iter().map(Arc::new));
        let view = View::new(timeline, tracks)?;
        let thumbnail_time = whole.thumbnail_time.map(|seconds| seconds - self.start.seconds());
        let lasts_s = view.timeline.duration().seconds();
        Ok(Playable {
            asset: whole.asset,
            excerpt: Some(excerpt),
            made,
            generation: app.generations().new_one(),
            delay: view.composition_delay(),
            video: view.video_track()?,
            audio: view.audio_track().cloned(),
            frame_rate: view.frame_rate(),
            thumbnail_time: thumbnail_time.filter(|seconds| (0.0..lasts_s).contains(seconds)),
            part: Some((self.start, self.end)),
            texts: whole.texts.clone(),
            sounds: sounds_of(&view, whole),
            ladder: whole.ladder,
            most_lines: whole.most_lines,
            withdrawn: whole.withdrawn.clone(),
            file_lines: None,
            view,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_have_one_spelling() {
        let check = |text: &str, valid: bool| {
            let read = text.parse::<Excerpt>();
            assert_eq!(read.map(|excerpt| excerpt.to_string()), valid.then(|| text.into()).ok_or(NoExcerpt));
        };
        check("0-1", true);
        check("10333333-20000000", true);
        for bad in
            ["", "-", "1-", "-1", "1", "1-1", "2-1", "-1-2", "+1-2", "01-2", "1-2-3", "1-2.0", "a-b", "1- 2"]
        {
            check(bad, false);
        }
        check("9223372036854775807-9223372036854775808", false);
    }

    #[test]
    fn boundaries_are_found_again() {
        let film = Timescale::new(30_000).unwrap();
        for frame in [1, 2, 29, 12_345, 1_000_003] {
            let at = Time::new(frame * 1001, film);
            let excerpt = Excerpt::new(at, Time::new((frame + 1) * 1001, film));
            let back = ExcerptTimes::from(excerpt.to_string().parse::<Excerpt>().unwrap()).start.unwrap();
            // The nearest frame to what was written is the one that was meant.
            assert_eq!((back.seconds() * 30_000.0 / 1001.0).round() as i64, frame);
        }
    }
}
