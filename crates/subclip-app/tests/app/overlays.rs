//! Images that are laid over pictures, on their way from a host.

use std::time::Duration;

use bytes::Bytes;
use futures::{TryStreamExt as _, stream};
use subclip_app::{AssetSettings, NewAsset, NewUpload, Overlay, OverlayText, Received, Sent};
use subclip_core::{AssetId, UploadId};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::bench::{Bench, THREE_GOPS};

/// An asset with an image that lies at `url`, not waited for.
async fn with_image(bench: &Bench, url: String) -> AssetId {
    let placing = OverlayText::default().placing(|name, why| panic!("{name} {why}"));
    let settings = AssetSettings { overlays: vec![Overlay { url, placing }], ..AssetSettings::default() };
    let new_asset = NewAsset { settings, policies: Vec::new() };
    let new = NewUpload { timeout_s: 60, cors_origin: "*".into(), new_asset, test: false };
    let upload = bench.app.uploads().create(&bench.caller, new).await.unwrap();
    let body = stream::iter([Ok(Bytes::from_static(THREE_GOPS))]);
    let sent = Sent::Whole { length: None };
    match bench.app.uploads().receive(upload.id, &upload.secret, sent, body).await.unwrap() {
        Received::Complete { asset } => asset,
        other => panic!("a whole file leaves nothing to come: {other:?}"),
    }
}

/// A host that answers the first request with these bytes of a file of `size_bytes`, and says no more until it is told.
async fn host(first_bytes: usize, size_bytes: Option<usize>) -> (String, tokio::sync::oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/logo.png", listener.local_addr().unwrap());
    let (close, closed) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        assert!(socket.read(&mut request).await.unwrap() > 0);
        let length = size_bytes.map(|size| format!("Content-Length: {size}\r\n")).unwrap_or_default();
        let head = format!("HTTP/1.1 200 OK\r\n{length}Connection: close\r\n\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        // Who has heard enough hangs up.
        let _ = socket.write_all(&vec![0; first_bytes]).await;
        let _ = closed.await;
    });
    (url, close)
}

#[tokio::test]
async fn an_image_gathers_on_the_disk_while_its_host_takes_its_time() {
    let bench = Bench::open_to_private_addresses().await;
    let (url, close) = host(12 << 20, Some(16 << 20)).await;
    let asset = with_image(&bench, url).await;
    let workers = bench.workers().await;
    let staged = async || -> u64 {
        let all: Vec<_> = bench.storage.staging_list().try_collect().await.unwrap();
        let of_image = |id: UploadId| id.bytes() != asset.bytes();
        all.into_iter().filter(|one| of_image(one.id)).map(|one| one.length).max().unwrap_or(0)
    };
    let gathered = async {
        while staged().await < 8 << 20 {
            tokio::task::yield_now().await;
        }
    };
    assert!(timeout(Duration::from_secs(60), gathered).await.is_ok(), "{} bytes are staged", staged().await);
    bench.app.assets().delete(&bench.caller, asset).await.unwrap();
    workers.stop().await;
    drop(close);
    bench.app.collect_garbage().await.unwrap();
    assert_eq!(staged().await, 0, "it goes with its asset");
}

#[tokio::test]
async fn an_image_that_is_too_large_is_given_up() {
    let bench = Bench::open_to_private_addresses().await;
    let workers = bench.workers().await;
    for told in [None, Some(33 << 20)] {
        let (url, close) = host(33 << 20, told).await;
        let asset = with_image(&bench, url).await;
        let failure = bench.settled(asset).await.failure.unwrap();
        assert!(failure.message.contains("overlay 1 can't be fetched"), "{}", failure.message);
        assert!(failure.message.contains("more than 33554432 bytes"), "{}", failure.message);
        drop(close);
    }
    let left: Vec<_> = bench.storage.staging_list().try_collect().await.unwrap();
    assert!(left.is_empty(), "{left:?}");
    workers.stop().await;
}
