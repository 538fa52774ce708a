//! Cutting a clip: settle it if it had to wait, encode its edges, and write its timeline.

use futures::future::join_all;
use serde::{Deserialize, Serialize};
use subclip_core::{Edge, Part, Plan, Span, Time, Timeline};
use subclip_db::span::{self, Role};
use subclip_db::{asset, job};

use super::enqueue_collect;
use super::keys::AssetKey;
use super::workers::{Context, Outcome};
use crate::app::App;
use crate::clips::{settle, source_view};
use crate::cutting::{EdgeSpan, edge_span};
use crate::events::Changes;
use crate::jobs::Lane;
use crate::media::View;
use crate::model::{CutReport, Join};
use crate::rows::{self, Bounds, Request};
use crate::{Error, Kind, Result};

const SOURCE_FAILED: &str = "The source could not be taken in: ";

/// The job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cut {
    pub(crate) asset: AssetKey,
}

impl Cut {
    pub(crate) async fn run(self, context: &Context) -> Result<Outcome> {
        let app = &context.app;
        let Some(row) = asset::get(app.db(), self.asset.0).await? else { return Ok(Outcome::Over) };
        if row.status != asset::Status::Preparing {
            return Ok(Outcome::Over);
        }
        let mut request: Request = rows::parse(&row.request)?;
        let mut pins = span::timeline(app.db(), row.id, Role::Pins).await?;
        if pins == Timeline::default() {
            match pin(app, &row, request).await? {
                Pinned::Settled(settled, needed) => (request, pins) = (*settled, needed),
                Pinned::Wait(source) => return Ok(Outcome::WaitFor(source)),
            };
        }
        let bounds = bounds_of(&request)?;
        let (Some(start), Some(end)) = (bounds.start, bounds.end) else {
            return Err(Error::internal("a clip is pinned, yet not settled"));
        };
        let view = app.view(app.db(), pins).await?;
        let made = Making { context, row: &row, view: &view }.make(start.time()?, end.time()?).await?;
        commit(context, &row, request, made).await?;
        Ok(Outcome::Finished)
    }
}

fn bounds_of(request: &Request) -> Result<Bounds> {
    request.bounds.ok_or_else(|| Error::internal("a clip without bounds"))
}

/// What came of settling a clip that was asked for before its source was ready.
enum Pinned {
    Settled(Box<Request>, Timeline),
    Wait(subclip_core::AssetId),
}

async fn pin(app: &App, row: &asset::Asset, request: Request) -> Result<Pinned> {
    let source = row.source_asset.ok_or_else(|| Error::internal("a clip without a source"))?;
    let gone = || Error::source_failed("The source was deleted before the clip could be cut from it.");
    let source = asset::get(app.db(), source).await?.ok_or_else(gone)?;
    match source.status {
        asset::Status::Preparing => return Ok(Pinned::Wait(source.id)),
        asset::Status::Errored => {
            // A clip of a clip is told what became of the first of them.
            let why = source.error_message.unwrap_or_default();
            let why = why.strip_prefix(SOURCE_FAILED).unwrap_or(&why);
            return Err(Error::source_failed(&format!("{SOURCE_FAILED}{why}")));
        }
        asset::Status::Ready => {}
    }
    let asked = bounds_of(&request)?;
    let settled = settle(app, &source_view(app, &source).await?, &asked).await?;
    let bounds = Some(settled.bounds(asked.shortest_ms));
    let shape = rows::parse::<Request>(&source.request)?.shape;
    let request = Request { bounds, shape, ..request };
    let tx = app.db().begin().await?;
    asset::set_request(&tx, row.id, &rows::json(&request)?, app.now_ms()).await?;
    span::set_timeline(&tx, row.id, Role::Pins, &settled.pins).await?;
    tx.commit().await?;
    Ok(Pinned::Settled(Box::new(request), settled.pins))
}

/// A clip that was cut and is to be written.
struct Made {
    timeline: Timeline,
    report: CutReport,
}

struct Making<'a> {
    context: &'a Context,
    row: &'a asset::Asset,
    view: &'a View,
}

