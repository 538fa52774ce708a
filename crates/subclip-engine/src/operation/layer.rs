//! Images that are laid over pictures: looked at and drawn once to the size they have there.

use std::ffi::OsString;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::input;
use crate::engine::{Call, Engine, Tool, file_url};
use crate::error::Error;
use crate::folder::{Folder, check_name};
use crate::queue::Priority;

/// What an image is coded as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFormat {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
}

/// How an image lies over pictures, in their pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerRequest {
    /// From the left edge; negative where it begins outside.
    pub x: i32,
    /// From the upper edge; likewise.
    pub y: i32,
    /// How wide it is drawn.
    pub width: u32,
    /// How high it is drawn.
    pub height: u32,
    /// From 0 to 1.
    pub opacity: f64,
}

/// An image as it is drawn, with its transparency.
#[derive(Debug, Clone)]
pub struct Layer {
    image: Bytes,
    /// Even, since two pixels share their colour.
    x: i32,
    /// Likewise.
    y: i32,
}

/// Images that are laid over pictures in their order, in a folder that lives as long as this.
#[derive(Debug, Clone)]
pub struct Layers {
    pub(super) folder: Folder,
    /// Where each of them begins.
    places: Vec<(i32, i32)>,
}

/// The longest side of an image that is decoded, and of one as it is drawn.
const LONGEST_SIDE: u32 = 8192;
const MOST_PIXELS: &str = "67108864";

impl Engine {
    /// Width and height in pixels of the image of this name in the folder.
    ///
    /// # Errors
    /// [`Error::Refused`] if it is none of this format.
    pub async fn image_size(
        &self,
        folder: &Folder,
        name: &str,
        format: ImageFormat,
        cancel: &CancellationToken,
    ) -> Result<(u32, u32), Error> {
        check_name(name)?;
        let mut args: Vec<OsString> =
            ["-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0"].map(Into::into).into();
        args.extend(open(folder, name, format));
        let call = Call { folder: Some(folder), ..Call::short(Tool::Ffprobe, args, Priority::Normalise) };
        let said = self.bytes(call, cancel).await.map_err(|error| unreadable(error, format))?;
        let said = String::from_utf8_lossy(&said);
        let size = said.trim().split_once(',').and_then(|(width, height)| {
            let side = |text: &str| text.trim_end_matches(',').parse().ok().filter(|&side| side > 0);
            Some((side(width)?, side(height)?))
        });
        size.ok_or_else(|| unreadable(Error::refused("it has no size"), format))
    }

    /// Decodes an image and draws it as it will lie over pictures.
    ///
    /// # Errors
    /// [`Error::Refused`] if it can't be decoded.
    pub async fn layer(
        &self,
        folder: &Folder,
        name: &str,
        format: ImageFormat,
        request: &LayerRequest,
        cancel: &CancellationToken,
    ) -> Result<Layer, Error> {
        check_name(name)?;
        let LayerRequest { x, y, width, height, opacity } = *request;
        let sides = 1..=LONGEST_SIDE;
        if !sides.contains(&width) || !sides.contains(&height) || !(0.0..=1.0).contains(&opacity) {
            return Err(Error::Misused {
                reason: "a layer needs a size of 1 to 8192 and an opacity of 0 to 1",
            });
        }
        let (off_x, off_y) = (x.rem_euclid(2), y.rem_euclid(2));
        let filters = format!(
            "scale={width}:{height}:flags=lanczos,format=rgba,colorchannelmixer=aa={opacity},\
             pad=iw+{off_x}:ih+{off_y}:{off_x}:{off_y}:color=black@0"
        );
        let mut args: Vec<OsString> = input::QUIETLY.into_iter().map(Into::into).collect();
        args.extend(["-xerror", "-err_detect", "explode"].map(Into::into));
        args.extend(open(folder, name, format));
        args.extend(["-map", "0:v:0", "-vf", &filters, "-frames:v", "1", "-c:v", "png"].map(Into::into));
        args.extend(["-map_metadata", "-1", "-fflags", "+bitexact", "-f", "image2pipe"].map(Into::into));
        args.push("pipe:1".into());
        let call = Call { folder: Some(folder), ..Call::short(Tool::Ffmpeg, args, Priority::Normalise) };
        let image = self.bytes(call, cancel).await.map_err(|error| unreadable(error, format))?;
        if image.is_empty() {
            return Err(unreadable(Error::refused("it is empty"), format));
        }
        Ok(Layer { image, x: x - off_x, y: y - off_y })
    }

    /// Makes layers ready for being read by any number of processes.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::NoSpace`].
    pub async fn layers(&self, layers: Vec<Layer>) -> Result<Layers, Error> {
        let folder = self.folder()?;
        let places = layers.iter().map(|layer| (layer.x, layer.y)).collect();
        for (number, layer) in layers.iter().enumerate() {
            let path = folder.input(&name(number));
            tokio::fs::write(path, &layer.image).await.map_err(Error::io("keeping an image"))?;
        }
        Ok(Layers { folder, places })
    }
}

/// Says whose fault it is that an image can't be read.
fn unreadable(error: Error, format: ImageFormat) -> Error {
    match error {
        Error::Refused { .. } => {
            let name = match format {
                ImageFormat::Png => "PNG",
                ImageFormat::Jpeg => "JPEG",
            };
            Error::refused(format!("the image can't be decoded: it is damaged, or is not a {name} file"))
        }
        other => other,
    }
}

fn name(number: usize) -> String {
    format!("layer-{number}")
}

fn open(folder: &Folder, name: &str, format: ImageFormat) -> Vec<OsString> {
    let demuxer = match format {
        ImageFormat::Png => "png_pipe",
        ImageFormat::Jpeg => "jpeg_pipe",
    };
    let mut args: Vec<OsString> =
        ["-protocol_whitelist", "file,pipe", "-max_pixels", MOST_PIXELS, "-f", demuxer, "-i"]
            .map(Into::into)
            .into();
    args.push(file_url(&folder.input(name)));
    args
}

impl Layers {
    /// Options for the images as inputs, from the second on.
    pub(super) fn inputs(&self) -> Vec<OsString> {
        (0..self.places.len()).flat_map(|n| open(&self.folder, &name(n), ImageFormat::Png)).collect()
    }

    /// Filters that take pictures at the label `from` and lay the images over them, each on one before; `coded` says how
    /// the pictures' colours are coded. The label that the result is at comes with them.
    pub(super) fn filters(&self, from: &str, timescale: u32, coded: &str) -> (String, String) {
        let mut filters = String::new();
        let mut under = from.to_owned();
        for (number, (x, y)) in self.places.iter().enumerate() {
            let (input, over) = (number + 1, format!("o{number}"));
            // One clock for both, or times would be rounded to a third.
            filters += &format!(
                ";[{input}:v]settb=1/{timescale},{coded},format=yuva420p[i{number}];\
                 [{under}][i{number}]overlay=x={x}:y={y}:format=yuv420:eof_action=repeat[{over}]"
            );
            under = over;
        }
        (filters, under)
    }
}
