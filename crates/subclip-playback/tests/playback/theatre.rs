//! An application in a temporary folder, a film and a clip of it, and viewers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use bytes::Bytes;
use futures::stream;
use subclip_app::{
    App, Asset, Caller, Limits, NewAsset, NewClip, NewUpload, Parts, Policy, Received, Sent, SetClock,
    Status, Workers,
};
use subclip_core::{AssetId, Time};
use subclip_db::Database;
use subclip_engine::{Config, Engine};
use subclip_playback::{JoinBy, Sending};
use subclip_storage::{Cache, Storage};
use tower::ServiceExt as _;

/// Three GOPs, of 0.16, 0.16 and 0.08 s at 25 fps, and sound.
const THREE_GOPS: &[u8] = include_bytes!("../../../subclip-formats/tests/data/fragments_av.mp4");

/// Two GOPs of 0.2 s, 960x540, and sound: enough lines to have a rung below. Of FFmpeg's `testsrc` and `sine`, as
/// `make.sh` of the formats' samples makes its own.
const MANY_LINES: &[u8] = include_bytes!("../data/film_540p.mp4");

/// What time it is at first.
pub(crate) const START_MS: i64 = 1_700_000_000_000;

pub(crate) struct Theatre {
    pub(crate) app: App,
    pub(crate) caller: Caller,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) db: Database,
    router: Router,
    _workers: Workers,
    _folder: tempfile::TempDir,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) vary: Vec<String>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Theatre {
    pub(crate) async fn new() -> Self {
        Self::with(Sending::default()).await
    }

    /// One whose answers hold no more than this while they are sent.
    pub(crate) async fn with(sending: Sending) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SetClock::new(START_MS));
        let db = Database::open(folder.path().join("db").to_str().unwrap()).await.unwrap();
        let app = App::new(Parts {
            db: db.clone(),
            storage: Storage::memory(),
            cache: Cache::memory(1 << 20),
            cache_memory_bytes: 1 << 20,
            engine: Engine::new(Config::new(vec!["never started".into()], folder.path().join("work")))
                .unwrap(),
            clock: clock.clone(),
            public_url: "http://subclip.example".into(),
            allow_private_urls: false,
            formats: Vec::new(),
            limits: Limits::default(),
            worker: "none".into(),
        })
        .unwrap();
        let caller = app.tokens().operator().await.unwrap();
        let router = subclip_playback::router(app.clone(), JoinBy::OneInit, sending);
        let workers = Workers::start(&app).await.unwrap();
        Self { app, caller, clock, db, router, _workers: workers, _folder: folder }
    }

    /// A film that is ready.
    pub(crate) async fn film(&self) -> Asset {
        self.film_for(Policy::Public).await
    }

    pub(crate) async fn film_for(&self, policy: Policy) -> Asset {
        self.upload(policy, THREE_GOPS).await
    }

    /// A film of 540 lines, which has rungs of 480 and 360.
    pub(crate) async fn film_of_many_lines(&self, policy: Policy) -> Asset {
        self.upload(policy, MANY_LINES).await
    }

    async fn upload(&self, policy: Policy, file: &'static [u8]) -> Asset {
        let new = NewUpload { timeout_s: 60, cors_origin: "*".into(), new_asset: with(policy), test: false };
        let upload = self.app.uploads().create(&self.caller, new).await.unwrap();
        let body = stream::iter([Ok(Bytes::from_static(file))]);
        let sent = Sent::Whole { length: None };
        match self.app.uploads().receive(upload.id, &upload.secret, sent, body).await.unwrap() {
            Received::Complete { asset } => self.ready(asset).await,
            other => panic!("a whole file leaves nothing to come: {other:?}"),
        }
    }

    /// A clip that is ready.
    pub(crate) async fn clip(&self, source: AssetId, from_ms: u32, to_ms: u32) -> Asset {
        self.clip_for(Policy::Public, source, from_ms, to_ms).await
    }

    pub(crate) async fn clip_for(&self, policy: Policy, source: AssetId, from_ms: u32, to_ms: u32) -> Asset {
        let time = |ms: u32| Some(Time::from_seconds(f64::from(ms) / 1000.0).unwrap());
        let (start, end) = (time(from_ms), time(to_ms));
        let new = NewClip { source, start, end, policies_of_source: false, asset: with(policy) };
        let clip = self.app.clips().create(&self.caller, new, Duration::ZERO).await.unwrap();
        self.ready(clip.id).await
    }

    async fn ready(&self, id: AssetId) -> Asset {
        let asset = self.app.assets().settled(&self.caller, id, |_| {}).await.unwrap();
        assert_eq!(asset.status, Status::Ready, "{:?}", asset.failure);
        asset
    }

    /// Deletes an asset and collects what nobody needs any more.
    pub(crate) async fn delete(&self, id: AssetId) {
        self.app.assets().delete(&self.caller, id).await.unwrap();
        self.app.collect_garbage().await.unwrap();
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_as(path, &[]).await
    }

    /// An answer of which nothing is taken yet.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// The same by a viewer who tells something of where it comes from.
    pub(crate) async fn get_as(&self, path: &str, told: &[(&str, &str)]) -> Answer {
        let request =
            told.iter().fold(Request::get(path), |request, (name, value)| request.header(*name, *value));
        let (parts, body) = self.answer(request.body(Body::empty()).unwrap()).await.into_parts();
        let text = |headers: &HeaderMap, name| Some(headers.get(name)?.to_str().unwrap().to_owned());
        let all = parts.headers.get_all(header::VARY).iter();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        Answer {
            status: parts.status,
            content_type: text(&parts.headers, header::CONTENT_TYPE),
            etag: text(&parts.headers, header::ETAG),
            cache_control: text(&parts.headers, header::CACHE_CONTROL),
            vary: all.map(|value| value.to_str().unwrap().to_owned()).collect(),
            body,
        }
    }
}

fn with(policy: Policy) -> NewAsset {
    NewAsset { policies: vec![policy], ..NewAsset::default() }
}
