//! What a picture URL asks for.

use serde::Deserialize;
use subclip_app::{Error, PictureFit, PictureFormat, PictureRequest, Result};

/// The query of a picture URL. What is not named here is passed over, as players add parameters of their own.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct PictureQuery {
    time: Option<String>,
    program_time: Option<String>,
    width: Option<String>,
    height: Option<String>,
    fit_mode: Option<String>,
    rotate: Option<String>,
    flip_v: Option<String>,
    flip_h: Option<String>,
    latest: Option<String>,
}

/// No picture is made larger than this on a side.
const LARGEST: u32 = 4096;

/// What a picture of this format is called on the way.
pub(crate) fn content_type(format: PictureFormat) -> &'static str {
    match format {
        PictureFormat::Jpeg => "image/jpeg",
        PictureFormat::Png => "image/png",
        PictureFormat::Webp => "image/webp",
    }
}

impl PictureQuery {
    /// The picture asked for, and its time in seconds if one is named.
    pub(crate) fn parse(&self, format: PictureFormat) -> Result<(PictureRequest, Option<f64>)> {
        if self.latest.as_deref().is_some_and(|v| v == "true") {
            return Err(Error::invalid("latest: only a live stream has a latest picture"));
        }
        let width = size("width", self.width.as_deref(), LARGEST)?;
        let height = size("height", self.height.as_deref(), LARGEST)?;
        let fit = match self.fit_mode.as_deref() {
            None | Some("preserve" | "") => PictureFit::Preserve,
            Some("stretch") => PictureFit::Stretch,
            Some("crop" | "smartcrop") => PictureFit::Crop,
            Some("pad") => PictureFit::Pad,
            Some(other) => {
                return Err(Error::invalid(format!(
                    "fit_mode: {other} is none of preserve, stretch, crop, smartcrop, pad"
                )));
            }
        };
        if fit != PictureFit::Preserve && (width.is_none() || height.is_none()) {
            return Err(Error::invalid("fit_mode: this mode needs both width and height"));
        }
        let rotate_degrees = match self.rotate.as_deref() {
            None | Some("" | "0") => 0,
            Some("90") => 90,
            Some("180") => 180,
            Some("270") => 270,
            Some(_) => return Err(Error::invalid("rotate: write 90, 180 or 270")),
        };
        let time = match self.time.as_deref() {
            None | Some("") if self.program_time.as_deref().is_some_and(|time| !time.is_empty()) => {
                return Err(Error::invalid("program_time: only a live stream has one; write time"));
            }
            None | Some("") => None,
            Some(text) => Some(seconds("time", text)?),
        };
        let set = |flag: &Option<String>| flag.as_deref() == Some("true");
        let request = PictureRequest {
            width,
            height,
            fit,
            rotate_degrees,
            flip_horizontally: set(&self.flip_h),
            flip_vertically: set(&self.flip_v),
            format,
        };
        Ok((request, time))
    }
}

/// A number of seconds, of which none is negative.
pub(crate) fn seconds(name: &str, text: &str) -> Result<f64> {
    let wrong = || Error::invalid(format!("{name}: write seconds from 0 on, like 12.5"));
    let parsed: f64 = text.parse().map_err(|_| wrong())?;
    if parsed.is_finite() && parsed >= 0.0 { Ok(parsed) } else { Err(wrong()) }
}

/// A side in pixels; an empty text is none.
pub(crate) fn size(name: &str, text: Option<&str>, largest: u32) -> Result<Option<u32>> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(None) };
    match text.parse::<u32>() {
        Ok(pixels) if (1..=largest).contains(&pixels) => Ok(Some(pixels)),
        _ => Err(Error::invalid(format!("{name}: write a number of pixels from 1 to {largest}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> Result<(PictureRequest, Option<f64>)> {
        let get = |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let query = PictureQuery {
            time: get("time"),
            program_time: get("program_time"),
            width: get("width"),
            height: get("height"),
            fit_mode: get("fit_mode"),
            rotate: get("rotate"),
            flip_v: get("flip_v"),
            flip_h: get("flip_h"),
            latest: get("latest"),
        };
        query.parse(PictureFormat::Jpeg)
    }

    #[test]
    fn defaults_and_values() {
        let (request, time) = query(&[]).unwrap();
        assert_eq!(
            (request.width, request.height, request.fit, time),
            (None, None, PictureFit::Preserve, None)
        );
        let (request, time) = query(&[
            ("time", "1.5"),
            ("width", "320"),
            ("height", "9"),
            ("fit_mode", "smartcrop"),
            ("rotate", "90"),
            ("program_time", "1700000000"),
        ])
        .unwrap();
        assert_eq!(
            (request.width, request.fit, request.rotate_degrees, time),
            (Some(320), PictureFit::Crop, 90, Some(1.5))
        );
    }

    #[test]
    fn faults_name_the_parameter() {
        for (name, value) in [
            ("time", "-1"),
            ("time", "nan"),
            ("time", "x"),
            ("width", "0"),
            ("height", "99999"),
            ("width", "-5"),
            ("fit_mode", "crop"),
            ("fit_mode", "squash"),
            ("rotate", "45"),
            ("program_time", "1700000000"),
            ("latest", "true"),
        ] {
            let error = query(&[(name, value)]).unwrap_err();
            assert!(error.message.starts_with(name), "{name}={value}: {}", error.message);
        }
    }
}
