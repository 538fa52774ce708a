//! The qualities that pictures can be had in, as playlists and manifests list them.

use std::sync::Arc;

use subclip_app::{Error, Mark, Result, RungPlan};
use subclip_core::{between, rung_of};
use subclip_formats::hls::avc_codec_string;

use crate::package::Package;
use crate::rate::Rate;
use crate::rates::Rates;
use crate::representation::Representation;
use crate::wishes::Choice;

/// One quality of the pictures.
pub(crate) struct Quality {
    /// The rung it stands on.
    lines: u32,
    pub(crate) representation: Representation,
    pub(crate) rate: Rate,
    /// RFC 6381.
    pub(crate) codec: String,
    /// Width and height as shown, in square pixels.
    pub(crate) size: (u32, u32),
    /// Width and height as coded.
    pub(crate) coded_size: (u32, u32),
    /// Width to height of a coded pixel.
    pub(crate) pixel_aspect: (u32, u32),
}

/// The qualities that are asked for, in the order asked for; none where there are no pictures.
pub(crate) fn qualities(package: &Package, rates: &Rates, choice: &Choice) -> Result<Vec<Quality>> {
    let playable = &package.playable;
    let Some(format) = playable.video.as_ref().and_then(|track| track.video()) else { return Ok(Vec::new()) };
    let coded_size = (format.width, format.height);
    let size = playable.shown_size().unwrap_or(coded_size);
    let top = Quality {
        lines: rung_of(size),
        representation: Representation::Video,
        rate: rates.video,
        codec: avc_codec_string(&format.config).ok_or_else(|| Error::internal("a broken avcC"))?,
        size,
        coded_size,
        pixel_aspect: format.pixel_aspect,
    };
    let mut qualities = chosen(std::iter::once(top).chain(rungs(package, rates)).collect(), choice);
    if let Some(marks) = &rates.marks {
        qualities.retain_mut(|quality| quality.is_made_by(marks));
    }
    Ok(qualities)
}

impl Quality {
    /// Notes who makes it. `false` where it has to be made, and nobody does.
    fn is_made_by(&mut self, marks: &[(u32, Mark)]) -> bool {
        let Representation::Rung { lines, mark } = &mut self.representation else { return true };
        *mark = marks.iter().find(|(of, _)| of == lines).map(|(_, mark)| *mark);
        mark.is_some()
    }
}

/// The lines of every quality that there is, listed or not; none where there are no pictures.
pub(crate) fn all_lines(package: &Package) -> Vec<u32> {
    let top = lines_of(package, Representation::Video);
    top.into_iter().chain(package.rungs.iter().map(|plan| plan.rung.lines)).collect()
}

/// Whether pictures of so many lines are within a bound. The lowest that there are, are within any.
pub(crate) fn is_within(lines: u32, there: &[u32], most: Option<u32>) -> bool {
    most.is_none_or(|most| lines <= most || there.iter().all(|&other| lines <= other))
}

/// Whether the top quality is among those that were asked for.
pub(crate) fn allows_top(package: &Package, choice: &Choice) -> bool {
    let lines = lines_of(package, Representation::Video);
    lines.is_none_or(|lines| is_within(lines, &all_lines(package), choice.most))
}

/// The lines of the quality that a representation shows; `None` where it shows nothing.
pub(crate) fn lines_of(package: &Package, representation: Representation) -> Option<u32> {
    match representation {
        Representation::Video | Representation::Keys => package.playable.shown_size().map(rung_of),
        Representation::Rung { lines, .. } => Some(lines),
        Representation::Sound(_) => None,
    }
}

fn rungs(package: &Package, rates: &Rates) -> impl Iterator<Item = Quality> {
    let quality = |plan: &Arc<RungPlan>| Quality {
        lines: plan.rung.lines,
        representation: Representation::Rung { lines: plan.rung.lines, mark: None },
        rate: rates.of_rung(plan.rung.lines),
        codec: rung_codec_string(plan),
        size: (plan.rung.width, plan.rung.height),
        coded_size: (plan.rung.width, plan.rung.height),
        pixel_aspect: (1, 1),
    };
    package.rungs.iter().map(quality)
}

fn rung_codec_string(plan: &RungPlan) -> String {
    let [profile, constraints, level] = plan.profile();
    format!("avc1.{profile:02X}{constraints:02X}{level:02X}")
}

