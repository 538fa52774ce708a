//! The application: its parts, wired once, and shared by everything that runs.

use std::collections::HashMap;
use std::sync::Arc;

use moka::future::Cache;
use subclip_core::{AssetId, Medium, PlaybackId, Timeline, TrackId};
use subclip_db::{Conn, Database, Tx, track};
use subclip_engine::Engine;
use subclip_storage::Storage;
use tokio::sync::{Mutex, MutexGuard, Notify, watch};

use crate::access::{Door, Gatekeeper};
use crate::assets::Assets;
use crate::captions::{Shown, TextTracks};
use crate::clips::Clips;
use crate::clock::Clock;
use crate::events::Events;
use crate::excerpt::Excerpts;
use crate::fetch::Fetcher;
use crate::generation::Generations;
use crate::ingest::IndexingTurns;
use crate::jobs::Lane;
use crate::keys::Keys;
use crate::limits::{Limits, TokenRates};
use crate::media::{Library, View};
use crate::picture::{Kept, darkroom, light_table};
use crate::playable::Playable;
use crate::remembered::Remembered;
use crate::render::pieces_room;
use crate::restrictions::Restrictions;
use crate::room::Room;
use crate::rungs::Workshop;
use crate::shelf::Shelf;
use crate::sounds::SoundTracks;
use crate::tokens::Tokens;
use crate::uploads::{Turns, Uploads};
use crate::webhooks::{WebhookFormat, Webhooks};
use crate::{Error, Result};

/// What an application is made of.
pub struct Parts {
    /// State.
    pub db: Database,
    /// Bytes.
    pub storage: Storage,
    /// Bytes that can be made again.
    pub cache: subclip_storage::Cache,
    /// How much of that is kept in memory too, for those who ask next, in bytes.
    pub cache_memory_bytes: u64,
    /// Media work.
    pub engine: Engine,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The URL that viewers and uploaders reach the server by, without a slash at its end.
    pub public_url: String,
    /// Whether ingest by URL and webhooks may reach loopback and private addresses.
    pub allow_private_urls: bool,
    /// In whose words webhooks may be told of events.
    pub formats: Vec<Arc<dyn WebhookFormat>>,
    /// What tokens and workspaces may ask for.
    pub limits: Limits,
    /// This process, for the queue: no other process that lives has this name, and the one that had it before is
    /// gone. Letters and digits.
    pub worker: String,
}

/// The application. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    parts: Parts,
    library: Library,
    shelf: Shelf,
    fetcher: Fetcher,
    wakers: HashMap<Lane, Notify>,
    told: Notify,
    changed: Notify,
    deletions: watch::Sender<()>,
    out_of_room: watch::Sender<bool>,
    playables: Remembered<PlaybackId, (Door, Arc<Playable>), AssetId>,
    gatekeeper: Gatekeeper,
    pictures: Kept,
    shown: Shown,
    excerpts: Excerpts,
    token_rates: TokenRates,
    file_sizes: Cache<(AssetId, &'static [Medium]), Option<u64>>,
    generations: Generations,
    darkroom: Room,
    light_table: Room,
    pieces_room: Room,
    workshop: Workshop,
    prepared_files: Cache<(AssetId, u32), Arc<Playable>>,
    indexing_turns: IndexingTurns,
    upload_turns: Turns,
    collecting: Mutex<()>,
}

/// Room for playables: each is a few spans, and heads of tracks that the library counts.
const PLAYABLES: u64 = 4_096;
/// Other machines may delete an asset or move its tracks: what was resolved is looked at again this often.
const PLAYABLE_LIFE: std::time::Duration = std::time::Duration::from_secs(2);
/// File sizes that are remembered: a timeline never changes, so they don't either.
const FILE_SIZES: u64 = 10_000;

