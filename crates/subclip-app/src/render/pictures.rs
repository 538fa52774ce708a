//! Pictures rendered in pieces, as many at a time as the engine has slots for, into one track.
//!
//! What is ready is appended to a staged file, in order and durably. So a run that comes after a crash goes on behind the
//! last whole piece, no more pieces are in memory than the engine has slots, and the disk holds nothing twice.

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, BoxStream, TryStreamExt};
use subclip_core::{
    AssetId, Canvas, Codec, ObjectId, Span, Time, Timescale, Track, TrackId, UploadId, VideoFormat,
};
use subclip_db::track;
use subclip_engine::{H264Settings, Layers};
use subclip_formats::mp4::write::{Offsets, init_segment, place, segment_header};
use tokio_util::sync::CancellationToken;

use super::Made;
use super::encode::Encoding;
use super::plan::{Fragment, fragments};
use super::settings::{Pace, settings};
use super::staged::{Staged, resume};
use super::turns::in_turn;
use crate::app::App;
use crate::cutting::MadeFrames;
use crate::ingest::{Indexed, IndexedTrack, SoundEnd, index_object};
use crate::media::{MediaTrack, View};
use crate::room::Turn;
use crate::store::{EncodedTrack, Holder, announce, is_stored, object_stored, store_track};
use crate::{Error, Result, rows};

/// Pictures that are to be rendered.
pub(crate) struct Pictures<'a> {
    pub(crate) app: &'a App,
    /// What they are made for.
    pub(crate) asset: AssetId,
    /// Where they come from.
    pub(crate) view: &'a View,
    pub(crate) cancel: &'a CancellationToken,
}

/// A piece, and what was made of it.
type Encoded<'a> = (&'a Fragment, MadeFrames);

/// Pictures that were rendered.
pub(crate) struct Rendered {
    /// All of them, from zero on.
    pub(crate) span: Span,
    /// How many.
    pub(crate) frames: u32,
}

impl Pictures<'_> {
    /// What images are laid over.
    ///
    /// # Errors
    /// `Invalid` where there are no pictures.
    pub(crate) fn canvas(&self) -> Result<Canvas> {
        let format = self.source()?.1;
        let VideoFormat { width, height, pixel_aspect, .. } = *format;
        Ok(Canvas { width, height, pixel_aspect })
    }

    /// The span that decides how all pictures are encoded: the longest.
    fn source(&self) -> Result<(&Span, &VideoFormat)> {
        let longest = self.view.timeline.video.iter().max_by_key(|span| span.duration);
        let span = longest.ok_or_else(|| Error::invalid("There are no pictures to lay an image over."))?;
        Ok((span, self.view.video_format(span)?))
    }

    /// Renders all pictures between two boundaries.
    pub(crate) async fn render(
        &self,
        start: Time,
        end: Time,
        layers: &Layers,
        progress: &mut (dyn FnMut(u8) + Send),
    ) -> Result<Rendered> {
        let plan = self.view.plan(self.app.library(), start, end).await?;
        let (span, format) = self.source()?;
        let scale = span.timescale;
        let gops = |id: TrackId| self.track(id).ok().map(|track| &track.head.gops);
        let pieces =
            fragments(&plan, scale, gops).ok_or_else(|| Error::internal("a plan without pictures"))?;
        let until = pieces.last().map(|piece| piece.until).unwrap_or_default();
        let frames: u32 = pieces.iter().map(|piece| piece.frames).sum();
        let row = track::get(self.app.db(), span.track).await?.ok_or_else(|| Error::not_found("track"))?;
        let pace = Pace {
            constant: row.frame_rate_num.zip(row.frame_rate_den),
            average: f64::from(frames) / Time::new(until.max(1), scale).seconds(),
        };
        let settings = settings(format, scale.get(), pace)?;
        let object = self.object(&pieces, &settings, layers, scale, progress).await?;
        let indexed = self.checked(object, frames, until).await?;
        let encoded = EncodedTrack::part_of(&row, &indexed.track, &indexed.index, 0);
        let track = store_track(self.app, object, encoded, Some(rows::json(&settings)?)).await?;
        let span = Span { track, timescale: scale, samples: 0..frames, at: 0, duration: until };
        Ok(Rendered { span, frames })
    }

    fn track(&self, id: TrackId) -> Result<&MediaTrack> {
        let span = self.view.timeline.video.iter().find(|span| span.track == id);
        let span = span.ok_or_else(|| Error::internal("a piece of a track that is not in view"))?;
        Ok(self.view.track(span))
    }

    /// The object that holds all pieces: made by now, or made by an earlier run.
    async fn object(
        &self,
        pieces: &[Fragment],
        settings: &H264Settings,
        layers: &Layers,
        scale: Timescale,
        progress: &mut (dyn FnMut(u8) + Send),
    ) -> Result<ObjectId> {
        let app = self.app;
        let id = Made::Pictures.object(self.asset);
        announce(app, id, Holder::Asset(self.asset)).await?;
        if is_stored(app, id).await? {
            return Ok(id);
        }
        let staged = UploadId::from_bytes(id.bytes());
        let there = resume(app, staged, pieces).await?;
        if there.fragments > 0 {
            tracing::info!(asset = %self.asset, pieces = there.fragments, of = pieces.len(), "rendering goes on");
        }
        let encoding = Encoding { app, settings, layers, scale, cancel: self.cancel };
        let mut file = Growing {
            app,
            id: staged,
            scale,
            source: self.source()?.1,
            there,
            pieces: pieces.len(),
            progress,
        };
        let left = &pieces[file.there.fragments..];
        let encoded = in_turn(app.pieces_room(), app.engine().slots(), left.iter(), |piece| {
            self.encoded(&encoding, piece)
        });
        file.grow(encoded).await?;
        let size = app.storage().staging_finish(staged, id).await?;
        object_stored(app, id, size).await?;
        Ok(id)
    }

    fn encoded<'a>(
        &'a self,
        encoding: &'a Encoding<'a>,
        piece: &'a Fragment,
    ) -> BoxFuture<'a, Result<Encoded<'a>>> {
        async move { Ok((piece, encoding.encode(self.track(piece.track)?, piece).await?)) }.boxed()
    }

    /// The index of what was made, if it is what was planned.
    async fn checked(&self, object: ObjectId, frames: u32, until: i64) -> Result<IndexedTrack> {
        let fault = match index_object(self.app, object, SoundEnd::Anywhere).await?.conforming() {
            Ok(Indexed { video: Some(mut indexed), audio: None, .. }) => {
                let index = &mut indexed.index;
                let first = index.samples.iter().map(|sample| sample.pts).min();
                if index.samples.len() == frames as usize && first == Some(0) {
                    // The last picture lasts as planned, which a file tells of the last decoded one.
                    index.end_pts = until;
                    return Ok(indexed);
                }
                format!("{} pictures from {first:?} on, not {frames}", index.samples.len())
            }
            Ok(_) => "other tracks".to_owned(),
            Err(reasons) => reasons.sentences.join("; "),
        };
        // Another run makes it anew.
        self.app.storage().delete(object).await?;
        Err(Error::internal(format!("rendered pictures are not as planned: {fault}")))
    }
}

