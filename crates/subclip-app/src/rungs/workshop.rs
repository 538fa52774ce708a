//! Where rungs are made: each piece once for all who ask at the same time, a few at a time, and the next ones ahead.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use moka::future::Cache;
use moka::policy::EvictionPolicy;
use subclip_core::Segment;
use subclip_engine::{Flight, Priority, Single};
use subclip_storage::CacheKey;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use super::piece::{Material, RungPiece};
use super::plan::RungPlan;
use crate::app::App;
use crate::media::Memory;
use crate::newest::newest;
use crate::playable::Playable;
use crate::room::{Room, Turn};
use crate::{Error, Kind, Result};

/// What is going on.
pub(crate) struct Workshop {
    flights: Single<Result<Arc<RungPiece>>>,
    /// Pieces that viewers wait for hold their GOPs in here...
    viewers: Room,
    /// ...which have no more megabytes than this, all together.
    megabytes: Arc<Semaphore>,
    /// Pieces that nobody waits for yet.
    ahead: Arc<Semaphore>,
    /// The parameter sets of each rung, as the encoder writes them today.
    configs: Cache<String, Bytes>,
    /// Room for pieces, those that are kept included.
    pub(super) memory: Memory,
    /// What viewers asked for last.
    at_hand: Cache<CacheKey, Arc<RungPiece>>,
}

/// Pieces of which the pictures are in memory, beside those that the engine is at work on: read meanwhile, they go to it
/// as soon as it has a slot.
const READ_AHEAD: usize = 2;
/// What all those pictures may have, in MiB: many at usual rates, and four of the largest that there can be.
const MOST_MEGABYTES: u32 = 512;
/// How often pictures are in memory at the most: as they were read, and as they are fed to the engine.
const HELD: u64 = 2;
/// Pieces that wait for their turn.
const WAITING: usize = 512;
/// Pieces that are made ahead at once, waiting included: enough for a few viewers, and little where none comes.
const AHEAD: usize = 4;
/// Rungs whose parameter sets are remembered.
const CONFIGS: u64 = 10_000;
/// What those are told whose turn does not come.
const FULL: &str = "Too many qualities are asked for at once; try again soon.";

impl Workshop {
    /// One that keeps an engine of so many slots at work, and so many bytes of pieces at hand.
    pub(crate) fn new(slots: usize, at_hand_bytes: u64) -> Self {
        Self {
            flights: Single::default(),
            viewers: Room::new(slots + READ_AHEAD, WAITING, FULL),
            megabytes: Arc::new(Semaphore::new(MOST_MEGABYTES as usize)),
            ahead: Arc::new(Semaphore::new(AHEAD)),
            // Those that were just learned are needed for each segment.
            configs: Cache::builder().max_capacity(CONFIGS).eviction_policy(EvictionPolicy::lru()).build(),
            memory: Memory::beside(at_hand_bytes),
            at_hand: at_hand(at_hand_bytes),
        }
    }

    /// Forgets the parameter sets of a rung, which turned out to be others by now; those of other rungs may be as they were.
    async fn forget_config(&self, plan: &RungPlan) {
        self.configs.invalidate(&plan.config_key()).await;
    }

    /// Waits for a turn to make a piece of so many bytes. `Busy` where too many wait already, and where it does not come
    /// within a viewer's patience.
    async fn turn(&self, bytes: u64) -> Result<(Turn, OwnedSemaphorePermit)> {
        patiently(async { Ok((self.viewers.enter().await?, self.room(bytes).await?)) }).await
    }

    /// Waits until pictures of so many bytes may be in memory, as often as [`HELD`] says.
    async fn room(&self, bytes: u64) -> Result<OwnedSemaphorePermit> {
        let megabytes = (bytes * HELD).div_ceil(1 << 20).clamp(1, MOST_MEGABYTES.into()) as u32;
        self.megabytes.clone().acquire_many_owned(megabytes).await.map_err(Error::internal)
    }
}

