//! Exact time: a count of ticks on a timescale, compared and converted without rounding unless a rounding is named.

use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// Why a time could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// A timescale of zero ticks per second.
    #[error("a timescale must be at least one tick per second")]
    ZeroTimescale,
    /// Not a finite number of seconds, or too far from zero to be counted in ticks.
    #[error("not a time that can be counted")]
    OutOfRange,
    /// Text that is neither seconds (`12.5`) nor a clock (`1:02:03.5`).
    #[error("not a time: write seconds like 12.5, or hours, minutes and seconds like 1:02:03.5")]
    Syntax,
}

/// Ticks per second; never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timescale(NonZeroU32);

impl Timescale {
    /// Nanoseconds: fine enough to hold any number of seconds that arrives as decimal text.
    pub const NANOSECONDS: Self = Self(NonZeroU32::new(1_000_000_000).expect("not zero"));
    /// Milliseconds.
    pub const MILLISECONDS: Self = Self(NonZeroU32::new(1_000).expect("not zero"));

    /// A timescale of `ticks_per_second`.
    ///
    /// # Errors
    /// [`TimeError::ZeroTimescale`] for zero.
    pub fn new(ticks_per_second: u32) -> Result<Self, TimeError> {
        NonZeroU32::new(ticks_per_second).map(Self).ok_or(TimeError::ZeroTimescale)
    }

    /// Ticks per second.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

/// An instant or a length: `ticks / timescale` seconds, exactly. May be negative.
///
/// Two times compare by value whatever their timescales; equality is by value too.
#[derive(Debug, Clone, Copy)]
pub struct Time {
    ticks: i64,
    scale: Timescale,
}

impl Time {
    /// `ticks` on `scale`.
    #[must_use]
    pub const fn new(ticks: i64, scale: Timescale) -> Self {
        Self { ticks, scale }
    }

    /// Zero, on a scale of one nanosecond.
    pub const ZERO: Self = Self { ticks: 0, scale: Timescale::NANOSECONDS };

    /// A number of seconds as it stands on the wire, kept to the nanosecond.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] for NaN, infinities and anything beyond some 290 years.
    pub fn from_seconds(seconds: f64) -> Result<Self, TimeError> {
        let nanoseconds = seconds * 1e9;
        // The bound is a round number below i64::MAX so that the cast is exact in intent on every platform.
        if !nanoseconds.is_finite() || nanoseconds.abs() > 9.0e18 {
            return Err(TimeError::OutOfRange);
        }
        Ok(Self::new(nanoseconds.round() as i64, Timescale::NANOSECONDS))
    }

    /// The ticks, on this time's own scale.
    #[must_use]
    pub fn ticks(self) -> i64 {
        self.ticks
    }

    /// The scale the ticks are counted on.
    #[must_use]
    pub fn scale(self) -> Timescale {
        self.scale
    }

    /// Seconds as a float, for the wire only.
    #[must_use]
    pub fn seconds(self) -> f64 {
        self.ticks as f64 / f64::from(self.scale.get())
    }

    /// Ticks on another scale, rounded towards minus infinity.
    #[must_use]
    pub fn floor_to(self, scale: Timescale) -> i64 {
        let (numerator, denominator) = self.ratio_on(scale);
        saturate(numerator.div_euclid(denominator))
    }

    /// Ticks on another scale, rounded towards plus infinity.
    #[must_use]
    pub fn ceil_to(self, scale: Timescale) -> i64 {
        let (numerator, denominator) = self.ratio_on(scale);
        saturate(-(-numerator).div_euclid(denominator))
    }

    /// Ticks on another scale, rounded to the nearest, halves up.
    #[must_use]
    pub fn round_to(self, scale: Timescale) -> i64 {
        let (numerator, denominator) = self.ratio_on(scale);
        saturate((2 * numerator + denominator).div_euclid(2 * denominator))
    }

