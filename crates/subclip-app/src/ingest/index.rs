//! Indexing an MP4 or MOV where it lies: its sample tables are read, and the first bytes of each key frame.

use std::ops::Range;

use bytes::Bytes;
use subclip_core::{Codec, Index, ObjectId, Sample, Track};
use subclip_formats::h264::{self, FirstSlice, Parameters};
use subclip_formats::mp4::read::{
    KEY_FRAME_READ_BYTES, Kind, Movie, MovieTrack, ReadError, Reader, Reason, SampleEntry, into_conforming,
};
use subclip_storage::Storage;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::app::App;
use crate::aside::aside;
use crate::model::{InputFile, Oddity};
use crate::store::EncodedTrack;
use crate::{Error, Result};

/// A track that conforms, and its index.
#[derive(Debug)]
pub(crate) struct IndexedTrack {
    pub(crate) track: Track,
    pub(crate) index: Index,
    /// As it will be stored.
    pub(crate) encoded: Box<EncodedTrack>,
}

/// What became of an attempt to index an object in place.
#[derive(Debug)]
pub(crate) enum Indexing {
    /// Its first video and first audio track conform: at least one of them is there.
    Conforming { video: Option<IndexedTrack>, audio: Option<IndexedTrack> },
    /// It is of a kind that can be indexed, but not as it is.
    NotConforming(Reasons),
    /// Another container, or a damaged file that a more forgiving reader may still open.
    Foreign(String),
}

/// Why an object can't be served as it is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reasons {
    /// For people.
    pub(crate) sentences: Vec<String>,
    /// For programs, as far as there is a word for it.
    pub(crate) oddities: Vec<Oddity>,
}

impl Reasons {
    fn say(&mut self, sentence: impl Into<String>) {
        self.sentences.push(sentence.into());
    }

    fn of_track(&mut self, kind: Kind, why: &[Reason]) {
        self.sentences.extend(why.iter().map(ToString::to_string));
        self.oddities.extend(why.iter().filter_map(|reason| match (reason, kind) {
            (Reason::LongGop(_) | Reason::HeavyGop(_), _) => Some(Oddity::LongGop),
            (Reason::EditList(_), Kind::Video) => Some(Oddity::VideoEdits),
            (Reason::EditList(_), Kind::Audio) => Some(Oddity::AudioEdits),
            _ => None,
        }));
    }

    /// Tells them of a file.
    pub(crate) fn tell_of(self, file: &mut InputFile) {
        file.not_conforming = self.sentences;
        file.oddities = self.oddities;
    }
}

impl Indexing {
    /// The video and the audio track, or why they can't be served as they are.
    pub(crate) fn conforming(self) -> Result<(Option<IndexedTrack>, Option<IndexedTrack>), Reasons> {
        match self {
            Self::Conforming { video, audio } => Ok((video, audio)),
            Self::NotConforming(reasons) => Err(reasons),
            Self::Foreign(what) => Err(Reasons { sentences: vec![what], ..Reasons::default() }),
        }
    }
}

/// Key frames whose heads are read at once.
const KEY_FRAMES_AT_ONCE: usize = 512;

/// Indexings that run at once: each may hold the samples of a file of many hours.
const INDEXINGS_AT_ONCE: usize = 2;

/// Where indexings wait for their turn.
pub(crate) struct IndexingTurns(Semaphore);

impl IndexingTurns {
    pub(crate) fn new() -> Self {
        Self(Semaphore::new(INDEXINGS_AT_ONCE))
    }

    async fn enter(&self) -> Result<SemaphorePermit<'_>> {
        self.0.acquire().await.map_err(Error::internal)
    }
}

/// Indexes an object in place.
///
/// # Errors
/// Only where the object can't be read; what is wrong with the media itself is told in [`Indexing`].
pub(crate) async fn index_object(app: &App, object: ObjectId) -> Result<Indexing> {
    let _turn = app.indexing_turns().enter().await?;
    let storage = app.storage();
    let size = storage.size(object).await?;
    let mut reader = Reader::new(size);
    let mut bytes = Bytes::new();
    loop {
        let wanted;
        (reader, wanted) = aside(move || step(reader, &bytes)).await?;
        bytes = match wanted {
            Ok(Some(range)) => storage.get_range(object, range).await?,
            Ok(None) => break,
            Err(error) => return Ok(Indexing::Foreign(error.to_string())),
        };
    }
    match aside(move || reader.finish().map(Candidates::of)).await? {
        Ok(candidates) => KeyFrames { storage, object }.judge(candidates).await,
        Err(error) => Ok(Indexing::Foreign(error.to_string())),
    }
}

