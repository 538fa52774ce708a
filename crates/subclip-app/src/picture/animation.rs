//! Pictures that move: a stretch of what plays, at a rate of its own.

use bytes::Bytes;
use subclip_core::{Place, Time};
use subclip_engine::AnimationFormat;
use tokio_util::sync::CancellationToken;

use super::strip::{Exposure, Film, expose};
use super::{fitting, not_made};
use crate::app::App;
use crate::playable::Playable;
use crate::{Error, Result};

/// A moving picture that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnimationRequest {
    /// Where it begins; moves to the nearest frame.
    pub start: Time,
    /// Where it ends; moves to the nearest frame, and to the end of what plays if it is past that.
    pub end: Time,
    /// How wide it is at the most, in pixels; none follows from the height.
    pub width: Option<u32>,
    /// How high it is at the most; its shape stays.
    pub height: Option<u32>,
    /// Frames in a thousand seconds.
    pub rate_milli: u32,
    /// The file's format.
    pub format: AnimationFormat,
}

/// How wide it is if nothing is said, unless what plays is narrower.
const DEFAULT_WIDTH: u32 = 320;
/// The longest side that can be asked for.
pub const LARGEST_ANIMATION: u32 = 640;
/// So long a stretch, in thousandths of a second, is moved at the most.
pub const LONGEST_ANIMATION_MS: u32 = 10_000;
/// Pixels of all frames of a GIF: ten seconds of 640x360, 30 a second. Choosing among 256 colours takes 0.4 s a million
/// where they are noise, so that this many take half of the time that there is; and so many have no more bytes than a
/// result may.
const MOST_GIF_PIXELS: u64 = 640 * 360 * 300;
/// Pixels that are decoded on the way: twenty seconds of 4K, 60 pictures a second. One processor does a thousand million
/// in a second where they are easy, and a third of that where they are not.
const MOST_DECODED_PIXELS: u64 = 3840 * 2160 * 1200;

impl AnimationRequest {
    /// Everything about it, in letters, digits and dashes: equal for equal requests only.
    #[must_use]
    pub fn name(&self) -> String {
        let side = |pixels: Option<u32>| pixels.map_or("a".to_owned(), |p| p.to_string());
        let time = |time: Time| format!("{}_{}", time.ticks(), time.scale().get());
        let (width, height, rate, format) =
            (side(self.width), side(self.height), self.rate_milli, self.format as u8);
        format!("animation-{}-{}-{width}x{height}-{rate}-{format}", time(self.start), time(self.end))
    }

    /// Refuses what could not be made in time.
    fn check(&self, (width, height): (u32, u32), count: u32) -> Result<()> {
        let pixels = u64::from(width) * u64::from(height) * u64::from(count);
        if self.format != AnimationFormat::Gif || pixels <= MOST_GIF_PIXELS {
            return Ok(());
        }
        Err(Error::invalid(format!(
            "fps: {count} frames of {width}x{height} are too many for a GIF, of which all may have {MOST_GIF_PIXELS} \
             pixels together; ask for fewer a second, for smaller ones, for a shorter stretch, or for animated.webp"
        )))
    }

    /// Width and height for what is shown in `shown` pixels.
    fn size(&self, shown: (u32, u32)) -> (u32, u32) {
        match (self.width, self.height) {
            (None, None) => fitting(shown, (DEFAULT_WIDTH.min(shown.0), LARGEST_ANIMATION)),
            (width, height) => {
                fitting(shown, (width.unwrap_or(LARGEST_ANIMATION), height.unwrap_or(LARGEST_ANIMATION)))
            }
        }
    }
}

impl App {
    /// A moving picture of a stretch of what plays, and of nothing beyond it.
    ///
    /// # Errors
    /// `NotFound` where there are no pictures; `Invalid` where no frame lies in the stretch, and where these media make
    /// none; else as [`App::picture`].
    pub async fn animation(&self, playable: &Playable, request: &AnimationRequest) -> Result<Bytes> {
        let shown = playable.shown_size().ok_or_else(|| Error::not_found("picture"))?;
        let key = format!("{}-{}", playable.name(), request.name());
        let (width, height) = request.size(shown);
        let make = async {
            // Whoever waits holds nothing yet.
            let _turn = self.light_table().enter().await?;
            let (strip, count) = self.frames_between(playable, request).await?;
            request.check((width, height), count)?;
            let film = Film::new(playable, self.library(), &strip).await?;
            check_decoding(playable, film.samples())?;
            film.develop(self.library(), count, async |strip| {
                let (rate_milli, format) = (request.rate_milli, request.format);
                let request = subclip_engine::AnimationRequest { strip, rate_milli, width, height, format };
                self.engine().animation(request, &CancellationToken::new()).await.map_err(not_made)
            })
            .await
        };
        self.pictures().moving(key, make).await
    }

