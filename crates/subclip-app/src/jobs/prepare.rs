//! Preparing the file of a rung: every piece of it is encoded, as it would be for viewers, and stored end to end.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use subclip_core::{Codec, Index, ObjectId, Sample, Segment, Span, Track, TrackId, UploadId, VideoFormat};
use subclip_db::{asset, object, span, track};
use subclip_engine::Priority;
use subclip_storage::Staging;

use super::keys::AssetKey;
use super::patience::until_served;
use super::wanted::{Wanted, while_wanted};
use super::workers::{Context, Outcome as Ended};
use super::{Lane, enqueue_collect};
use crate::app::App;
use crate::aside::aside;
use crate::events::Changes;
use crate::model::{AssetSettings, Outcome, Rendition};
use crate::playable::Playable;
use crate::renditions::{Content, facts};
use crate::rungs::{PIECE_MS, RungPlan};
use crate::store::{EncodedTrack, object_stored, store_track};
use crate::{Error, Result, random, rows};

/// The job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Prepare {
    pub(crate) asset: AssetKey,
    /// The rung.
    pub(crate) lines: u32,
}

/// Pieces that are encoded at once, where the engine has slots for them.
const AT_ONCE: usize = 2;

impl Prepare {
    pub(crate) async fn run(self, context: &Context) -> Result<Ended> {
        let app = &context.app;
        if !self.is_asked_for(app.db()).await? {
            return Ok(Ended::Over);
        }
        while_wanted(context, &self, self.make(context)).await
    }

    async fn make(self, context: &Context) -> Result<Ended> {
        let app = &context.app;
        let playable = app.playable_of(self.asset.0).await?;
        let plan = RungPlan::of_lines(&playable, app.library(), self.lines).await?;
        let Some(plan) = plan.map(Arc::new) else { return Ok(Ended::Over) };
        // An earlier run may have come so far, or another file has the same pictures.
        if span::file(app.db(), self.asset.0, self.lines).await?.is_none()
            && !self.store(context, &playable, &plan).await?
        {
            return Ok(Ended::Over);
        }
        let measure = || async {
            let file = app.prepared(self.asset.0, self.lines).await?;
            Ok((app.prepared_size(&file).await?, file))
        };
        let (size_bytes, file) = until_served(&context.cancel, measure).await?;
        let (width, height) = file.shown_size().ok_or_else(|| Error::not_found("track"))?;
        let tx = app.db().begin().await?;
        context.finish(&tx).await?;
        let stored = span::file(&tx, self.asset.0, self.lines).await?;
        if stored.map(|span| span.track) != file.view.timeline.video.first().map(|span| span.track) {
            // Asked for anew, or moved, while it was measured.
            return Err(Error::conflict("The file was changed at the same moment; try again."));
        }
        let made = Outcome::Made { width, height, size_bytes };
        Changes { tx: &tx, app }.settle_files(self.asset.0, self.lines, &made).await?;
        app.commit(tx).await?;
        Ok(Ended::Finished)
    }

    /// Encodes and stores the pictures, and gives them to the asset; `false` where no file waits for them any more.
    async fn store(self, context: &Context, playable: &Arc<Playable>, plan: &Arc<RungPlan>) -> Result<bool> {
        let app = &context.app;
        let id = ObjectId::from_bytes(random::id_bytes());
        // Held until the object is there, so that a collection does not take it for what a dead process left.
        let staged = UploadId::from_bytes(id.bytes());
        let mut staging = app.storage().staging_open(staged).await?.for_own_bytes();
        let encoded = match (Encoding { context, playable, plan }).run(&mut staging).await {
            Ok(encoded) => encoded,
            Err(error) => {
                staging.discard().await?;
                return Err(error);
            }
        };
        // What has no span yet is garbage to a collection.
        let _alone = app.collecting().await;
        object::insert(app.db(), id, None, app.now_ms()).await?;
        drop(staging);
        let size_bytes = app.storage().staging_finish(staged, id).await?;
        object_stored(app, id, size_bytes).await?;
        let pictures = encoded.store(app, id, plan).await?;
        let tx = app.db().begin().await?;
        let is_wanted = self.is_asked_for(&tx).await?;
        if is_wanted {
            span::set_file(&tx, self.asset.0, self.lines, &pictures).await?;
        } else {
            enqueue_collect(&tx, app).await?;
        }
        app.commit(tx).await?;
        app.prepared_files().invalidate(&(self.asset.0, self.lines)).await;
        app.wake(Lane::Upkeep);
        Ok(is_wanted)
    }

    /// Whether a file of the asset still waits for this rung.
    async fn is_asked_for(self, conn: &impl subclip_db::Conn) -> Result<bool> {
        Ok(self.files(conn).await?.iter().any(|file| file.outcome.is_none()))
    }

