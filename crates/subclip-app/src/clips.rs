//! Clips: asked for, settled on frame boundaries, pinned, and handed to the workers.

use std::time::Duration;

use subclip_core::{AssetId, Span, Time, Timeline, Timescale};
use subclip_db::span::{self, Role};
use subclip_db::{Conn, Tx, asset, playback_id};

use crate::app::App;
use crate::assets::{Draft, check_new, check_thumbnail_time};
use crate::captions::CutTexts;
use crate::jobs::{self, Cut, Lane};
use crate::media::View;
use crate::model::{Asset, AssetSettings, Caller, Input, NewClip, Policy};
use crate::rows::{self, Bounds, Request};
use crate::sounds::{Inheriting, inherit};
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
    /// The sounds beside the first that the source had.
    pub(crate) sounds: Vec<u32>,
    /// The clip's pictures without what is laid over them; empty where nothing is.
    pub(crate) clean: Timeline,
}

/// What a clip is cut from.
pub(crate) struct Source {
    /// What is shown of it.
    view: View,
    /// How long it is; what is there may be longer.
    duration: Time,
    /// Its pictures without what will lie over those of the clip; none where nothing will.
    clean: Option<View>,
}

impl Clips<'_> {
    /// Makes a clip. Where its source is ready, its samples are pinned before this returns, so that it can be cut
    /// whatever becomes of the source; where the source is still preparing, the clip waits for it.
    ///
    /// # Errors
    /// `NotFound` without such a source; `Invalid` where the bounds hold no clip, or one shorter than `shortest`,
    /// where the time of its thumbnail lies past its end, and where the source could not be made.
    pub async fn create(&self, caller: &Caller, mut new: NewClip, shortest: Duration) -> Result<Asset> {
        caller.must_write()?;
        let app = self.0;
        check_new(app, &new.asset.settings)?;
        let shortest_ms = u32::try_from(shortest.as_millis()).unwrap_or(u32::MAX);
        let bounds = Bounds { start: new.start.map(Into::into), end: new.end.map(Into::into), shortest_ms };
        check_order(&new)?;
        let source = asset::get_in(app.db(), caller.workspace, new.source).await?;
        let source = source.ok_or_else(|| Error::not_found("source asset"))?;
        if new.asset.settings.sound.is_unsaid() {
            // It is the same sound, so it is called the same.
            new.asset.settings.sound = rows::parse::<AssetSettings>(&source.settings)?.sound;
            check_new(app, &new.asset.settings)?;
        }
        if new.policies_of_source {
            new.asset.policies = policies(app.db(), source.id).await?;
        }
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
        app.wake(Lane::Text);
        app.wake(Lane::Sound);
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
            asset::Status::Ready => {
                Some(settle(app, &clip_source(app, source, settings).await?, bounds).await?)
            }
            asset::Status::Preparing => None,
            asset::Status::Errored => {
                return Err(Error::invalid(
                    "The source asset could not be made, so there is nothing to cut a clip from.",
                ));
            }
        };
        let length = settled.as_ref().map(|settled| length(settled.start, settled.end));
        check_thumbnail_time(settings, length)?;
        let exact = settled.as_ref().map_or(*bounds, |s| s.bounds(bounds.shortest_ms));
        // Of a source that is still preparing, the shape is taken over when the clip is cut.
        let shape = rows::parse::<Request>(&source.request)?.shape;
        draft.row.request = rows::json(&Request { bounds: Some(exact), shape, ..Request::default() })?;
        self.accept(draft, source.id, settled).await
    }

    async fn accept(&self, draft: &Draft, source: AssetId, settled: Option<Settled>) -> Result<()> {
        let texts = match &settled {
            Some(settled) => Some(settled.texts(self.0, source).await?),
            None => None,
        };
        let tx = self.0.db().begin().await?;
        draft.insert(&tx, self.0).await?;
        if let Some((settled, texts)) = settled.zip(texts) {
            settled.pin(&tx, self.0, source, draft.row.id, texts).await?;
        }
        jobs::enqueue_cut(&tx, self.0, Cut { asset: draft.row.id.into() }, None).await?;
        self.0.commit(tx).await
    }
}

impl Settled {
    /// The source's captions as the clip gets them, cut before the transaction that pins.
    pub(crate) async fn texts(&self, app: &App, source: AssetId) -> Result<CutTexts> {
        CutTexts::of(app, source, self.start, self.end).await
    }

