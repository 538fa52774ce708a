//! What an earlier run rendered: whole pieces in staging, which is a fragmented MP4 that grows.

use bytes::Bytes;
use subclip_core::UploadId;
use subclip_formats::mp4::read::{ReadError, Reader, SampleEntry, read_slice};
use subclip_storage::Storage;

use super::plan::Fragment;
use crate::app::App;
use crate::aside::aside;
use crate::{Error, Result};

/// Pieces that are there.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Staged {
    /// How many.
    pub(super) fragments: usize,
    /// Their bytes, with what comes before them.
    pub(super) length: u64,
    /// The parameter sets that all of them have; none before the first.
    pub(super) config: Option<Vec<u8>>,
}

/// Looks which of the planned pieces are there, and drops what else is.
pub(super) async fn resume(app: &App, id: UploadId, planned: &[Fragment]) -> Result<Staged> {
    let storage = app.storage();
    let length = storage.staging_length(id).await?;
    let mut found = Walk { storage, id, length }.whole().await?;
    if found.fragments > 0 && !is_planned(app, id, &found, planned).await? {
        tracing::info!(%id, "what was rendered before is of another plan, and is rendered anew");
        found = Staged::default();
    }
    if found.length < length {
        storage.staging_truncate(id, found.length).await?;
    }
    Ok(found)
}

/// Whether the pieces have as many pictures as the first ones planned.
async fn is_planned(app: &App, id: UploadId, found: &Staged, planned: &[Fragment]) -> Result<bool> {
    let Some(planned) = planned.get(..found.fragments) else { return Ok(false) };
    let frames: usize = planned.iter().map(|fragment| fragment.frames as usize).sum();
    let _turn = app.indexing_turns().enter().await?;
    let mut reader = Reader::new(found.length);
    let mut bytes = Bytes::new();
    loop {
        let wanted: Result<_, ReadError>;
        (reader, wanted) = aside(move || {
            let wanted = reader.feed(&bytes).and_then(|()| reader.wanted());
            (reader, wanted)
        })
        .await?;
        match wanted {
            Ok(Some(range)) => bytes = app.storage().staging_read(id, range).await?,
            Ok(None) => break,
            Err(_) => return Ok(false),
        }
    }
    let movie = aside(move || reader.finish()).await?;
    Ok(movie.is_ok_and(|movie| movie.tracks.first().is_some_and(|track| track.samples.len() == frames)))
}

/// Goes from box to box (ISO/IEC 14496-12, 4.2).
struct Walk<'a> {
    storage: &'a Storage,
    id: UploadId,
    length: u64,
}

impl Walk<'_> {
    async fn whole(&self) -> Result<Staged> {
        let mut found = Staged::default();
        let (mut at, mut head_end, mut moof) = (0, 0, false);
        while let Some((kind, end)) = self.box_at(at).await? {
            match &kind {
                b"ftyp" => {}
                b"moov" => head_end = end,
                b"moof" => moof = true,
                b"mdat" if moof => {
                    moof = false;
                    found.fragments += 1;
                    found.length = end;
                }
                _ => break,
            }
            at = end;
        }
        if found.fragments > 0 {
            let head = self.storage.staging_read(self.id, 0..head_end).await?;
            found.config = config_of(&head);
        }
        Ok(if found.config.is_some() { found } else { Staged::default() })
    }

    /// The kind of the box at a place and where it ends; none where no whole box is.
    async fn box_at(&self, at: u64) -> Result<Option<([u8; 4], u64)>> {
        if self.length < at + 8 {
            return Ok(None);
        }
        let header = self.storage.staging_read(self.id, at..self.length.min(at + 16)).await?;
        let (Some(size), Some(kind)) = (header.first_chunk::<4>(), header.get(4..8)) else { return Ok(None) };
        let kind: [u8; 4] = kind.try_into().map_err(Error::internal)?;
        let size = match (u32::from_be_bytes(*size), header.get(8..16)) {
            (1, Some(large)) => u64::from_be_bytes(large.try_into().map_err(Error::internal)?),
            (size, _) => u64::from(size),
        };
        let end = at.checked_add(size).filter(|&end| size >= 8 && end <= self.length);
        Ok(end.map(|end| (kind, end)))
    }
}

/// The parameter sets that an init segment tells.
fn config_of(head: &[u8]) -> Option<Vec<u8>> {
    let movie = read_slice(head).ok()?;
    match movie.tracks.first()?.entries.first()? {
        SampleEntry::Avc(format) => Some(format.config.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use subclip_core::{Codec, Timescale, Track, VideoFormat};
    use subclip_formats::mp4::write::{Placed, init_segment, segment_header};

    use super::*;

    const CONFIG: [u8; 13] = [1, 100, 0, 31, 0xff, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68];

    fn head() -> Vec<u8> {
        let format = VideoFormat { config: CONFIG.to_vec(), width: 64, height: 36, pixel_aspect: (1, 1) };
        let timescale = Timescale::new(1000).unwrap();
        init_segment(&Track { timescale, codec: Codec::Avc(format), language: "und".into() }, 0)
    }

    /// A piece of one picture.
    fn piece(number: u32) -> Vec<u8> {
        let dts = i64::from(number) * 40;
        let picture = Placed { dts, duration: 40, composition_offset: 0, size: 5, sync: true };
        [segment_header(number, &[picture]).bytes, vec![7; 5]].concat()
    }

    /// How many whole pieces are found, and how long they are.
    async fn check(file: &[u8], expected: (usize, usize)) {
        let (storage, id) = (Storage::memory(), UploadId::from_bytes([1; 16]));
        let bytes = futures::stream::iter([Ok::<_, Error>(Bytes::copy_from_slice(file))]);
        storage.staging_append(id, 0, bytes).await.unwrap();
        let found = Walk { storage: &storage, id, length: file.len() as u64 }.whole().await.unwrap();
        let config = (expected.0 > 0).then(|| CONFIG.to_vec());
        assert_eq!(found, Staged { fragments: expected.0, length: expected.1 as u64, config });
    }

    #[tokio::test]
    async fn whole_pieces_are_told_from_torn_ones() {
        let (head, one, two) = (head(), piece(1), piece(2));
        let both = [head.clone(), one.clone(), two.clone()].concat();
        let (first_end, end) = (head.len() + one.len(), both.len());
        check(&both, (2, end)).await;
        // Torn anywhere within the second piece, the first is kept.
        for length in first_end..end {
            check(&both[..length], (1, first_end)).await;
        }
        for length in 0..first_end {
            check(&both[..length], (0, 0)).await;
        }
        check(&[&both[..], &[0; 100]].concat(), (2, end)).await;
        check(&[&both[..], b"\0\0\0\x08junk"].concat(), (2, end)).await;
        check(&[&one[..], &two].concat(), (0, 0)).await;
    }
}
