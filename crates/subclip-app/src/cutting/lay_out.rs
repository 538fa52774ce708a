//! From the parts of a plan to a timeline.

use subclip_core::{Alternate, Part, Plan, Span, Time, Timeline, TrackId};

use crate::{Error, Result};

/// The parts of a plan, end to end, with all `sound` between its bounds, which lies on the timeline that was cut from.
/// `edges` are the tracks of the plan's edges, in their order.
///
/// # Errors
/// `Invalid` where nothing is left.
pub(crate) fn lay_out(
    plan: &Plan,
    edges: impl IntoIterator<Item = TrackId>,
    sound: Timeline,
) -> Result<Timeline> {
    let timeline = Timeline { video: pictures(plan, edges.into_iter()), ..sound_from(plan.start, sound) };
    if timeline.duration() <= Time::ZERO {
        return Err(Error::invalid("No frame lies between the start and the end of the clip."));
    }
    Ok(timeline)
}

fn pictures(plan: &Plan, mut edges: impl Iterator<Item = TrackId>) -> Vec<Span> {
    let mut at = 0;
    let mut spans = Vec::with_capacity(plan.parts.len());
    for part in &plan.parts {
        let (track, timescale, samples, duration) = match part {
            Part::Shared { track, timescale, samples, duration } => {
                (*track, *timescale, samples.clone(), *duration)
            }
            Part::Edge(edge) => {
                let Some(track) = edges.next() else { break };
                (track, edge.timescale, 0..edge.frames.len() as u32, edge.duration())
            }
        };
        spans.push(Span { track, timescale, samples, at, duration });
        at += duration;
    }
    spans
}

/// All sound of a source's timeline, placed on that of a clip which begins at `start`.
pub(crate) fn sound_from(start: Time, sound: Timeline) -> Timeline {
    let alternate = |Alternate { number, spans }| Alternate { number, spans: moved(spans, start) };
    Timeline {
        video: Vec::new(),
        audio: moved(sound.audio, start),
        alternates: sound.alternates.into_iter().map(alternate).collect(),
    }
}

fn moved(sound: Vec<Span>, start: Time) -> Vec<Span> {
    let place = |span: Span| Span { at: (span.at - start.round_to(span.timescale)).max(0), ..span };
    sound.into_iter().map(place).collect()
}