/// How long a piece is at hand, however popular it is: being read now and then keeps it from being the oldest of the cache.
const AT_HAND: Duration = Duration::from_secs(600);

fn at_hand(bytes: u64) -> Cache<CacheKey, Arc<RungPiece>> {
    newest(bytes, |piece: &Arc<RungPiece>| piece.weight_bytes()).time_to_live(AT_HAND).build()
}

/// What comes of waiting; who has waited too long is forgotten and told so.
async fn patiently<T>(waiting: impl Future<Output = Result<T>>) -> Result<T> {
    let Some(patience) = Priority::Rung.patience() else { return waiting.await };
    tokio::time::timeout(patience, waiting).await.unwrap_or_else(|_| Err(Error::busy(FULL)))
}

impl fmt::Debug for Workshop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Workshop")
    }
}

impl App {
    /// The `avcC` of all segments of a rung.
    ///
    /// # Errors
    /// As [`App::rung_piece`].
    pub async fn rung_config(&self, playable: &Arc<Playable>, plan: &Arc<RungPlan>) -> Result<Bytes> {
        let key = plan.config_key();
        if let Some(known) = self.workshop().configs.get(&key).await {
            return Ok(known);
        }
        // Players give up what they have just asked for and ask again: this goes on meanwhile, and is soon done.
        let (app, playable, plan) = (self.clone(), playable.clone(), plan.clone());
        let made = tokio::spawn(async move { app.learn_config(key, &playable, &plan).await });
        made.await.map_err(Error::internal)?
    }

    async fn learn_config(&self, key: String, playable: &Playable, plan: &RungPlan) -> Result<Bytes> {
        let make = async {
            let span = playable.view.timeline.video.first().ok_or_else(|| Error::not_found("track"))?;
            let piece =
                Segment { span: 0, samples: span.samples.clone(), at: span.at, duration: span.duration };
            // A single picture, for which nobody waits behind whole pieces that are not being encoded yet.
            let material = Material::of(self, playable, plan, &piece)?.first();
            let _room = patiently(self.workshop().room(material.size_bytes().await?)).await?;
            material.config().await
        };
        self.workshop().configs.try_get_with(key, make).await.map_err(|error| (*error).clone())
    }

    /// A piece of a rung with these parameter sets, which are those of [`App::rung_config`]: kept from before, or made for
    /// all who ask for it now. Who goes away takes nothing along; when the last has gone it is given up.
    ///
    /// # Errors
    /// `NotFound` where its samples were moved, and where the encoder has come to write other parameter sets; `Busy` where
    /// too much is asked for at once or the engine died; `Full` where it had no room; `Broken` where it can't be used;
    /// `Invalid` where the pictures can't be decoded.
    pub async fn rung_piece(
        &self,
        playable: &Arc<Playable>,
        plan: &Arc<RungPlan>,
        config: &Bytes,
        piece: &Segment,
    ) -> Result<Arc<RungPiece>> {
        match self.piece_as(playable, plan, config, piece, Priority::Rung).await {
            // Another build of the encoder is at work, or a flight was given up as this one boarded it.
            Err(error) if error.kind == Kind::Conflict => {
                if self.rung_config(playable, plan).await? != *config {
                    return Err(Error::not_found("segment"));
                }
                let again = self.piece_as(playable, plan, config, piece, Priority::Rung).await;
                again.map_err(|error| match error.kind {
                    Kind::Conflict => {
                        Error::busy("This quality could not be made this time; try again soon.")
                    }
                    _ => error,
                })
            }
            other => other,
        }
    }

