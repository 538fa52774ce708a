//! Images that an owner wants laid over the pictures of an asset.

use serde::{Deserialize, Serialize};
use subclip_core::{Align, Length, Opacity, OverlayError, Placing};

/// The most images that are laid over one asset's pictures.
pub const MOST_OVERLAYS: usize = 10;

/// An image laid over pictures: a watermark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overlay {
    /// Where the image is fetched from: a PNG or a JPEG.
    pub url: String,
    /// Where it lies, and how opaque.
    #[serde(with = "stored")]
    pub placing: Placing,
}

/// The form that a placing is kept in: as its owner writes it.
mod stored {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Align, Length, OverlayError, Placing};

    #[derive(Serialize, Deserialize)]
    struct Stored {
        vertical: Side,
        vertical_margin: String,
        horizontal: Side,
        horizontal_margin: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        width: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        height: Option<String>,
        opacity: String,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Side {
        Start,
        Centre,
        End,
    }

    impl From<Align> for Side {
        fn from(align: Align) -> Self {
            match align {
                Align::Start => Self::Start,
                Align::Centre => Self::Centre,
                Align::End => Self::End,
            }
        }
    }

    impl From<Side> for Align {
        fn from(side: Side) -> Self {
            match side {
                Side::Start => Self::Start,
                Side::Centre => Self::Centre,
                Side::End => Self::End,
            }
        }
    }

    pub(super) fn serialize<S: Serializer>(placing: &Placing, serializer: S) -> Result<S::Ok, S::Error> {
        Stored {
            vertical: placing.vertical.into(),
            vertical_margin: placing.vertical_margin.to_string(),
            horizontal: placing.horizontal.into(),
            horizontal_margin: placing.horizontal_margin.to_string(),
            width: placing.width.map(|width| width.to_string()),
            height: placing.height.map(|height| height.to_string()),
            opacity: placing.opacity.to_string(),
        }
        .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Placing, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let side = |text: Option<String>| text.map(|text| Length::side(&text)).transpose();
        let read = || {
            Ok::<_, OverlayError>(Placing {
                vertical_margin: Length::margin(&stored.vertical_margin)?,
                horizontal_margin: Length::margin(&stored.horizontal_margin)?,
                width: side(stored.width)?,
                height: side(stored.height)?,
                opacity: stored.opacity.parse()?,
                vertical: stored.vertical.into(),
                horizontal: stored.horizontal.into(),
            })
        };
        read().map_err(D::Error::custom)
    }
}

/// An overlay as faces take it: text, of which what is missing is as usual.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OverlayText<'a> {
    /// `top`, `middle` or `bottom`.
    pub vertical_align: Option<&'a str>,
    /// A length.
    pub vertical_margin: Option<&'a str>,
    /// `left`, `center` or `right`.
    pub horizontal_align: Option<&'a str>,
    /// A length.
    pub horizontal_margin: Option<&'a str>,
    /// A length.
    pub width: Option<&'a str>,
    /// A length.
    pub height: Option<&'a str>,
    /// A percentage.
    pub opacity: Option<&'a str>,
}

