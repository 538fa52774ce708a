//! The quality ladder: which rungs stand below a picture of some size, and how large each is.

use std::cmp::Reverse;

/// Every rung there can be, by its lines. A rung is named by the lines of a picture 16:9 that it holds: whatever its
/// shape, a picture of rung 720 fits into 1280 by 720, turned where it is higher than wide.
pub const LINES: [u32; 8] = [2160, 1440, 1080, 720, 540, 480, 360, 270];

/// How closely the rungs of a ladder follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Ladder {
    /// Few rungs, far apart.
    Sparse,
    /// What most videos are served in.
    #[default]
    Usual,
    /// Every rung there is.
    Dense,
}

/// One step of the ladder for pictures of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rung {
    /// Its name, one of [`LINES`].
    pub lines: u32,
    /// Width of its pictures in square pixels; even.
    pub width: u32,
    /// Height of its pictures; even.
    pub height: u32,
}

impl Ladder {
    fn lines(self) -> &'static [u32] {
        match self {
            Self::Sparse => &[1440, 720, 360],
            Self::Usual => &[1440, 1080, 720, 480, 360],
            Self::Dense => &LINES,
        }
    }

    /// The rungs below pictures of this size, as shown with square pixels; the largest first, and none of more than
    /// `most_lines`. A rung that is hardly smaller than the pictures themselves is left out.
    #[must_use]
    pub fn below(self, size: (u32, u32), most_lines: u32) -> Vec<Rung> {
        let wanted = self.lines().iter().filter(|&&lines| lines <= most_lines);
        wanted
            .filter(|&&lines| shrinks_to(size, lines, 9, 10))
            .filter_map(|&lines| rung(size, lines))
            .collect()
    }
}

/// The rung of these lines for pictures of some size, where it makes them smaller.
#[must_use]
pub fn rung((width, height): (u32, u32), lines: u32) -> Option<Rung> {
    if !shrinks_to((width, height), lines, 1, 1) {
        return None;
    }
    let (num, den) = factor((width, height), lines);
    // The nearest even number.
    let side = |side: u32| u32::try_from((u64::from(side) * num + den) / (2 * den) * 2).unwrap_or(0);
    let (width, height) = (side(width), side(height));
    (width >= LEAST_SIDE && height >= LEAST_SIDE).then_some(Rung { lines, width, height })
}

/// What the rung of these lines is called.
#[must_use]
pub fn rung_name(lines: u32) -> &'static str {
    match lines {
        2160 => "2160p",
        1440 => "1440p",
        1080 => "1080p",
        720 => "720p",
        540 => "540p",
        480 => "480p",
        360 => "360p",
        _ => "270p",
    }
}

/// The rung that pictures of this size stand on themselves: the smallest that holds them, or the largest there is.
#[must_use]
pub fn rung_of(size: (u32, u32)) -> u32 {
    let mut rising = LINES;
    rising.sort_by_key(|&lines| lines);
    rising.into_iter().find(|&lines| !shrinks_to(size, lines, 1, 1)).unwrap_or(LINES[0])
}

/// Of the rungs that there are, by their lines, those between two bounds. A bound that is none of them is the nearest
/// below it; one below all is the lowest. Never empty where `there` is not.
#[must_use]
pub fn between(there: &[u32], least: Option<u32>, most: Option<u32>) -> Vec<u32> {
    let mut falling = there.to_vec();
    falling.sort_by_key(|&lines| Reverse(lines));
    let nearest =
        |bound: u32| falling.iter().copied().find(|&lines| lines <= bound).or(falling.last().copied());
    let (least, most) = (least.and_then(nearest).unwrap_or(0), most.and_then(nearest).unwrap_or(u32::MAX));
    there.iter().copied().filter(|&lines| (least..=most.max(least)).contains(&lines)).collect()
}

/// A macroblock: nothing smaller is worth a rung.
const LEAST_SIDE: u32 = 16;

/// What both sides are multiplied by to fit: the smaller of what the longer and what the shorter side needs.
fn factor((width, height): (u32, u32), lines: u32) -> (u64, u64) {
    let (long, short) = (u64::from(width.max(height).max(1)), u64::from(width.min(height).max(1)));
    let lines = u64::from(lines);
    // lines * 16/9 to the longer side, or lines to the shorter.
    if lines * 16 * short <= lines * 9 * long { (lines * 16, 9 * long) } else { (lines, short) }
}