    /// The same for who is in less of a hurry.
    ///
    /// # Errors
    /// As [`App::rung_piece`]; `Conflict` where it may be tried once more.
    pub(crate) async fn piece_as(
        &self,
        playable: &Arc<Playable>,
        plan: &Arc<RungPlan>,
        config: &Bytes,
        piece: &Segment,
        priority: Priority,
    ) -> Result<Arc<RungPiece>> {
        let material = Material::of(self, playable, plan, piece)?;
        let key = material.key(config);
        let at_hand = &self.workshop().at_hand;
        if let Some(piece) = at_hand.get(&key).await {
            return Ok(piece);
        }
        let work = {
            let (app, playable, plan, piece) = (self.clone(), playable.clone(), plan.clone(), piece.clone());
            let config = config.clone();
            move |flight: Flight| async move {
                let material = Material::of(&app, &playable, &plan, &piece)?;
                make(&app, &material, (key, &config), priority, &flight).await.map(Arc::new)
            }
        };
        let waiting = {
            let app = self.clone();
            async move { app.workshop().flights.run(&key.to_string(), priority, work).await }
        };
        let made = Lingering::begin(waiting).await;
        let made = made.unwrap_or_else(|| Err(Error::internal("making a piece of a rung ended in a panic")));
        // Who goes through a whole film for a file of it takes nothing from those who watch.
        if let (Ok(piece), Priority::Rung) = (&made, priority) {
            at_hand.insert(key, piece.clone()).await;
        }
        made
    }