/// Gives the reader what it asked for, nothing at first, and tells what it wants next.
fn step(mut reader: Reader, bytes: &[u8]) -> (Reader, Result<Option<Range<u64>>, ReadError>) {
    let wanted = reader.feed(bytes).and_then(|()| reader.wanted());
    (reader, wanted)
}

/// The tracks that would be served, as far as their description and their sample times let them.
struct Candidates {
    video: Option<Candidate>,
    audio: Option<Candidate>,
    reasons: Reasons,
}

struct Candidate {
    track: Track,
    index: Index,
    /// Of the lengths before NAL units; `None` where there are none.
    nal_length_size: Option<u8>,
}

impl Candidates {
    fn of(movie: Movie) -> Self {
        // Tracks of other codecs come without samples; they count all the same, or a film would be taken for its sound.
        let is_foreign = |t: &MovieTrack| matches!(t.entries.first(), Some(SampleEntry::Other { .. }));
        let mut tracks = movie.tracks;
        tracks.retain(|track| !track.samples.is_empty() || is_foreign(track));
        let mut first = |kind: Kind| {
            let at = tracks.iter().position(|track| track.kind == kind)?;
            Some(tracks.remove(at))
        };
        let (video, audio) = (first(Kind::Video), first(Kind::Audio));
        drop(tracks);
        let mut reasons = Reasons::default();
        if video.is_none() && audio.is_none() {
            reasons.say("there is neither video nor sound in it");
        }
        let video = video.and_then(|found| Candidate::of(found, &mut reasons));
        let audio = audio.and_then(|found| Candidate::of(found, &mut reasons));
        Self { video, audio, reasons }
    }
}

impl Candidate {
    fn of(found: MovieTrack, reasons: &mut Reasons) -> Option<Self> {
        let kind = found.kind;
        let (track, index) = into_conforming(found).map_err(|why| reasons.of_track(kind, &why)).ok()?;
        let nal_length_size = match &track.codec {
            Codec::Avc(format) => match parameters(&format.config) {
                Ok(parameters) => Some(parameters.nal_length_size),
                Err(why) => {
                    reasons.sentences.extend(why);
                    return None;
                }
            },
            Codec::Aac(_) => None,
        };
        Some(Self { track, index, nal_length_size })
    }
}

impl From<Candidate> for IndexedTrack {
    fn from(Candidate { track, index, .. }: Candidate) -> Self {
        let encoded = Box::new(EncodedTrack::of(&track, &index, 0));
        Self { track, index, encoded }
    }
}

/// What only the coded pictures tell.
struct KeyFrames<'a> {
    storage: &'a Storage,
    object: ObjectId,
}