/// The file that pieces are appended to.
struct Growing<'a> {
    app: &'a App,
    id: UploadId,
    scale: Timescale,
    source: &'a VideoFormat,
    there: Staged,
    /// How many there will be.
    pieces: usize,
    progress: &'a mut (dyn FnMut(u8) + Send),
}

impl Growing<'_> {
    async fn grow(&mut self, mut encoded: BoxStream<'_, Result<(Turn, Encoded<'_>)>>) -> Result<()> {
        self.tell();
        while let Some((turn, (piece, encoded))) = encoded.try_next().await? {
            self.append(piece, encoded).await?;
            drop(turn);
            self.tell();
        }
        Ok(())
    }

    fn tell(&mut self) {
        // The rest is looking at what was made.
        (self.progress)((self.there.fragments * 99 / self.pieces.max(1)) as u8);
    }

    async fn append(&mut self, piece: &Fragment, encoded: MadeFrames) -> Result<()> {
        let MadeFrames { config, samples, bytes } = encoded;
        let mut out = Vec::new();
        match &self.there.config {
            Some(there) if *there != config => {
                // Made by another build of the encoder: the next run begins anew.
                self.app.storage().staging_delete(self.id).await?;
                return Err(Error::internal("pieces of one track have different parameter sets"));
            }
            Some(_) => {}
            None => {
                let codec = Codec::Avc(VideoFormat { config: config.clone(), ..self.source.clone() });
                let track = Track { timescale: self.scale, codec, language: "und".into() };
                out.extend(init_segment(&track, 0));
                self.there.config = Some(config);
            }
        }
        let placed = place(&samples, piece.at, piece.until, Offsets::Signed).map_err(Error::internal)?;
        let number = u32::try_from(self.there.fragments + 1).unwrap_or(u32::MAX);
        out.extend(segment_header(number, &placed).bytes);
        let pieces = [Bytes::from(out), bytes].map(Ok::<_, Error>);
        let storage = self.app.storage();
        let appended = storage.staging_append(self.id, self.there.length, stream::iter(pieces)).await?;
        self.there.length = appended.length;
        self.there.fragments += 1;
        Ok(())
    }
}
