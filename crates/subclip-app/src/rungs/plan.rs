//! How a rung of a timeline is encoded: its size, its settings, and the most that it may take.

use subclip_core::{Rung, Timescale, rung};
use subclip_engine::{Colour, H264Settings};
use subclip_formats::h264::Parameters;

use crate::cutting::colour;
use crate::media::Library;
use crate::playable::Playable;
use crate::{Error, Result};

/// A rung of a timeline. Everything that its bytes depend on beside the pictures is in it, and known before any of them
/// is encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RungPlan {
    /// Its size and its name.
    pub rung: Rung,
    pub(crate) settings: H264Settings,
    /// Pictures in so many seconds, on average.
    pub(super) pace: (u32, u32),
    /// The most that it takes, in thousands of bits a second...
    pub(super) most_kbps: u32,
    /// ...beside what the first picture of each piece can draw on, in thousands of bits.
    pub(super) reserve_kbits: u32,
    pub(super) timescale: Timescale,
}

/// What a rung of 16:9 pictures takes at the most, 30 a second, in thousands of bits a second: enough for sports, at the
/// effort that a viewer can wait for.
const MOST_KBPS: [(u32, f64); 8] = [
    (2160, 16_000.0),
    (1440, 9_000.0),
    (1080, 5_500.0),
    (720, 3_000.0),
    (540, 1_900.0),
    (480, 1_500.0),
    (360, 900.0),
    (270, 550.0),
];
/// Below so much of that nothing is to be recognised.
const LEAST_SHARE: f64 = 0.08;
/// Bits a pixel are fewer the more pixels there are.
const PIXEL_POWER: f64 = 0.75;
/// And fewer a picture the more pictures there are.
const PACE_POWER: f64 = 0.5;
/// How many of a second's bits the first picture of a piece can draw on.
const RESERVE_S: f64 = 0.5;
/// How much of that pieces take on average. The encoder plans to leave its buffer half full, which is how it begins: so a
/// piece takes its rate and little more, and the most was a sixth, of a single picture.
const USUAL_PART: f64 = 0.2;
/// How far above what it was told an encoder may end.
const SLACK: f64 = 1.05;

impl RungPlan {
    /// The rungs below a timeline, the largest first. None where there are no pictures.
    ///
    /// # Errors
    /// `Internal` where an index can't be read.
    pub async fn ladder(playable: &Playable, library: &Library) -> Result<Vec<Self>> {
        let Some(size) = playable.shown_size() else { return Ok(Vec::new()) };
        let rungs = playable.ladder.below(size, playable.most_lines);
        Self::all(playable, library, rungs).await
    }

    /// The rung of these lines, whichever the ladder has. `None` where the pictures are no larger.
    ///
    /// # Errors
    /// As [`Self::ladder`].
    pub(crate) async fn of_lines(playable: &Playable, library: &Library, lines: u32) -> Result<Option<Self>> {
        let rung = playable.shown_size().and_then(|size| rung(size, lines));
        Ok(Self::all(playable, library, rung.into_iter().collect()).await?.pop())
    }

    async fn all(playable: &Playable, library: &Library, rungs: Vec<Rung>) -> Result<Vec<Self>> {
        if rungs.is_empty() {
            return Ok(Vec::new());
        }
        let top = Top::of(playable, library).await?;
        Ok(rungs.into_iter().map(|rung| top.plan(rung)).collect())
    }

    /// The most bits that a piece of so many seconds has.
    #[must_use]
    pub fn most_bits(&self, seconds: f64) -> f64 {
        self.bits(seconds, 1.0)
    }

    /// The most bits that pieces of so many seconds have on average. Pictures that are easy to encode take less.
    #[must_use]
    pub fn most_usual_bits(&self, seconds: f64) -> f64 {
        self.bits(seconds, USUAL_PART)
    }

    /// What the rate allows for so long, with so much of the reserve.
    fn bits(&self, seconds: f64, part: f64) -> f64 {
        let kbits = f64::from(self.most_kbps) * seconds + f64::from(self.reserve_kbits) * part;
        kbits * 1000.0 * SLACK
    }

    /// What its parameter sets depend on, beside the build of the encoder.
    pub(super) fn config_key(&self) -> String {
        format!("{:?} {:?}", self.rung, self.settings)
    }

    /// Profile, constraints and level, as the `avcC` will say them.
    #[must_use]
    pub fn profile(&self) -> [u8; 3] {
        [HIGH_PROFILE, 0, self.settings.level_idc]
    }
}

const HIGH_PROFILE: u8 = 100;

/// What is known of the pictures that rungs are made of.
struct Top {
    pixels: f64,
    frame_rate: Option<(u32, u32)>,
    pace: (u32, u32),
    reordered: u32,
    colour: Colour,
    timescale: Timescale,
    kbps: f64,
}

