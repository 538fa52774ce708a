//! Where an image lies over the pictures of a video: from what its owner asks for to whole pixels.

use std::fmt;
use std::str::FromStr;

/// Why an image can't be laid over pictures as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OverlayError {
    /// Not a length.
    #[error("must be a percentage like 10% or a number of pixels like 80px")]
    Length,
    /// A length beyond what makes sense.
    #[error("must be at most {most}")]
    TooLong {
        /// The longest one, as it would be written.
        most: String,
    },
    /// A size that is nothing or less, or an opacity below 0 %.
    #[error("must be more than 0")]
    TooSmall,
    /// The image would be drawn larger than can be.
    #[error("would be drawn {width} by {height} pixels large, and {MOST_PIXELS} is the most for a side")]
    TooLarge {
        /// Pixels across.
        width: i64,
        /// Pixels down.
        height: i64,
    },
}

/// The longest side of an image as it is drawn.
pub const MOST_PIXELS: i64 = 8192;

/// A length over a picture, in thousandths of a percent or of a pixel.
///
/// Pixels are those of the picture as it fits into 1920 by 1080, or 1080 by 1920 where it is higher than wide. Percentages
/// are of the picture's side that the length lies along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Thousandths of a percent.
    Percent(i64),
    /// Thousandths of a pixel.
    Pixels(i64),
}

impl Length {
    /// No length.
    pub const ZERO: Self = Self::Pixels(0);
    /// All of a side.
    pub const WHOLE: Self = Self::Percent(100_000);

    /// The margin that text asks for: negative ones lead off the picture.
    ///
    /// # Errors
    /// [`OverlayError::Length`], [`OverlayError::TooLong`].
    pub fn margin(text: &str) -> Result<Self, OverlayError> {
        text.parse::<Self>()?.at_most(1000, 20_000)
    }

    /// The side of an image that text asks for.
    ///
    /// # Errors
    /// [`OverlayError::Length`], [`OverlayError::TooLong`], [`OverlayError::TooSmall`].
    pub fn side(text: &str) -> Result<Self, OverlayError> {
        match text.parse::<Self>()?.at_most(100, 4096)? {
            Self::Percent(..=0) | Self::Pixels(..=0) => Err(OverlayError::TooSmall),
            side => Ok(side),
        }
    }

    fn at_most(self, percent: i64, pixels: i64) -> Result<Self, OverlayError> {
        let too_long = |most: String| Err(OverlayError::TooLong { most });
        match self {
            Self::Percent(value) if value.abs() > percent * 1000 => too_long(format!("{percent}%")),
            Self::Pixels(value) if value.abs() > pixels * 1000 => too_long(format!("{pixels}px")),
            fits => Ok(fits),
        }
    }

    /// In thousandths of a pixel of a picture whose side is `side` pixels long; `scale` is the pixels of the picture for
    /// so many of the one that lengths are told for.
    fn on(self, side: i64, scale: (i64, i64)) -> i64 {
        match self {
            Self::Percent(value) => value * side / 100,
            Self::Pixels(value) => value * scale.0 / scale.1,
        }
    }
}

impl FromStr for Length {
    type Err = OverlayError;

    fn from_str(text: &str) -> Result<Self, OverlayError> {
        let text = text.trim();
        let (number, unit): (_, fn(i64) -> Self) = if let Some(number) = text.strip_suffix('%') {
            (number, Self::Percent)
        } else if let Some(number) = text.strip_suffix("px") {
            (number, Self::Pixels)
        } else {
            return Err(OverlayError::Length);
        };
        thousandths(number.trim()).map(unit).ok_or(OverlayError::Length)
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = match *self {
            Self::Percent(value) => (value, "%"),
            Self::Pixels(value) => (value, "px"),
        };
        let sign = if value < 0 { "-" } else { "" };
        let (whole, part) = (value.abs() / 1000, format!("{:03}", value.abs() % 1000));
        match part.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}{unit}"),
            part => write!(f, "{sign}{whole}.{part}{unit}"),
        }
    }
}

/// A decimal number in thousandths; finer digits are dropped.
fn thousandths(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + part.len() == 0 || whole.len() > 9 || !plain(whole) || !plain(part) {
        return None;
    }
    let part: String = part.chars().chain("000".chars()).take(3).collect();
    let value = format!("{whole}{part}").parse::<i64>().ok()?;
    Some(if negative { -value } else { value })
}

/// How opaque an image is drawn, in thousandths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opacity(i64);

impl Opacity {
    /// As opaque as it is.
    pub const FULL: Self = Self(100_000);

    /// From 0 to 1.
    #[must_use]
    pub fn fraction(self) -> f64 {
        self.0 as f64 / 100_000.0
    }
}

impl FromStr for Opacity {
    type Err = OverlayError;

    fn from_str(text: &str) -> Result<Self, OverlayError> {
        match text.parse()? {
            Length::Percent(value @ 0..=100_000) => Ok(Self(value)),
            Length::Percent(..0) => Err(OverlayError::TooSmall),
            Length::Percent(_) => Err(OverlayError::TooLong { most: "100%".into() }),
            Length::Pixels(_) => Err(OverlayError::Length),
        }
    }
}

