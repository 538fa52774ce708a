//! Making one piece of a rung: the samples of a few GOPs go to the engine, the same frames come back smaller.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use subclip_core::{Sample, Segment};
use subclip_engine::{RungRequest, Urgency};
use subclip_storage::{CacheKey, Derived};
use tokio_util::sync::CancellationToken;

use super::plan::RungPlan;
use crate::app::App;
use crate::cutting::{MadeFrames, feed, may_be_fed};
use crate::media::{HeldBytes, MediaTrack};
use crate::playable::Playable;
use crate::shelf::cache_origin;
use crate::{Error, Result};

/// A piece of a rung: the frames of as many samples of the top quality, in one GOP of its own.
#[derive(Debug)]
pub struct RungPiece {
    /// Its samples: their bytes lie in [`Self::bytes`], and the first is shown at 0.
    pub samples: Vec<Sample>,
    /// Their bytes, end to end.
    pub bytes: HeldBytes,
    /// A digest of it all. The same pictures have the same bytes from one build of the encoder, and not from all.
    pub digest: [u8; 8],
}

/// What a piece is made of. It goes by its track and its samples alone, so timelines that show the same have it in
/// common, and one whose samples were moved has others.
pub(super) struct Material<'a> {
    pub(super) app: &'a App,
    pub(super) track: &'a MediaTrack,
    pub(super) plan: &'a RungPlan,
    pub(super) samples: std::ops::Range<u32>,
    pub(super) seconds: f64,
}

impl<'a> Material<'a> {
    pub(super) fn of(
        app: &'a App,
        playable: &'a Playable,
        plan: &'a RungPlan,
        piece: &Segment,
    ) -> Result<Self> {
        let span = playable.view.timeline.video.get(piece.span);
        let span = span.ok_or_else(|| Error::not_found("segment"))?;
        Ok(Self {
            app,
            track: playable.view.track(span),
            plan,
            samples: piece.samples.clone(),
            seconds: subclip_core::Time::new(piece.duration, span.timescale).seconds(),
        })
    }

    /// Everything that its bytes are a function of: what is encoded, how, and by an encoder that writes these parameter
    /// sets.
    pub(super) fn key(&self, config: &[u8]) -> CacheKey {
        const VERSION: u32 = 1;
        let RungPlan { rung, settings, pace, most_kbps, reserve_kbits, timescale } = self.plan;
        let mut digest = Sha256::new();
        digest.update(format!(
            "rung {VERSION} {} {:?} {rung:?} {settings:?} {pace:?} {most_kbps} {reserve_kbits} {timescale:?} ",
            self.track.id, self.samples
        ));
        digest.update(config);
        CacheKey::new(cache_origin(self.track.origin()), digest.finalize().into())
    }

    /// When its frames are shown, in rising order.
    async fn frames(&self) -> Result<Vec<i64>> {
        let samples = self.app.library().samples(self.track, self.samples.clone()).await?;
        Ok(in_order(&samples))
    }

    /// The piece that was made of this before, if that is kept and is what it should be.
    pub(super) async fn kept(&self, key: CacheKey, config: &[u8]) -> Result<Option<RungPiece>> {
        let Some(kept) = self.app.shelf().get(key).await else { return Ok(None) };
        match self.read(kept.bytes(), &self.frames().await?) {
            Ok(made) if made.config == config => self.piece(made, &kept).map(Some),
            _ => {
                self.app.shelf().remove(key).await;
                Ok(None)
            }
        }
    }

    /// `whole` is what it was read from.
    fn piece(&self, made: MadeFrames, whole: &Derived) -> Result<RungPiece> {
        let bytes = self.app.workshop().memory.hold(made.bytes)?;
        let mut digest = [0; 8];
        digest.copy_from_slice(&whole.digest()[..8]);
        Ok(RungPiece { samples: made.samples, bytes, digest })
    }

    fn read(&self, bytes: &Bytes, frames: &[i64]) -> Result<MadeFrames, String> {
        MadeFrames::read_gop(bytes, self.plan.timescale, frames)
    }

    /// The bytes of its samples, as they are stored.
    pub(super) async fn size_bytes(&self) -> Result<u64> {
        let samples = self.app.library().samples(self.track, self.samples.clone()).await?;
        Ok(samples.iter().map(|sample| u64::from(sample.size)).sum())
    }

