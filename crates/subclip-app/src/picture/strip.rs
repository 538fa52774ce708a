//! Film strips: chosen frames of a timeline, read piece by piece on their way to the engine.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use futures::{StreamExt, TryStreamExt, stream};
use subclip_core::{Place, Sample, Timescale};
use subclip_engine::Strip;
use subclip_formats::h264;
use subclip_formats::mp4::write::{Offsets, Placed, init_segment, place, segment_header};
use tokio::sync::mpsc;

use crate::cutting::NAL_LENGTH_SIZE;
use crate::media::{Library, MediaTrack};
use crate::playable::Playable;
use crate::{Error, Result};

/// Frames chosen in one GOP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exposure {
    pub(super) place: Place,
    /// Presentation times in the track, and the numbers they have in the strip. Both rise; so do numbers from one
    /// exposure to the next.
    pub(super) frames: Vec<(i64, u32)>,
}

/// Appends a frame to a strip, unless it is the last one there already: a number that is left out shows it again.
pub(super) fn expose(strip: &mut Vec<Exposure>, place: Place, pts: i64, number: u32) {
    match strip.last_mut() {
        Some(last) if last.place == place => {
            if last.frames.last().is_none_or(|&(shown, _)| shown < pts) {
                last.frames.push((pts, number));
            }
        }
        _ => strip.push(Exposure { place, frames: vec![(pts, number)] }),
    }
}

/// Samples of a GOP that are read at once.
struct Piece {
    track: Arc<MediaTrack>,
    samples: Vec<Sample>,
    placed: Vec<Placed>,
}

/// A strip that can be read.
pub(super) struct Film {
    init: Bytes,
    pieces: Vec<Piece>,
    first: u32,
}

/// Ticks from one frame's number to the next.
const STEP: i64 = Strip::TIMESCALE as i64;
/// What is read at once.
const PIECE_BYTES: u64 = 1 << 20;
/// Pieces that are read ahead of the engine.
const AHEAD: usize = 3;

impl Film {
    /// Looks up what the frames of a strip need. Reads indexes, and no media.
    pub(super) async fn new(playable: &Playable, library: &Library, strip: &[Exposure]) -> Result<Self> {
        let view = &playable.view;
        let mut gops = Vec::with_capacity(strip.len());
        for exposure in strip {
            let mut samples = view.gop(library, exposure.place).await?;
            let wanted = |sample: &Sample| exposure.frames.iter().any(|&(pts, _)| pts == sample.pts);
            // Nothing after the last wanted frame, in the order of decoding, is needed.
            samples.truncate(samples.iter().rposition(wanted).map_or(0, |last| last + 1));
            let times = clock(&samples, &exposure.frames, gops.last().map_or(0, last_number))?;
            gops.push((exposure, samples, times));
        }
        let delay = whole_steps(gops.iter().map(|(_, _, times)| delay(times)).max().unwrap_or(0));
        let mut pieces = Vec::new();
        for (exposure, samples, times) in gops {
            let span = &view.timeline.video[exposure.place.span];
            let timed = samples.iter().zip(&times).map(|(sample, &pts)| Sample { pts, ..*sample });
            let (from, to) = (times.iter().min().copied(), times.iter().max().copied());
            let placed = place(
                &timed.collect::<Vec<_>>(),
                from.unwrap_or(0),
                to.unwrap_or(0) + 1,
                Offsets::Delayed(delay),
            )
            .map_err(Error::internal)?;
            pieces.extend(in_pieces(view.track(span), &samples, &placed));
        }
        let mut track = playable.video.clone().ok_or_else(|| Error::not_found("picture"))?;
        track.timescale = Timescale::new(Strip::TIMESCALE).map_err(Error::internal)?;
        let first = u32::try_from(1 + delay / STEP).map_err(Error::internal)?;
        Ok(Self { init: init_segment(&track, 0).into(), pieces, first })
    }

    /// How many pictures are decoded.
    pub(super) fn samples(&self) -> usize {
        self.pieces.iter().map(|piece| piece.samples.len()).sum()
    }

    /// When its first frame is shown, on its own clock.
    pub(super) fn first_ticks(&self) -> i64 {
        i64::from(self.first) * STEP
    }

    /// All of it at once, for a single frame: less than one GOP.
    pub(super) async fn read(self, library: &Library) -> Result<Bytes> {
        let mut whole = BytesMut::from(self.init);
        for piece in self.pieces {
            whole.put(piece.read(library.clone()).await?);
        }
        Ok(whole.freeze())
    }

    /// Has the engine make something of `count` frames, and feeds it meanwhile: no more is in memory than a few pieces.
    pub(super) async fn develop<F>(
        self,
        library: &Library,
        count: u32,
        make: impl FnOnce(Strip) -> F,
    ) -> Result<Bytes>
    where
        F: Future<Output = Result<Bytes>>,
    {
        let (sender, input) = mpsc::channel(1);
        let making = make(Strip { input, first: self.first, count });
        let feeding = async {
            // The engine may have all it wants before everything is sent.
            if sender.send(self.init).await.is_err() {
                return Ok(());
            }
            let read = |piece: Piece| piece.read(library.clone());
            let mut pieces = stream::iter(self.pieces).map(read).buffered(AHEAD);
            while let Some(piece) = pieces.try_next().await? {
                if sender.send(piece).await.is_err() {
                    break;
                }
            }
            drop(sender);
            Ok(())
        };
        let (made, ()) = tokio::try_join!(making, feeding)?;
        Ok(made)
    }
}

/// The last number of the GOP before.
fn last_number((exposure, ..): &(&Exposure, Vec<Sample>, Vec<i64>)) -> i64 {
    exposure.frames.last().map_or(0, |&(_, number)| i64::from(number) + 1)
}