impl fmt::Display for Opacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Length::Percent(self.0).fmt(f)
    }
}

/// What an image keeps to along one side of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// The top, or the left.
    #[default]
    Start,
    /// The middle.
    Centre,
    /// The bottom, or the right.
    End,
}

/// How an image is to lie over the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placing {
    /// Top, middle or bottom.
    pub vertical: Align,
    /// From there to the image's nearest edge; from the middle, downwards.
    pub vertical_margin: Length,
    /// Left, centre or right.
    pub horizontal: Align,
    /// From there to the image's nearest edge; from the centre, to the right.
    pub horizontal_margin: Length,
    /// How wide it is drawn; without it, as the height has it.
    pub width: Option<Length>,
    /// How high it is drawn; without it, as the width has it. Without both, as large as it is.
    pub height: Option<Length>,
    /// How opaque it is drawn.
    pub opacity: Opacity,
}

impl Default for Placing {
    fn default() -> Self {
        Self {
            vertical: Align::Start,
            vertical_margin: Length::ZERO,
            horizontal: Align::Start,
            horizontal_margin: Length::ZERO,
            width: None,
            height: None,
            opacity: Opacity::FULL,
        }
    }
}

/// Pictures that something is laid over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canvas {
    /// Stored pixels across.
    pub width: u32,
    /// Stored pixels down.
    pub height: u32,
    /// Width to height of a stored pixel.
    pub pixel_aspect: (u32, u32),
}

/// Where an image is drawn, in stored pixels of the picture; parts of it may lie outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// From the picture's left edge to its own.
    pub x: i32,
    /// From the picture's upper edge to its own.
    pub y: i32,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Placing {
    /// Where an image of `image` pixels is drawn; `None` where none of it would be seen.
    ///
    /// # Errors
    /// [`OverlayError::TooLarge`].
    pub fn on(&self, canvas: Canvas, image: (u32, u32)) -> Result<Option<Placement>, OverlayError> {
        let (across, down) =
            (i64::from(canvas.pixel_aspect.0.max(1)), i64::from(canvas.pixel_aspect.1.max(1)));
        let high = i64::from(canvas.height);
        let wide = (i64::from(canvas.width) * across + down / 2) / down;
        let scale = scale(wide, high);
        let (width, height) = self.size((wide, high), scale, image)?;
        let x = align(self.horizontal, wide * 1000 - width, self.horizontal_margin.on(wide, scale));
        let y = align(self.vertical, high * 1000 - height, self.vertical_margin.on(high, scale));
        // From square pixels to stored ones.
        let (x, width) = (rounded(x * down / across), rounded(width * down / across).max(1));
        let (y, height) = (rounded(y), rounded(height).max(1));
        let seen = x < i64::from(canvas.width) && y < high && x + width > 0 && y + height > 0;
        let place = |pixels: i64| i32::try_from(pixels).unwrap_or(i32::MIN);
        let side = |pixels: i64| u32::try_from(pixels).unwrap_or(u32::MAX);
        let placement = Placement { x: place(x), y: place(y), width: side(width), height: side(height) };
        Ok(seen.then_some(placement))
    }

    /// How large it is drawn, in thousandths of square pixels.
    fn size(
        &self,
        (wide, high): (i64, i64),
        scale: (i64, i64),
        image: (u32, u32),
    ) -> Result<(i64, i64), OverlayError> {
        let (of_wide, of_high) = (i64::from(image.0.max(1)), i64::from(image.1.max(1)));
        let natural = |pixels: i64| Length::Pixels(pixels * 1000).on(0, scale);
        let (width, height) = match (self.width, self.height) {
            (None, None) => (natural(of_wide), natural(of_high)),
            (Some(width), None) => {
                let width = width.on(wide, scale);
                (width, width * of_high / of_wide)
            }
            (None, Some(height)) => {
                let height = height.on(high, scale);
                (height * of_wide / of_high, height)
            }
            (Some(width), Some(height)) => (width.on(wide, scale), height.on(high, scale)),
        };
        if width.max(height) > MOST_PIXELS * 1000 {
            return Err(OverlayError::TooLarge { width: rounded(width), height: rounded(height) });
        }
        Ok((width, height))
    }
}

/// Pixels of a picture for so many of it as it fits into 1920 by 1080, or 1080 by 1920.
fn scale(wide: i64, high: i64) -> (i64, i64) {
    let (box_wide, box_high) = if high > wide { (1080, 1920) } else { (1920, 1080) };
    // The side that is filled first.
    if wide * box_high >= high * box_wide { (wide, box_wide) } else { (high, box_high) }
}

fn align(align: Align, room: i64, margin: i64) -> i64 {
    match align {
        Align::Start => margin,
        Align::Centre => room / 2 + margin,
        Align::End => room - margin,
    }
}

fn rounded(thousandths: i64) -> i64 {
    (thousandths + 500).div_euclid(1000)
}

#[cfg(test)]
mod tests;