impl App {
    /// Wires the parts.
    ///
    /// # Errors
    /// `Internal` where outgoing connections can't be set up.
    pub fn new(parts: Parts) -> Result<Self> {
        let library = Library::new(parts.storage.clone());
        let shelf = Shelf::new(parts.cache.clone());
        let slots = parts.engine.slots();
        let workshop = Workshop::new(slots, parts.cache_memory_bytes);
        let pieces_room = pieces_room(slots);
        let token_rates = TokenRates::new(&parts.limits);
        let fetcher = Fetcher::new(parts.allow_private_urls).map_err(Error::internal)?;
        Ok(Self(Arc::new(Shared {
            parts,
            library,
            shelf,
            fetcher,
            told: Notify::new(),
            wakers: Lane::ALL.into_iter().map(|lane| (lane, Notify::new())).collect(),
            changed: Notify::new(),
            deletions: watch::Sender::new(()),
            out_of_room: watch::Sender::new(false),
            playables: Remembered::new(PLAYABLES, PLAYABLE_LIFE, |_, (_, playable)| playable.asset),
            gatekeeper: Gatekeeper::new(),
            pictures: Kept::new(),
            shown: Shown::new(),
            excerpts: Excerpts::new(),
            token_rates,
            file_sizes: Cache::new(FILE_SIZES),
            generations: Generations::new(PLAYABLES),
            darkroom: darkroom(),
            light_table: light_table(),
            pieces_room,
            workshop,
            prepared_files: Cache::builder().max_capacity(PLAYABLES).time_to_live(PLAYABLE_LIFE).build(),
            indexing_turns: IndexingTurns::new(),
            upload_turns: Turns::default(),
            collecting: Mutex::new(()),
        })))
    }

