//! Whether a movie can be served as it is: its tracks' descriptions, their sample times, and the head of each key frame.

use std::ops::Range;

use bytes::Bytes;
use futures::future::BoxFuture;
use subclip_core::{Codec, Index, Sample, Time, Track};
use subclip_formats::h264::{self, DecoderConfig, FirstSlice, Parameters};
use subclip_formats::mp4::read::{
    KEY_FRAME_READ_BYTES, Kind, Movie, MovieTrack, Reason, SampleEntry, into_conforming,
};

use crate::model::{InputFile, Oddity};
use crate::{Error, Result};

/// A file that is judged: read by ranges, wherever it lies.
pub trait RangeReader: Send + Sync {
    /// The bytes of several ranges, in their order.
    ///
    /// # Errors
    /// Where they can't be read.
    fn ranges<'a>(&'a self, ranges: &'a [Range<u64>]) -> BoxFuture<'a, Result<Vec<Bytes>>>;
}

/// Why a movie can't be served and cut as it is, in sentences; none where it can be. `file` is where it lies.
///
/// # Errors
/// Where the file can't be read.
pub async fn not_conforming(movie: Movie, file: &dyn RangeReader) -> Result<Vec<String>> {
    Ok(match Candidates::of(movie, SoundEnd::WithPictures).judged(file).await? {
        Ok(_) => Vec::new(),
        Err(reasons) => reasons.sentences,
    })
}

/// Why an object can't be served as it is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reasons {
    /// For people.
    pub(crate) sentences: Vec<String>,
    /// For programs, as far as there is a word for it.
    pub(crate) oddities: Vec<Oddity>,
    /// One of them is that sound is missing where pictures are.
    pub(crate) sound_is_missing: bool,
}

impl Reasons {
    fn say(&mut self, sentence: impl Into<String>) {
        self.sentences.push(sentence.into());
    }