/// Those of the qualities, the highest first, that were asked for. Players begin with the first: a middle one, unless
/// asked otherwise, so that a slow connection does not begin by waiting.
fn chosen(mut qualities: Vec<Quality>, choice: &Choice) -> Vec<Quality> {
    let there: Vec<u32> = qualities.iter().map(|quality| quality.lines).collect();
    qualities.retain(|quality| is_within(quality.lines, &there, choice.most));
    // Those below the highest are worth listing that take clearly less: pictures that take next to nothing have none.
    if let Some(&Quality { lines: highest, rate: most, .. }) = qualities.first() {
        qualities
            .retain(|quality| quality.lines == highest || quality.rate.peak_bps * 10 < most.peak_bps * 9);
    }
    let there: Vec<u32> = qualities.iter().map(|quality| quality.lines).collect();
    let kept = between(&there, choice.least, choice.most);
    qualities.retain(|quality| kept.contains(&quality.lines));
    if !choice.falling && !qualities.is_empty() {
        let middle = qualities.remove((qualities.len() - 1) / 2);
        qualities.insert(0, middle);
    }
    qualities
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_middle_quality_comes_first_unless_asked_otherwise() {
        let quality = |&lines: &u32| Quality {
            lines,
            representation: Representation::Rung { lines, mark: None },
            rate: Rate { peak_bps: u64::from(lines), ..Rate::default() },
            codec: String::new(),
            coded_size: (0, 0),
            pixel_aspect: (1, 1),
            size: (0, 0),
        };
        let check = |there: &[u32], choice: Choice, expected: &[u32]| {
            let found = chosen(there.iter().map(quality).collect(), &choice);
            assert_eq!(
                found.iter().map(|one| one.lines).collect::<Vec<_>>(),
                expected,
                "{there:?} {choice:?}"
            );
        };
        let plain = Choice::default();
        check(&[1080, 720, 480, 360], plain, &[720, 1080, 480, 360]);
        check(&[720, 480, 360], plain, &[480, 720, 360]);
        check(&[480, 360], plain, &[480, 360]);
        check(&[360], plain, &[360]);
        check(&[], plain, &[]);
        let falling = Choice { falling: true, ..plain };
        check(&[1080, 720, 480, 360], falling, &[1080, 720, 480, 360]);
        check(&[1080, 720, 480, 360], Choice { most: Some(540), ..falling }, &[480, 360]);
        check(&[1080, 720, 480, 360], Choice { least: Some(480), ..plain }, &[720, 1080, 480]);
        // Rates are as the lines here: 1000 is no clear step below 1080.
        check(&[1080, 1000, 360], falling, &[1080, 360]);
        check(&[1080, 1000, 360], Choice { most: Some(1000), ..falling }, &[1000, 360]);
        check(&[1080, 1000], Choice { most: Some(1000), ..falling }, &[1000]);
        check(&[1080, 720], Choice { most: Some(270), ..falling }, &[720]);
    }

    #[test]
    fn a_bound_is_kept_wherever_there_is_something_within() {
        let check = |lines, there: &[u32], most, expected| {
            assert_eq!(is_within(lines, there, most), expected, "{lines} of {there:?} within {most:?}");
        };
        check(1080, &[1080, 480], None, true);
        check(1080, &[1080, 480], Some(1080), true);
        check(1080, &[1080, 480], Some(720), false);
        check(720, &[1080, 480], Some(720), true);
        check(480, &[1080, 480], Some(360), true);
        check(540, &[1080, 480], Some(360), false);
        check(1080, &[1080], Some(270), true);
    }

    #[test]
    fn rungs_that_nobody_makes_are_left_out() {
        let mark: Mark = "1a2b3c4d".parse().unwrap();
        let check = |representation, expected: Option<&str>| {
            let mut quality = Quality {
                lines: 0,
                representation,
                rate: Rate::default(),
                codec: String::new(),
                coded_size: (0, 0),
                pixel_aspect: (1, 1),
                size: (0, 0),
            };
            let is_made = quality.is_made_by(&[(480, mark)]);
            assert_eq!(is_made.then(|| quality.representation.name().into_owned()).as_deref(), expected);
        };
        check(Representation::Video, Some("video"));
        check(Representation::Rung { lines: 480, mark: None }, Some("480p-1a2b3c4d"));
        check(Representation::Rung { lines: 360, mark: None }, None);
    }
}
