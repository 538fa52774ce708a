//! How media of unknown origin is opened: real containers only, and nothing that refers to elsewhere.

use std::ffi::OsString;
use std::path::Path;

use crate::engine::file_url;

/// Demuxers of single, self-contained files. Playlists (`hls`, `dash`, `concat`, `imf`), session
/// descriptions, image sequences, devices and generators are left out on purpose.
const CONTAINERS: &str = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,mpegvideo,h264,hevc,m4v,ivf,obu,av1,\
    flv,avi,asf,ogg,mp3,aac,ac3,eac3,wav,w64,aiff,flac,caf,amr,au,mxf,gxf,dv,nut,wtv,rm";

/// Options before `-i`, and the input itself.
pub(super) fn open(path: &Path) -> Vec<OsString> {
    let mut args: Vec<OsString> =
        ["-protocol_whitelist", "file,pipe", "-format_whitelist", CONTAINERS, "-max_streams", "256"]
            .map(OsString::from)
            .into();
    args.push("-i".into());
    args.push(file_url(path));
    args
}

/// Options for fragmented MP4 that Subclip put together itself, on standard input: nothing to find out, and
/// times as they are.
pub(super) const FRAGMENTED_PIPE: [&str; 13] = [
    "-protocol_whitelist",
    "pipe",
    "-probesize",
    "32",
    "-analyzeduration",
    "0",
    "-copyts",
    "-ignore_editlist",
    "1",
    "-f",
    "mov",
    "-i",
    "pipe:0",
];

/// Options at the start of every FFmpeg command line.
pub(super) const QUIETLY: [&str; 6] = ["-nostdin", "-hide_banner", "-nostats", "-v", "error", "-y"];

/// Decoders and encoders keep pictures for each thread; on large machines that would outgrow the memory limit.
const MOST_THREADS: usize = 8;

/// An option for inputs and outputs that bounds their threads, where FFmpeg's own choice would be higher.
pub(super) fn bounded_threads() -> Vec<OsString> {
    if cores() > MOST_THREADS { vec!["-threads".into(), MOST_THREADS.to_string().into()] } else { Vec::new() }
}

/// How many threads each of decoder and encoder gets for a few seconds of pictures. FFmpeg's own choice, one and a half
/// for each core, takes longer to set up than it saves.
pub(super) fn threads_of_pictures() -> String {
    cores().min(MOST_THREADS).to_string()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