    /// Keeps what the clip needs, whatever becomes of its source, and gives it what goes with that: captions and other
    /// sounds. Answers with what it pinned.
    pub(crate) async fn pin(
        self,
        tx: &Tx,
        app: &App,
        source: AssetId,
        clip: AssetId,
        texts: CutTexts,
    ) -> Result<Timeline> {
        let Self { start, end, pins, sounds, clean } = self;
        let pins = inherit(&Inheriting { tx, app, source, clip, start, end, seen: &sounds }, pins).await?;
        span::set_timeline(tx, clip, Role::Pins, &pins).await?;
        span::set_timeline(tx, clip, Role::Clean, &clean).await?;
        texts.inherit(tx, app, source, clip).await?;
        Ok(pins)
    }

    pub(crate) fn bounds(&self, shortest_ms: u32) -> Bounds {
        Bounds { start: Some(self.start.into()), end: Some(self.end.into()), shortest_ms }
    }
}

/// The policies of an asset's playback ids, each once.
async fn policies(conn: &impl Conn, asset: AssetId) -> Result<Vec<Policy>> {
    let mut found = Vec::new();
    for row in playback_id::list(conn, &[asset]).await? {
        let policy = rows::playback(&row).policy;
        if !found.contains(&policy) {
            found.push(policy);
        }
    }
    Ok(found)
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

/// What a clip with these settings is cut from: what a ready asset plays, or what it would play without what was laid over
/// its pictures.
///
/// # Errors
/// `NotFound` where it was deleted since it was looked at; `Invalid` where an image is to be laid over pictures that are
/// not there.
pub(crate) async fn clip_source(
    app: &App,
    source: &asset::Asset,
    settings: &AssetSettings,
) -> Result<Source> {
    let plays = span::timeline(app.db(), source.id, Role::Plays).await?;
    if plays == Timeline::default() {
        return Err(Error::not_found("source asset"));
    }
    if plays.video.is_empty() && !settings.overlays.is_empty() {
        return Err(Error::invalid("The source has no pictures to lay an image over."));
    }
    let duration = plays.duration();
    let clean = span::timeline(app.db(), source.id, Role::Clean).await?.video;
    let has_overlays = !clean.is_empty();
    let leaves_out = has_overlays && settings.without_source_overlays;
    // The badge of a test is not to be left out by anybody.
    let will_have = !settings.test && (!settings.overlays.is_empty() || has_overlays && !leaves_out);
    let pictures = if has_overlays { clean } else { plays.video.clone() };
    let shown = if leaves_out { Timeline { video: pictures.clone(), ..plays } } else { plays };
    let clean = match will_have {
        true => Some(app.view(app.db(), Timeline { video: pictures, ..Timeline::default() }).await?),
        false => None,
    };
    Ok(Source { view: app.view(app.db(), shown).await?, duration, clean })
}

impl Source {
    /// The pictures between two boundaries without what will lie over them, where the clip that begins at the first of
    /// them has its zero. Whole GOPs, as they are pinned.
    fn clean_part(&self, start: Time, end: Time) -> Timeline {
        let touched = |view: &View| -> Vec<Span> {
            view.sources().iter().filter_map(|source| source.touched(start, end)).collect()
        };
        let moved = |span: Span| Span { at: span.at - start.round_to(span.timescale), ..span };
        let video = self.clean.as_ref().map(touched).unwrap_or_default();
        Timeline { video: video.into_iter().map(moved).collect(), ..Timeline::default() }
    }
}

/// Puts the bounds of a clip on frame boundaries of what its source plays, and finds the samples it needs.
///
/// An end past the source's own is the source's own: durations are rounded on the wire, and whoever sends one back
/// means the end.
pub(crate) async fn settle(app: &App, source: &Source, bounds: &Bounds) -> Result<Settled> {
    let duration = source.duration;
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
    let (start, end) = source.view.snap(app.library(), start, end).await?;
    if end <= start {
        return Err(Error::invalid("No frame lies between the start and the end of the clip."));
    }
    let pins = source.view.pins(app.library(), start, end).await?;
    let sounds = source.view.timeline.alternates.iter().map(|alternate| alternate.number).collect();
    Ok(Settled { start, end, pins, sounds, clean: source.clean_part(start, end) })
}

/// From `start` to `end`, on the finer of their scales.
fn length(start: Time, end: Time) -> Time {
    let scale = if start.scale().get() > end.scale().get() { start.scale() } else { end.scale() };
    Time::new(end.round_to(scale) - start.round_to(scale), scale)
}