impl Making<'_> {
    async fn make(&self, start: Time, end: Time) -> Result<Made> {
        let library = self.context.app.library();
        let plan = self.view.plan(library, start, end).await?;
        // Each is seen to its end, also when another fails: an edge dropped while it is written would leave a file that
        // appears after the collection.
        let edges = join_all(plan.edges().map(|edge| self.edge(edge))).await;
        let edges: Vec<EdgeSpan> = edges.into_iter().collect::<Result<_>>()?;
        let sound = self.view.sound(library, start, end).await?;
        let report = report(&plan, &edges);
        let timeline = Timeline { video: lay_out(&plan, &edges), audio: moved(sound, start) };
        if timeline.duration() <= Time::ZERO {
            return Err(Error::invalid("No frame lies between the start and the end of the clip."));
        }
        Ok(Made { timeline, report })
    }

    async fn edge(&self, edge: &Edge) -> Result<EdgeSpan> {
        edge_span(&self.context.app, self.row.id, self.view, edge, &self.context.cancel).await
    }
}

fn report(plan: &Plan, edges: &[EdgeSpan]) -> CutReport {
    let join = if edges.is_empty() || plan.shared_frames() == 0 && edges.len() == 1 {
        Join::Seamless
    } else if edges.iter().all(|edge| edge.join == Join::Identical) {
        Join::Identical
    } else {
        Join::OneInit
    };
    CutReport {
        copied_frames: plan.shared_frames() as u32,
        encoded_frames: plan.encoded_frames() as u32,
        join,
    }
}

/// The parts of a plan, end to end.
fn lay_out(plan: &Plan, edges: &[EdgeSpan]) -> Vec<Span> {
    let mut edges = edges.iter();
    let mut at = 0;
    let mut spans = Vec::with_capacity(plan.parts.len());
    for part in &plan.parts {
        let (track, timescale, samples, duration) = match part {
            Part::Shared { track, timescale, samples, duration } => {
                (*track, *timescale, samples.clone(), *duration)
            }
            Part::Edge(edge) => {
                let Some(made) = edges.next() else { break };
                (made.track, edge.timescale, 0..edge.frames.len() as u32, edge.duration())
            }
        };
        spans.push(Span { track, timescale, samples, at, duration });
        at += duration;
    }
    spans
}

/// Sound that is placed on the source's timeline, placed on that of a clip which begins at `start`.
fn moved(sound: Vec<Span>, start: Time) -> Vec<Span> {
    let place = |span: Span| Span { at: (span.at - start.round_to(span.timescale)).max(0), ..span };
    sound.into_iter().map(place).collect()
}

async fn commit(context: &Context, row: &asset::Asset, request: Request, made: Made) -> Result<()> {
    let app = &context.app;
    // Reading the view again proves that the parts fit under one init before anybody plays them.
    app.view(app.db(), made.timeline.clone()).await?.video_track()?;
    let request = Request { cut: Some(made.report), ..request };
    let duration = made.timeline.duration();
    let tx = app.db().begin().await?;
    context.finish(&tx).await?;
    span::set_timeline(&tx, row.id, Role::Plays, &made.timeline).await?;
    span::clear(&tx, row.id, Role::Pins).await?;
    asset::set_request(&tx, row.id, &rows::json(&request)?, app.now_ms()).await?;
    if !(Changes { tx: &tx, app }).make_ready(row.id, duration).await? {
        return Err(Error::conflict("The clip was deleted while it was cut."));
    }
    job::release_waiting(&tx, row.id).await?;
    // What was pinned beyond the clip, and edges that were tried and not used, may be garbage now.
    enqueue_collect(&tx, app).await?;
    app.commit(tx).await?;
    app.wake(Lane::Cut);
    app.wake(Lane::Upkeep);
    Ok(())
}

impl Error {
    /// A clip can't be cut because of its source.
    fn source_failed(message: &str) -> Self {
        Self { of_source: true, ..Self::new(Kind::Invalid, message) }
    }
}