    /// The files of a ready asset that show this rung.
    async fn files(self, conn: &impl subclip_db::Conn) -> Result<Vec<Rendition>> {
        let row = asset::get(conn, self.asset.0).await?;
        let Some(row) = row.filter(|row| row.status == asset::Status::Ready) else { return Ok(Vec::new()) };
        let AssetSettings { mut renditions, .. } = rows::parse(&row.settings)?;
        let (size, has_sound) = facts(&track::of_asset(conn, row.id).await?);
        renditions.retain(|one| Content::of(one.kind, size, has_sound) == Content::Rung(self.lines));
        Ok(renditions)
    }

    /// Tells that it can't be made, in the transaction that ends the job.
    pub(crate) async fn fail(self, tx: &subclip_db::Tx, app: &App, error: &Error) -> Result<()> {
        let failed = Outcome::Failed { message: error.message.clone() };
        let is_made = |file: &Rendition| matches!(file.outcome, Some(Outcome::Made { .. }));
        if !self.files(tx).await?.iter().any(is_made) {
            span::clear_file(tx, self.asset.0, self.lines).await?;
        }
        Changes { tx, app }.settle_files(self.asset.0, self.lines, &failed).await
    }
}

impl Wanted for Prepare {
    async fn is_wanted(&self, app: &App) -> Result<bool> {
        self.is_asked_for(app.db()).await
    }
}

struct Encoding<'a> {
    context: &'a Context,
    playable: &'a Arc<Playable>,
    plan: &'a Arc<RungPlan>,
}

/// All samples of a rung, whose bytes lie end to end.
struct Encoded {
    track: Track,
    index: Index,
}

impl Encoding<'_> {
    /// Appends the bytes of all pieces, in their order.
    async fn run(&self, staging: &mut Staging) -> Result<Encoded> {
        let app = &self.context.app;
        let cancel = &self.context.cancel;
        let config = until_served(cancel, || app.rung_config(self.playable, self.plan)).await?;
        let pieces = subclip_core::video_segments(&self.playable.view.sources(), PIECE_MS);
        let count = pieces.len().max(1);
        let end_pts = pieces.last().map_or(0, |piece| piece.at + piece.duration);
        let mut progress = self.context.progress();
        let mut samples: Vec<Sample> = Vec::new();
        // A rung that a viewer waits for is made before; this one has time. Where a viewer comes to wait for a piece of it,
        // they are refused together.
        let parameter_sets = &config;
        let make = |piece: Segment| async move {
            let ask = || app.piece_as(self.playable, self.plan, parameter_sets, &piece, Priority::Prefetch);
            let made = until_served(cancel, ask).await?;
            Ok::<_, Error>((piece, made))
        };
        let mut made = std::pin::pin!(stream::iter(pieces).map(make).buffered(AT_ONCE));
        let (mut offset, mut done) = (0, 0);
        while let Some((piece, made)) = tokio::select! {
            next = made.try_next() => next?,
            () = self.context.cancel.cancelled() => return Err(Error::conflict("The file is not wanted any more.")),
        } {
            let moved = |sample: &Sample| Sample {
                offset: sample.offset + offset,
                dts: sample.dts + piece.at,
                pts: sample.pts + piece.at,
                ..*sample
            };
            samples.extend(made.samples.iter().map(moved));
            let size_bytes = made.bytes.len() as u64;
            let bytes = made.bytes.part(0..size_bytes)?;
            staging.append(offset, stream::iter([Ok::<Bytes, Infallible>(bytes)])).await?;
            offset += size_bytes;
            done += 1;
            progress((done * 100 / count) as u8);
        }
        let top = self.playable.video.as_ref().ok_or_else(|| Error::not_found("track"))?;
        let rung = self.plan.rung;
        let config = config.to_vec();
        let format = VideoFormat { config, width: rung.width, height: rung.height, pixel_aspect: (1, 1) };
        Ok(Encoded {
            track: Track { codec: Codec::Avc(format), ..top.clone() },
            index: Index { samples, end_pts },
        })
    }
}

impl Encoded {
    /// Stores the track, and gives the span of all of it.
    async fn store(self, app: &App, object: ObjectId, plan: &RungPlan) -> Result<Span> {
        let Self { track, index } = self;
        let (count, duration, timescale) = (index.samples.len() as u32, index.end_pts, track.timescale);
        let encoded = aside(move || EncodedTrack::of(&track, &index, 0)).await?;
        let encoder = Some(rows::json(&plan.settings)?);
        let track: TrackId = store_track(app, object, encoded, encoder).await?;
        Ok(Span { track, timescale, samples: 0..count, at: 0, duration })
    }
}