    /// Has pieces of a rung made that somebody is likely to ask for next: one after the other, where there is time for it.
    pub fn rung_ahead(&self, playable: &Arc<Playable>, plan: &Arc<RungPlan>, pieces: Vec<Segment>) {
        let Ok(turn) = self.workshop().ahead.clone().try_acquire_owned() else { return };
        let (app, playable, plan) = (self.clone(), playable.clone(), plan.clone());
        tokio::spawn(async move {
            let _turn = turn;
            // Who comes to need what fails here is told why it can't be had.
            let Ok(config) = app.rung_config(&playable, &plan).await else { return };
            for piece in pieces {
                let Ok(material) = Material::of(&app, &playable, &plan, &piece) else { return };
                if app.shelf().holds(material.key(&config)) {
                    continue;
                }
                if app.piece_as(&playable, &plan, &config, &piece, Priority::Prefetch).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// Work that goes on for a moment when nobody waits for it any more: players give up what they have just asked for, and ask
/// for it again.
struct Lingering<T>(JoinHandle<T>);

/// How long.
const LINGER: Duration = Duration::from_secs(3);

impl<T: Send + 'static> Lingering<Option<T>> {
    /// What comes of it; `None` where it panicked.
    async fn begin(work: impl Future<Output = Option<T>> + Send + 'static) -> Option<T> {
        let mut going_on = Self(tokio::spawn(work));
        (&mut going_on.0).await.ok().flatten()
    }
}

impl<T> Drop for Lingering<T> {
    fn drop(&mut self) {
        if self.0.is_finished() {
            return;
        }
        let abort = self.0.abort_handle();
        tokio::spawn(async move {
            tokio::time::sleep(LINGER).await;
            abort.abort();
        });
    }
}

async fn make(
    app: &App,
    material: &Material<'_>,
    (key, config): (CacheKey, &[u8]),
    priority: Priority,
    Flight { urgency, cancel }: &Flight,
) -> Result<RungPiece> {
    // It may have been made before, and is read once for all who come together.
    if let Some(kept) = material.kept(key, config).await? {
        return Ok(kept);
    }
    // What is made ahead is few; who comes to wait for it finds it in the engine's own line, which knows urgency.
    let _turn = if priority == Priority::Rung {
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Error::conflict("Nobody waits for it any more.")),
            turn = async { app.workshop().turn(material.size_bytes().await?).await } => Some(turn?),
        }
    } else {
        None
    };
    let made = material.make(key, config, urgency, cancel).await?;
    if made.is_none() {
        app.workshop().forget_config(material.plan).await;
    }
    made.ok_or_else(|| Error::conflict("The encoder was changed at the same moment; try again."))
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::future::join_all;
    use subclip_core::Timescale;
    use subclip_engine::H264Settings;
    use tokio::sync::oneshot;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_nobody_waits_for_goes_on_for_a_moment() {
        let (tell, told) = oneshot::channel::<()>();
        let mut waiting = Box::pin(Lingering::begin(async move {
            let _held = tell;
            std::future::pending::<Option<()>>().await
        }));
        tokio::select! { biased; _ = &mut waiting => panic!("it never ends"), () = tokio::task::yield_now() => {} }
        let begun = tokio::time::Instant::now();
        drop(waiting);
        assert!(told.await.is_err(), "given up");
        assert!(begun.elapsed() >= LINGER);
        assert_eq!(Lingering::begin(async { Some(5) }).await, Some(5));
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_waited_too_long_is_sent_away_and_forgotten() {
        let workshop = Workshop::new(1, 0);
        let patience = Priority::Rung.patience().unwrap();
        let begun = Instant::now();
        let mut turns = Vec::new();
        for _ in 0..1 + READ_AHEAD {
            turns.push(workshop.turn(1).await.unwrap());
        }
        let later = async {
            tokio::time::sleep(patience / 2).await;
            (workshop.turn(1).await.map(drop), begun.elapsed())
        };
        let freed = async {
            tokio::time::sleep(patience * 5 / 4).await;
            turns.pop();
        };
        // More than there are turns for: all are told at the same time, and none of them keeps the next one waiting.
        let early = join_all((0..100).map(|_| async { (workshop.turn(1).await, begun.elapsed()) }));
        let (early, later, ()) = tokio::join!(early, later, freed);
        for (turn, told) in early {
            assert_eq!((turn.unwrap_err().kind, told), (Kind::Busy, patience));
        }
        assert_eq!(later, (Ok(()), patience * 5 / 4));
        assert_eq!(turns.len(), READ_AHEAD, "who has begun goes on");
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_room_in_time_gives_the_turn_back() {
        let workshop = Workshop::new(1, 0);
        let large = workshop.turn(1 << 40).await.unwrap();
        assert_eq!(workshop.turn(1).await.unwrap_err().kind, Kind::Busy);
        assert_eq!(workshop.viewers.free(), READ_AHEAD);
        drop(large);
        assert!(workshop.turn(1).await.is_ok());
    }

    #[test]
    fn as_many_pieces_are_read_as_the_engine_has_slots_and_no_more_than_there_is_room_for() {
        let clock = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _clock = clock.enter();
        let check = |slots: usize, bytes: u64, expected: usize| {
            let workshop = Workshop::new(slots, 0);
            let mut turns = Vec::new();
            while let Some(turn) = workshop.turn(bytes).now_or_never() {
                turns.push(turn.unwrap());
            }
            assert_eq!(turns.len(), expected, "{slots} slots, {bytes} bytes");
            turns.pop();
            assert!(workshop.turn(bytes).now_or_never().is_some());
        };
        check(2, 1, 4);
        check(16, 8 << 20, 18);
        check(64, 8 << 20, 32);
        check(16, 64 << 20, 4);
        check(16, 1 << 40, 1);
    }

    #[tokio::test]
    async fn only_the_parameter_sets_that_changed_are_forgotten() {
        let workshop = Workshop::new(1, 0);
        let plan = |lines| {
            let rung = subclip_core::rung((1920, 1080), lines).unwrap();
            let settings = H264Settings::for_rung((rung.width, rung.height), None, (30, 1), 2, 90_000);
            let timescale = Timescale::new(90_000).unwrap();
            RungPlan { rung, settings, pace: (30, 1), most_kbps: 1, reserve_kbits: 1, timescale }
        };
        for lines in [720, 480] {
            workshop.configs.insert(plan(lines).config_key(), Bytes::new()).await;
        }
        workshop.forget_config(&plan(720)).await;
        let known = |lines| workshop.configs.contains_key(&plan(lines).config_key());
        assert_eq!([720, 480].map(known), [false, true]);
    }
}
