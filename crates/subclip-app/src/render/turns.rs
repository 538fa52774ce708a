//! Pieces that are rendered side by side, in the order they were given; no more of all films together are in memory than
//! the room for them has turns.

use futures::stream::{self, BoxStream, StreamExt};

use crate::Result;
use crate::jobs::Lane;
use crate::room::{Room, Turn};

/// Where the pieces of all films are: each from before it is read until it is dropped with its turn. As many have one as
/// the engine has slots.
pub(crate) fn pieces_room(slots: usize) -> Room {
    let waiting = Lane::Render.workers() * slots;
    Room::new(slots, waiting, "Too many films are rendered at once; it is tried again soon.")
}

/// What `make` makes of pieces, up to `at_once` of them at a time, each with the turn that it holds.
///
/// Turns are given in the order in which they are asked for. So the first piece that is not handed out has one whenever
/// a later one of the same film has, and nobody waits for ever.
pub(super) fn in_turn<'a, P, T, F>(
    room: &'a Room,
    at_once: usize,
    pieces: impl Iterator<Item = P> + Send + 'a,
    make: impl Fn(P) -> F + Send + 'a,
) -> BoxStream<'a, Result<(Turn, T)>>
where
    T: Send + 'a,
    F: Future<Output = Result<T>> + Send + 'a,
{
    let made = stream::iter(pieces).map(move |piece| {
        let making = make(piece);
        async move {
            let turn = room.enter().await?;
            Ok((turn, making.await?))
        }
    });
    made.buffered(at_once).boxed()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::TryStreamExt as _;

    use super::*;

    #[tokio::test]
    async fn films_share_the_room() {
        let (slots, films, pieces) = (3, 4, 20);
        let room = pieces_room(slots);
        let (held, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let film = async || {
            let make = async |piece: usize| {
                most.fetch_max(held.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // Later ones of a few are made first.
                for _ in 0..(pieces - piece) % slots {
                    tokio::task::yield_now().await;
                }
                Ok(piece)
            };
            let mut made = in_turn(&room, slots, 0..pieces, make);
            let mut order = Vec::new();
            while let Some((turn, piece)) = made.try_next().await.unwrap() {
                tokio::task::yield_now().await;
                order.push(piece);
                held.fetch_sub(1, Ordering::SeqCst);
                drop(turn);
            }
            order
        };
        let all = futures::future::join_all((0..films).map(|_| film())).await;
        assert!(all.iter().all(|order| order.iter().copied().eq(0..pieces)), "{all:?}");
        assert_eq!(most.into_inner(), slots, "of all films together");
    }
}