/// Whether fitting makes the sides at most `num/den` times as long, and shorter.
fn shrinks_to(size: (u32, u32), lines: u32, num: u64, den: u64) -> bool {
    let (above, below) = factor(size, lines);
    above < below && above * den <= below * num
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(ladder: Ladder, size: (u32, u32), most_lines: u32) -> Vec<(u32, (u32, u32))> {
        let rungs = ladder.below(size, most_lines);
        rungs.into_iter().map(|rung| (rung.lines, (rung.width, rung.height))).collect()
    }

    #[test]
    fn rungs_stand_below_the_source() {
        let check = |size: (u32, u32), expected: &[(u32, (u32, u32))]| {
            assert_eq!(sizes(Ladder::Usual, size, 2160), expected, "{size:?}");
        };
        check((1920, 1080), &[(720, (1280, 720)), (480, (854, 480)), (360, (640, 360))]);
        check((1080, 1920), &[(720, (720, 1280)), (480, (480, 854)), (360, (360, 640))]);
        check(
            (3840, 2160),
            &[
                (1440, (2560, 1440)),
                (1080, (1920, 1080)),
                (720, (1280, 720)),
                (480, (854, 480)),
                (360, (640, 360)),
            ],
        );
        check((1280, 720), &[(480, (854, 480)), (360, (640, 360))]);
        check((640, 360), &[]);
        // The shape is kept, and the longer side counts where pictures are wider than 16:9.
        check((1920, 804), &[(720, (1280, 536)), (480, (854, 358)), (360, (640, 268))]);
        check((1440, 1080), &[(720, (960, 720)), (480, (640, 480)), (360, (480, 360))]);
        check((1080, 1080), &[(720, (720, 720)), (480, (480, 480)), (360, (360, 360))]);
        check((1918, 1078), &[(720, (1280, 720)), (480, (854, 480)), (360, (640, 360))]);
        // Hardly smaller than the source.
        check((888, 500), &[(360, (640, 360))]);
        // A strip, and nothing.
        check((4000, 20), &[]);
        check((0, 0), &[]);
        check(
            (u32::MAX, u32::MAX),
            &[
                (1440, (1440, 1440)),
                (1080, (1080, 1080)),
                (720, (720, 720)),
                (480, (480, 480)),
                (360, (360, 360)),
            ],
        );
    }

    #[test]
    fn owners_choose_how_many() {
        let lines =
            |ladder, most| sizes(ladder, (1920, 1080), most).iter().map(|one| one.0).collect::<Vec<_>>();
        assert_eq!(lines(Ladder::Sparse, 2160), [720, 360]);
        assert_eq!(lines(Ladder::Dense, 2160), [720, 540, 480, 360, 270]);
        let of_4k: Vec<u32> = sizes(Ladder::Usual, (3840, 2160), 1080).iter().map(|one| one.0).collect();
        assert_eq!(of_4k, [1080, 720, 480, 360]);
    }

    #[test]
    fn pictures_stand_on_a_rung_themselves() {
        for (size, expected) in [
            ((1920, 1080), 1080),
            ((1080, 1920), 1080),
            ((1920, 804), 1080),
            ((1921, 1080), 1440),
            ((640, 360), 360),
            ((888, 500), 540),
            ((2, 2), 270),
            ((7680, 4320), 2160),
        ] {
            assert_eq!(rung_of(size), expected, "{size:?}");
        }
        assert_eq!(rung((1920, 1080), 1080), None);
        assert_eq!(rung((888, 500), 480), Some(Rung { lines: 480, width: 852, height: 480 }));
    }

    #[test]
    fn bounds_fall_to_the_nearest_below() {
        let check = |least, most, expected: &[u32]| {
            assert_eq!(between(&[1080, 720, 480, 360], least, most), expected, "{least:?} {most:?}");
        };
        check(None, None, &[1080, 720, 480, 360]);
        check(None, Some(720), &[720, 480, 360]);
        check(None, Some(540), &[480, 360]);
        check(None, Some(270), &[360]);
        check(None, Some(2160), &[1080, 720, 480, 360]);
        check(Some(480), None, &[1080, 720, 480]);
        check(Some(540), None, &[1080, 720, 480]);
        check(Some(2160), None, &[1080]);
        check(Some(270), Some(270), &[360]);
        check(Some(480), Some(720), &[720, 480]);
        assert!(between(&[], Some(480), Some(720)).is_empty());
    }
}
