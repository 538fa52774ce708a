//! One piece: its samples are read, rendered, and checked against the plan frame by frame.

use subclip_core::{Codec, Sample, Time, Timescale};
use subclip_engine::{FragmentRequest, H264Settings, Layers, Priority};
use tokio_util::sync::CancellationToken;

use super::plan::Fragment;
use crate::app::App;
use crate::cutting::{MadeFrames, feed, may_be_fed, needed};
use crate::media::MediaTrack;
use crate::{Error, Result};

/// How pieces are made.
pub(super) struct Encoding<'a> {
    pub(super) app: &'a App,
    pub(super) settings: &'a H264Settings,
    pub(super) layers: &'a Layers,
    /// What is made counts in this.
    pub(super) scale: Timescale,
    pub(super) cancel: &'a CancellationToken,
}

impl Encoding<'_> {
    /// Renders a piece of `source`. Its samples are shown at the times of what is made.
    pub(super) async fn encode(&self, source: &MediaTrack, fragment: &Fragment) -> Result<MadeFrames> {
        let library = self.app.library();
        let samples = library.samples(source, fragment.feed.clone()).await?;
        may_be_fed(&samples)?;
        let planned = planned(&samples, fragment)?;
        let media = library.read_each(source, &samples).await?;
        let (samples, media) = needed(samples, media, fragment.first_pts);
        let track = &source.head.track;
        let fed = feed(track, &samples, &media)?;
        drop(media);
        let Codec::Avc(format) = &track.codec else {
            return Err(Error::internal("pictures of a track of sound"));
        };
        let request = FragmentRequest {
            input: fed.bytes,
            start_pts: fragment.first_pts + fed.shift,
            end_pts: fragment.end_pts + fed.shift,
            frame_count: fragment.frames,
            timescale: track.timescale.get(),
            settings: self.settings.clone(),
            height: format.height,
            layers: Some(self.layers.clone()),
            priority: Priority::Normalise,
        };
        let made = self.app.engine().encode_fragment(&request, self.cancel).await?;
        let rounding = rounding_ticks(track.timescale);
        let mut made = MadeFrames::read(&made, track.timescale, &planned, rounding).map_err(fault)?;
        for sample in &mut made.samples {
            sample.pts = fragment.at + Time::new(sample.pts, track.timescale).round_to(self.scale);
        }
        Ok(made)
    }
}

/// When the wanted pictures are shown, in the source's time and rising.
fn planned(samples: &[Sample], fragment: &Fragment) -> Result<Vec<i64>> {
    let wanted = fragment.first_pts..fragment.end_pts;
    let mut planned: Vec<i64> = samples.iter().map(|s| s.pts).filter(|pts| wanted.contains(pts)).collect();
    planned.sort_unstable();
    if planned.len() == fragment.frames as usize && planned.first() == Some(&fragment.first_pts) {
        return Ok(planned);
    }
    Err(Error::internal(format!("{} pictures where {} are planned", planned.len(), fragment.frames)))
}

/// The finest clock that filters keep times on; on finer ones they round.
const FILTERS_TICKS: u32 = 500_000;

/// How far from the plan pictures may come out on this clock.
fn rounding_ticks(timescale: Timescale) -> i64 {
    let ticks = timescale.get();
    if ticks < FILTERS_TICKS { 0 } else { i64::from(ticks / FILTERS_TICKS) * 2 }
}

fn fault(what: String) -> Error {
    tracing::warn!(%what, "a piece was not rendered as planned");
    Error::invalid(format!("The pictures can't be rendered exactly: {what} came out."))
}