    fn of_track(&mut self, kind: Kind, why: &[Reason]) {
        self.sentences.extend(why.iter().map(ToString::to_string));
        self.oddities.extend(why.iter().filter_map(|reason| match (reason, kind) {
            (Reason::LongGop(_), _) => Some(Oddity::LongGop),
            (Reason::HeavyGop(_), _) => Some(Oddity::HeavyGop),
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

/// Key frames whose heads are read at once.
const KEY_FRAMES_AT_ONCE: usize = 512;

/// The tracks that would be served, as far as their description and their sample times let them.
pub(crate) struct Candidates {
    tracks: Judged,
    reasons: Reasons,
}

/// Where sound may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SoundEnd {
    /// About where the pictures do.
    WithPictures,
    /// Anywhere: what is missing was filled as far as could be told.
    Anywhere,
}

/// Tracks that can be served as they are.
#[derive(Default)]
pub(crate) struct Judged {
    pub(crate) video: Option<Candidate>,
    pub(crate) audio: Option<Candidate>,
    /// Further sounds that can be served too, beside the first: at most [`MOST_SOUNDS`] with it.
    pub(crate) sounds: Vec<Candidate>,
}

/// The most sounds that are taken of one file.
const MOST_SOUNDS: usize = 8;

/// A track that conforms as far as was looked.
pub(crate) struct Candidate {
    pub(crate) track: Track,
    pub(crate) index: Index,
}

impl Candidates {
    pub(crate) fn of(movie: Movie, end: SoundEnd) -> Self {
        // Tracks of other codecs come without samples; they count all the same, or a film would be taken for its sound.
        let is_foreign = |t: &MovieTrack| matches!(t.entries.first(), Some(SampleEntry::Other { .. }));
        let mut tracks = movie.tracks;
        tracks.retain(|track| !track.samples.is_empty() || is_foreign(track));
        let mut first = |kind: Kind| {
            let at = tracks.iter().position(|track| track.kind == kind)?;
            Some(tracks.remove(at))
        };
        let (video, audio) = (first(Kind::Video), first(Kind::Audio));
        let others = tracks.into_iter().filter(|track| track.kind == Kind::Audio);
        let mut reasons = Reasons::default();
        if video.is_none() && audio.is_none() {
            reasons.say("there is neither video nor sound in it");
        }
        let video = video.and_then(|found| Candidate::of(found, &mut reasons));
        let audio = audio.and_then(|found| Candidate::of(found, &mut reasons));
        let first_picture = video.as_ref().and_then(Candidate::start);
        let until = video.as_ref().map(Candidate::end).filter(|_| end == SoundEnd::WithPictures);
        if let (Some(first_picture), Some(audio)) = (first_picture, &audio)
            && let Some(what) = missing_sound(first_picture, until, audio)
        {
            reasons.say(what);
            reasons.sound_is_missing = true;
        }
        // Of a film that must be converted, the first sound is kept. Others are not worth converting it for, and better
        // short than not there.
        let mut sounds = Vec::new();
        if let (Some(first_picture), Some(_)) = (first_picture, &audio) {
            let fits = |other| {
                let candidate = Candidate::of(other, &mut Reasons::default())?;
                missing_sound(first_picture, None, &candidate).is_none().then_some(candidate)
            };
            sounds.extend(others.filter_map(fits).take(MOST_SOUNDS - 1));
        }
        Self { tracks: Judged { video, audio, sounds }, reasons }
    }

    /// The first sound alone, which is to be played beside other pictures: from the movie's beginning on, and `until` the
    /// last of them, unless it may end anywhere.
    pub(crate) fn of_sound(movie: Movie, until: Option<Time>) -> Self {
        let mut reasons = Reasons::default();
        let audio = movie.tracks.into_iter().find(|track| track.kind == Kind::Audio);
        if audio.is_none() {
            reasons.say("there is no sound in it");
        }
        let audio = audio.and_then(|found| Candidate::of(found, &mut reasons));
        if let Some(what) = audio.as_ref().and_then(|audio| missing_sound(Time::ZERO, until, audio)) {
            reasons.say(what);
            reasons.sound_is_missing = true;
        }
        Self { tracks: Judged { audio, ..Judged::default() }, reasons }
    }

    /// The tracks, or why they can't be served as they are.
    pub(crate) async fn judged(self, file: &dyn RangeReader) -> Result<Result<Judged, Reasons>> {
        let Self { tracks, mut reasons } = self;
        if let Some(Candidate { track, index }) = &tracks.video
            && let Some(format) = track.video()
        {
            let config = DecoderConfig::parse(&format.config).map_err(Error::internal)?;
            reasons.sentences.extend(KeyFrames { file, config }.first_fault(index).await?);
        }
        Ok(if reasons.sentences.is_empty() { Ok(tracks) } else { Err(reasons) })
    }
}

impl Candidate {
    fn of(found: MovieTrack, reasons: &mut Reasons) -> Option<Self> {
        let kind = found.kind;
        let (track, index) = into_conforming(found).map_err(|why| reasons.of_track(kind, &why)).ok()?;
        if let Codec::Avc(format) = &track.codec
            && let Err(why) = check_parameters(&format.config)
        {
            reasons.sentences.extend(why);
            return None;
        }
        Some(Self { track, index })
    }

    /// When the first of it is shown.
    fn start(&self) -> Option<Time> {
        let first = self.index.samples.iter().map(|sample| sample.pts).min()?;
        Some(Time::new(first, self.track.timescale))
    }

    fn end(&self) -> Time {
        Time::new(self.index.end_pts, self.track.timescale)
    }
}

/// The longest stretch without sound that players were seen to bear at the beginning of a clip, and any clip may begin
/// there: beyond it, hls.js leaves the pictures out until there is sound.
const LONGEST_SILENCE_MS: i64 = 300;

/// The longest stretch of pictures after the last sound that players were seen to bear: one that has loaded them to the
/// end knows that no more sound comes, and what is loaded ahead is more than this.
const LONGEST_TAIL_MS: i64 = 2000;

/// Where pictures are shown without sound, if they are for too long: before and between it, and after it if there are
/// pictures `until` then.
fn missing_sound(first_picture: Time, until: Option<Time>, audio: &Candidate) -> Option<String> {
    let Codec::Aac(format) = &audio.track.codec else { return None };
    let scale = audio.track.timescale;
    let ticks = |count: u64, per_second: u32| {
        i64::try_from(count * u64::from(scale.get()) / u64::from(per_second.max(1))).unwrap_or(i64::MAX)
    };
    let (longest, longest_tail) =
        (ticks(LONGEST_SILENCE_MS.unsigned_abs(), 1000), ticks(LONGEST_TAIL_MS.unsigned_abs(), 1000));
    let say = |missing, from| {
        let seconds = |ticks| Time::new(ticks, scale).seconds();
        Some(format!("it has no sound for {:.3} s from {:.3} s on", seconds(missing), seconds(from)))
    };
    let packet = ticks(1024, format.sample_rate);
    let mut heard_until = first_picture.floor_to(scale);
    for sample in &audio.index.samples {
        let missing = sample.pts - heard_until;
        if missing > longest {
            return say(missing, heard_until);
        }
        heard_until = heard_until.max(sample.pts + packet);
    }
    let missing = until?.floor_to(scale) - heard_until;
    if missing > longest_tail { say(missing, heard_until) } else { None }
}

/// What only the coded pictures tell.
struct KeyFrames<'a> {
    file: &'a dyn RangeReader,
    config: DecoderConfig<'a>,
}

impl KeyFrames<'_> {
    /// Why not every key frame is an IDR picture under the parameter sets of the track's description alone.
    async fn first_fault(&self, index: &Index) -> Result<Option<String>> {
        let keys: Vec<&Sample> = index.samples.iter().filter(|s| s.sync).collect();
        for group in keys.chunks(KEY_FRAMES_AT_ONCE) {
            let head = |s: &&Sample| s.offset..s.offset + u64::from(s.size).min(KEY_FRAME_READ_BYTES);
            let ranges: Vec<Range<u64>> = group.iter().map(head).collect();
            let heads = self.file.ranges(&ranges).await?;
            for (sample, head) in group.iter().zip(heads) {
                if let Some(what) = self.fault_of(sample, head).await? {
                    return Ok(Some(format!("the key frame at byte {} {what}", sample.offset)));
                }
            }
        }
        Ok(None)
    }

    async fn fault_of(&self, sample: &Sample, head: Bytes) -> Result<Option<String>> {
        let mut head = head;
        loop {
            match h264::first_slice(&head, self.config.nal_length_size, sample.size) {
                FirstSlice::Idr => return Ok(self.set_of_its_own(sample, &head)),
                FirstSlice::NotIdr => return Ok(Some("is not an IDR picture".into())),
                FirstSlice::Broken => return Ok(Some("can't be read".into())),
                FirstSlice::NeedMore { at_least_bytes } => {
                    let Some(wanted) = longer_head(at_least_bytes, head.len(), sample.size) else {
                        return Ok(Some("can't be read, or begins too far behind its messages".into()));
                    };
                    let range = sample.offset..sample.offset + u64::from(wanted);
                    head = self.file.ranges(&[range]).await?.pop().unwrap_or_default();
                }
            }
        }
    }

    /// The parameter set that a key frame brings along, if it is none of the description's: pictures from there on lean
    /// on what no init segment tells, and what joins them can't know which ids are free. Repeats are common and harmless.
    fn set_of_its_own(&self, sample: &Sample, head: &[u8]) -> Option<String> {
        match h264::in_band_sets(head, sample.size, &self.config) {
            Ok(sets) => sets.first().map(|set| format!("brings {set}")),
            Err(_) => Some("has a parameter set that can't be read".into()),
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

/// Why pictures that decode with a record's parameter sets can't be served and joined, if they can't.
fn check_parameters(config: &[u8]) -> std::result::Result<(), Vec<String>> {
    let parameters = Parameters::of_record(config).map_err(|error| vec![error.to_string()])?;
    h264::conforms(&parameters).map_err(|why| why.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    // Edges come with lengths of four bytes, and one init has one length size for all.
    if parameters.nal_length_size != 4 {
        return Err(vec![format!("its NAL units have lengths of {} bytes", parameters.nal_length_size)]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use subclip_formats::mp4::read::{OddEdit, read_slice};

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
            &[Reason::LongGop(3), Reason::NoFirstSync, Reason::HeavyGop(9), Reason::EditList(OddEdit::Rate)],
        );
        reasons.of_track(Kind::Audio, &[Reason::EditList(OddEdit::Rate), Reason::Overlap(7)]);
        reasons.tell_of(&mut file);
        let expected = [Oddity::LongGop, Oddity::HeavyGop, Oddity::VideoEdits, Oddity::AudioEdits];
        assert_eq!(file.oddities, expected);
        assert_eq!(file.not_conforming.len(), 6);
        assert_eq!(file.not_conforming[1], Reason::NoFirstSync.to_string());
    }

    /// Three GOPs, and sound.
    const FILM: &[u8] = include_bytes!("../../../subclip-formats/tests/data/fragments_av.mp4");

    struct InMemory(Vec<u8>);

    impl RangeReader for InMemory {
        fn ranges<'a>(&'a self, ranges: &'a [Range<u64>]) -> BoxFuture<'a, Result<Vec<Bytes>>> {
            let bytes = |range: &Range<u64>| self.0[range.start as usize..range.end as usize].to_vec().into();
            Box::pin(async move { Ok(ranges.iter().map(bytes).collect()) })
        }
    }

    /// NAL units behind lengths of four bytes.
    fn laid(units: &[&[u8]]) -> Vec<u8> {
        units.iter().flat_map(|unit| [&(unit.len() as u32).to_be_bytes(), *unit].concat()).collect()
    }

    /// What is said of the film with these units at the start of the key frames from the second one on.
    async fn said_of(units: impl Fn(&DecoderConfig<'_>) -> Vec<u8>) -> Vec<String> {
        let (mut movie, mut file) = (read_slice(FILM).unwrap(), FILM.to_vec());
        let video = movie.tracks.iter_mut().find(|track| track.kind == Kind::Video).unwrap();
        let Some(SampleEntry::Avc(format)) = video.entries.first() else { panic!("the film is H.264") };
        let added = units(&DecoderConfig::parse(&format.config).unwrap());
        for sample in video.samples.iter_mut().filter(|sample| sample.sync).skip(1) {
            let bytes = sample.bytes();
            let (start, old) = (file.len() as u64, FILM[bytes.start as usize..bytes.end as usize].to_vec());
            file.extend([added.clone(), old].concat());
            sample.offset = start;
            sample.size += added.len() as u32;
        }
        not_conforming(movie, &InMemory(file)).await.unwrap()
    }

    /// What is said of the film when its sound comes so much later from one of its packets on.
    async fn said_of_sound(first_late: usize, late_ms: i64) -> Vec<String> {
        let mut movie = read_slice(FILM).unwrap();
        let audio = movie.tracks.iter_mut().find(|track| track.kind == Kind::Audio).unwrap();
        let late = late_ms * i64::from(audio.timescale.get()) / 1000;
        audio.end_pts += late;
        for sample in audio.samples.iter_mut().skip(first_late) {
            (sample.dts, sample.pts) = (sample.dts + late, sample.pts + late);
        }
        not_conforming(movie, &InMemory(FILM.to_vec())).await.unwrap()
    }

    /// What is said of the film when its last picture is held so much longer.
    async fn said_of_held(longer_ms: i64) -> Vec<String> {
        let mut movie = read_slice(FILM).unwrap();
        let video = movie.tracks.iter_mut().find(|track| track.kind == Kind::Video).unwrap();
        video.end_pts += longer_ms * i64::from(video.timescale.get()) / 1000;
        not_conforming(movie, &InMemory(FILM.to_vec())).await.unwrap()
    }

    #[tokio::test]
    async fn sound_may_end_a_little_before_the_pictures() {
        assert_eq!(said_of_held(1900).await, [""; 0]);
        let short = said_of_held(3000).await;
        assert!(short.len() == 1 && short[0].starts_with("it has no sound for "), "{short:?}");
        let mut movie = read_slice(FILM).unwrap();
        let video = movie.tracks.iter_mut().find(|track| track.kind == Kind::Video).unwrap();
        video.end_pts += 3 * i64::from(video.timescale.get());
        let reasons = Candidates::of(movie, SoundEnd::Anywhere).reasons;
        assert_eq!(reasons, Reasons::default(), "what was filled already");
    }

    #[tokio::test]
    async fn sound_may_be_missing_for_a_moment() {
        assert_eq!(said_of_sound(0, 250).await, [""; 0]);
        assert_eq!(said_of_sound(3, 250).await, [""; 0]);
        let hole = said_of_sound(3, 400).await;
        assert_eq!(hole, ["it has no sound for 0.400 s from 0.123 s on"]);
        // Priming comes before the first picture.
        let late = said_of_sound(0, 400).await;
        assert!(late.len() == 1 && late[0].starts_with("it has no sound for 0.3"), "{late:?}");
    }

    /// The same set with something else at its end: what its first fields say stays.
    fn altered(set: &[u8]) -> Vec<u8> {
        [set, &[0x55]].concat()
    }

    #[tokio::test]
    async fn key_frames_may_repeat_their_parameter_sets_and_bring_no_others() {
        let message = [&[6][..], &[1; 3 * KEY_FRAME_READ_BYTES as usize]].concat();
        assert_eq!(said_of(|_| Vec::new()).await, [""; 0]);
        assert_eq!(said_of(|config| laid(&[&[9, 0xf0], config.sps[0], config.pps[0]])).await, [""; 0]);
        assert_eq!(said_of(|config| laid(&[&message, config.sps[0], config.pps[0]])).await, [""; 0]);

        let check = |said: Vec<String>, expected: &str| {
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(said[0].starts_with("the key frame at byte ") && said[0].ends_with(expected), "{said:?}");
        };
        let another = "brings another sequence parameter set 0 than the one its track is described with";
        check(said_of(|config| laid(&[&altered(config.sps[0]), config.pps[0]])).await, another);
        check(said_of(|config| laid(&[&message, &altered(config.sps[0])])).await, another);
        let another = "brings another picture parameter set 0 than the one its track is described with";
        check(said_of(|config| laid(&[config.sps[0], &altered(config.pps[0])])).await, another);
        // Numbers are written so that `010` is 1 and `1` is 0: set 1, which builds on set 0.
        let more = "brings picture parameter set 1, which its track is not described with";
        check(said_of(|_| laid(&[&[0x68, 0b0101_1100, 0x80]])).await, more);
        check(said_of(|_| laid(&[&[0x68]])).await, "has a parameter set that can't be read");
    }
}