    /// The frames to be shown, and how many there are with those shown again.
    async fn frames_between(
        &self,
        playable: &Playable,
        request: &AnimationRequest,
    ) -> Result<(Vec<Exposure>, u32)> {
        let view = &playable.view;
        let end = request.end.min(view.timeline.duration());
        let (start, end) = view.snap(self.library(), request.start, end).await?;
        let count = numbered(start, end, request.rate_milli);
        if count == 0 {
            return Err(Error::invalid("start: there is no frame between start and end"));
        }
        let mut frames = Vec::new();
        let sources = view.sources();
        for (span, source) in sources.iter().enumerate() {
            for gop in source.gop_range() {
                let from = source.timeline_time(source.gops.gops[gop].pts);
                let to = source.timeline_time(source.gops.end_of(gop));
                if from < end && to > start {
                    let place = Place { span, gop };
                    let mut shown: Vec<i64> =
                        view.gop(self.library(), place).await?.iter().map(|sample| sample.pts).collect();
                    shown.sort_unstable();
                    let timed = shown.into_iter().map(|pts| (source.timeline_time(pts), place, pts));
                    frames.extend(timed.filter(|&(time, ..)| time >= start && time < end));
                }
            }
        }
        Ok((chosen(&frames, start, count, request.rate_milli), count))
    }
}

/// Refuses a stretch of which so many pictures have to be decoded that it takes too long.
fn check_decoding(playable: &Playable, pictures: usize) -> Result<()> {
    let format = playable.video.as_ref().and_then(|track| track.video());
    let pixels = format.map_or(0, |format| u64::from(format.width) * u64::from(format.height));
    check_pixels(pixels, pictures as u64)
}

fn check_pixels(pixels: u64, pictures: u64) -> Result<()> {
    if pixels.saturating_mul(pictures) <= MOST_DECODED_PIXELS {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "end: {pictures} pictures of this film would have to be decoded for this stretch, and \
         {} is the most; ask for a shorter one",
        MOST_DECODED_PIXELS / pixels.max(1)
    )))
}

/// How many frames are shown from `start` until `end`, at `rate_milli` in a thousand seconds.
fn numbered(start: Time, end: Time, rate_milli: u32) -> u32 {
    u32::try_from(number_at(start, end, rate_milli)).unwrap_or(0)
}

/// The first number that is shown at or after `time`, when number 0 is shown at `start`.
fn number_at(start: Time, time: Time, rate_milli: u32) -> i128 {
    let scales = (i128::from(start.scale().get()), i128::from(time.scale().get()));
    let apart = i128::from(time.ticks()) * scales.0 - i128::from(start.ticks()) * scales.1;
    let (above, below) = (apart * i128::from(rate_milli), scales.0 * scales.1 * 1000);
    -(-above).div_euclid(below)
}

/// Of frames from `start` on, in the order shown, those that are on the screen when one of `count` numbers is shown.
fn chosen(frames: &[(Time, Place, i64)], start: Time, count: u32, rate_milli: u32) -> Vec<Exposure> {
    let mut strip = Vec::new();
    let number_of = |frame: &(Time, Place, i64)| number_at(start, frame.0, rate_milli);
    for (n, frame) in frames.iter().enumerate() {
        let number = number_of(frame);
        let followed = frames.get(n + 1).map_or(i128::from(count), number_of);
        if number < followed.min(i128::from(count))
            && let Ok(number) = u32::try_from(number)
        {
            expose(&mut strip, frame.1, frame.2, number);
        }
    }
    strip
}

#[cfg(test)]
mod tests {
    use subclip_core::Timescale;

    use super::*;

    fn seconds(ticks: i64, scale: u32) -> Time {
        Time::new(ticks, Timescale::new(scale).unwrap())
    }