impl KeyFrames<'_> {
    async fn judge(&self, candidates: Candidates) -> Result<Indexing> {
        let Candidates { video, audio, mut reasons } = candidates;
        for candidate in [&video, &audio].into_iter().flatten() {
            if let Some(nal_length_size) = candidate.nal_length_size
                && let Some(why) = self.first_fault(&candidate.index, nal_length_size).await?
            {
                reasons.say(why);
            }
        }
        if !reasons.sentences.is_empty() {
            return Ok(Indexing::NotConforming(reasons));
        }
        aside(move || Indexing::Conforming {
            video: video.map(IndexedTrack::from),
            audio: audio.map(IndexedTrack::from),
        })
        .await
    }

    /// Why the key frames are not all IDR pictures, if they are not.
    async fn first_fault(&self, index: &Index, nal_length_size: u8) -> Result<Option<String>> {
        let keys: Vec<&Sample> = index.samples.iter().filter(|s| s.sync).collect();
        for group in keys.chunks(KEY_FRAMES_AT_ONCE) {
            let head = |s: &&Sample| s.offset..s.offset + u64::from(s.size).min(KEY_FRAME_READ_BYTES);
            let ranges: Vec<Range<u64>> = group.iter().map(head).collect();
            let heads = self.storage.get_ranges(self.object, &ranges).await?;
            for (sample, head) in group.iter().zip(heads) {
                if let Some(what) = self.fault_of(sample, head, nal_length_size).await? {
                    return Ok(Some(format!("the key frame at byte {} {what}", sample.offset)));
                }
            }
        }
        Ok(None)
    }

    async fn fault_of(
        &self,
        sample: &Sample,
        head: Bytes,
        nal_length_size: u8,
    ) -> Result<Option<&'static str>> {
        let mut head = head;
        loop {
            match h264::first_slice(&head, nal_length_size, sample.size) {
                FirstSlice::Idr => return Ok(None),
                FirstSlice::NotIdr => return Ok(Some("is not an IDR picture")),
                FirstSlice::Broken => return Ok(Some("can't be read")),
                FirstSlice::NeedMore { at_least_bytes } => {
                    let Some(wanted) = longer_head(at_least_bytes, head.len(), sample.size) else {
                        return Ok(Some("can't be read, or begins too far behind its messages"));
                    };
                    let range = sample.offset..sample.offset + u64::from(wanted);
                    head = self.storage.get_range(self.object, range).await?;
                }
            }
        }
    }
}

/// The most bytes that are read of a key frame to find its first slice. What comes before that in earnest, parameter
/// sets and messages, has a few kilobytes.
const MOST_HEAD_BYTES: u32 = 1 << 20;

/// How long a head is to be read after one of `have` bytes; `None` if that would be no more, or too much.
fn longer_head(at_least: u32, have: usize, sample_size: u32) -> Option<u32> {
    let most = sample_size.min(MOST_HEAD_BYTES);
    let have = u32::try_from(have).ok()?;
    (at_least > have && at_least <= most).then(|| at_least.max(have.saturating_mul(2)).min(most))
}

/// The parameter sets, if pictures that decode with them can be served and joined.
fn parameters(config: &[u8]) -> std::result::Result<Parameters, Vec<String>> {
    let parameters = Parameters::of_record(config).map_err(|error| vec![error.to_string()])?;
    h264::conforms(&parameters).map_err(|why| why.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    // Edges come with lengths of four bytes, and one init has one length size for all.
    if parameters.nal_length_size != 4 {
        return Err(vec![format!("its NAL units have lengths of {} bytes", parameters.nal_length_size)]);
    }
    Ok(parameters)
}

#[cfg(test)]
mod tests {
    use subclip_formats::mp4::read::OddEdit;

    use super::*;

    #[test]
    fn heads_grow_until_they_are_long_enough_to_be_refused() {
        let most = MOST_HEAD_BYTES;
        for (at_least, have, sample_size, expected) in [
            (4097, 4096, 1 << 30, Some(8192)),
            (20_000, 4096, 1 << 30, Some(20_000)),
            (4097, 4096, 5000, Some(5000)),
            (4096, 4096, 5000, None),
            (5001, 4096, 5000, None),
            (most, 4096, u32::MAX, Some(most)),
            (most, most as usize - 1, u32::MAX, Some(most)),
            (most + 1, 4096, u32::MAX, None),
            (u32::MAX, (1 << 31) + 1, u32::MAX, None),
        ] {
            assert_eq!(longer_head(at_least, have, sample_size), expected, "{at_least} {have} {sample_size}");
        }
    }

    #[test]
    fn what_programs_have_a_word_for_is_told_to_them() {
        let (mut reasons, mut file) = (Reasons::default(), InputFile::default());
        reasons.of_track(
            Kind::Video,
            &[Reason::LongGop(3), Reason::NoFirstSync, Reason::EditList(OddEdit::Rate)],
        );
        reasons.of_track(Kind::Audio, &[Reason::EditList(OddEdit::Rate), Reason::Overlap(7)]);
        reasons.tell_of(&mut file);
        assert_eq!(file.oddities, [Oddity::LongGop, Oddity::VideoEdits, Oddity::AudioEdits]);
        assert_eq!(file.not_conforming.len(), 5);
        assert_eq!(file.not_conforming[1], Reason::NoFirstSync.to_string());
    }
}
