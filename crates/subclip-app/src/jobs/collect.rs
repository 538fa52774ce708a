//! Collection: what no timeline shows any more goes from the store.
//!
//! Three steps, each safe to repeat: tracks and objects that nobody needs go; of those that are needed in part, the
//! needed samples are copied out and the rest goes; bytes that no row knows go.

use std::ops::Range;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use subclip_core::{Index, ObjectId, Sample, SoundTrackId, UploadId};
use subclip_db::garbage::{self, Shrinkable};
use subclip_db::{asset, object, sound_track, track, upload};
use subclip_storage::{Key, Kind as KeyKind};
use tokio_util::sync::CancellationToken;

use super::upkeep::Upkeep;
use crate::app::App;
use crate::aside::aside;
use crate::media::MediaTrack;
use crate::shelf::cache_origin;
use crate::store::{EncodedTrack, object_stored, store_track};
use crate::{Error, Kind, Result, random};

/// What a collection removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CollectReport {
    /// Objects that nobody needed.
    pub objects: u64,
    /// Tracks that nobody needed.
    pub tracks: u64,
    /// Tracks of which only the needed samples were kept.
    pub compacted: u64,
    /// Files in the store that no row knew.
    pub orphans: u64,
    /// Staged uploads that nobody waits for.
    pub staged: u64,
}

impl CollectReport {
    /// Whether nothing was there to remove.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// Removes what nobody needs.
///
/// # Errors
/// `Conflict` where it was told to stop while it copied; what was removed by then stays removed.
pub(crate) async fn collect(app: &App, stop: &CancellationToken) -> Result<CollectReport> {
    let _alone = app.collecting().await;
    let mut report = CollectReport::default();
    remove_unneeded(app, &mut report).await?;
    if compact(app, &mut report, stop).await? {
        remove_unneeded(app, &mut report).await?;
    }
    while app.uploads().expire_some().await? {}
    remove_staged(app, &mut report).await?;
    report.orphans += app.storage().sweep_temporary().await?;
    Ok(report)
}

impl App {
    /// Removes what no asset shows any more at once, for a process that does not wait for its workers to come to it.
    ///
    /// # Errors
    /// Where the database or the store fails.
    pub async fn remove_unneeded(&self) -> Result<()> {
        let _alone = self.collecting().await;
        let mut report = CollectReport::default();
        remove_unneeded(self, &mut report).await?;
        remove_staged(self, &mut report).await
    }

    /// Collects everything that nobody needs, files that no row knows included.
    ///
    /// # Errors
    /// Where the database or the store fails; what was removed by then stays removed.
    pub async fn collect_garbage(&self) -> Result<CollectReport> {
        let mut upkeep = Upkeep::default();
        while upkeep.step(self).await {}
        let mut report = collect(self, &CancellationToken::new()).await?;
        remove_orphans(self, &mut report).await?;
        Ok(report)
    }
}

async fn remove_unneeded(app: &App, report: &mut CollectReport) -> Result<()> {
    let tx = app.db().begin().await?;
    let collected = garbage::collectable(&tx).await?;
    tx.commit().await?;
    for &id in &collected.tracks {
        app.library().forget(id).await;
        app.shelf().remove_of(cache_origin(id)).await;
        app.storage().delete(id).await?;
    }
    for &id in &collected.objects {
        app.storage().delete(id).await?;
    }
    garbage::forget(app.db(), &collected.objects).await?;
    report.tracks += collected.tracks.len() as u64;
    report.objects += collected.objects.len() as u64;
    Ok(())
}

/// Tracks that are compacted in one go.
const AT_ONCE: u64 = 32;

/// Compacts what is worth it; `true` where there was something. A track that can't be read or copied now must not keep
/// the others, so it is only told of.
async fn compact(app: &App, report: &mut CollectReport, stop: &CancellationToken) -> Result<bool> {
    let mut after = None;
    let mut tried = false;
    loop {
        let found = garbage::shrinkable(app.db(), after, AT_ONCE, PRIMING_PACKETS).await?;
        let Some(last) = found.last() else { return Ok(tried) };
        after = Some(last.track.id);
        for shrinkable in found.iter().filter(|shrinkable| worthwhile(shrinkable)) {
            tried = true;
            match compact_one(app, shrinkable, stop).await {
                Ok(true) => report.compacted += 1,
                Ok(false) => {}
                Err(error) if stop.is_cancelled() => return Err(error),
                // Another process collects too, and took the copy for garbage: the next time will do.
                Err(error) if error.kind == Kind::Conflict => {}
                Err(error) => {
                    tracing::warn!(track = %shrinkable.track.id, %error, "a track could not be compacted");
                }
            }
        }
    }
}

async fn compact_one(app: &App, shrinkable: &Shrinkable, stop: &CancellationToken) -> Result<bool> {
    if stop.is_cancelled() {
        return Err(stopped());
    }
    Compaction::of(app, shrinkable, stop).await?.run().await
}

fn stopped() -> Error {
    Error::conflict("The collection was stopped.")
}

/// A few samples more or less, such as the packets that prime a decoder, are not worth copying a film for.
fn worthwhile(shrinkable: &Shrinkable) -> bool {
    let shown: u64 = shrinkable.shown.iter().map(|range| range.len() as u64).sum();
    let all = u64::from(shrinkable.track.samples);
    let in_one_piece = shrinkable.shown.windows(2).all(|pair| pair[0].end == pair[1].start);
    let outer_kept = in_one_piece && all - shown <= u64::from(PRIMING_PACKETS);
    shown < all && !outer_kept
}

/// Packets before the first picture that an ordinary upload leaves out of its timeline.
const PRIMING_PACKETS: u32 = 4;

struct Compaction<'a> {
    app: &'a App,
    shrinkable: &'a Shrinkable,
    stop: &'a CancellationToken,
    old: std::sync::Arc<MediaTrack>,
}