/// When samples are shown in a strip: chosen frames at whole steps, the first number at one step; the others in between,
/// after `step`, in the order they are shown.
fn clock(samples: &[Sample], chosen: &[(i64, u32)], step: i64) -> Result<Vec<i64>> {
    let mut order: Vec<usize> = (0..samples.len()).collect();
    order.sort_by_key(|&sample| samples[sample].pts);
    let mut times = vec![0; samples.len()];
    let mut now = step * STEP;
    for sample in order {
        let number = chosen.binary_search_by_key(&samples[sample].pts, |&(pts, _)| pts);
        now = number.map_or(now + 1, |n| (i64::from(chosen[n].1) + 1) * STEP);
        if number.is_err() && now % STEP == 0 {
            return Err(Error::invalid("There are too many pictures between two key frames."));
        }
        times[sample] = now;
    }
    Ok(times)
}

/// How much later than decoded the samples of a GOP must be shown.
fn delay(times: &[i64]) -> i64 {
    let mut order = times.to_vec();
    order.sort_unstable();
    order.iter().zip(times).map(|(dts, pts)| dts - pts).max().unwrap_or(0)
}

fn whole_steps(ticks: i64) -> i64 {
    (ticks + STEP - 1) / STEP * STEP
}

/// How many samples, of such sizes, are read at once.
fn piece_lengths(samples: &[Sample]) -> Vec<usize> {
    let (mut lengths, mut from) = (Vec::new(), 0);
    while from < samples.len() {
        let mut bytes = 0;
        let more = samples[from..].iter().take_while(|sample| {
            bytes += u64::from(sample.size);
            bytes <= PIECE_BYTES
        });
        let length = more.count().max(1);
        lengths.push(length);
        from += length;
    }
    lengths
}

fn in_pieces(track: &Arc<MediaTrack>, samples: &[Sample], placed: &[Placed]) -> Vec<Piece> {
    let mut from = 0;
    let piece = |length| {
        let range = from..from + length;
        from = range.end;
        Piece {
            track: track.clone(),
            samples: samples[range.clone()].to_vec(),
            placed: placed[range].to_vec(),
        }
    };
    piece_lengths(samples).into_iter().map(piece).collect()
}

impl Piece {
    /// A fragment for each sample, without those that are neither wanted nor leaned on by others.
    async fn read(self, library: Library) -> Result<Bytes> {
        let media = library.read_each(&self.track, &self.samples).await?;
        let mut fragments = BytesMut::with_capacity(media.iter().map(|bytes| bytes.len() + 128).sum());
        for (placed, bytes) in self.placed.iter().zip(media) {
            let shown = placed.dts + i64::from(placed.composition_offset);
            if shown % STEP == 0 || h264::is_reference(&bytes, NAL_LENGTH_SIZE) {
                fragments.put_slice(&segment_header(1, std::slice::from_ref(placed)).bytes);
                fragments.put_slice(&bytes);
            }
        }
        Ok(fragments.freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(pts: &[i64]) -> Vec<Sample> {
        let sample =
            |(n, &pts): (usize, &i64)| Sample { offset: 0, size: 10, dts: n as i64, pts, sync: n == 0 };
        pts.iter().enumerate().map(sample).collect()
    }

    #[test]
    fn chosen_frames_stand_at_whole_steps_and_the_others_between() {
        let check = |pts: &[i64], chosen: &[(i64, u32)], step: i64, expected: &[(i64, i64)]| {
            let expected: Vec<i64> = expected.iter().map(|(steps, rest)| steps * STEP + rest).collect();
            assert_eq!(clock(&samples(pts), chosen, step).unwrap(), expected, "{pts:?} {chosen:?}");
        };
        check(&[0, 3, 1, 2], &[(0, 0)], 0, &[(1, 0), (1, 3), (1, 1), (1, 2)]);
        check(&[0, 3, 1, 2], &[(1, 0), (3, 4)], 0, &[(0, 1), (5, 0), (1, 0), (1, 1)]);
        check(&[90, 93, 91], &[(93, 7)], 5, &[(5, 1), (8, 0), (5, 2)]);
    }

    #[test]
    fn more_pictures_than_ticks_are_refused() {
        let many: Vec<i64> = (0..=STEP).collect();
        assert!(clock(&samples(&many), &[(0, 0)], 0).is_err());
        assert!(clock(&samples(&many[1..]), &[(1, 0)], 0).is_ok());
    }

    #[test]
    fn a_frame_is_exposed_once() {
        let at = |gop| Place { span: 0, gop };
        let mut strip = Vec::new();
        for (gop, pts, number) in [(0, 5, 0), (0, 5, 1), (0, 6, 2), (1, 7, 3), (1, 7, 4)] {
            expose(&mut strip, at(gop), pts, number);
        }
        let expected = [(0, vec![(5, 0), (6, 2)]), (1, vec![(7, 3)])];
        assert_eq!(strip, expected.map(|(gop, frames)| Exposure { place: at(gop), frames }));
    }

    #[test]
    fn pieces_are_small_unless_a_sample_is_large() {
        let sized = |sizes: &[u32]| {
            let samples: Vec<_> =
                sizes.iter().map(|&size| Sample { offset: 0, size, dts: 0, pts: 0, sync: false }).collect();
            piece_lengths(&samples)
        };
        let mib = 1 << 20;
        assert_eq!(sized(&[mib / 2, mib / 2, 1]), [2, 1]);
        assert_eq!(sized(&[3 * mib, 1, 3 * mib]), [1, 1, 1]);
        assert_eq!(sized(&[1; 5]), [5]);
        assert!(sized(&[]).is_empty());
    }
}
