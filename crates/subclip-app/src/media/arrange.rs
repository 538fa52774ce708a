//! Arranging the samples of a timeline in a progressive file: which of them make up its chunks, and where those lie.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use subclip_core::{Medium, Sample, Span, Time, Timescale, Track, video_segments};
use subclip_formats::mp4::write::{Layout, Offsets, Placed, SampleTables, layout, place};

use super::library::{Library, Purpose};
use super::pages::Pages;
use crate::aside::aside;
use crate::playable::Playable;
use crate::{Error, Result};

/// Chunks of pictures hold whole GOPs of about this length, and sound is interleaved as finely.
const CHUNK_MS: u32 = 1_000;

/// A file that was laid out.
pub(super) struct Arranged {
    pub(super) layout: Layout,
    pub(super) video: Vec<ChunkSamples>,
    pub(super) audio: Vec<ChunkSamples>,
}

/// Where the samples of a chunk come from.
pub(super) struct ChunkSamples {
    pub(super) span: usize,
    /// Counted from the first of the span: compaction gives them other numbers in another track.
    pub(super) samples: Range<u32>,
}

/// Lays out the file of a timeline; `media` are the media that go into it, as far as it has them.
///
/// All samples are gone through, which takes a processor some time: so it is done on threads that answer no requests,
/// one for each medium.
pub(super) async fn arrange(
    playable: Arc<Playable>,
    library: &Library,
    media: &[Medium],
    purpose: Purpose,
) -> Result<Arranged> {
    let has_video = playable.video.is_some() && media.contains(&Medium::Video);
    let has_audio = playable.audio.is_some() && media.contains(&Medium::Audio);
    if !has_video && !has_audio {
        return Err(Error::not_found("file"));
    }
    // Whoever waits holds nothing yet, and whoever has gone still holds the turn until the work is done.
    let turn = library.layout_turn(purpose).await?;
    let timeline = &playable.view.timeline;
    let video = if has_video { Some(pages(&playable, library, &timeline.video).await?) } else { None };
    let audio = if has_audio { Some(pages(&playable, library, &timeline.audio).await?) } else { None };
    let arranged = move || {
        let _turn = turn;
        arrange_pages(&playable, video, audio)
    };
    aside(arranged).await?
}

/// What is read of each span's index.
async fn pages(playable: &Playable, library: &Library, spans: &[Span]) -> Result<Vec<Pages>> {
    let mut all = Vec::with_capacity(spans.len());
    for span in spans {
        all.push(library.pages(playable.view.track(span), span.samples.clone()).await?);
    }
    Ok(all)
}

