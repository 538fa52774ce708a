//! The images of overlays: fetched once and kept until they are drawn, and drawn in the engine alone.

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use subclip_core::{AssetId, Canvas, ObjectId, UploadId};
use subclip_engine::{Folder, ImageFormat, Layer, LayerRequest, Layers};
use tokio_util::sync::CancellationToken;

use super::Made;
use super::badge::built_in;
use crate::app::App;
use crate::overlay::Overlay;
use crate::store::{Holder, announce, is_stored, object_stored};
use crate::{Error, Result};

/// Bytes of an image: 4096 by 4096 pixels that can't be compressed have twice as many, and no logo has.
const MOST_BYTES: u64 = 32 << 20;
/// The longest side of an image.
const LONGEST_SIDE: u32 = 4096;

/// Fetches the images that are not there yet. They are held as long as the asset is preparing.
///
/// # Errors
/// What befell the fetch, with the number of the overlay.
pub(crate) async fn fetch_images(
    app: &App,
    asset: AssetId,
    overlays: &[Overlay],
    cancel: &CancellationToken,
) -> Result<()> {
    for (number, overlay) in (0..).zip(overlays) {
        let id = Made::Image(number).object(asset);
        announce(app, id, Holder::Asset(asset)).await?;
        if is_stored(app, id).await? {
            continue;
        }
        let staged = UploadId::from_bytes(id.bytes());
        tokio::select! {
            fetched = fetch(app, &overlay.url, staged) => {
                fetched.map_err(|error| of(number, "can't be fetched", error))?;
            }
            () = cancel.cancelled() => return Err(Error::conflict("The fetch was cancelled.")),
        }
        let size = app.storage().staging_finish(staged, id).await?;
        object_stored(app, id, size).await?;
    }
    Ok(())
}

/// Says which image it is about.
fn of(number: u8, what: &str, error: Error) -> Error {
    let message = format!("The image of overlay {} {what}: {}", number + 1, error.message);
    Error { message, ..error }
}

/// Fetches an image into staging: a host may take its time, and many may be fetched at once.
async fn fetch(app: &App, url: &str, staged: UploadId) -> Result<()> {
    if let Some(bytes) = built_in(url) {
        app.storage().staging_delete(staged).await?;
        let whole = stream::iter([Ok::<_, Error>(Bytes::from_static(bytes))]);
        app.storage().staging_append(staged, 0, whole).await?;
        return Ok(());
    }
    let too_large = || Error::invalid(format!("It has more than {MOST_BYTES} bytes."));
    let opened = app.fetcher().open(url, None).await?;
    let size_bytes = opened.size_bytes;
    if size_bytes.is_some_and(|size| size > MOST_BYTES) {
        return Err(too_large());
    }
    // What an earlier try brought is not gone on with: it is small.
    app.storage().staging_delete(staged).await?;
    let mut room = MOST_BYTES;
    let pieces = opened.into_stream().map(move |piece| {
        let piece = piece?;
        room = room.checked_sub(piece.len() as u64).ok_or_else(too_large)?;
        Ok::<_, Error>(piece)
    });
    let appended = app.storage().staging_open(staged).await?.append(0, pieces).await?;
    match (appended.interrupted, size_bytes) {
        (Some(error), _) => {
            app.storage().staging_delete(staged).await?;
            Err(error)
        }
        (None, Some(size)) if size != appended.length => {
            Err(Error::busy(format!("The host sent {} of {size} bytes.", appended.length)))
        }
        (None, _) => Ok(()),
    }
}

/// Draws the images as they lie over pictures; none where nothing of any would be seen.
///
/// # Errors
/// `Invalid` where one is no image, too large, or would be drawn too large.
pub(crate) async fn draw(
    app: &App,
    asset: AssetId,
    overlays: &[Overlay],
    canvas: Canvas,
    cancel: &CancellationToken,
) -> Result<Option<Layers>> {
    fetch_images(app, asset, overlays, cancel).await?;
    let folder = app.engine().folder()?;
    let mut layers = Vec::new();
    for (number, overlay) in (0..).zip(overlays) {
        let drawing = Drawing { app, folder: &folder, overlay, canvas, cancel };
        let layer = drawing.layer(number, Made::Image(number).object(asset)).await;
        layers.extend(layer.map_err(|error| of(number, "can't be used", error))?);
    }
    if layers.is_empty() {
        return Ok(None);
    }
    Ok(Some(app.engine().layers(layers).await?))
}

struct Drawing<'a> {
    app: &'a App,
    folder: &'a Folder,
    overlay: &'a Overlay,
    canvas: Canvas,
    cancel: &'a CancellationToken,
}

impl Drawing<'_> {
    async fn layer(&self, number: u8, object: ObjectId) -> Result<Option<Layer>> {
        let (storage, engine) = (self.app.storage(), self.app.engine());
        let size = storage.size(object).await?;
        let format = format_of(&storage.get_range(object, 0..size.min(8)).await?)
            .ok_or_else(|| Error::invalid("It is neither a PNG nor a JPEG file."))?;
        let name = format!("overlay-{number}");
        storage.place_at(object, &self.folder.input(&name)).await?;
        let image = engine.image_size(self.folder, &name, format, self.cancel).await?;
        if image.0.max(image.1) > LONGEST_SIDE {
            let (width, height) = image;
            return Err(Error::invalid(format!(
                "It is {width} by {height} pixels large, and {LONGEST_SIDE} is the most for a side."
            )));
        }
        let placing = &self.overlay.placing;
        let placed =
            placing.on(self.canvas, image).map_err(|error| Error::invalid(format!("It {error}.")))?;
        let Some(at) = placed else {
            tracing::debug!(number, "nothing of an overlay is seen");
            return Ok(None);
        };
        let request = LayerRequest {
            x: at.x,
            y: at.y,
            width: at.width,
            height: at.height,
            opacity: placing.opacity.fraction(),
        };
        Ok(Some(engine.layer(self.folder, &name, format, &request, self.cancel).await?))
    }
}

fn format_of(head: &[u8]) -> Option<ImageFormat> {
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(ImageFormat::Png)
    } else if head.starts_with(b"\xff\xd8\xff") {
        Some(ImageFormat::Jpeg)
    } else {
        None
    }
}
