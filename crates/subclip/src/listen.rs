//! Serving HTTP/1.1 on a listener until it is asked to end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;

/// A connection without a whole request head for so long is closed, whether it is idle or slow.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// A client that takes nothing of its answer for so long is cut off: a film that was deleted takes room for as long as
/// somebody reads it. Players come back with a range.
const TAKE_TIMEOUT: Duration = Duration::from_secs(60);
/// What waits to be taken by a client, and what is read of its request ahead, in bytes; the last piece of an answer may
/// exceed it.
const BUFFERED_BYTES: usize = 128 << 10;
/// How long to wait when no connection can be taken, as when all files are open that may be.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// Connections where the machine sets no bound.
const MOST_CONNECTIONS: usize = 100_000;

/// Answers connections until `stop`, then lets go of idle ones and waits for the requests that are under way.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(BUFFERED_BYTES);
    let open = GracefulShutdown::new();
    let service = TowerToHyperService::new(router);
    let room = Arc::new(Semaphore::new(most_connections()));
    loop {
        let (stream, place) = tokio::select! {
            taken = take(&listener, &room) => taken,
            () = stop.cancelled() => break,
        };
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(TAKE_TIMEOUT));
        let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), service.clone());
        let connection = open.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    open.shutdown().await;
}

/// The next connection, when there is room for one.
async fn take(listener: &TcpListener, room: &Arc<Semaphore>) -> (TcpStream, Option<OwnedSemaphorePermit>) {
    let place = room.clone().acquire_owned().await.ok();
    loop {
        // What is written ends where an answer ends: waiting for more to fill the last packet would only delay it.
        let taken = listener.accept().await.and_then(|(stream, _)| stream.set_nodelay(true).map(|()| stream));
        match taken {
            Ok(stream) => return (stream, place),
            Err(error) => pause(&error).await,
        }
    }
}

/// A client that was gone before it was taken is nobody's concern; anything else will not pass by itself at once.
async fn pause(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, InvalidInput};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | InvalidInput) {
        tracing::error!(%error, "no connection can be taken");
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}

/// Half of the files that may be open: the rest is for media, databases and the engine's pipes, so that no crowd of
/// clients makes work fail that was accepted. The bound that a shell sets is raised as far as it may be.
fn most_connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::debug!(%error, "the bound on open files stays as it is");
    }
    let files = getrlimit(Resource::Nofile).current.map_or(usize::MAX, |files| files as usize);
    (files / 2).clamp(1, MOST_CONNECTIONS)
}