impl OverlayText<'_> {
    /// What the text means; `fault` is told the name of each field that is wrong, and how it must be.
    pub fn placing(&self, mut fault: impl FnMut(&'static str, String)) -> Placing {
        let usual = Placing::default();
        let vertical = align(self.vertical_align, VERTICAL);
        let horizontal = align(self.horizontal_align, HORIZONTAL);
        for (name, found, words) in
            [("vertical_align", vertical, VERTICAL), ("horizontal_align", horizontal, HORIZONTAL)]
        {
            if found.is_none() {
                fault(name, format!("must be one of {}", words.join(", ")));
            }
        }
        let mut read = |name, result: Option<Result<Length, OverlayError>>| match result {
            Some(Err(error)) => {
                fault(name, error.to_string());
                None
            }
            other => other.and_then(Result::ok),
        };
        let vertical_margin = read("vertical_margin", self.vertical_margin.map(Length::margin));
        let horizontal_margin = read("horizontal_margin", self.horizontal_margin.map(Length::margin));
        let width = read("width", self.width.map(Length::side));
        let height = read("height", self.height.map(Length::side));
        let opacity = match self.opacity.map(str::parse::<Opacity>).transpose() {
            Ok(opacity) => opacity.unwrap_or(usual.opacity),
            Err(error) => {
                let how = match error {
                    OverlayError::Length => "must be a percentage like 80%".to_owned(),
                    OverlayError::TooSmall => "must not be less than 0%".to_owned(),
                    other => other.to_string(),
                };
                fault("opacity", how);
                usual.opacity
            }
        };
        Placing {
            vertical: vertical.unwrap_or_default(),
            vertical_margin: vertical_margin.unwrap_or(usual.vertical_margin),
            horizontal: horizontal.unwrap_or_default(),
            horizontal_margin: horizontal_margin.unwrap_or(usual.horizontal_margin),
            width,
            height,
            opacity,
        }
    }
}

/// Words of alignment from top to bottom.
const VERTICAL: [&str; 3] = ["top", "middle", "bottom"];
/// From left to right.
const HORIZONTAL: [&str; 3] = ["left", "center", "right"];

/// What a word means; the first one where none is there.
fn align(word: Option<&str>, words: [&str; 3]) -> Option<Align> {
    let Some(word) = word else { return Some(Align::Start) };
    let number = words.iter().position(|known| *known == word)?;
    Some([Align::Start, Align::Centre, Align::End][number])
}

impl Overlay {
    /// The words for where it lies: vertical, then horizontal.
    #[must_use]
    pub fn alignment(&self) -> (&'static str, &'static str) {
        let word = |words: [&'static str; 3], align| match align {
            Align::Start => words[0],
            Align::Centre => words[1],
            Align::End => words[2],
        };
        (word(VERTICAL, self.placing.vertical), word(HORIZONTAL, self.placing.horizontal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: OverlayText<'_>) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        text.placing(|name, how| faults.push((name, how)));
        faults
    }

    #[test]
    fn what_is_stored_comes_back() {
        let text = OverlayText {
            vertical_align: Some("bottom"),
            vertical_margin: Some("-5%"),
            horizontal_align: Some("center"),
            horizontal_margin: Some("12.5px"),
            width: Some("10%"),
            opacity: Some("80%"),
            ..OverlayText::default()
        };
        assert_eq!(faults(text), []);
        let overlay =
            Overlay { url: "https://example.com/logo.png".into(), placing: text.placing(|_, _| ()) };
        assert_eq!(overlay.alignment(), ("bottom", "center"));
        let stored = serde_json::to_value(&overlay).unwrap();
        assert_eq!(stored["placing"]["vertical_margin"], "-5%");
        assert_eq!(serde_json::from_value::<Overlay>(stored).unwrap(), overlay);
        let plain = Overlay { url: String::new(), placing: Placing::default() };
        assert_eq!(serde_json::from_value::<Overlay>(serde_json::to_value(&plain).unwrap()).unwrap(), plain);
    }

    #[test]
    fn every_fault_is_told_with_its_field() {
        let length = "must be a percentage like 10% or a number of pixels like 80px";
        let all = OverlayText {
            vertical_align: Some("left"),
            vertical_margin: Some("ten"),
            horizontal_align: Some("middle"),
            horizontal_margin: Some("1001%"),
            width: Some("0px"),
            height: Some("101%"),
            opacity: Some("12px"),
        };
        let expected = [
            ("vertical_align", "must be one of top, middle, bottom"),
            ("horizontal_align", "must be one of left, center, right"),
            ("vertical_margin", length),
            ("horizontal_margin", "must be at most 1000%"),
            ("width", "must be more than 0"),
            ("height", "must be at most 100%"),
            ("opacity", "must be a percentage like 80%"),
        ];
        assert_eq!(faults(all), expected.map(|(name, how)| (name, how.to_owned())));
    }
}
