//! Init segments: what a player must know before the first media segment (ISO/IEC 14496-12, 8.8; CMAF header).

use bytes::BufMut;
use mp4_atom::{Mvex, Trex};
use subclip_core::Track;

use super::boxes::{atom, full_box, plain_box};
use super::moov::{Trak, ftyp, media_edit, mvhd, trak};

/// The number of the only track in init and media segments.
pub(super) const TRACK_ID: u32 = 1;

/// The init segment of `track`.
///
/// `delay` is the timeline's constant composition delay in the track's timescale: one edit takes it away, so that
/// presentation starts at 0. With a delay of 0, as sound has it, there is no edit list.
#[must_use]
pub fn init_segment(track: &Track, delay: i64) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    ftyp(&mut out, b"iso6", &[b"iso6", b"cmfc", b"mp41"]);
    plain_box(&mut out, b"moov", |out| {
        mvhd(out, track.timescale, 0, TRACK_ID);
        // A duration of 0 lets the edit last as long as there are fragments (ISO/IEC 14496-12, 8.6.6.1).
        let edits = if delay > 0 { vec![media_edit(0, delay)] } else { Vec::new() };
        let description = Trak { id: TRACK_ID, track, movie_duration: 0, media_duration: 0, edits };
        trak(out, description, |out| {
            full_box(out, b"stts", 0, 0, |out| out.put_u32(0));
            full_box(out, b"stsc", 0, 0, |out| out.put_u32(0));
            full_box(out, b"stsz", 0, 0, |out| out.put_u64(0));
            full_box(out, b"stco", 0, 0, |out| out.put_u32(0));
        });
        let trex = Trex { track_id: TRACK_ID, default_sample_description_index: 1, ..Trex::default() };
        atom(out, &Mvex { mehd: None, trex: vec![trex] });
    });
    out
}