impl Top {
    async fn of(playable: &Playable, library: &Library) -> Result<Self> {
        let none = || Error::internal("a rung of what has no pictures");
        let track = playable.video.as_ref().ok_or_else(none)?;
        let format = track.video().ok_or_else(none)?;
        let (width, height) = playable.shown_size().ok_or_else(none)?;
        let spans = &playable.view.timeline.video;
        let frames: u64 = spans.iter().map(|span| span.samples.len() as u64).sum();
        let seconds = playable.view.timeline.duration().seconds().max(0.001);
        let average = || ((frames as f64 * 1000.0 / seconds).round().clamp(1.0, 1e6) as u32, 1000);
        let pace = playable.frame_rate.unwrap_or_else(average);
        // A picture that can't be decoded yet when it is due makes players stumble: rungs are reordered no more than what
        // they stand below.
        let ticks = f64::from(track.timescale.get()) * f64::from(pace.1) / f64::from(pace.0.max(1));
        let reordered = (playable.delay as f64 / ticks.max(1.0) + 0.1).clamp(0.0, 16.0) as u32;
        Ok(Self {
            pixels: f64::from(width) * f64::from(height),
            frame_rate: playable.frame_rate,
            pace,
            reordered,
            colour: rung_colour(&format.config, height)?,
            timescale: track.timescale,
            kbps: playable.view.picture_bps(library).await? / 1000.0,
        })
    }

    fn plan(&self, rung: Rung) -> RungPlan {
        let size = (rung.width, rung.height);
        let settings =
            H264Settings::for_rung(size, self.frame_rate, self.pace, self.reordered, self.timescale.get());
        let settings = H264Settings { colour: self.colour, ..settings };
        let most_kbps = self.most_kbps(rung);
        RungPlan {
            rung,
            settings,
            pace: self.pace,
            most_kbps,
            reserve_kbits: ((f64::from(most_kbps) * RESERVE_S).round() as u32).max(1),
            timescale: self.timescale,
        }
    }

    /// By the size and the rate, and no more than its part of what the top quality takes: a rung is there to take less.
    fn most_kbps(&self, rung: Rung) -> u32 {
        let table =
            MOST_KBPS.iter().find(|(lines, _)| *lines == rung.lines).map_or(MOST_KBPS[7].1, |row| row.1);
        let pixels = f64::from(rung.width) * f64::from(rung.height);
        let usual = f64::from(rung.lines) * f64::from(rung.lines) * 16.0 / 9.0;
        let fps = f64::from(self.pace.0) / f64::from(self.pace.1.max(1));
        let most = table * (pixels / usual).powf(PIXEL_POWER) * (fps / 30.0).clamp(0.2, 4.0).powf(PACE_POWER);
        let share = self.kbps * (pixels / self.pixels.max(1.0)).powf(PIXEL_POWER);
        // In steps, so that a clip and its source mostly agree and have their rungs in common.
        let steps = ((most / share.max(0.001)).log2() * 4.0).ceil().max(0.0);
        let in_steps = most / 2_f64.powf(steps / 4.0);
        (in_steps.max(most * LEAST_SHARE).round() as u32).max(1)
    }
}

/// What players take the samples of a rung for: what they take the top quality's for. Where that says nothing, they go by
/// its size, which a rung's must not change.
fn rung_colour(config: &[u8], height: u32) -> Result<Colour> {
    const HIGH_DEFINITION: u32 = 720;
    const UNSPECIFIED: u8 = 2;
    let said = colour(&Parameters::of_record(config).map_err(Error::internal)?);
    let colour = if said.matrix == UNSPECIFIED && height >= HIGH_DEFINITION { Colour::BT709 } else { said };
    Ok(Colour { full_range: false, ..colour })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top(size: (u32, u32), fps: u32, kbps: f64) -> Top {
        Top {
            pixels: f64::from(size.0) * f64::from(size.1),
            frame_rate: Some((fps, 1)),
            pace: (fps, 1),
            reordered: 2,
            colour: Colour::UNSPECIFIED,
            timescale: Timescale::new(90_000).unwrap(),
            kbps,
        }
    }

    #[test]
    fn rates_follow_size_pace_and_the_top() {
        let rate = |size, fps, kbps, lines| top(size, fps, kbps).plan(rung(size, lines).unwrap()).most_kbps;
        let hd = (1920, 1080);
        assert_eq!([720, 480, 360].map(|lines| rate(hd, 30, 20_000.0, lines)), [3000, 1501, 900]);
        assert_eq!(rate((1080, 1920), 30, 20_000.0, 720), 3000, "portrait");
        assert_eq!(rate(hd, 60, 20_000.0, 720), 4243);
        assert_eq!(rate((1440, 1080), 30, 20_000.0, 720), 2418);
        // A frugal top: rungs take less than their share of it.
        for kbps in [4000.0, 2000.0, 800.0] {
            let rates = [720, 480, 360].map(|lines| rate(hd, 30, kbps, lines));
            assert!(rates.is_sorted_by(|a, b| a > b) && f64::from(rates[0]) < 0.55 * kbps, "{rates:?}");
        }
        assert_eq!(rate(hd, 30, 1.0, 720), 240, "there is a least");
        assert_eq!(rate(hd, 30, 3100.0, 480), rate(hd, 30, 3200.0, 480), "in steps");
    }

    #[test]
    fn what_is_promised_holds_for_a_piece_of_any_length() {
        let plan = top((1920, 1080), 30, 20_000.0).plan(rung((1920, 1080), 480).unwrap());
        assert_eq!((plan.most_bits(0.0), plan.most_bits(4.0)), (788_550.0, 7_092_750.0));
        let usual = |seconds| (plan.most_usual_bits(seconds) / f64::from(plan.most_kbps)).round();
        assert_eq!((usual(4.0), usual(0.0)), (4305.0, 105.0));
        assert_eq!(plan.profile(), [100, 0, 31]);
    }
}
