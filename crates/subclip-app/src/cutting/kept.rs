//! Edges of excerpts in the cache: read in a moment where they were made before, by whomever.

use sha2::{Digest as _, Sha256};
use subclip_core::Edge;
use subclip_storage::{CacheKey, Derived};

use super::edge::{EncodedEdge, checked};
use super::profile::{EdgeProfile, PROFILE_VERSION};
use crate::app::App;
use crate::media::MediaTrack;
use crate::shelf::cache_origin;

/// Everything that an edge's bytes are a function of, but the build of the encoder.
fn key(edge: &Edge, profile: &EdgeProfile) -> CacheKey {
    const VERSION: u32 = 1;
    let Edge { track, timescale, feed, frames, end_pts } = edge;
    let settings = &profile.settings;
    let mut digest = Sha256::new();
    digest.update(format!(
        "edge {VERSION} {PROFILE_VERSION} {track} {timescale:?} {feed:?} {frames:?} {end_pts} {settings:?}"
    ));
    CacheKey::new(cache_origin(*track), digest.finalize().into())
}

/// The edge as it was made before, if that is kept and is what it should be.
pub(super) async fn kept(
    app: &App,
    source: &MediaTrack,
    edge: &Edge,
    profile: &EdgeProfile,
) -> Option<EncodedEdge> {
    let key = key(edge, profile);
    let kept = app.shelf().get(key).await?;
    match checked(kept.bytes(), &source.head.track, edge) {
        Ok(read) => Some(read),
        Err(_) => {
            app.shelf().remove(key).await;
            None
        }
    }
}

/// Has an edge kept that was just made.
pub(super) fn keep(app: &App, edge: &Edge, profile: &EdgeProfile, made: &EncodedEdge) {
    app.put_away(edge.track, key(edge, profile), Derived::new(made.file.clone()));
}

#[cfg(test)]
mod tests {
    use subclip_core::{Timescale, TrackId};
    use subclip_engine::H264Settings;

    use super::*;
    use crate::model::Join;

    #[test]
    fn other_edges_have_other_names() {
        let scale = |ticks| Timescale::new(ticks).unwrap();
        let track = |n| TrackId::from_bytes([n; 16]);
        let edge =
            Edge { track: track(1), timescale: scale(90_000), feed: 3..9, frames: vec![5, 6, 7], end_pts: 8 };
        let settings = H264Settings::for_rung((64, 36), None, (30, 1), 2, 90_000);
        let profile = EdgeProfile { settings, join: Join::OneInit };
        let sharper =
            H264Settings { crf_tenths: profile.settings.crf_tenths + 1, ..profile.settings.clone() };
        let names = [
            key(&edge, &profile),
            key(&Edge { track: track(2), ..edge.clone() }, &profile),
            key(&Edge { timescale: scale(90_001), ..edge.clone() }, &profile),
            key(&Edge { feed: 2..9, ..edge.clone() }, &profile),
            key(&Edge { frames: vec![5, 7], ..edge.clone() }, &profile),
            key(&Edge { end_pts: 9, ..edge.clone() }, &profile),
            key(&edge, &EdgeProfile { settings: sharper, ..profile.clone() }),
        ];
        for (n, name) in names.iter().enumerate() {
            assert!(!names[..n].contains(name), "{n}");
        }
        // However it is joined, it is the same edge.
        assert_eq!(key(&edge, &EdgeProfile { join: Join::Identical, ..profile }), names[0]);
    }
}
