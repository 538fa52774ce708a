//! Writes a stored index.

use subclip_core::{Index, Track};

use super::head::{FIXED_BYTES, MAGIC, VERSION};
use super::page::{self, Entry, SAMPLES_PER_PAGE};
use super::varint::{put_signed, put_unsigned};
use super::{description, gops};

/// A track and its index as bytes: the head, then the pages.
///
/// The index is as [`Index`] promises: not empty, its first sample sync. `least_delay` is a composition delay that is
/// stored where the samples need less, in ticks.
#[must_use]
pub fn encode(track: &Track, index: &Index, least_delay: i64) -> Vec<u8> {
    let map = index.gop_map();
    let mut head = vec![0; FIXED_BYTES];
    put_unsigned(&mut head, u64::from(map.samples));
    put_signed(&mut head, index.end_pts);
    put_signed(&mut head, index.composition_delay().max(least_delay));
    description::put(&mut head, track);
    gops::put(&mut head, &map, track.medium());

    let mut pages = Vec::new();
    let mut before = Entry::default();
    let mut rest = index.samples.as_slice();
    while !rest.is_empty() {
        let (samples, after) = rest.split_at(rest.len().min(SAMPLES_PER_PAGE as usize));
        let end_pts = after.first().map_or(index.end_pts, |next| next.pts);
        let (entry, bytes) = page::encode(samples, end_pts);
        entry.put(&mut head, &before);
        pages.extend_from_slice(&bytes);
        (before, rest) = (entry, after);
    }

    let length = head.len() as u32;
    head[..4].copy_from_slice(MAGIC);
    head[4..6].copy_from_slice(&VERSION.to_le_bytes());
    head[8..12].copy_from_slice(&length.to_le_bytes());
    let checksum = super::head::checksum(&head);
    head[12..16].copy_from_slice(&checksum.to_le_bytes());
    head.append(&mut pages);
    head
}
