//! Which pieces pictures are rendered in: whole GOPs, a few seconds at a time.

use std::ops::Range;

use subclip_core::{GopMap, Part, Plan, Time, Timescale, TrackId};

/// A stretch of pictures that is decoded and encoded on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fragment {
    /// The track they are decoded from.
    pub(super) track: TrackId,
    /// The samples a decoder needs, the first an IDR.
    pub(super) feed: Range<u32>,
    /// When the first picture wanted is shown, in the track's time.
    pub(super) first_pts: i64,
    /// When the last one ends, likewise.
    pub(super) end_pts: i64,
    /// How many there are.
    pub(super) frames: u32,
    /// When the first one is shown in what is made, in its ticks.
    pub(super) at: i64,
    /// When the last one ends there.
    pub(super) until: i64,
}

/// Shorter pieces cost more for starting the engine, and its encoder looks ahead less; longer ones are more to be done
/// again after a stop.
const LEAST_MS: i64 = 4000;
/// Bytes of a piece that is not a single GOP.
const MOST_BYTES: u64 = 24 << 20;

/// The pieces of a plan in order; `scale` is what is made in.
pub(super) fn fragments<'a>(
    plan: &Plan,
    scale: Timescale,
    gops: impl Fn(TrackId) -> Option<&'a GopMap>,
) -> Option<Vec<Fragment>> {
    let mut fragments = Vec::new();
    for part in &plan.parts {
        match part {
            Part::Edge(edge) => {
                let first_pts = *edge.frames.first()?;
                fragments.push(Fragment {
                    track: edge.track,
                    feed: edge.feed.clone(),
                    first_pts,
                    end_pts: edge.end_pts,
                    frames: edge.frames.len() as u32,
                    at: 0,
                    until: Time::new(edge.end_pts - first_pts, edge.timescale).round_to(scale),
                });
            }
            Part::Shared { track, timescale, samples, duration } => {
                let shared = Shared { gops: gops(*track)?, samples, duration: *duration };
                let least = Time::new(LEAST_MS, Timescale::MILLISECONDS).ceil_to(*timescale);
                for piece in shared.pieces(least, MOST_BYTES) {
                    fragments.push(Fragment {
                        track: *track,
                        frames: piece.samples.len() as u32,
                        feed: piece.samples,
                        first_pts: piece.pts.start,
                        end_pts: piece.pts.end,
                        at: 0,
                        until: Time::new(piece.pts.end - piece.pts.start, *timescale).round_to(scale),
                    });
                }
            }
        }
    }
    let mut at = 0;
    for fragment in &mut fragments {
        fragment.at = at;
        fragment.until += at;
        at = fragment.until;
    }
    Some(fragments)
}

struct Shared<'a> {
    gops: &'a GopMap,
    samples: &'a Range<u32>,
    duration: i64,
}

struct Piece {
    samples: Range<u32>,
    pts: Range<i64>,
}

impl Shared<'_> {
    /// The GOPs in groups that last `least` ticks, or have nearly `most_bytes`.
    fn pieces(&self, least: i64, most_bytes: u64) -> Vec<Piece> {
        let (gops, end) = (&self.gops.gops, self.samples.end);
        let first = self.gops.of_sample(self.samples.start);
        let end_pts = gops[first].pts + self.duration;
        let mut pieces: Vec<Piece> = Vec::new();
        let mut size_bytes = 0;
        for gop in gops[first..].iter().take_while(|gop| gop.first_sample < end) {
            let full = pieces.last().is_none_or(|piece| {
                gop.pts - piece.pts.start >= least || size_bytes + gop.size_bytes > most_bytes
            });
            if full {
                if let Some(piece) = pieces.last_mut() {
                    piece.samples.end = gop.first_sample;
                    piece.pts.end = gop.pts;
                }
                pieces.push(Piece { samples: gop.first_sample..end, pts: gop.pts..end_pts });
                size_bytes = 0;
            }
            size_bytes += gop.size_bytes;
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use subclip_core::{Edge, Gop};

    use super::*;

    const SCALE: u32 = 1000;

    fn id() -> TrackId {
        TrackId::from_bytes([1; 16])
    }

    /// GOPs of ten pictures that last so many ticks and have so many bytes.
    fn map(gops: &[(i64, u64)]) -> GopMap {
        let mut pts = 500;
        let gop = |(n, &(lasts, size_bytes)): (usize, &(i64, u64))| {
            pts += lasts;
            Gop { first_sample: n as u32 * 10, pts: pts - lasts, size_bytes }
        };
        let all: Vec<Gop> = gops.iter().enumerate().map(gop).collect();
        GopMap { samples: gops.len() as u32 * 10, gops: all, end_pts: pts }
    }

    fn shared(samples: Range<u32>, duration: i64) -> Part {
        Part::Shared { track: id(), timescale: Timescale::new(SCALE).unwrap(), samples, duration }
    }

    /// Samples and place of each piece.
    fn check(parts: Vec<Part>, map: &GopMap, expected: &[(Range<u32>, Range<i64>, Range<i64>)]) {
        let plan = Plan { parts, start: Time::ZERO, end: Time::ZERO };
        let made = fragments(&plan, Timescale::new(SCALE * 2).unwrap(), |_| Some(map)).unwrap();
        let made: Vec<_> =
            made.iter().map(|f| (f.feed.clone(), f.first_pts..f.end_pts, f.at..f.until)).collect();
        assert_eq!(made, expected);
    }

    #[test]
    fn short_gops_go_together() {
        let map = map(&[(2000, 1); 5]);
        check(
            vec![shared(0..50, 10_000)],
            &map,
            &[
                (0..20, 500..4500, 0..8000),
                (20..40, 4500..8500, 8000..16_000),
                (40..50, 8500..10_500, 16_000..20_000),
            ],
        );
        // From the second on, and within the last.
        check(
            vec![shared(10..44, 6800)],
            &map,
            &[(10..30, 2500..6500, 0..8000), (30..44, 6500..9300, 8000..13_600)],
        );
    }

    #[test]
    fn long_and_heavy_gops_stand_alone() {
        let map = map(&[(9000, 1), (1000, MOST_BYTES), (1000, 1), (500, 1), (500, 2 * MOST_BYTES)]);
        check(
            vec![shared(0..50, 12_000)],
            &map,
            &[
                (0..10, 500..9500, 0..18_000),
                (10..20, 9500..10_500, 18_000..20_000),
                (20..40, 10_500..12_000, 20_000..23_000),
                (40..50, 12_000..12_500, 23_000..24_000),
            ],
        );
    }

    #[test]
    fn an_edge_is_a_piece_with_the_frames_it_keeps() {
        let map = map(&[(2000, 1); 3]);
        let edge = |feed: Range<u32>, frames: Vec<i64>, end_pts| {
            Part::Edge(Edge { track: id(), timescale: Timescale::new(SCALE).unwrap(), feed, frames, end_pts })
        };
        let parts =
            vec![edge(0..10, vec![2100, 2300], 2500), shared(10..20, 2000), edge(20..22, vec![4500], 4700)];
        check(
            parts,
            &map,
            &[(0..10, 2100..2500, 0..800), (10..20, 2500..4500, 800..4800), (20..22, 4500..4700, 4800..5200)],
        );
    }
}
