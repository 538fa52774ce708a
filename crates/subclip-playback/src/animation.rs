//! Moving pictures: what their URLs ask for, and what is answered.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde::Deserialize;
use subclip_app::{
    AnimationFormat, AnimationRequest, Error, LARGEST_ANIMATION, LONGEST_ANIMATION_MS, Playable, Result,
};
use subclip_core::{Time, Timescale};

use crate::admission::Admission;
use crate::picture::{seconds, size};
use crate::respond::{Keep, Resource};
use crate::viewers::{Viewers, etag};

/// The query of a moving picture's URL. What is not named here is passed over.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct AnimationQuery {
    start: Option<String>,
    end: Option<String>,
    width: Option<String>,
    height: Option<String>,
    fps: Option<String>,
}

/// How long a stretch is moved if nothing is said.
const DEFAULT_MS: i64 = 5_000;
/// How short a stretch may be.
const SHORTEST_MS: i64 = 250;
const DEFAULT_FPS: f64 = 15.0;
const MOST_FPS: f64 = 30.0;

impl AnimationQuery {
    /// The moving picture that is asked for.
    pub(crate) fn parse(&self, format: AnimationFormat) -> Result<AnimationRequest> {
        let start = nanoseconds("start", self.start.as_deref())?.unwrap_or(0);
        let end = nanoseconds("end", self.end.as_deref())?;
        let end = end.unwrap_or_else(|| start.saturating_add(DEFAULT_MS * NANOSECONDS_IN_MS));
        let longest = i64::from(LONGEST_ANIMATION_MS) * NANOSECONDS_IN_MS;
        if !(SHORTEST_MS * NANOSECONDS_IN_MS..=longest).contains(&(end - start)) {
            return Err(Error::invalid("end: from start to end there must be 0.25 to 10 seconds"));
        }
        Ok(AnimationRequest {
            start: Time::new(start, Timescale::NANOSECONDS),
            end: Time::new(end, Timescale::NANOSECONDS),
            width: size("width", self.width.as_deref(), LARGEST_ANIMATION)?,
            height: size("height", self.height.as_deref(), LARGEST_ANIMATION)?,
            rate_milli: rate_milli(self.fps.as_deref())?,
            format,
        })
    }
}

const NANOSECONDS_IN_MS: i64 = 1_000_000;

fn nanoseconds(name: &str, text: Option<&str>) -> Result<Option<i64>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let time = Time::from_seconds(seconds(name, text)?);
    let time = time.map_err(|_| Error::invalid(format!("{name}: this is no time")))?;
    Ok(Some(time.ticks()))
}

fn rate_milli(text: Option<&str>) -> Result<u32> {
    let fps = match text.filter(|text| !text.is_empty()) {
        None => Some(DEFAULT_FPS),
        Some(text) => text.parse().ok(),
    };
    let fps = fps.filter(|fps| (1.0..=MOST_FPS).contains(fps));
    let fps = fps.ok_or_else(|| Error::invalid("fps: write frames a second, from 1 to 30"))?;
    Ok((fps * 1000.0).round() as u32)
}

impl Viewers {
    /// A moving picture; it is not made for who has it.
    pub(crate) async fn animation(
        &self,
        to: &Admission,
        request: &AnimationRequest,
        headers: &HeaderMap,
    ) -> Result<Resource> {
        let etag = etag(&to.playable, &request.name());
        let make = async |playable: Arc<Playable>| self.app.animation(&playable, request).await;
        let bytes = self.make_unless_held(to, headers, &etag, make).await?;
        let content_type = match request.format {
            AnimationFormat::Gif => "image/gif",
            AnimationFormat::Webp => "image/webp",
        };
        Ok(Resource::whole(content_type, etag, Keep::Checked, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<AnimationRequest> {
        let query =
            axum::extract::Query::<AnimationQuery>::try_from_uri(&format!("/?{query}").parse().unwrap());
        query.unwrap().0.parse(AnimationFormat::Gif)
    }

    #[test]
    fn defaults_and_values() {
        for (query, start, end, width, height, rate_milli) in [
            ("", 0.0, 5.0, None, None, 15_000),
            ("start=&end=&width=&height=&fps=", 0.0, 5.0, None, None, 15_000),
            ("start=7.5", 7.5, 12.5, None, None, 15_000),
            ("start=1&end=1.25", 1.0, 1.25, None, None, 15_000),
            ("start=2.567&end=12.567", 2.567, 12.567, None, None, 15_000),
            ("width=640&height=1&fps=30", 0.0, 5.0, Some(640), Some(1), 30_000),
            ("fps=29.97&time=9", 0.0, 5.0, None, None, 29_970),
            ("fps=1", 0.0, 5.0, None, None, 1_000),
        ] {
            let request = parse(query).unwrap();
            let found = (request.start.seconds(), request.end.seconds(), request.width, request.height);
            assert_eq!((found, request.rate_milli), ((start, end, width, height), rate_milli), "{query}");
        }
    }

    #[test]
    fn faults_name_the_parameter() {
        for query in [
            "start=-1",
            "start=x",
            "start=nan",
            "start=1e300",
            "end=0",
            "end=0.2",
            "end=10.001",
            "end=inf",
            "width=0",
            "width=641",
            "height=641",
            "height=1.5",
            "fps=0",
            "fps=0.5",
            "fps=31",
            "fps=NaN",
            "fps=fast",
        ] {
            let error = parse(query).unwrap_err();
            let name = query.split_once('=').unwrap().0;
            assert!(error.message.starts_with(name), "{query}: {}", error.message);
        }
        assert!(parse("start=5&end=2").unwrap_err().message.starts_with("end"));
        assert!(
            parse("start=900000000&end=900000005").is_ok(),
            "what lies past the end is told by who knows it"
        );
    }
}