    /// Makes it, and has it kept under this name; `None` where the encoder has come to write other parameter sets.
    ///
    /// # Errors
    /// `Invalid` where its frames can't be decoded, `Busy` where the engine died or too much is in memory, `Conflict` where
    /// it was cancelled.
    pub(super) async fn make(
        &self,
        key: CacheKey,
        config: &[u8],
        urgency: &Urgency,
        cancel: &CancellationToken,
    ) -> Result<Option<RungPiece>> {
        let (made, bytes) = self.encode(self.plan.most_kbps, urgency, cancel).await?;
        let most_bits = self.plan.most_bits(self.seconds);
        let bits = |made: &MadeFrames| made.bytes.len() as f64 * 8.0;
        let (made, bytes) = if bits(&made) > most_bits {
            // What playlists promise is kept: once more, with as much less as it was too much.
            let less = f64::from(self.plan.most_kbps) * most_bits / bits(&made) * 0.9;
            let again = self.encode((less as u32).max(1), urgency, cancel).await?;
            if bits(&again.0) > most_bits {
                tracing::warn!(track = %self.track.id, lines = self.plan.rung.lines, "a piece takes more than was promised");
            }
            again
        } else {
            (made, bytes)
        };
        if made.config != config {
            return Ok(None);
        }
        let whole = Derived::new(bytes);
        let piece = self.piece(made, &whole);
        self.app.put_away(self.track.origin(), key, whole);
        piece.map(Some)
    }

    /// Its first frame alone.
    pub(super) fn first(self) -> Self {
        Self { samples: self.samples.start..self.samples.start + 1, ..self }
    }

    /// The parameter sets that it is encoded with: those of its first frame are the same as those of all.
    pub(super) async fn config(&self) -> Result<Bytes> {
        let urgency = Urgency::new(subclip_engine::Priority::Rung);
        let (made, _) = self.encode(self.plan.most_kbps, &urgency, &CancellationToken::new()).await?;
        Ok(made.config.into())
    }

    async fn encode(
        &self,
        most_kbps: u32,
        urgency: &Urgency,
        cancel: &CancellationToken,
    ) -> Result<(MadeFrames, Bytes)> {
        let samples = self.app.library().samples(self.track, self.samples.clone()).await?;
        may_be_fed(&samples)?;
        let media = self.app.library().read(self.track, &samples).await?;
        let fed = feed(&self.track.head.track, &samples, &media)?;
        // The engine is fed with a copy; the pictures are not held twice while it works.
        drop(media);
        let frames = in_order(&samples);
        let request = RungRequest {
            input: fed.bytes,
            frame_count: frames.len() as u32,
            width: self.plan.rung.width,
            height: self.plan.rung.height,
            settings: self.plan.settings.clone(),
            pace: self.plan.pace,
            most_kbps,
            reserve_kbits: self.plan.reserve_kbits,
            timescale: self.plan.timescale.get(),
        };
        let bytes = self.app.engine().encode_rung(&request, urgency, cancel).await.map_err(not_made)?;
        drop(request);
        let made = self.read(&bytes, &frames).map_err(|what| {
            tracing::warn!(track = %self.track.id, %what, "a piece of a rung did not come out as planned");
            Error::invalid(format!("The pictures can't be encoded exactly in this size: {what} came out."))
        })?;
        tracing::debug!(
            track = %self.track.id,
            lines = self.plan.rung.lines,
            first = self.samples.start,
            frames = frames.len(),
            bytes = made.bytes.len(),
            most_kbps,
            "a piece of a rung was encoded"
        );
        Ok((made, bytes))
    }
}

impl RungPiece {
    /// What it takes of memory.
    pub(super) fn weight_bytes(&self) -> usize {
        self.bytes.len() + self.samples.len() * size_of::<Sample>()
    }
}

fn in_order(samples: &[Sample]) -> Vec<i64> {
    let mut frames: Vec<i64> = samples.iter().map(|sample| sample.pts).collect();
    frames.sort_unstable();
    frames
}

/// Whoever asks for a segment may simply ask again, so what befell the machine is not a fault of the request.
fn not_made(error: subclip_engine::Error) -> Error {
    use subclip_engine::Error as Engine;
    match error {
        Engine::Killed { .. } | Engine::Io { .. } | Engine::TimedOut { .. } => {
            tracing::warn!(%error, "a piece of a rung was not made");
            let busy = Error::busy("This quality could not be made this time; try again soon.");
            Error { detail: Some(error.to_string()), ..busy }
        }
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use subclip_engine::Error as Engine;

    use super::*;
    use crate::Kind;

    #[test]
    fn what_died_is_told_from_what_was_refused() {
        let limit = std::time::Duration::from_secs(1);
        let check = |error: Engine, is_refusal: bool| {
            let error = not_made(error);
            assert_eq!((error.kind, error.is_refusal()), (Kind::Busy, is_refusal), "{error:?}");
        };
        check(Engine::Busy, true);
        check(Engine::Killed { signal: 9 }, false);
        check(Engine::TimedOut { limit }, false);
    }
}
