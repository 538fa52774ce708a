//! Indexing an MP4 or MOV where it lies: its sample tables are read, and the first bytes of each key frame.

use std::ops::Range;

use bytes::Bytes;
use subclip_core::{Codec, Index, ObjectId, Sample, Track};
use subclip_formats::h264::{self, FirstSlice, Parameters};
use subclip_formats::mp4::read::{
    KEY_FRAME_READ_BYTES, Kind, Movie, MovieTrack, ReadError, Reader, Reason, SampleEntry, conforming,
};
use subclip_storage::Storage;

use crate::model::{InputFile, Oddity};
use crate::{Error, Result};

/// A track that conforms, and its index.
#[derive(Debug)]
pub(crate) struct IndexedTrack {
    pub(crate) track: Track,
    pub(crate) index: Index,
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

/// Indexes an object in place.
///
/// # Errors
/// Only where the object can't be read; what is wrong with the media itself is told in [`Indexing`].
pub(crate) async fn index_object(storage: &Storage, object: ObjectId) -> Result<Indexing> {
    let size = storage.size(object).await?;
    let mut reader = Reader::new(size);
    let movie = loop {
        match reader.wanted() {
            Ok(Some(range)) => {
                let bytes = storage.get_range(object, range).await?;
                if let Err(error) = reader.feed(&bytes) {
                    return Ok(Indexing::Foreign(error.to_string()));
                }
            }
            Ok(None) => match finish(reader).await? {
                Ok(movie) => break movie,
                Err(error) => return Ok(Indexing::Foreign(error.to_string())),
            },
            Err(error) => return Ok(Indexing::Foreign(error.to_string())),
        }
    };
    Conformance { storage, object }.of(movie).await
}

/// Reading the tables of a long film takes some milliseconds, which no request should wait behind.
async fn finish(reader: Reader) -> Result<std::result::Result<Movie, ReadError>> {
    tokio::task::spawn_blocking(move || reader.finish()).await.map_err(Error::internal)
}

struct Conformance<'a> {
    storage: &'a Storage,
    object: ObjectId,
}

impl Conformance<'_> {
    async fn of(&self, movie: Movie) -> Result<Indexing> {
        // Tracks of other codecs come without samples; they count all the same, or a film would be taken for its sound.
        let is_foreign = |t: &MovieTrack| matches!(t.entries.first(), Some(SampleEntry::Other { .. }));
        let counts = |t: &MovieTrack| !t.samples.is_empty() || is_foreign(t);
        let first = |kind: Kind| movie.tracks.iter().find(|t| t.kind == kind && counts(t));
        let (video, audio) = (first(Kind::Video), first(Kind::Audio));
        let mut reasons = Reasons::default();
        if video.is_none() && audio.is_none() {
            reasons.say("there is neither video nor sound in it");
        }
        let video = self.track(video, &mut reasons).await?;
        let audio = self.track(audio, &mut reasons).await?;
        if reasons.sentences.is_empty() {
            Ok(Indexing::Conforming { video, audio })
        } else {
            Ok(Indexing::NotConforming(reasons))
        }
    }

    async fn track(&self, found: Option<&MovieTrack>, reasons: &mut Reasons) -> Result<Option<IndexedTrack>> {
        let Some(found) = found else { return Ok(None) };
        let (track, index) = match conforming(found) {
            Ok(pair) => pair,
            Err(why) => {
                reasons.of_track(found.kind, &why);
                return Ok(None);
            }
        };
        if let Codec::Avc(format) = &track.codec {
            let nal_length_size = match parameters(&format.config) {
                Ok(parameters) => parameters.nal_length_size,
                Err(why) => {
                    reasons.sentences.extend(why);
                    return Ok(None);
                }
            };
            if let Some(why) = self.first_fault(&index, nal_length_size).await? {
                reasons.say(why);
                return Ok(None);
            }
        }
        Ok(Some(IndexedTrack { track, index }))
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
                    let wanted = at_least_bytes.max(head.len() as u32 * 2).min(sample.size);
                    if wanted as usize <= head.len() {
                        return Ok(Some("can't be read"));
                    }
                    let range = sample.offset..sample.offset + u64::from(wanted);
                    head = self.storage.get_range(self.object, range).await?;
                }
            }
        }
    }
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
