//! An application in a temporary folder, a film and a clip of it, and viewers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use bytes::Bytes;
use futures::stream;
use subclip_app::{
    App, Asset, Caller, NewAsset, NewClip, NewUpload, Parts, Policy, Received, Sent, SetClock, Status,
    Workers,
};
use subclip_core::{AssetId, Time};
use subclip_db::Database;
use subclip_engine::{Config, Engine};
use subclip_playback::JoinBy;
use subclip_storage::Storage;
use tower::ServiceExt as _;

/// Three GOPs, of 0.16, 0.16 and 0.08 s at 25 fps, and sound.
const THREE_GOPS: &[u8] = include_bytes!("../../../subclip-formats/tests/data/fragments_av.mp4");

pub(crate) struct Theatre {
    pub(crate) app: App,
    pub(crate) caller: Caller,
    router: Router,
    _workers: Workers,
    _folder: tempfile::TempDir,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) etag: Option<String>,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Theatre {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = App::new(Parts {
            db: Database::open(folder.path().join("db").to_str().unwrap()).await.unwrap(),
            storage: Storage::memory(),
            engine: Engine::new(Config::new(vec!["never started".into()], folder.path().join("work")))
                .unwrap(),
            clock: Arc::new(SetClock::new(1_000_000)),
            public_url: "http://subclip.example".into(),
            allow_private_urls: false,
            formats: Vec::new(),
            worker: "none".into(),
        })
        .unwrap();
        let caller = app.tokens().operator().await.unwrap();
        let router = subclip_playback::router(app.clone(), JoinBy::OneInit);
        let workers = Workers::start(&app).await.unwrap();
        Self { app, caller, router, _workers: workers, _folder: folder }
    }

    /// A film that is ready.
    pub(crate) async fn film(&self) -> Asset {
        let new = NewUpload { timeout_s: 60, cors_origin: "*".into(), new_asset: public(), test: false };
        let upload = self.app.uploads().create(&self.caller, new).await.unwrap();
        let body = stream::iter([Ok(Bytes::from_static(THREE_GOPS))]);
        let sent = Sent::Whole { length: None };
        match self.app.uploads().receive(upload.id, &upload.secret, sent, body).await.unwrap() {
            Received::Complete { asset } => self.ready(asset).await,
            other => panic!("a whole file leaves nothing to come: {other:?}"),
        }
    }

    /// A clip that is ready.
    pub(crate) async fn clip(&self, source: AssetId, from_ms: u32, to_ms: u32) -> Asset {
        let time = |ms: u32| Some(Time::from_seconds(f64::from(ms) / 1000.0).unwrap());
        let new = NewClip { source, start: time(from_ms), end: time(to_ms), asset: public() };
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
        let response =
            self.router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let text = |headers: &HeaderMap| Some(headers.get(header::ETAG)?.to_str().unwrap().to_owned());
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        Answer { status: parts.status, etag: text(&parts.headers), body }
    }
}

fn public() -> NewAsset {
    NewAsset { policies: vec![Policy::Public], ..NewAsset::default() }
}
