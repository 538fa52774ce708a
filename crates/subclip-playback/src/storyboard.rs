//! Storyboards: the picture, and the maps that tell players where to look on it.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::json;
use subclip_app::{Error, PictureFormat, Playable, Result, Storyboard};
use subclip_core::{Time, Timescale};

use crate::admission::Admission;
use crate::asked::Manner;
use crate::picture::content_type;
use crate::respond::{Keep, Resource};
use crate::viewers::{Viewers, etag};

/// How a map is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MapFormat {
    /// WebVTT, a cue for each tile.
    Vtt,
    /// JSON.
    Json,
}

/// The query of a map's URL. What is not named here is passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct MapQuery {
    format: Option<String>,
}

impl MapQuery {
    /// This, and what it leaves open of another.
    pub(crate) fn or(self, other: Self) -> Self {
        Self { format: self.format.or(other.format) }
    }

    /// The format of the picture that the map is to name.
    pub(crate) fn picture(&self) -> Result<PictureFormat> {
        match self.format.as_deref() {
            None | Some("" | "jpg") => Ok(PictureFormat::Jpeg),
            Some("png") => Ok(PictureFormat::Png),
            Some("webp") => Ok(PictureFormat::Webp),
            Some(_) => Err(Error::invalid("format: write jpg, png or webp")),
        }
    }
}

fn extension(format: PictureFormat) -> &'static str {
    match format {
        PictureFormat::Jpeg => "jpg",
        PictureFormat::Png => "png",
        PictureFormat::Webp => "webp",
    }
}

impl Viewers {
    /// The picture; it is not made for who has it.
    pub(crate) async fn storyboard(
        &self,
        to: &Admission,
        format: PictureFormat,
        headers: &HeaderMap,
    ) -> Result<Resource> {
        let etag = etag(&to.playable, &format!("storyboard-{}", extension(format)));
        let make = async |playable: Arc<Playable>| self.app.storyboard(&playable, format).await;
        let bytes = self.make_unless_held(to, headers, &etag, make).await?;
        Ok(Resource::whole(content_type(format), etag, Keep::Checked, bytes))
    }

    /// The map that names the picture of a format, for who may have it by the same `manner`.
    pub(crate) fn storyboard_map(
        &self,
        to: &Admission,
        map: MapFormat,
        format: PictureFormat,
        manner: &Manner,
    ) -> Result<Resource> {
        let board = self.app.storyboard_layout(&to.playable)?;
        // Players resolve what a cue says against the page, the map, or not at all: so it says all.
        let (origin, extension) = (self.app.public_url(), extension(format));
        let url = format!("{origin}/{}/storyboard.{extension}{}", to.id, manner.again());
        let (kind, content_type, text) = match map {
            MapFormat::Vtt => ("vtt", "text/vtt; charset=utf-8", vtt(&board, &url)),
            MapFormat::Json => ("json", "application/json", json(&board, &url)),
        };
        let etag = etag(&to.playable, &format!("storyboard-{kind}-{extension}"));
        Ok(Resource::whole(content_type, etag, Keep::Checked, text))
    }
}

/// A cue for each tile, which says where on the picture it is (Media Fragments URI 1.0, 4.2.2).
fn vtt(board: &Storyboard, url: &str) -> String {
    let mut text = "WEBVTT\n".to_owned();
    for number in 0..board.tiles {
        let (from, to) = (clock(board.start(number)), clock(board.start(number + 1)));
        let ((x, y), width, height) = (board.corner(number), board.tile_width, board.tile_height);
        let _ = write!(text, "\n{from} --> {to}\n{url}#xywh={x},{y},{width},{height}\n");
    }
    text
}

fn json(board: &Storyboard, url: &str) -> String {
    let tile = |number| {
        let (x, y) = board.corner(number);
        json!({ "start": seconds(board.start(number)), "x": x, "y": y })
    };
    json!({
        "url": url,
        "tile_width": board.tile_width,
        "tile_height": board.tile_height,
        "duration": seconds(board.duration),
        "tiles": (0..board.tiles).map(tile).collect::<Vec<_>>(),
    })
    .to_string()
}

/// To the millisecond, as cues have it.
fn seconds(time: Time) -> f64 {
    time.round_to(Timescale::MILLISECONDS) as f64 / 1000.0
}

/// `01:02:03.456`.
fn clock(time: Time) -> String {
    let ms = time.round_to(Timescale::MILLISECONDS);
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{:03}", ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://video.example/abc/storyboard.webp?token=a.b.c";

    fn board(tiles: u32, duration_ms: i64) -> Storyboard {
        let duration = Time::new(duration_ms, Timescale::MILLISECONDS);
        Storyboard { tiles, columns: 5, tile_width: 256, tile_height: 144, duration }
    }

    #[test]
    fn cues_tell_where_to_look() {
        let expected = include_str!("../tests/golden/storyboard.vtt");
        assert_eq!(vtt(&board(7, 7_654_321), URL), expected);
    }

    #[test]
    fn json_tells_the_same() {
        let written: serde_json::Value = serde_json::from_str(&json(&board(7, 7_654_321), URL)).unwrap();
        let golden: serde_json::Value =
            serde_json::from_str(include_str!("../tests/golden/storyboard.json")).unwrap();
        assert_eq!(written, golden);
    }

    #[test]
    fn times_have_milliseconds_and_hours() {
        for (ms, expected) in [
            (0, "00:00:00.000"),
            (84, "00:00:00.084"),
            (3_599_999, "00:59:59.999"),
            (360_000_000, "100:00:00.000"),
        ] {
            assert_eq!(clock(Time::new(ms, Timescale::MILLISECONDS)), expected);
        }
    }

    #[test]
    fn formats_are_named_as_files_are() {
        let query = |format: Option<&str>| MapQuery { format: format.map(str::to_owned) };
        for (format, expected) in [
            (None, PictureFormat::Jpeg),
            (Some(""), PictureFormat::Jpeg),
            (Some("jpg"), PictureFormat::Jpeg),
            (Some("png"), PictureFormat::Png),
            (Some("webp"), PictureFormat::Webp),
        ] {
            assert_eq!(query(format).picture().unwrap(), expected, "{format:?}");
        }
        assert!(query(Some("gif")).picture().unwrap_err().message.starts_with("format"));
        assert_eq!(query(None).or(query(Some("png"))), query(Some("png")));
        assert_eq!(query(Some("jpg")).or(query(Some("png"))), query(Some("jpg")), "what a token says counts");
    }
}
