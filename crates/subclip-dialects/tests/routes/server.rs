//! An application in a temporary folder, and requests to it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use subclip_app::{App, Limits, NewToken, Parts, SetClock};
use subclip_db::Database;
use subclip_engine::{Config, Engine};
use subclip_storage::{Cache, Storage};
use tower::ServiceExt as _;

pub(crate) const PUBLIC_URL: &str = "https://video.example.com";

/// Everything mounted as the server mounts it, with a token that may write and one that may not.
pub(crate) struct Server {
    pub(crate) clock: Arc<SetClock>,
    pub(crate) db: Database,
    pub(crate) app: App,
    router: Router,
    writer: NewToken,
    reader: NewToken,
    _folder: tempfile::TempDir,
}

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) enum Who {
    Writer,
    Reader,
    Stranger,
    Nobody,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The body, which must be JSON; null when there is none.
    pub(crate) fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/json");
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The kind and the first sentence of a refusal.
    pub(crate) fn refusal(&self) -> (u16, String, String) {
        let error = &self.json()["error"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (self.status.as_u16(), text(&error["type"]), text(&error["messages"][0]))
    }
}

/// An access token as a header says it.
pub(crate) fn basic(id: &str, secret: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}")))
}

impl Server {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SetClock::new(1_607_876_845_678));
        let db = Database::open(folder.path().join("db").to_str().unwrap()).await.unwrap();
        let app = App::new(Parts {
            db: db.clone(),
            storage: Storage::memory().with_most_file_bytes(1_000_000),
            cache: Cache::memory(1 << 20),
            cache_memory_bytes: 1 << 20,
            engine: Engine::new(Config::new(vec!["never started".into()], folder.path().join("work")))
                .unwrap(),
            clock: clock.clone(),
            public_url: PUBLIC_URL.to_owned(),
            allow_private_urls: false,
            formats: subclip_dialects::webhook_formats(),
            limits: Limits::default(),
            worker: "none".to_owned(),
        })
        .unwrap();
        let operator = app.tokens().operator().await.unwrap();
        let writer = app.tokens().create(&operator, "writer", true).await.unwrap();
        let reader = app.tokens().create(&operator, "reader", false).await.unwrap();
        let router = Router::new()
            .nest("/mux", subclip_dialects::mux::router(app.clone()))
            .merge(subclip_dialects::own::router(app.clone()))
            .merge(subclip_dialects::uploads::router(app.clone()));
        Self { clock, db, app, router, writer, reader, _folder: folder }
    }

    fn credentials(&self, who: Who) -> Option<String> {
        let (id, secret) = match who {
            Who::Writer => (&self.writer.id, self.writer.secret.as_str()),
            Who::Reader => (&self.reader.id, self.reader.secret.as_str()),
            Who::Stranger => (&self.writer.id, "wrong"),
            Who::Nobody => return None,
        };
        Some(basic(id, secret))
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// A request of `who`; `body` null means none.
    pub(crate) async fn ask(&self, who: Who, method: Method, path: &str, body: Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(credentials) = self.credentials(who) {
            request = request.header(header::AUTHORIZATION, credentials);
        }
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Who::Writer, Method::GET, path, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(Who::Writer, Method::POST, path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.ask(Who::Writer, Method::PUT, path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.ask(Who::Writer, Method::PATCH, path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask(Who::Writer, Method::DELETE, path, Value::Null).await
    }
}
