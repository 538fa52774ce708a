//! A bench to try an application on: its parts, its workers, and what lies on its disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use subclip_app::{
    App, Asset, Caller, Limits, MediaFile, NewAsset, NewClip, NewUpload, Parts, Policy, Received, Sent,
    SetClock, Status, Upload, Workers,
};
use subclip_core::{AssetId, Medium, Time};
use subclip_db::Database;
use subclip_engine::Engine;
use subclip_storage::{Cache, Storage};

/// Three GOPs, of 0.16, 0.16 and 0.08 s at 25 fps, and sound.
pub(crate) const THREE_GOPS: &[u8] = include_bytes!("../../../subclip-formats/tests/data/fragments_av.mp4");

pub(crate) struct Bench {
    pub(crate) app: App,
    pub(crate) caller: Caller,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) db: Database,
    pub(crate) storage: Storage,
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::taking_at_most(u64::MAX).await
    }

    /// One that fetches from this very machine, and sends to it.
    pub(crate) async fn open_to_private_addresses() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::over(folder, Arc::new(SetClock::new(1_000_000)), u64::MAX, true, Limits::default()).await
    }

    /// The same, where so much may be asked for.
    pub(crate) async fn limited(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::over(folder, Arc::new(SetClock::new(1_000_000)), u64::MAX, true, limits).await
    }

    /// Another process on the same folder, after this one died.
    pub(crate) async fn reopened(self) -> Self {
        let Self { folder, clock, .. } = self;
        Self::over(folder, clock, u64::MAX, true, Limits::default()).await
    }

    /// One that takes no file larger than this.
    pub(crate) async fn taking_at_most(most_file_bytes: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SetClock::new(1_000_000));
        Self::over(folder, clock, most_file_bytes, false, Limits::default()).await
    }

    async fn over(
        folder: tempfile::TempDir,
        clock: Arc<SetClock>,
        most_file_bytes: u64,
        allow_private_urls: bool,
        limits: Limits,
    ) -> Self {
        let db = Database::open(folder.path().join("state.db").to_str().unwrap()).await.unwrap();
        // A launcher that does not exist: whatever needs the engine fails, and says so.
        let engine =
            subclip_engine::Config::new(vec!["/nonexistent/launcher".into()], folder.path().join("work"));
        let storage = Storage::local(&folder.path().join("media")).unwrap();
        let storage = storage.with_most_file_bytes(most_file_bytes);
        let app = App::new(Parts {
            db: db.clone(),
            storage: storage.clone(),
            cache: Cache::memory(1 << 20),
            cache_memory_bytes: 1 << 20,
            engine: Engine::new(engine).unwrap(),
            clock: clock.clone(),
            public_url: "http://subclip.example".into(),
            allow_private_urls,
            formats: vec![Arc::new(crate::receiver::Plain)],
            limits,
            worker: "bench".into(),
        })
        .unwrap();
        let caller = app.tokens().operator().await.unwrap();
        Self { app, caller, clock, db, storage, folder }
    }

    pub(crate) async fn workers(&self) -> Workers {
        Workers::start(&self.app).await.unwrap()
    }

    pub(crate) async fn upload(&self, timeout_s: u32) -> Upload {
        let new_asset = public();
        let new = NewUpload { timeout_s, cors_origin: "*".into(), new_asset, test: false };
        self.app.uploads().create(&self.caller, new).await.unwrap()
    }

    /// Sends bytes to an upload, as they are.
    pub(crate) async fn send(
        &self,
        upload: &Upload,
        sent: Sent,
        bytes: &[u8],
    ) -> subclip_app::Result<Received> {
        let body = stream::iter([Ok(Bytes::copy_from_slice(bytes))]);
        self.app.uploads().receive(upload.id, &upload.secret, sent, body).await
    }

    /// An asset of these bytes, not waited for.
    pub(crate) async fn asset_of(&self, bytes: &[u8]) -> AssetId {
        let upload = self.upload(60).await;
        match self.send(&upload, Sent::Whole { length: None }, bytes).await.unwrap() {
            Received::Complete { asset } => asset,
            other => panic!("a whole file leaves nothing to come: {other:?}"),
        }
    }

    pub(crate) async fn clip(&self, source: AssetId, from_ms: u32, to_ms: u32) -> subclip_app::Result<Asset> {
        let time = |ms: u32| Some(Time::from_seconds(f64::from(ms) / 1000.0).unwrap());
        let (start, end) = (time(from_ms), time(to_ms));
        let new = NewClip { source, start, end, policies_of_source: false, asset: public() };
        self.app.clips().create(&self.caller, new, Duration::ZERO).await
    }

    /// A ready asset of three GOPs.
    pub(crate) async fn source(&self) -> AssetId {
        let source = self.asset_of(THREE_GOPS).await;
        let settled = self.settled(source).await;
        assert_eq!(settled.status, Status::Ready, "{:?}", settled.failure);
        source
    }

    /// A ready source of three GOPs, and a ready clip of the one in the middle.
    pub(crate) async fn clipped(&self) -> (AssetId, Asset) {
        let source = self.source().await;
        let clip = self.clip(source, 160, 320).await.unwrap();
        let clip = self.settled(clip.id).await;
        assert_eq!(clip.status, Status::Ready, "{:?}", clip.failure);
        (source, clip)
    }

    /// Deletes an asset and collects what nobody needs any more.
    pub(crate) async fn delete(&self, id: AssetId) {
        self.app.assets().delete(&self.caller, id).await.unwrap();
        self.app.collect_garbage().await.unwrap();
    }

    pub(crate) async fn settled(&self, id: AssetId) -> Asset {
        self.app.assets().settled(&self.caller, id, |_| {}).await.unwrap()
    }

    /// The bytes of an asset's MP4.
    pub(crate) async fn mp4(&self, asset: &Asset) -> Vec<u8> {
        let playable = self.app.playable(asset.playback[0].id).await.unwrap();
        let file =
            MediaFile::new(playable, self.app.library(), &[Medium::Video, Medium::Audio]).await.unwrap();
        let size = file.size();
        let pieces: Vec<_> = Arc::new(file).stream(self.app.clone(), 0..size).collect().await;
        pieces.into_iter().flat_map(|piece| piece.unwrap().to_vec()).collect()
    }

    /// Every file of the store, with its size.
    pub(crate) fn stored(&self) -> Vec<(PathBuf, u64)> {
        let mut files = Vec::new();
        walk(&self.folder.path().join("media"), &mut files);
        files.sort();
        files
    }
}

fn walk(folder: &Path, files: &mut Vec<(PathBuf, u64)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            walk(&entry.path(), files);
        } else {
            files.push((entry.path(), entry.metadata().unwrap().len()));
        }
    }
}

fn public() -> NewAsset {
    NewAsset { policies: vec![Policy::Public], ..NewAsset::default() }
}
