//! Bytes and text in, bytes and text out: ISO BMFF, H.264 parameter sets, HLS playlists, DASH manifests, captions, the
//! stored index. No async, no files, nothing that a hostile input can make panic or grow without bound.

pub mod captions;
pub mod dash;
pub mod h264;
pub mod hls;
pub mod mp4;
pub mod stored;
