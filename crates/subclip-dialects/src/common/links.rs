//! URLs that answers carry: absolute, under the address the server is known by.

use subclip_app::{App, Asset, Caller, MasterState, TrackDetail, Upload, UploadStatus};
use subclip_core::PlaybackId;

/// Where the bytes of an upload are to be sent, as long as they are waited for. The URL is all the permission that is
/// needed to send them, so a caller who may only read does not learn it.
pub(crate) fn upload_url(app: &App, caller: &Caller, upload: &Upload) -> Option<String> {
    let told = caller.may_write && upload.status == UploadStatus::Waiting;
    told.then(|| format!("{}/uploads/{}/{}", app.public_url(), upload.id, upload.secret))
}

/// Where the master of an asset is fetched, while it is given out. It has a query, so that more can be added to that.
pub(crate) fn master_url(asset: &Asset, public_url: &str) -> Option<String> {
    let MasterState::Ready { secret } = &asset.master.as_ref()?.state else { return None };
    let has_pictures = asset.tracks.iter().any(|track| matches!(track.detail, TrackDetail::Video { .. }));
    let extension = if has_pictures { "mp4" } else { "m4a" };
    Some(format!("{public_url}/masters/{}.{extension}?key={secret}", asset.id))
}

/// Where a playback id plays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlaybackLinks {
    /// An HLS playlist.
    pub(crate) hls: String,
    /// A DASH manifest.
    pub(crate) dash: String,
    /// An MP4 of the top quality.
    pub(crate) mp4: String,
    /// The sound alone.
    pub(crate) audio: String,
    /// A picture.
    pub(crate) thumbnail: String,
}

impl PlaybackLinks {
    /// The links of `playback` under `public_url`.
    pub(crate) fn new(public_url: &str, playback: PlaybackId) -> Self {
        let link = |rest: &str| format!("{public_url}/{playback}{rest}");
        Self {
            hls: link(".m3u8"),
            dash: link(".mpd"),
            mp4: link("/highest.mp4"),
            audio: link("/audio.m4a"),
            thumbnail: link("/thumbnail.jpg"),
        }
    }
}