impl<'a> Compaction<'a> {
    async fn of(app: &'a App, shrinkable: &'a Shrinkable, stop: &'a CancellationToken) -> Result<Self> {
        let row = &shrinkable.track;
        let old = app.library().track(row.id, row.object, row.size_bytes).await?;
        Ok(Self { app, shrinkable, stop, old })
    }

    /// Copies the needed samples out and moves all spans there. Those that no span connects go into objects of their own, so
    /// that what one clip shows can go without the rest being copied once more. `false` where a span that came
    /// meanwhile needs more: the next time sees it.
    async fn run(self) -> Result<bool> {
        let mut moved = true;
        for range in &self.shrinkable.shown {
            moved &= self.copy_out(range.clone()).await?;
        }
        self.app.library().forget(self.old.id).await;
        self.app.playables().drop_all();
        self.app.prepared_files().invalidate_all();
        Ok(moved)
    }

    /// Copies some samples into an object of their own and moves the spans that show them. Where one came meanwhile that
    /// shows more, the copy is garbage.
    async fn copy_out(&self, range: Range<u32>) -> Result<bool> {
        let app = self.app;
        let mut samples = app.library().samples(&self.old, range.clone()).await?;
        let id = ObjectId::from_bytes(random::id_bytes());
        object::insert(app.db(), id, None, app.now_ms()).await?;
        if let Err(error) = self.copy(id, &samples).await {
            self.discard(id).await;
            return Err(error);
        }
        let end_pts = self.end_pts(&samples, range.end).await?;
        let mut offset = 0;
        for sample in &mut samples {
            sample.offset = offset;
            offset += u64::from(sample.size);
        }
        let index = Index { samples, end_pts };
        let row = self.shrinkable.track.clone();
        let (old, encoder, learned) = (self.old.clone(), row.encoder.clone(), row.edge_encoder.clone());
        let encode = move || EncodedTrack::part_of(&row, &old.head.track, &index, old.head.composition_delay);
        let new = store_track(app, id, aside(encode).await?, encoder).await?;
        if let Some(learned) = &learned {
            track::set_edge_encoder(app.db(), new, learned).await?;
        }
        let tx = app.db().begin().await?;
        let moved = garbage::move_spans(&tx, self.old.id, range, new).await?;
        tx.commit().await?;
        Ok(moved)
    }

    /// Takes back a copy that failed. No track says that its object is needed, so its row goes with the next removal,
    /// and its bytes with it where they were finished.
    async fn discard(&self, id: ObjectId) {
        if let Err(error) = self.app.storage().staging_delete(UploadId::from_bytes(id.bytes())).await {
            tracing::warn!(%id, %error, "part of a copy stays until the next collection");
        }
    }

    /// Writes the samples one after the other.
    async fn copy(&self, id: ObjectId, samples: &[Sample]) -> Result<()> {
        let app = self.app;
        let staged = UploadId::from_bytes(id.bytes());
        let pieces = stream::iter(groups(samples, BYTES_AT_ONCE)).then(|group| async move {
            if self.stop.is_cancelled() {
                return Err(stopped());
            }
            let pieces = app.library().read(&self.old, &samples[group]).await?;
            Ok(Bytes::from(pieces.concat()))
        });
        let appended = app.storage().staging_append(staged, 0, Box::pin(pieces)).await?;
        if let Some(error) = appended.interrupted {
            return Err(error);
        }
        let size = app.storage().staging_finish(staged, id).await?;
        object_stored(app, id, size).await
    }