    /// The URL that viewers and uploaders reach the server by, without a slash at its end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.0.parts.public_url
    }

    /// The time of day.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.parts.clock
    }

    /// Access tokens.
    #[must_use]
    pub fn tokens(&self) -> Tokens<'_> {
        Tokens(self)
    }

    /// Assets.
    #[must_use]
    pub fn assets(&self) -> Assets<'_> {
        Assets(self)
    }

    /// Clips.
    #[must_use]
    pub fn clips(&self) -> Clips<'_> {
        Clips(self)
    }

    /// Captions.
    #[must_use]
    pub fn text_tracks(&self) -> TextTracks<'_> {
        TextTracks(self)
    }

    /// Sounds beside the first.
    #[must_use]
    pub fn sound_tracks(&self) -> SoundTracks<'_> {
        SoundTracks(self)
    }

    /// Direct uploads.
    #[must_use]
    pub fn uploads(&self) -> Uploads<'_> {
        Uploads(self)
    }

    /// Signing keys.
    #[must_use]
    pub fn keys(&self) -> Keys<'_> {
        Keys(self)
    }

    /// Playback restrictions.
    #[must_use]
    pub fn restrictions(&self) -> Restrictions<'_> {
        Restrictions(self)
    }

    /// What happened.
    #[must_use]
    pub fn events(&self) -> Events<'_> {
        Events(self)
    }

    /// Endpoints that are told of it.
    #[must_use]
    pub fn webhooks(&self) -> Webhooks<'_> {
        Webhooks(self)
    }

    /// Reads tracks.
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.0.library
    }

    /// Whether requests can be taken: the database answers.
    ///
    /// # Errors
    /// `Busy`, `Full` or `Internal` where it does not.
    pub async fn health(&self) -> Result<()> {
        subclip_db::workspace::by_name(self.db(), subclip_db::workspace::DEFAULT_NAME).await?;
        Ok(())
    }

    /// Makes the store that of this database. To be done before anything else.
    ///
    /// # Errors
    /// `Conflict` where it is another one's.
    pub async fn claim_store(&self) -> Result<()> {
        // Every database has a default workspace, and no two have it under one id.
        let operator = self.tokens().operator().await?;
        if self.storage().claim(&operator.workspace.to_string()).await? {
            return Ok(());
        }
        Err(Error::conflict("the store belongs to another database"))
    }

    pub(crate) fn db(&self) -> &Database {
        &self.0.parts.db
    }

    pub(crate) fn storage(&self) -> &Storage {
        &self.0.parts.storage
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.parts.engine
    }

    pub(crate) fn fetcher(&self) -> &Fetcher {
        &self.0.fetcher
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.clock().now_ms()
    }

    pub(crate) fn playables(&self) -> &Remembered<PlaybackId, (Door, Arc<Playable>), AssetId> {
        &self.0.playables
    }

    pub(crate) fn gatekeeper(&self) -> &Gatekeeper {
        &self.0.gatekeeper
    }

    pub(crate) fn pictures(&self) -> &Kept {
        &self.0.pictures
    }

    pub(crate) fn shown(&self) -> &Shown {
        &self.0.shown
    }

    pub(crate) fn excerpts(&self) -> &Excerpts {
        &self.0.excerpts
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.parts.limits
    }

    pub(crate) fn token_rates(&self) -> &TokenRates {
        &self.0.token_rates
    }

    pub(crate) fn file_sizes(&self) -> &Cache<(AssetId, &'static [Medium]), Option<u64>> {
        &self.0.file_sizes
    }

    /// What this process is called in the queue.
    #[must_use]
    pub fn worker(&self) -> &str {
        &self.0.parts.worker
    }

    /// One collection at a time: two would take each other's copies for garbage.
    pub(crate) async fn collecting(&self) -> MutexGuard<'_, ()> {
        self.0.collecting.lock().await
    }

    pub(crate) fn generations(&self) -> &Generations {
        &self.0.generations
    }

    pub(crate) fn darkroom(&self) -> &Room {
        &self.0.darkroom
    }

    pub(crate) fn light_table(&self) -> &Room {
        &self.0.light_table
    }

    pub(crate) fn pieces_room(&self) -> &Room {
        &self.0.pieces_room
    }

    pub(crate) fn workshop(&self) -> &Workshop {
        &self.0.workshop
    }

    pub(crate) fn prepared_files(&self) -> &Cache<(AssetId, u32), Arc<Playable>> {
        &self.0.prepared_files
    }

    pub(crate) fn shelf(&self) -> &Shelf {
        &self.0.shelf
    }

    pub(crate) fn indexing_turns(&self) -> &IndexingTurns {
        &self.0.indexing_turns
    }

    pub(crate) fn upload_turns(&self) -> &Turns {
        &self.0.upload_turns
    }

    pub(crate) fn formats(&self) -> &[Arc<dyn WebhookFormat>] {
        &self.0.parts.formats
    }

    /// Commits a transaction that may tell of something, and has it delivered.
    pub(crate) async fn commit(&self, tx: Tx) -> Result<()> {
        tx.commit().await?;
        self.announce_delivery();
        Ok(())
    }

    /// Has what is due delivered.
    pub(crate) fn announce_delivery(&self) {
        self.0.told.notify_one();
    }

    /// Waits until there may be something to deliver.
    pub(crate) async fn told(&self) {
        self.0.told.notified().await;
    }

    /// Tells the workers of a lane that there may be something to do.
    pub(crate) fn wake(&self, lane: Lane) {
        if let Some(waker) = self.0.wakers.get(&lane) {
            waker.notify_one();
        }
    }

    pub(crate) async fn woken(&self, lane: Lane) {
        match self.0.wakers.get(&lane) {
            Some(waker) => waker.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Tells those who wait for assets that one has changed.
    pub(crate) fn announce_change(&self) {
        self.0.changed.notify_waiters();
    }

    /// Notes that a worker found the disk full.
    pub(crate) fn note_out_of_room(&self) {
        self.0.out_of_room.send_replace(true);
    }

    /// Waits until a worker of this process finds the disk full: a server waits for room then, and who sits at a terminal
    /// may not want to.
    pub async fn out_of_room(&self) -> Error {
        // The sender lives as long as this.
        let _ = self.0.out_of_room.subscribe().wait_for(|&full| full).await;
        Error::full()
    }

    /// Waits until an asset of this process changes.
    pub async fn changed(&self) {
        self.0.changed.notified().await;
    }

    /// Tells the jobs that run here that an asset was deleted, and maybe the one they are for.
    pub(crate) fn announce_deletion(&self) {
        self.0.deletions.send_replace(());
    }

    /// Sees every deletion from now on.
    pub(crate) fn deletions(&self) -> watch::Receiver<()> {
        self.0.deletions.subscribe()
    }

    /// Forgets what playback knows of an asset, because it changed or went.
    pub(crate) async fn forget_asset(&self, asset: AssetId) {
        self.0.playables.forget(asset).await;
    }

    /// A view of a timeline, with the tracks it names.
    pub(crate) async fn view(&self, conn: &impl Conn, timeline: Timeline) -> Result<View> {
        let mut ids: Vec<TrackId> = timeline.spans().map(|span| span.track).collect();
        ids.sort_unstable();
        ids.dedup();
        let rows = track::get_many(conn, &ids).await?;
        let mut tracks = Vec::with_capacity(rows.len());
        for row in rows {
            tracks.push(self.library().track(row.id, row.object, row.size_bytes).await?);
        }
        View::new(timeline, tracks)
    }
}
