//! Rendering an asset whose media are pinned: images are laid over its pictures, its sound is made as loud as all other.

use serde::{Deserialize, Serialize};
use subclip_core::{Span, Time, Timeline};
use subclip_db::asset;
use subclip_db::span::{self, Role};

use super::cut::{Made, Making, commit, settled_bounds};
use super::keys::AssetKey;
use super::workers::{Context, Outcome};
use crate::cutting::sound_from;
use crate::media::View;
use crate::model::{AssetSettings, CutReport, Join};
use crate::render::{Normalising, Pictures, draw, end_of, overlays_of};
use crate::rows::{self, Request};
use crate::{Error, Result};

/// The job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Render {
    pub(crate) asset: AssetKey,
}

impl Render {
    pub(crate) async fn run(self, context: &Context) -> Result<Outcome> {
        let app = &context.app;
        let Some(row) = asset::get(app.db(), self.asset.0).await? else { return Ok(Outcome::Over) };
        if row.status != asset::Status::Preparing {
            return Ok(Outcome::Over);
        }
        let request: Request = rows::parse(&row.request)?;
        let settings: AssetSettings = rows::parse(&row.settings)?;
        let pins = span::timeline(app.db(), row.id, Role::Pins).await?;
        if pins == Timeline::default() {
            return Err(Error::internal("an asset is to be rendered, yet nothing is pinned for it"));
        }
        asset::set_progress(app.db(), row.id, asset::Stage::Transcoding, 0.0, app.now_ms()).await?;
        let view = app.view(app.db(), pins).await?;
        let rendering = Rendering { context, row: &row, settings: &settings, view: &view };
        let made = rendering.make(&request).await?;
        if made.timeline.duration() <= Time::ZERO {
            return Err(Error::invalid("There is nothing in this that lasts."));
        }
        commit(context, &row, request, made).await?;
        Ok(Outcome::Finished)
    }
}

struct Rendering<'a> {
    context: &'a Context,
    row: &'a asset::Asset,
    settings: &'a AssetSettings,
    view: &'a View,
}

/// What of a timeline is made, and what it is at first.
struct Whole {
    /// Where it begins and ends on what is pinned.
    start: Time,
    end: Time,
    /// Whether it is a clip.
    is_clip: bool,
    /// Whether it is not all of what is pinned.
    is_part: bool,
}

impl Rendering<'_> {
    async fn make(&self, request: &Request) -> Result<Made> {
        let whole = self.whole(request).await?;
        let mut made = match self.with_overlays(&whole).await? {
            Some(made) => made,
            None if whole.is_part => {
                let making = Making { context: self.context, row: self.row, view: self.view };
                let made = making.make(whole.start, whole.end).await?;
                Made { report: made.report.filter(|_| whole.is_clip), ..made }
            }
            None => Made { timeline: self.view.timeline.clone(), report: None },
        };
        if self.settings.normalize_audio {
            self.normalise(&whole, &mut made.timeline).await?;
        }
        Ok(made)
    }

    async fn whole(&self, request: &Request) -> Result<Whole> {
        let is_clip = request.bounds.is_some();
        let (start, end) = if is_clip {
            let bounds = settled_bounds(request)?;
            (bounds.start, bounds.end)
        } else {
            let timeline = &self.view.timeline;
            (Time::ZERO, timeline.video.last().map_or_else(|| timeline.duration(), Span::end))
        };
        let kept = end_of(self.settings, self.view, self.context.app.library(), start, end).await?;
        Ok(Whole { start, end: kept, is_clip, is_part: is_clip || kept < end })
    }

    /// The same with images burnt into the pictures; none where there are none, or nothing of them is seen.
    async fn with_overlays(&self, whole: &Whole) -> Result<Option<Made>> {
        let Context { app, cancel, .. } = self.context;
        let overlays = overlays_of(self.settings);
        // Of a test without pictures, there is nothing that could bear a badge.
        if overlays.is_empty() || self.view.timeline.video.is_empty() {
            return Ok(None);
        }
        let pictures = Pictures { app, asset: self.row.id, view: self.view, cancel };
        let Some(layers) = draw(app, self.row.id, &overlays, pictures.canvas()?, cancel).await? else {
            return Ok(None);
        };
        let mut progress = self.context.progress();
        let rendered = pictures.render(whole.start, whole.end, &layers, &mut progress).await?;
        let sound = if whole.is_part {
            sound_from(whole.start, self.view.sound(app.library(), whole.start, whole.end).await?)
        } else {
            self.view.timeline.clone()
        };
        let report = CutReport { copied_frames: 0, encoded_frames: rendered.frames, join: Join::Seamless };
        let timeline = Timeline { video: vec![rendered.span], ..sound };
        Ok(Some(Made { timeline, report: whole.is_clip.then_some(report) }))
    }

    /// Makes every sound of a timeline as loud as all other.
    async fn normalise(&self, whole: &Whole, timeline: &mut Timeline) -> Result<()> {
        // Of a part, nothing sounds beyond its last picture.
        let has_pictures = !self.view.timeline.video.is_empty();
        let scale = whole.end.scale();
        let length = Time::new(whole.end.ticks() - whole.start.round_to(scale), scale);
        // Where pictures are rendered too, theirs is the progress that counts.
        let quiet = has_pictures && !overlays_of(self.settings).is_empty();
        let (mut done, all) = (0, 1 + timeline.alternates.len());
        let alternates = timeline.alternates.iter_mut().map(|other| (other.number, &mut other.spans));
        for (number, spans) in std::iter::once((1, &mut timeline.audio)).chain(alternates) {
            let normalising = Normalising {
                app: &self.context.app,
                asset: self.row.id,
                number,
                view: self.view,
                spans,
                end: (whole.is_part && has_pictures).then_some(length),
                cancel: &self.context.cancel,
            };
            let mut progress = self.context.progress();
            let mut told = |percent: u8| {
                if !quiet {
                    progress(((done * 100 + usize::from(percent)) / all) as u8);
                }
            };
            *spans = normalising.normalise(&mut told).await?;
            done += 1;
        }
        Ok(())
    }
}