    /// Where the last of the kept samples ends, of which the old track goes on with the number `following`: where the
    /// next one that was shown began, or the old track's end.
    async fn end_pts(&self, kept: &[Sample], following: u32) -> Result<i64> {
        let last_shown = kept.iter().map(|s| s.pts).max().unwrap_or(0);
        let all = self.old.head.samples;
        // The presentation after the last shown one lies within the next GOPs at the latest.
        let look: Range<u32> = following..all.min(following.saturating_add(NEXT_SAMPLES));
        let following = self.app.library().samples(&self.old, look).await?;
        let next = following.iter().map(|s| s.pts).filter(|&pts| pts > last_shown).min();
        Ok(next.unwrap_or(self.old.head.end_pts))
    }
}

/// The samples in groups of at most so many bytes, or of one sample that has more.
fn groups(samples: &[Sample], most_bytes: u64) -> Vec<Range<usize>> {
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut room = 0;
    for (number, sample) in samples.iter().enumerate() {
        let size = u64::from(sample.size);
        match groups.last_mut() {
            Some(group) if size <= room => group.end = number + 1,
            _ => {
                groups.push(number..number + 1);
                room = most_bytes;
            }
        }
        room = room.saturating_sub(size);
    }
    groups
}

/// Bytes that are in memory at once while they are copied.
const BYTES_AT_ONCE: u64 = 4 << 20;
const NEXT_SAMPLES: u32 = 1024;

/// Removes staged bytes of uploads that are over, of fetches whose asset is, and of files whose sender is gone.
async fn remove_staged(app: &App, report: &mut CollectReport) -> Result<()> {
    let staged: Vec<_> = app.storage().staging_list().try_collect().await?;
    let ids: Vec<UploadId> = staged.iter().map(|s| s.id).collect();
    let waiting = upload::waiting_among(app.db(), &ids).await?;
    for id in ids {
        if waiting.contains(&id) || wanted(app, id).await? {
            continue;
        }
        match app.storage().staging_open(id).await {
            Ok(staging) => staging.discard().await?,
            // A process that lives is writing it.
            Err(subclip_storage::Error::Busy) => continue,
            Err(error) => return Err(error.into()),
        }
        report.staged += 1;
    }
    Ok(())
}

/// Whether an asset or a sound that is preparing still has to take these bytes in. A copy that compaction is writing is told by the
/// object row that is there before it.
async fn wanted(app: &App, staged: UploadId) -> Result<bool> {
    let by_asset = asset::get(app.db(), subclip_core::AssetId::from_bytes(staged.bytes())).await?;
    let by_upload = match upload::get(app.db(), staged).await? {
        Some(row) => match row.asset {
            Some(asset) => asset::get(app.db(), asset).await?,
            None => None,
        },
        None => None,
    };
    let copying =
        object::get(app.db(), ObjectId::from_bytes(staged.bytes())).await?.is_some_and(|o| !o.doomed);
    let preparing = |row: Option<asset::Asset>| row.is_some_and(|a| a.status == asset::Status::Preparing);
    let by_sound = sound_track::get(app.db(), SoundTrackId::from_bytes(staged.bytes())).await?;
    let sound_preparing = by_sound.is_some_and(|sound| sound.status == sound_track::Status::Preparing);
    Ok(copying || sound_preparing || preparing(by_asset) || preparing(by_upload))
}

/// Removes files that no row knows.
async fn remove_orphans(app: &App, report: &mut CollectReport) -> Result<()> {
    // Rows come before files, so whoever asks for files first takes none for an orphan that is just being made.
    let mut found: Vec<Key> = Vec::new();
    for kind in KeyKind::ALL {
        let listed: Vec<_> = app.storage().list(kind).try_collect().await?;
        found.extend(listed.into_iter().map(|stored| stored.key));
    }
    let rows = garbage::known(app.db()).await?;
    let is_orphan = |key: &Key| match key {
        Key::Object(id) => !rows.objects.contains(id),
        Key::Index(id) => !rows.tracks.contains(id),
    };
    for key in found.into_iter().filter(is_orphan) {
        app.storage().delete(key).await?;
        report.orphans += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_grouped_by_their_bytes() {
        let of = |sizes: &[u32]| -> Vec<Vec<u32>> {
            let sample = |&size: &u32| Sample { offset: 0, size, dts: 0, pts: 0, sync: true };
            let samples: Vec<Sample> = sizes.iter().map(sample).collect();
            groups(&samples, 10).into_iter().map(|group| sizes[group].to_vec()).collect()
        };
        assert_eq!(of(&[]), Vec::<Vec<u32>>::new());
        assert_eq!(of(&[4, 6, 1]), [vec![4, 6], vec![1]], "full to the brim");
        assert_eq!(of(&[4, 7, 3, 0]), [vec![4], vec![7, 3, 0]]);
        assert_eq!(of(&[1, 25, 1]), [vec![1], vec![25], vec![1]], "one that is larger goes alone");
    }
}