    #[test]
    fn numbers_last_until_the_end() {
        for (start, end, rate_milli, expected) in [
            (seconds(0, 1), seconds(5, 1), 15_000, 75),
            (seconds(77, 30), seconds(203, 30), 15_000, 63),
            (seconds(77, 30), seconds(203, 30), 30_000, 126),
            (seconds(0, 1), seconds(1, 30), 15_000, 1),
            (seconds(0, 1), seconds(2, 30), 15_000, 1),
            (seconds(0, 1), seconds(3, 30), 15_000, 2),
            (seconds(0, 1), seconds(10, 1), 29_970, 300),
            (seconds(3, 1), seconds(3, 1), 15_000, 0),
            (seconds(3, 1), seconds(2, 1), 15_000, 0),
        ] {
            assert_eq!(numbered(start, end, rate_milli), expected, "{start}..{end} at {rate_milli}");
        }
    }

    #[test]
    fn each_number_shows_what_is_on_the_screen_then() {
        let place = Place { span: 0, gop: 0 };
        // The frame's number in the film, for each number that is not the same as the one before.
        let check =
            |times: &[i64], scale: u32, start: i64, count: u32, rate: u32, expected: &[(i64, u32)]| {
                let frames: Vec<_> = times.iter().map(|&t| (seconds(t, scale), place, t)).collect();
                let strip = chosen(&frames, seconds(start, scale), count, rate);
                let found: Vec<_> = strip.into_iter().flat_map(|exposure| exposure.frames).collect();
                assert_eq!(found, expected, "{times:?} / {scale} at {rate}");
            };
        check(&[0, 1, 2, 3, 4, 5], 30, 0, 3, 15_000, &[(0, 0), (2, 1), (4, 2)]);
        check(&[7, 8, 9, 10], 30, 7, 4, 30_000, &[(7, 0), (8, 1), (9, 2), (10, 3)]);
        check(&[0, 1, 2], 10, 0, 9, 30_000, &[(0, 0), (1, 3), (2, 6)]);
        check(&[0, 1, 2, 3], 25, 0, 3, 15_000, &[(0, 0), (1, 1), (3, 2)]);
        check(&[0, 100, 101, 102, 900], 1000, 0, 2, 2_000, &[(0, 0), (102, 1)]);
        check(&[5], 30, 5, 1, 15_000, &[(5, 0)]);
    }

    fn request(width: Option<u32>, height: Option<u32>, format: AnimationFormat) -> AnimationRequest {
        AnimationRequest { start: Time::ZERO, end: Time::ZERO, width, height, rate_milli: 30_000, format }
    }

    #[test]
    fn what_could_not_be_made_in_time_is_refused() {
        let check = |format, shown, count, expected: bool| {
            let request = request(Some(640), Some(640), format);
            let checked = request.check(request.size(shown), count);
            assert_eq!(checked.is_ok(), expected, "{format:?} {shown:?} {count}: {checked:?}");
        };
        use AnimationFormat::{Gif, Webp};
        check(Gif, (1920, 1080), 300, true);
        check(Gif, (1080, 1920), 300, true);
        check(Gif, (640, 480), 225, true);
        check(Gif, (640, 480), 226, false);
        check(Gif, (1080, 1080), 300, false);
        check(Gif, (1080, 1080), 150, true);
        check(Webp, (1080, 1080), 300, true);
        let refused = request(Some(640), None, Gif).check((640, 480), 300).unwrap_err();
        assert!(refused.message.starts_with("fps: 300 frames of 640x480"), "{}", refused.message);
        for (pixels, pictures, expected) in [
            (3840 * 2160, 1200, true),
            (3840 * 2160, 1201, false),
            (1920 * 1080, 4800, true),
            (7680 * 4320, 301, false),
            (u64::MAX, 2, false),
            (0, 9, true),
        ] {
            assert_eq!(check_pixels(pixels, pictures).is_ok(), expected, "{pictures} of {pixels}");
        }
    }

    #[test]
    fn sizes_follow_the_shape_and_stay_within_bounds() {
        let check = |shown, width, height, expected| {
            let request = request(width, height, AnimationFormat::Gif);
            assert_eq!(request.size(shown), expected, "{shown:?} {width:?} {height:?}");
        };
        check((1920, 1080), None, None, (320, 180));
        check((160, 90), None, None, (160, 90));
        check((160, 90), Some(640), None, (640, 360));
        check((1920, 1080), None, Some(90), (160, 90));
        check((1920, 1080), None, Some(640), (640, 360));
        check((1080, 1920), None, None, (320, 569));
        check((1080, 1920), Some(640), None, (360, 640));
        check((1920, 1080), Some(100), Some(100), (100, 56));
        check((4096, 16), Some(100), None, (100, 1));
        check((16, 4096), None, None, (3, 640));
    }
}