fn arrange_pages<'a>(
    playable: &'a Playable,
    video: Option<Vec<Pages>>,
    audio: Option<Vec<Pages>>,
) -> Result<Arranged> {
    let video = || playable.video.as_ref().zip(video).map(|(track, spans)| pictures(playable, track, spans));
    let audio = || playable.audio.as_ref().zip(audio).map(|(track, spans)| sound(playable, track, spans));
    let (video, audio) = thread::scope(|scope| {
        let audio = scope.spawn(audio);
        (video(), audio.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    let mut tables = Vec::new();
    let mut chunks = |lane: Option<Lane<'a>>| match lane {
        Some(lane) => {
            tables.push(lane.tables);
            lane.chunks
        }
        None => Vec::new(),
    };
    let (video, audio) = (chunks(video.transpose()?), chunks(audio.transpose()?));
    Ok(Arranged { layout: layout(&tables), video, audio })
}

/// The chunks of one medium.
struct Lane<'a> {
    tables: SampleTables<'a>,
    chunks: Vec<ChunkSamples>,
}

impl<'a> Lane<'a> {
    fn new(track: &'a Track, delay: i64) -> Self {
        Self { tables: SampleTables::new(track, delay), chunks: Vec::new() }
    }

    /// Appends a chunk: those samples of a span that begin with its `first`.
    fn push(&mut self, span: usize, first: u32, placed: &[Placed]) -> Result<()> {
        self.tables.push(placed).map_err(Error::internal)?;
        self.chunks.push(ChunkSamples { span, samples: first..first + placed.len() as u32 });
        Ok(())
    }
}

fn pictures<'a>(playable: &'a Playable, track: &'a Track, spans: Vec<Pages>) -> Result<Lane<'a>> {
    let mut lane = Lane::new(track, playable.delay);
    for (number, (source, mut pages)) in playable.view.sources().into_iter().zip(spans).enumerate() {
        for segment in video_segments(&[source], CHUNK_MS) {
            let count = segment.samples.len();
            let samples = pages.ahead(|ahead| ahead.len() >= count)?;
            let samples = samples.get(..count).ok_or_else(|| Error::internal("an index is too short"))?;
            let (at, end) = (segment.at, segment.at + segment.duration);
            let placed =
                place(samples, at, end, Offsets::Delayed(playable.delay)).map_err(Error::internal)?;
            lane.push(number, segment.samples.start - source.span.samples.start, &placed)?;
            pages.take(count);
        }
    }
    Ok(lane)
}

fn sound<'a>(playable: &'a Playable, track: &'a Track, spans: Vec<Pages>) -> Result<Lane<'a>> {
    let mut lane = Lane::new(track, 0);
    for (number, (span, mut pages)) in playable.view.timeline.audio.iter().zip(spans).enumerate() {
        let longest = Time::new(CHUNK_MS.into(), Timescale::MILLISECONDS).ceil_to(span.timescale);
        let (mut first, mut at) = (0, span.at);
        loop {
            // Packets are shown in the order they are stored in: those that aren't can't be placed without a delay.
            let within = |from: &Sample, packet: &Sample| packet.pts - from.pts < longest;
            let ahead = pages.ahead(|ahead| matches!(ahead, [from, .., last] if !within(from, last)))?;
            let Some(from) = ahead.first() else { break };
            let count = ahead.partition_point(|packet| within(from, packet)).max(1);
            let end = ahead.get(count).map_or(span.at + span.duration, |next| at + next.pts - from.pts);
            let placed = place(&ahead[..count], at, end, Offsets::Delayed(0)).map_err(Error::internal)?;
            lane.push(number, first, &placed)?;
            pages.take(count);
            (first, at) = (first + count as u32, end);
        }
    }
    Ok(lane)
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use bytes::Bytes;
    use futures::poll;
    use subclip_core::{
        AssetId, AudioFormat, Codec, Index, ObjectId, Source, Timeline, TrackId, VideoFormat,
    };
    use subclip_formats::stored;
    use subclip_storage::Storage;

    use super::super::View;
    use super::*;
    use crate::Kind;

    const PICTURES: u8 = 1;
    const SOUND: u8 = 2;

    fn id(n: u8) -> TrackId {
        TrackId::from_bytes([n; 16])
    }

    fn track(hertz: u32, codec: Codec) -> Track {
        Track { timescale: Timescale::new(hertz).unwrap(), codec, language: "und".to_owned() }
    }

    /// Four pages of pictures in GOPs of uneven length, every other one of them shown after the next.
    fn pictures_index() -> (Track, Index) {
        let config = vec![1, 100, 0, 31, 0xff, 0xe1, 0, 1, 0x67, 1, 0, 1, 0x68];
        let format = VideoFormat { config, width: 1920, height: 1080, pixel_aspect: (1, 1) };
        let mut samples = Vec::new();
        for length in [1, 30, 47, 12, 90].into_iter().cycle().take(100) {
            let first = samples.len() as i64;
            for n in 0..length {
                let shown =
                    if n % 2 == 1 && n + 1 < length { n + 1 } else { n - i64::from(n > 0 && n % 2 == 0) };
                let (dts, pts) = ((first + n) * 3000, (first + shown) * 3000);
                let size = 1 + (n * 7919 % 3001) as u32;
                samples.push(Sample { offset: dts.unsigned_abs() * 2, size, dts, pts, sync: n == 0 });
            }
        }
        let end_pts = samples.len() as i64 * 3000;
        (track(90_000, Codec::Avc(format)), Index { samples, end_pts })
    }

    /// Five pages of packets: 48 often last exactly a second, and one lasts longer than a chunk.
    fn sound_index() -> (Track, Index) {
        let format = AudioFormat { config: vec![0x11, 0x90], channels: 2, sample_rate: 48_000 };
        let mut pts = 77;
        let mut samples = Vec::new();
        for n in 0..5000 {
            let size = 1 + n * 31 % 401;
            samples.push(Sample { offset: 1 + u64::from(n) * 500, size, dts: pts, pts, sync: true });
            pts += if n == 2047 { 100_000 } else { 999 + i64::from(n % 3) };
        }
        (track(48_000, Codec::Aac(format)), Index { samples, end_pts: pts })
    }

    /// Spans of these samples, laid end to end.
    fn spans(n: u8, (track, index): &(Track, Index), cuts: &[Range<u32>]) -> Vec<Span> {
        let shown = |number: u32| index.samples.get(number as usize).map_or(index.end_pts, |s| s.pts);
        let mut at = 0;
        let span = |samples: &Range<u32>| {
            let duration = shown(samples.end) - shown(samples.start);
            at += duration;
            let samples = samples.clone();
            Span { track: id(n), timescale: track.timescale, samples, at: at - duration, duration }
        };
        cuts.iter().map(span).collect()
    }

    /// The same from whole indexes, each span of sound placed as one run.
    fn plain(playable: &Playable, video: &Index, audio: &Index) -> Layout {
        let timeline = &playable.view.timeline;
        let mut pictures = SampleTables::new(playable.video.as_ref().unwrap(), playable.delay);
        let gops = video.gop_map();
        let sources: Vec<Source<'_>> =
            timeline.video.iter().map(|span| Source { span, gops: &gops }).collect();
        for segment in video_segments(&sources, CHUNK_MS) {
            let samples = &video.samples[segment.samples.start as usize..segment.samples.end as usize];
            let end = segment.at + segment.duration;
            pictures
                .push(&place(samples, segment.at, end, Offsets::Delayed(playable.delay)).unwrap())
                .unwrap();
        }
        let mut sound = SampleTables::new(playable.audio.as_ref().unwrap(), 0);
        for span in &timeline.audio {
            let samples = &audio.samples[span.samples.start as usize..span.samples.end as usize];
            let placed = place(samples, span.at, span.at + span.duration, Offsets::Delayed(0)).unwrap();
            let mut rest = &placed[..];
            while let Some(first) = rest.first() {
                let count = rest.partition_point(|packet| packet.dts < first.dts + 48_000);
                sound.push(&rest[..count]).unwrap();
                rest = &rest[count..];
            }
        }
        layout(&[pictures, sound])
    }

    #[tokio::test]
    async fn a_long_file_is_laid_out_as_from_whole_indexes() {
        let (video, audio) = (pictures_index(), sound_index());
        let storage = Storage::memory();
        let library = Library::new(storage.clone());
        let mut tracks = Vec::new();
        for (n, (track, index)) in [(PICTURES, &video), (SOUND, &audio)] {
            let stored = stored::encode(track, index, 0);
            storage.put(id(n), Bytes::from(stored)).await.unwrap();
            tracks.push(library.track(id(n), ObjectId::from_bytes([n; 16]), 0).await.unwrap());
        }
        let gops = video.1.gop_map().gops;
        let from = |gop: usize| gops[gop].first_sample;
        let count = audio.1.samples.len() as u32;
        let view = View::new(
            Timeline {
                video: spans(PICTURES, &video, &[from(7)..from(8), from(8)..from(61), from(2)..from(99)]),
                audio: spans(SOUND, &audio, &[1000..1001, 1024..2048, 1500..count, 0..3072]),
                ..Timeline::default()
            },
            tracks,
        );
        let playable = Arc::new(Playable {
            excerpt: None,
            made: None,
            asset: AssetId::from_bytes([9; 16]),
            generation: 1,
            delay: 3000,
            view: view.unwrap(),
            video: Some(video.0),
            audio: Some(audio.0),
            frame_rate: None,
            thumbnail_time: None,
            part: None,
            texts: Arc::default(),
            sounds: Arc::default(),
            ladder: subclip_core::Ladder::Usual,
            most_lines: 2160,
            withdrawn: Vec::new(),
            file_lines: None,
        });
        let media = [Medium::Video, Medium::Audio];
        let arranged = arrange(playable.clone(), &library, &media, Purpose::Fetched).await.unwrap();
        assert!(arranged.layout == plain(&playable, &video.1, &audio.1));
        for (spans, chunks) in [
            (&playable.view.timeline.video, &arranged.video),
            (&playable.view.timeline.audio, &arranged.audio),
        ] {
            for (number, span) in spans.iter().enumerate() {
                let mut next = 0;
                for chunk in chunks.iter().filter(|chunk| chunk.span == number) {
                    assert_eq!(chunk.samples.start, next);
                    next = chunk.samples.end;
                }
                assert_eq!(next, span.samples.len() as u32, "every sample of span {number} is in a chunk");
            }
        }
        let sound_alone =
            arrange(playable.clone(), &library, &[Medium::Audio], Purpose::Measured).await.unwrap();
        assert_eq!((sound_alone.video.len(), sound_alone.audio.len()), (0, arranged.audio.len()));
        assert!(arrange(playable.clone(), &library, &[], Purpose::Fetched).await.is_err());

        for (purpose, other) in [(Purpose::Fetched, Purpose::Measured), (Purpose::Measured, Purpose::Fetched)]
        {
            let mut held = Vec::new();
            loop {
                let mut turn = Box::pin(library.layout_turn(purpose));
                match poll!(turn.as_mut()) {
                    Poll::Ready(Err(_)) => break,
                    entered => held.push((turn, entered)),
                }
            }
            let refused = arrange(playable.clone(), &library, &media, purpose).await;
            assert_eq!(refused.err().map(|error| error.kind), Some(Kind::Busy), "it takes a turn");
            let mut elsewhere = Box::pin(library.layout_turn(other));
            match (other, poll!(elsewhere.as_mut())) {
                (Purpose::Fetched, Poll::Ready(Ok(_))) | (Purpose::Measured, Poll::Pending) => {}
                _ => panic!("{other:?} is kept out by those that are {purpose:?}"),
            }
            drop((held, elsewhere));
            assert!(arrange(playable.clone(), &library, &media, purpose).await.is_ok());
        }
    }
}