    fn ratio_on(self, scale: Timescale) -> (i128, i128) {
        (i128::from(self.ticks) * i128::from(scale.get()), i128::from(self.scale.get()))
    }
}

fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Time {}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = i128::from(self.ticks) * i128::from(other.scale.get());
        let right = i128::from(other.ticks) * i128::from(self.scale.get());
        left.cmp(&right)
    }
}

impl fmt::Display for Time {
    /// Seconds with as many decimals as are needed, six at the most: `12.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.6}", self.seconds());
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl FromStr for Time {
    type Err = TimeError;

    /// Seconds (`12.5`) or a clock (`2:03.5`, `1:02:03.5`), never negative.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let parts: Vec<&str> = text.trim().split(':').collect();
        let (seconds, clock) = parts.split_last().ok_or(TimeError::Syntax)?;
        let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
        if clock.len() > 2 || !plain(whole) || !plain(fraction) || !clock.iter().all(|part| plain(part)) {
            return Err(TimeError::Syntax);
        }
        let mut total: i64 = 0;
        for part in clock.iter().copied().chain([whole]) {
            let value: i64 = part.parse().map_err(|_| TimeError::OutOfRange)?;
            total = total.checked_mul(60).and_then(|t| t.checked_add(value)).ok_or(TimeError::OutOfRange)?;
        }
        let nanoseconds: i64 = format!("{fraction:0<9}")[..9].parse().map_err(|_| TimeError::Syntax)?;
        let ticks = total
            .checked_mul(1_000_000_000)
            .and_then(|t| t.checked_add(nanoseconds))
            .ok_or(TimeError::OutOfRange)?;
        Ok(Self::new(ticks, Timescale::NANOSECONDS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(ticks: u32) -> Timescale {
        Timescale::new(ticks).unwrap()
    }

    #[test]
    fn compares_across_timescales() {
        assert_eq!(Time::new(1, scale(3)), Time::new(30_000, scale(90_000)));
        assert!(Time::new(1001, scale(30_000)) < Time::new(1, scale(29)));
        assert!(Time::new(-1, scale(2)) < Time::ZERO);
    }

    #[test]
    fn rounds_as_named() {
        let third = Time::new(1, scale(3));
        assert_eq!(
            (third.floor_to(scale(10)), third.round_to(scale(10)), third.ceil_to(scale(10))),
            (3, 3, 4)
        );
        let back = Time::new(-1, scale(3));
        assert_eq!(
            (back.floor_to(scale(10)), back.round_to(scale(10)), back.ceil_to(scale(10))),
            (-4, -3, -3)
        );
        assert_eq!(Time::new(1, scale(2)).round_to(scale(1)), 1, "halves go up");
        assert_eq!(Time::new(i64::MAX, scale(1)).round_to(scale(90_000)), i64::MAX, "saturates");
    }

    #[test]
    fn reads_what_people_type() {
        let check = |text: &str, expected: Result<f64, TimeError>| {
            assert_eq!(text.parse::<Time>().map(Time::seconds), expected, "{text}");
        };
        check("12.5", Ok(12.5));
        check("0", Ok(0.0));
        check("1:02.25", Ok(62.25));
        check("1:00:01", Ok(3601.0));
        for bad in ["", "-1", "1e3", "1:2:3:4", ".5", "5.", "1:-2", "nan", "1..2"] {
            check(bad, Err(TimeError::Syntax));
        }
        check("99999999999999999999", Err(TimeError::OutOfRange));
        check("9999999999999", Err(TimeError::OutOfRange));
    }

    #[test]
    fn floats_are_checked() {
        assert_eq!(Time::from_seconds(10.333).unwrap().ticks(), 10_333_000_000);
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300] {
            assert_eq!(Time::from_seconds(bad), Err(TimeError::OutOfRange));
        }
    }

    #[test]
    fn prints_short() {
        assert_eq!(Time::new(25, scale(2)).to_string(), "12.5");
        assert_eq!(Time::new(7, scale(1)).to_string(), "7");
        assert_eq!(Time::new(1, scale(3)).to_string(), "0.333333");
    }
}
