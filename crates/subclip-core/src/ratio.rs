//! Ratios of whole numbers: shapes of pictures, frame rates, timescales that fit each other.

/// The greatest common divisor; that of a number and 0 is the number.
#[must_use]
pub fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// A ratio in lowest terms; `None` where a side is 0 or the terms are absurd.
#[must_use]
pub fn lowest_terms(num: u64, den: u64) -> Option<(u32, u32)> {
    if num == 0 || den == 0 {
        return None;
    }
    let divisor = gcd(num, den);
    Some((u32::try_from(num / divisor).ok()?, u32::try_from(den / divisor).ok()?))
}

/// Width to height of a picture as it is shown, in lowest terms; `None` where a side is 0 or the terms are absurd.
#[must_use]
pub fn shape((width, height): (u32, u32), (across, down): (u32, u32)) -> Option<(u32, u32)> {
    lowest_terms(u64::from(width) * u64::from(across), u64::from(height) * u64::from(down))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_exact_where_widths_in_square_pixels_are_not() {
        const ABSURD: u32 = u32::MAX;
        for (size, pixel, expected) in [
            ((1920, 1080), (1, 1), Some((16, 9))),
            ((854, 480), (1, 1), Some((427, 240))),
            ((720, 480), (32, 27), Some((16, 9))),
            ((720, 576), (64, 45), Some((16, 9))),
            ((1440, 1080), (4, 3), Some((16, 9))),
            ((0, 480), (1, 1), None),
            ((720, 480), (1, 0), None),
            ((ABSURD, 480), (ABSURD - 1, 1), None),
        ] {
            assert_eq!(shape(size, pixel), expected, "{size:?} of {pixel:?}");
        }
    }
}
