//! Masters: `/masters/{ASSET}.mp4?key={SECRET}`, for whoever has the address while it is good. No playback id is needed,
//! and no token.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response};
use serde::Deserialize;
use subclip_app::{Error, Kind, MasterFile, Result};
use subclip_core::AssetId;

use crate::error::ViewerError;
use crate::progressive::{extension, progressive};
use crate::respond::{Audience, Resource};
use crate::url::{Path, Query};
use crate::viewers::{Viewers, etag};

/// Where they lie; no playback id is as short.
pub(crate) const MASTERS: &str = "masters";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MasterQuery {
    key: String,
    download: Option<String>,
}

/// The file of a master.
pub(crate) async fn file(
    State(viewers): State<Viewers>,
    Path(file): Path<String>,
    Query(query): Query<MasterQuery>,
    method: Method,
    headers: HeaderMap,
) -> std::result::Result<Response<Body>, ViewerError> {
    let (asset, ending) = read(&file).ok_or_else(|| Error::not_found("file"))?;
    let master = viewers.app.master(asset, &query.key).await?;
    if extension(master.media) != ending {
        return Err(Error::not_found("file").into());
    }
    let audience = Audience::Holder { left_s: master.left_s };
    let resource = match viewers.master(&master, query.download.as_deref()).await {
        // What a clip shows moves when its source is deleted; who looked just before looks again.
        Err(error) if error.kind == Kind::NotFound => {
            let again = viewers.app.master(asset, &query.key).await?;
            viewers.master(&again, query.download.as_deref()).await?
        }
        other => other?,
    };
    Ok(resource.respond(&method, &headers, audience, &viewers.sending)?)
}

/// The asset and the ending of a file's name.
fn read(file: &str) -> Option<(AssetId, &str)> {
    let (asset, ending) = file.rsplit_once('.')?;
    Some((asset.parse().ok()?, ending))
}

impl Viewers {
    async fn master(&self, master: &MasterFile, save_as: Option<&str>) -> Result<Resource> {
        let MasterFile { playable, media, .. } = master;
        let file = self.caches.file(playable.clone(), self.app.library(), media).await?;
        Ok(progressive(&self.app, file, media, etag(playable, extension(media)), save_as))
    }
}
