//! Clips: asked for, settled on frame boundaries, pinned, and handed to the workers.

use std::time::Duration;

use subclip_core::{Time, Timeline, Timescale};
use subclip_db::asset;
use subclip_db::span::{self, Role};

use crate::app::App;
use crate::assets::{Draft, check_thumbnail_time};
use crate::jobs::{self, Cut, Lane};
use crate::media::View;
use crate::model::{Asset, AssetSettings, Caller, Input, NewClip};
use crate::rows::{self, Bounds, Request};
use crate::{Error, Kind, Result};

/// How often a clip is tried to be accepted while what its source plays is being moved.
const TRIES: u32 = 5;

/// What can be done with clips.
pub struct Clips<'a>(pub(crate) &'a App);

/// A clip whose bounds lie on frame boundaries, and the samples it needs.
pub(crate) struct Settled {
    pub(crate) start: Time,
    pub(crate) end: Time,
    pub(crate) pins: Timeline,
}

impl Clips<'_> {
    /// Makes a clip. Where its source is ready, its samples are pinned before this returns, so that it can be cut
    /// whatever becomes of the source; where the source is still preparing, the clip waits for it.
    ///
    /// # Errors
    /// `NotFound` without such a source; `Invalid` where the bounds hold no clip, or one shorter than `shortest`,
    /// or where the time of its thumbnail lies past its end.
    pub async fn create(&self, caller: &Caller, new: NewClip, shortest: Duration) -> Result<Asset> {
        caller.must_write()?;
        let app = self.0;
        let shortest_ms = u32::try_from(shortest.as_millis()).unwrap_or(u32::MAX);
        let bounds = Bounds { start: new.start.map(Into::into), end: new.end.map(Into::into), shortest_ms };
        check_order(&new)?;
        let source = asset::get_in(app.db(), caller.workspace, new.source).await?;
        let source = source.ok_or_else(|| Error::not_found("source asset"))?;
        let input = Input {
            start_s: new.start.map(Time::seconds),
            end_s: new.end.map(Time::seconds),
            ..Input::default()
        };
        let mut draft = Draft::new(app, caller, asset::Origin::Clip, &new.asset, &input)?;
        draft.row.source_asset = Some(new.source);
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match self.settle_and_accept(&mut draft, &new.asset.settings, &source, &bounds).await {
                // What a ready source plays is there; so it was moved meanwhile, which is over in a moment.
                Err(error) if tries > 0 && matches!(error.kind, Kind::Conflict | Kind::NotFound) => {}
                done => break done?,
            }
        }
        app.wake(Lane::Cut);
        app.assets().load(draft.row).await
    }

    async fn settle_and_accept(
        &self,
        draft: &mut Draft,
        settings: &AssetSettings,
        source: &asset::Asset,
        bounds: &Bounds,
    ) -> Result<()> {
        let app = self.0;
        let settled = match source.status {
            asset::Status::Ready => Some(settle(app, &source_view(app, source).await?, bounds).await?),
            asset::Status::Preparing | asset::Status::Errored => None,
        };
        let length = settled.as_ref().map(|settled| length(settled.start, settled.end));
        check_thumbnail_time(settings, length)?;
        let exact = settled.as_ref().map_or(*bounds, |s| s.bounds(bounds.shortest_ms));
        // Of a source that is still preparing, the shape is taken over when the clip is cut.
        let shape = rows::parse::<Request>(&source.request)?.shape;
        draft.row.request = rows::json(&Request { bounds: Some(exact), shape, ..Request::default() })?;
        self.accept(draft, settled).await
    }

    async fn accept(&self, draft: &Draft, settled: Option<Settled>) -> Result<()> {
        let tx = self.0.db().begin().await?;
        draft.insert(&tx, self.0).await?;
        if let Some(settled) = settled {
            span::set_timeline(&tx, draft.row.id, Role::Pins, &settled.pins).await?;
        }
        jobs::enqueue_cut(&tx, self.0, Cut { asset: draft.row.id.into() }, None).await?;
        self.0.commit(tx).await
    }
}

impl Settled {
    pub(crate) fn bounds(&self, shortest_ms: u32) -> Bounds {
        Bounds { start: Some(self.start.into()), end: Some(self.end.into()), shortest_ms }
    }
}

fn check_order(new: &NewClip) -> Result<()> {
    let start = new.start.unwrap_or(Time::ZERO);
    if start < Time::ZERO {
        return Err(Error::invalid(
            "A clip can't begin before its source: let it start at 0 seconds or later.",
        ));
    }
    if new.end.is_some_and(|end| end <= start) {
        return Err(Error::invalid("A clip must end after it begins."));
    }
    Ok(())
}

/// What a ready asset plays.
///
/// # Errors
/// `NotFound` where it was deleted since it was looked at.
pub(crate) async fn source_view(app: &App, source: &asset::Asset) -> Result<View> {
    let timeline = span::timeline(app.db(), source.id, Role::Plays).await?;
    if timeline == Timeline::default() {
        return Err(Error::not_found("source asset"));
    }
    app.view(app.db(), timeline).await
}

/// Puts the bounds of a clip on frame boundaries of what its source plays, and finds the samples it needs.
///
/// An end past the source's own is the source's own: durations are rounded on the wire, and whoever sends one back
/// means the end.
pub(crate) async fn settle(app: &App, source: &View, bounds: &Bounds) -> Result<Settled> {
    let duration = source.timeline.duration();
    let start = bounds.start.map_or(Ok(Time::ZERO), |exact| exact.time())?;
    let end = bounds.end.map_or(Ok(duration), |exact| exact.time())?.min(duration);
    if start >= duration {
        return Err(Error::invalid(format!(
            "The clip would begin at {start} s, but its source lasts only {duration} s."
        )));
    }
    // What was asked for counts, not what it snaps to: nobody should be told that half a second is less than that.
    let asked = length(start, end);
    let shortest = Time::new(i64::from(bounds.shortest_ms), Timescale::MILLISECONDS);
    let is_whole = start <= Time::ZERO && end >= duration;
    if asked < shortest && !is_whole {
        // Not rounded up to what it is too short for.
        let effective = Time::new(asked.floor_to(Timescale::MILLISECONDS), Timescale::MILLISECONDS);
        return Err(Error::invalid(format!(
            "Effective clip duration of {:.3} too short, minimum clip duration is {:.3} seconds",
            effective.seconds(),
            shortest.seconds()
        )));
    }
    let (start, end) = source.snap(app.library(), start, end).await?;
    if end <= start {
        return Err(Error::invalid("No frame lies between the start and the end of the clip."));
    }
    let pins = source.pins(app.library(), start, end).await?;
    Ok(Settled { start, end, pins })
}

/// From `start` to `end`, on the finer of their scales.
fn length(start: Time, end: Time) -> Time {
    let scale = if start.scale().get() > end.scale().get() { start.scale() } else { end.scale() };
    Time::new(end.round_to(scale) - start.round_to(scale), scale)
}
