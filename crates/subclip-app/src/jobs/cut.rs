//! Cutting a clip: settle it if it had to wait, encode its edges, and write its timeline.

use std::ops::Range;

use futures::future::join_all;
use serde::{Deserialize, Serialize};
use subclip_core::{Edge, Plan, Time, Timeline};
use subclip_db::span::{self, Role};
use subclip_db::{asset, job, sound_track};

use super::keys::AssetKey;
use super::workers::{Context, Outcome};
use super::{Render, enqueue_collect, enqueue_render};
use crate::app::App;
use crate::clips::{clip_source, settle};
use crate::cutting::{EdgeSpan, edge_span, lay_out};
use crate::events::Changes;
use crate::jobs::Lane;
use crate::media::View;
use crate::model::{AssetSettings, CutReport, Join};
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
        if rows::parse::<AssetSettings>(&row.settings)?.want_rendering() {
            return hand_over(context, &row).await;
        }
        let bounds = settled_bounds(&request)?;
        let view = app.view(app.db(), pins).await?;
        let made = Making { context, row: &row, view: &view }.make(bounds.start, bounds.end).await?;
        commit(context, &row, request, made).await?;
        Ok(Outcome::Finished)
    }
}

/// Has a clip rendered, which takes longer than others may wait for.
async fn hand_over(context: &Context, row: &asset::Asset) -> Result<Outcome> {
    let app = &context.app;
    let tx = app.db().begin().await?;
    context.finish(&tx).await?;
    enqueue_render(&tx, app, Render { asset: row.id.into() }).await?;
    tx.commit().await?;
    app.wake(Lane::Render);
    Ok(Outcome::Finished)
}

/// The bounds of a clip that is pinned.
pub(super) fn settled_bounds(request: &Request) -> Result<Range<Time>> {
    let bounds = bounds_of(request)?;
    match (bounds.start, bounds.end) {
        (Some(start), Some(end)) => Ok(start.time()?..end.time()?),
        _ => Err(Error::internal("a clip is pinned, yet not settled")),
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
    let settings: AssetSettings = rows::parse(&row.settings)?;
    let settled = settle(app, &clip_source(app, &source, &settings).await?, &asked).await?;
    let bounds = Some(settled.bounds(asked.shortest_ms));
    let shape = rows::parse::<Request>(&source.request)?.shape;
    let request = Request { bounds, shape, ..request };
    let texts = settled.texts(app, source.id).await?;
    let tx = app.db().begin().await?;
    asset::set_request(&tx, row.id, &rows::json(&request)?, app.now_ms()).await?;
    let pins = settled.pin(&tx, app, source.id, row.id, texts).await?;
    app.commit(tx).await?;
    app.wake(Lane::Text);
    app.wake(Lane::Sound);
    Ok(Pinned::Settled(Box::new(request), pins))
}

/// A timeline that was made and is to be written.
pub(super) struct Made {
    pub(super) timeline: Timeline,
    /// How it was cut, if it was.
    pub(super) report: Option<CutReport>,
}

pub(super) struct Making<'a> {
    pub(super) context: &'a Context,
    pub(super) row: &'a asset::Asset,
    pub(super) view: &'a View,
}

impl Making<'_> {
    /// The clip between two boundaries: shared pictures, edges, and its sound.
    pub(super) async fn make(&self, start: Time, end: Time) -> Result<Made> {
        let library = self.context.app.library();
        let plan = self.view.plan(library, start, end).await?;
        // Each is seen to its end, also when another fails: an edge dropped while it is written would leave a file that
        // appears after the collection.
        let edges = join_all(plan.edges().map(|edge| self.edge(edge))).await;
        let edges: Vec<EdgeSpan> = edges.into_iter().collect::<Result<_>>()?;
        let sound = self.view.sound(library, start, end).await?;
        let report = Some(report(&plan, &edges));
        let tracks = edges.iter().map(|edge| edge.track);
        Ok(Made { timeline: lay_out(&plan, tracks, sound)?, report })
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

pub(super) async fn commit(
    context: &Context,
    row: &asset::Asset,
    request: Request,
    made: Made,
) -> Result<()> {
    let app = &context.app;
    // Reading the view again proves that the parts fit under one init before anybody plays them.
    app.view(app.db(), made.timeline.clone()).await?.video_track()?;
    let request = Request { cut: made.report, ..request };
    let duration = made.timeline.duration();
    let tx = app.db().begin().await?;
    context.finish(&tx).await?;
    // A sound may have been deleted while the clip was cut.
    let beside = sound_track::list(&tx, &[row.id]).await?;
    let mut timeline = made.timeline;
    timeline.alternates.retain(|alternate| beside.iter().any(|row| row.number == alternate.number));
    span::set_timeline(&tx, row.id, Role::Plays, &timeline).await?;
    span::clear(&tx, row.id, Role::Pins).await?;
    asset::set_request(&tx, row.id, &rows::json(&request)?, app.now_ms()).await?;
    if !(Changes { tx: &tx, app }).make_ready(row.id, duration).await? {
        return Err(Error::conflict("The asset was deleted while it was made."));
    }
    job::release_waiting(&tx, row.id).await?;
    // What was pinned beyond the clip, and edges that were tried and not used, may be garbage now.
    enqueue_collect(&tx, app).await?;
    app.commit(tx).await?;
    app.wake(Lane::Cut);
    app.wake(Lane::Sound);
    app.wake(Lane::Transcribe);
    app.wake(Lane::Master);
    app.wake(Lane::Upkeep);
    Ok(())
}

impl Error {
    /// A clip can't be cut because of its source.
    fn source_failed(message: &str) -> Self {
        Self { of_source: true, ..Self::new(Kind::Invalid, message) }
    }
}
